# SPDX-License-Identifier: Apache-2.0
"""What passes in and out of the ledger and is no row of it: words for kinds and states, and plain values."""

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final


class CardKind(StrEnum):
    """What a card is for."""

    CUSTOMER = "customer"
    SERVICE = "service"
    READOUT = "readout"


class CardState(StrEnum):
    """ACTIVE: in use. BLOCKED: lost or replaced, its deposit still held. RETURNED: back at the desk."""

    ACTIVE = "active"
    BLOCKED = "blocked"
    RETURNED = "returned"


class OrderKind(StrEnum):
    """What an order tells the meter."""

    CREDIT = "credit"
    DEBT = "debt"
    COMMAND = "command"


class OrderState(StrEnum):
    """ISSUED: booked, on no card. UNKNOWN: a write began. WRITTEN: read back. ACKNOWLEDGED: the meter has it.

    SUPERSEDED: a command that the meter never said it did, and never will: it has done a later one.
    """

    ISSUED = "issued"
    UNKNOWN = "unknown"
    WRITTEN = "written"
    ACKNOWLEDGED = "acknowledged"
    SUPERSEDED = "superseded"


UNFINISHED: Final = (OrderState.ISSUED, OrderState.UNKNOWN)
"""What the next insertion at the station must settle."""
PENDING: Final = (OrderState.ISSUED, OrderState.UNKNOWN, OrderState.WRITTEN)
"""What the meter has not said that it has."""


class TanState(StrEnum):
    """OPEN: sold. USED, DEAD: proven by the meter. REPLACED: dead, and another was given for it."""

    OPEN = "open"
    USED = "used"
    DEAD = "dead"
    REPLACED = "replaced"


class FlashKind(StrEnum):
    """FIRST: the board became a meter. UPDATE: another release, the memory kept. REPLACE: it became another meter."""

    FIRST = "first"
    UPDATE = "update"
    REPLACE = "replace"


class EntryKind(StrEnum):
    """Why something was booked."""

    TOPUP = "topup"
    TAN = "tan"
    DEBT = "debt"
    DEPOSIT = "deposit"
    READING = "reading"
    PAYOUT = "payout"
    CORRECTION = "correction"


class Account(StrEnum):
    """The chart of accounts. A debit is positive, a credit negative."""

    CASH = "cash"
    PREPAYMENT = "prepayment"
    DEPOSIT = "deposit"
    REFUND = "refund"
    DEBT = "debt"
    COLLECTION = "collection"
    HT = "ht"
    NT = "nt"
    POWER = "power"
    BASE_ELECTRICITY = "base_electricity"
    BASE_GAS = "base_gas"
    BASE_WATER = "base_water"
    DEBT_KWH = "debt_kwh"
    DEBT_ELECTRICITY = "debt_electricity"
    DEBT_GAS = "debt_gas"
    DEBT_WATER = "debt_water"
    CORRECTION = "correction"


# account: (kind, German, English)
CHART: Final[dict[Account, tuple[str, str, str]]] = {
    Account.CASH: ("asset", "Kasse", "cash"),
    Account.PREPAYMENT: ("liability", "Vorauszahlungen der Kunden", "customers' prepayments"),
    Account.DEPOSIT: ("liability", "Kartenpfand", "card deposits"),
    Account.REFUND: ("liability", "Rückbuchungen, noch auszuzahlen", "refunds to be paid out"),
    Account.DEBT: ("asset", "Rückstände im Zähler", "debts in the meter"),
    Account.COLLECTION: ("liability", "Rückstände, für die Sparten einzuziehen", "debts to collect for the divisions"),
    Account.HT: ("revenue", "Strom HT", "electricity HT"),
    Account.NT: ("revenue", "Strom NT", "electricity NT"),
    Account.POWER: ("revenue", "Leistung", "power"),
    Account.BASE_ELECTRICITY: ("revenue", "Grundkosten Strom", "base rate, electricity"),
    Account.BASE_GAS: ("revenue", "Grundkosten Gas", "base rate, gas"),
    Account.BASE_WATER: ("revenue", "Grundkosten Wasser", "base rate, water"),
    Account.DEBT_KWH: ("collected", "Tilgung je kWh, Strom", "debt per kWh, electricity"),
    Account.DEBT_ELECTRICITY: ("collected", "Tagesrate Strom", "debt rate, electricity"),
    Account.DEBT_GAS: ("collected", "Tagesrate Gas", "debt rate, gas"),
    Account.DEBT_WATER: ("collected", "Tagesrate Wasser", "debt rate, water"),
    Account.CORRECTION: ("expense", "Erstattungen nach Uhrkorrektur", "refunds after a clock's correction"),
}

CHARGES: Final = (
    Account.HT,
    Account.NT,
    Account.POWER,
    Account.BASE_ELECTRICITY,
    Account.BASE_GAS,
    Account.BASE_WATER,
    Account.DEBT_KWH,
    Account.DEBT_ELECTRICITY,
    Account.DEBT_GAS,
    Account.DEBT_WATER,
)
"""The components of `charges_ueur` in the meter's result, by the same names and in the same order."""
DEBT_CHARGES: Final = CHARGES[6:]
"""Those that lower the debt."""


@dataclass(frozen=True, kw_only=True)
class Charges:
    """What a meter has charged since commissioning, by component and division, in micro-euro."""

    ht: int = 0
    nt: int = 0
    power: int = 0
    base_electricity: int = 0
    base_gas: int = 0
    base_water: int = 0
    debt_kwh: int = 0
    debt_electricity: int = 0
    debt_gas: int = 0
    debt_water: int = 0

    def of(self, account: Account) -> int:
        """Gives the charges of one account of `CHARGES`."""
        return int(getattr(self, account.value))

    @property
    def total(self) -> int:
        """The sum of all."""
        return sum(self.of(account) for account in CHARGES)


@dataclass(frozen=True, kw_only=True)
class TanProof:
    """What a meter says of its TANs: the highest counter used, and which of the `width` counters up to it are.

    Bit i of `used` stands for the counter `highest - i`; bit 0 is set. highest 0: none was ever used.
    """

    highest: int
    used: int
    width: int = 3


@dataclass(frozen=True)
class OrderNumbers:
    """The newest orders that a meter has, by kind; a card carries only the kinds of its own."""

    credit: int
    debt: int
    command: int

    def of(self, kind: OrderKind) -> int:
        """Gives the newest order of a kind."""
        return int(getattr(self, kind.value))


@dataclass(frozen=True, kw_only=True)
class MeterReading:
    """What one card brought back: the acknowledgement, and of the report what the ledger reckons with.

    exchange rises with each insertion. All amounts are micro-euro since commissioning. charges is None where only the
    acknowledgement could be read. acknowledgement and report are the records as they stood on the card. Without numbers
    the meter has all orders up to order_number. life is that of the meter whose key has proven it.
    """

    exchange: int
    life: int = 1
    card_number: int
    order_number: int = 0
    credits_ueur: int = 0
    debts_ueur: int = 0
    refunds_ueur: int = 0
    balance_ueur: int = 0
    debt_ueur: int = 0
    supply_on: bool = False
    mode: str = "CUSTOMER"
    at_s: int = 0
    topups_ueur: int = 0
    charges: Charges | None = None
    pulses: int = 0
    pulses_ht: int = 0
    pulses_nt: int = 0
    tariff_version: int = 0
    settings_number: int = 0
    tans: TanProof | None = None
    numbers: OrderNumbers | None = None
    acknowledgement: bytes = field(default=b"", repr=False)
    report: bytes = field(default=b"", repr=False)


@dataclass(frozen=True, kw_only=True)
class FlashingData:
    """What was flashed onto a meter's board.

    digest names the release to the last byte; self_test is what each part said, as JSON. generation is that of the key
    that was written, None where the one that was there was kept. answered: the meter ran when it was last looked at.
    life is that which the board is in.
    """

    kind: FlashKind
    life: int = 1
    board: str
    machine: str
    micropython: str
    release: str
    digest: str
    layout: int
    generation: int | None
    self_test: str
    answered: bool


@dataclass(frozen=True, kw_only=True)
class PortReading:
    """What a meter said at its service port: energy in watt-hours, amounts in micro-euro, all its lines as JSON.

    Nobody has proven it, so that nothing is booked of it. meter_time is the meter's own, as it stands in the readout;
    life is the one it says it is in, 1 where it says none.
    """

    life: int = 1
    energy_wh: int
    ht_wh: int
    nt_wh: int
    balance_ueur: int
    debt_ueur: int
    meter_time: str
    firmware: str
    lines: str


@dataclass(frozen=True)
class CardOrder:
    """What the order record of a meter's cards must say now.

    number is that of the newest order, 0 where there is none; the totals are all that was ever issued by card. command
    is the newest one that the meter has not acknowledged, with its argument and its own order number, else None.
    credit_number and debt_number are those of the newest credit and debt, credit_ueur is that credit's amount.
    """

    number: int
    credit_total_ueur: int
    debt_total_ueur: int
    command: str | None = None
    argument: int = 0
    command_number: int = 0
    credit_number: int = 0
    credit_ueur: int = 0
    debt_number: int = 0


@dataclass(frozen=True)
class Payout:
    """What is handed to the customer in cash, in micro-euro, whole cents."""

    deposit_ueur: int
    refund_ueur: int

    @property
    def total_ueur(self) -> int:
        """The sum of both."""
        return self.deposit_ueur + self.refund_ueur


@dataclass(frozen=True)
class Settlement:
    """What a proof changed: the counters found used, found dead, and those replaced that were used after all."""

    used: tuple[int, ...] = ()
    dead: tuple[int, ...] = ()
    alarms: tuple[int, ...] = ()


@dataclass(frozen=True)
class Acknowledged:
    """What a reading did: new to the ledger, booked, the numbers of the orders it settled, and its TANs."""

    new: bool
    booked: bool
    orders: tuple[int, ...]
    tans: Settlement
    refund_due_ueur: int


@dataclass(frozen=True)
class Balances:
    """A meter's accounts, in micro-euro: what is held for the customer, and what the meter still has to hear of."""

    prepayment: int
    deposit: int
    refund: int
    debt: int
    issued: int
    acknowledged: int


Span = tuple[int, int]
"""Two minutes of the day, start included, end excluded."""
HolidayRule = tuple[int, int, int, int, int]
"""As in groschencard.holidays: kind, a, b, first year, last year."""


@dataclass(frozen=True, kw_only=True)
class TariffData:
    """A tariff as a file says it: prices in micro-euro, spans in minutes, start in seconds since 1970 UTC."""

    name: str
    version: int
    start_s: int
    ht_ueur_per_kwh: int = 0
    nt_ueur_per_kwh: int = 0
    power_ueur_per_kw: int = 0
    power_continuous: bool = False
    power_yearly: bool = False
    base_ueur_per_day: int = 0
    base_share: tuple[int, int, int] = (100, 0, 0)
    debt_ueur_per_kwh: int = 0
    debt_ueur_per_day: int = 0
    debt_share: tuple[int, int, int] = (100, 0, 0)
    ht_workday: tuple[Span, ...] = ()
    ht_saturday: tuple[Span, ...] = ()
    ht_sunday: tuple[Span, ...] = ()
    land: str = ""
    holidays: tuple[HolidayRule, ...] = ()


@dataclass(frozen=True, kw_only=True)
class SettingsData:
    """A contract's settings: emergency credit, confirmation, warnings, windows, billing dates, digits of a TAN.

    credit_days and billing_days are days since 1970-01-01. The defaults are those of the scenario files.
    """

    emergency_limit_ueur: int = 0
    emergency_threshold_ueur: int = 1_000_000
    confirm_reconnect: bool = False
    warn_days: int = 3
    warn_ueur: int = 5_000_000
    tan_digits: int = 5
    open_tokens: bool = False  # OpenPAYGO tokens may be typed in too
    daily: Span | None = None
    weekend: Span | None = None
    span_s: tuple[int, int] | None = None
    credit_days: tuple[int, ...] = ()
    billing_days: tuple[int, ...] = ()

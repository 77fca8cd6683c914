# SPDX-License-Identifier: Apache-2.0
"""The event log: what happened, when, and with what amount; and the warnings, which have a log of their own."""

from groschen.core.ring import Ring
from groschencard.compat import const

TYPE_CHECKING = const(False)
if TYPE_CHECKING:
    from groschen.core.amount import Limbs

# The kinds of the rulebook, and the details of each. Numbers are written to memory: never reused.
POWER = const(1)
COVER = const(2)
CLOCK = const(3)
CARD = const(4)
TAN = const(5)
MODE = const(6)
SUPPLY = const(7)
ERROR = const(8)

POWER_OFF = const(0)
POWER_ON = const(1)

CARD_CREDIT = const(1)
CARD_DEBT = const(2)
CARD_TARIFF = const(3)
CARD_CONTRACT = const(4)
CARD_REFUND = const(5)
CARD_OLD_TARIFF = const(6)
CARD_NO_CREDIT = const(7)
CARD_FOREIGN = const(8)  # no chip that the meter knows
CARD_BLANK = const(9)
CARD_DAMAGED = const(10)
CARD_OTHER_UTILITY = const(11)
CARD_OTHER_METER = const(12)
CARD_FORGED = const(13)
CARD_NEW_FORMAT = const(14)
CARD_REPLACED = const(15)  # a newer customer card was here
CARD_PSC_LOCKED = const(16)  # no try left
CARD_PSC_WRONG = const(17)  # the card does not take the secret it should: a copy on another card
CARD_PSC_SPARED = const(18)  # not asked again, so that it is not locked for ever
CARD_WORN = const(19)  # it does not keep what is written
CARD_PULLED = const(20)
CARD_REPLAYED = const(21)  # it says less than the meter knows: an old image written back
CARD_REFUSED = const(22)  # the utility's, but the meter cannot do what it says
CARD_COMMAND = const(23)
CARD_READ_OUT = const(24)
CARD_MEMORY = const(25)  # never logged: the meter's own memory takes nothing, so nothing is acknowledged

CLOCK_LOST = const(1)
CLOCK_SET = const(2)

TAN_CREDIT = const(1)
TAN_OPENED = const(2)  # an operator gave the entry its budget of wrong entries back
TAN_WRONG = const(3)
TAN_USED = const(4)
TAN_OTHER = const(5)  # of the utility, but not for this

SUPPLY_ON = const(1)
SUPPLY_OFF_CREDIT = const(2)
SUPPLY_OFF_LOCKED = const(3)
SUPPLY_OFFERED = const(4)
SUPPLY_EMERGENCY = const(5)

ERROR_DAMAGED = const(1)  # the memory held something that was not what had been written
ERROR_WORN = const(2)  # a write to the memory did not stick

KINDS: "dict[int, tuple[str, dict[int, str]]]" = {
    POWER: ("power", {POWER_OFF: "off", POWER_ON: "on"}),
    COVER: ("cover", {}),
    CLOCK: ("clock", {CLOCK_LOST: "lost", CLOCK_SET: "set"}),
    CARD: (
        "card",
        {
            CARD_CREDIT: "credit",
            CARD_DEBT: "debt",
            CARD_TARIFF: "tariff",
            CARD_CONTRACT: "contract",
            CARD_REFUND: "refund",
            CARD_OLD_TARIFF: "old_tariff",
            CARD_NO_CREDIT: "no_credit",
            CARD_FOREIGN: "foreign",
            CARD_BLANK: "blank",
            CARD_DAMAGED: "damaged",
            CARD_OTHER_UTILITY: "other_utility",
            CARD_OTHER_METER: "other_meter",
            CARD_FORGED: "forged",
            CARD_NEW_FORMAT: "new_format",
            CARD_REPLACED: "replaced",
            CARD_PSC_LOCKED: "psc_locked",
            CARD_PSC_WRONG: "psc_wrong",
            CARD_PSC_SPARED: "psc_spared",
            CARD_WORN: "worn",
            CARD_PULLED: "pulled",
            CARD_REPLAYED: "replayed",
            CARD_REFUSED: "refused",
            CARD_COMMAND: "command",
            CARD_READ_OUT: "read_out",
            CARD_MEMORY: "memory",
        },
    ),
    TAN: (
        "tan",
        {TAN_CREDIT: "credit", TAN_OPENED: "opened", TAN_WRONG: "wrong", TAN_USED: "used", TAN_OTHER: "other"},
    ),
    MODE: ("mode", {0: "CUSTOMER", 1: "REFUND", 2: "FREE", 3: "LOCKED"}),
    SUPPLY: (
        "supply",
        {
            SUPPLY_ON: "on",
            SUPPLY_OFF_CREDIT: "off_credit",
            SUPPLY_OFF_LOCKED: "off_locked",
            SUPPLY_OFFERED: "offered",
            SUPPLY_EMERGENCY: "emergency",
        },
    ),
    ERROR: ("error", {ERROR_DAMAGED: "memory_damaged", ERROR_WORN: "memory_worn"}),
}
"""The names of kinds and details, for read-outs."""

EVENTS = const(256)
WARNINGS = const(32)

QUARTER = const(0)  # cells of a row: the instant, what happened, and an amount of money where there is one
SECOND = const(1)
KIND = const(2)
DETAIL = const(3)
HIGH = const(4)
LOW = const(5)
_WIDTHS = (3, 2, 1, 1, -5, 3)

WARN_AMOUNT = const(1)  # bits of a warning's kind
WARN_FORECAST = const(2)
WARN_WINDOW = const(4)
WARNING_NAMES = {WARN_AMOUNT: "amount", WARN_FORECAST: "forecast", WARN_WINDOW: "window_end"}


class Log:
    """A ring of instants, kinds, details and amounts."""

    PARTS = ("ring",)
    __slots__ = ("ring",)

    def __init__(self, rows: int) -> None:
        self.ring = Ring(rows, _WIDTHS)

    def note(self, quarter: int, second: int, kind: int, detail: int, amount: "Limbs | None" = None) -> None:
        """Write an entry down."""
        ring = self.ring
        at = ring.append()
        cells = ring.cells
        cells[at + QUARTER] = quarter
        cells[at + SECOND] = second
        cells[at + KIND] = kind
        cells[at + DETAIL] = detail
        cells[at + HIGH] = 0 if amount is None else amount.high
        cells[at + LOW] = 0 if amount is None else amount.low

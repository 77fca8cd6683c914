# SPDX-License-Identifier: Apache-2.0
"""The tables. Money is integer micro-euro, an instant integer seconds since 1970 UTC; both have 64 bits.

entries, lines, lives, flashings, port_readings and confirmations are only ever appended: triggers of the migrations
refuse all else.
"""

from enum import StrEnum
from typing import Annotated, ClassVar

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Enum,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Text,
    UniqueConstraint,
)
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, relationship

from groschenhost.ledger.values import CardKind, CardState, EntryKind, FlashKind, OrderKind, OrderState, TanState

# SQLite counts up by itself only what it calls INTEGER, which has 64 bits there.
_KEY = BigInteger().with_variant(Integer, "sqlite")

Id = Annotated[int, mapped_column(_KEY, primary_key=True)]
Big = Annotated[int, mapped_column(BigInteger)]
"""Micro-euro, seconds since 1970 UTC, or an unsigned number of 32 bits."""
Word = Annotated[str, mapped_column(String(40))]


def _values(words: type[StrEnum]) -> list[str]:
    return [word.value for word in words]


def _words(words: type[StrEnum]) -> Enum:
    return Enum(words, native_enum=False, length=16, values_callable=_values)


class Base(DeclarativeBase):
    """The base of all tables; constraints have names, so that a migration can speak of them."""

    metadata: ClassVar[MetaData] = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s",
            "pk": "pk_%(table_name)s",
        }
    )
    type_annotation_map: ClassVar[dict[type, Enum]] = {
        words: _words(words) for words in (CardKind, CardState, EntryKind, FlashKind, OrderKind, OrderState, TanState)
    }


class Utility(Base):
    """A utility; `prefix` is the pattern of serial numbers that `meter next` continues."""

    __tablename__ = "utilities"

    id: Mapped[Id]
    number: Mapped[int] = mapped_column(unique=True)
    name: Mapped[Word]
    prefix: Mapped[str | None] = mapped_column(String(20))
    made_s: Mapped[Big]


class Pattern(Base):
    """The highest number given out after a prefix, as its digits: twenty of them fit no integer of a database."""

    __tablename__ = "serial_patterns"

    utility_id: Mapped[int] = mapped_column(ForeignKey("utilities.id"), primary_key=True)
    prefix: Mapped[str] = mapped_column(String(20), primary_key=True)
    last: Mapped[str] = mapped_column(String(20))


class Meter(Base):
    """A meter, known to a utility by its serial number, and its present life.

    key_generation is that of the life's key, None while unknown.
    """

    __tablename__ = "meters"
    __table_args__ = (UniqueConstraint("utility_id", "serial"),)

    id: Mapped[Id]
    utility_id: Mapped[int] = mapped_column(ForeignKey("utilities.id"))
    serial: Mapped[str] = mapped_column(String(20))
    imp_per_kwh: Mapped[int]
    life: Mapped[int]
    key_generation: Mapped[int | None] = mapped_column(BigInteger)
    made_s: Mapped[Big]
    utility: Mapped[Utility] = relationship(lazy="joined", innerjoin=True)


class Life(Base):
    """A life of a meter that was entered before a board got its key; begun_s None: before lives were known.

    A row that says `life` elsewhere is of that life of its meter, and means nothing in another.
    """

    __tablename__ = "lives"

    meter_id: Mapped[int] = mapped_column(ForeignKey("meters.id"), primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    key_generation: Mapped[int | None] = mapped_column(BigInteger)
    desk: Mapped[str] = mapped_column(String(60))
    begun_s: Mapped[int | None] = mapped_column(BigInteger)


class Customer(Base):
    """A customer, by the number that the utility's billing gives them."""

    __tablename__ = "customers"
    __table_args__ = (UniqueConstraint("utility_id", "number"),)

    id: Mapped[Id]
    utility_id: Mapped[int] = mapped_column(ForeignKey("utilities.id"))
    number: Mapped[Word]
    name: Mapped[str] = mapped_column(String(120))
    address: Mapped[str] = mapped_column(String(240), default="")
    made_s: Mapped[Big]


class Settings(Base):
    """A contract's settings; a change is a new row."""

    __tablename__ = "settings"

    id: Mapped[Id]
    utility_id: Mapped[int] = mapped_column(ForeignKey("utilities.id"))
    emergency_limit_ueur: Mapped[Big]
    emergency_threshold_ueur: Mapped[Big]
    confirm_reconnect: Mapped[bool]
    warn_days: Mapped[int]
    warn_ueur: Mapped[Big]
    tan_digits: Mapped[int]
    open_tokens: Mapped[bool]
    daily_start: Mapped[int | None]
    daily_end: Mapped[int | None]
    weekend_start: Mapped[int | None]
    weekend_end: Mapped[int | None]
    span_start_s: Mapped[int | None] = mapped_column(BigInteger)
    span_end_s: Mapped[int | None] = mapped_column(BigInteger)
    days: Mapped[list["SettingsDay"]] = relationship(lazy="selectin", order_by="SettingsDay.day")


class SettingsDay(Base):
    """A credit day or a billing date of some settings, in days since 1970-01-01."""

    __tablename__ = "settings_days"

    settings_id: Mapped[int] = mapped_column(ForeignKey("settings.id"), primary_key=True)
    billing: Mapped[bool] = mapped_column(primary_key=True)
    day: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)


class MeterSettings(Base):
    """Which settings a meter is to have, by a number that only rises: the meter takes no older ones."""

    __tablename__ = "meter_settings"

    meter_id: Mapped[int] = mapped_column(ForeignKey("meters.id"), primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    settings_id: Mapped[int] = mapped_column(ForeignKey("settings.id"))
    from_s: Mapped[Big]


class Tariff(Base):
    """A tariff: all its prices in micro-euro, and the settings that its contracts have where they name none."""

    __tablename__ = "tariffs"
    __table_args__ = (UniqueConstraint("utility_id", "version"),)

    id: Mapped[Id]
    utility_id: Mapped[int] = mapped_column(ForeignKey("utilities.id"))
    version: Mapped[Big]
    name: Mapped[Word]
    start_s: Mapped[Big]
    ht_ueur_per_kwh: Mapped[Big]
    nt_ueur_per_kwh: Mapped[Big]
    power_ueur_per_kw: Mapped[Big]
    power_continuous: Mapped[bool]
    power_yearly: Mapped[bool]
    base_ueur_per_day: Mapped[Big]
    base_electricity: Mapped[int]
    base_gas: Mapped[int]
    base_water: Mapped[int]
    debt_ueur_per_kwh: Mapped[Big]
    debt_ueur_per_day: Mapped[Big]
    debt_electricity: Mapped[int]
    debt_gas: Mapped[int]
    debt_water: Mapped[int]
    land: Mapped[str] = mapped_column(String(2))
    settings_id: Mapped[int | None] = mapped_column(ForeignKey("settings.id"))
    made_s: Mapped[Big]
    spans: Mapped[list["TariffSpan"]] = relationship(
        lazy="selectin", order_by="TariffSpan.day_type, TariffSpan.position"
    )
    holidays: Mapped[list["TariffHoliday"]] = relationship(lazy="selectin", order_by="TariffHoliday.position")


class TariffSpan(Base):
    """An HT span: day type 0 workday, 1 Saturday, 2 Sunday and holiday; minutes of the day."""

    __tablename__ = "tariff_spans"

    tariff_id: Mapped[int] = mapped_column(ForeignKey("tariffs.id"), primary_key=True)
    day_type: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    position: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    start: Mapped[int]
    end: Mapped[int]


class TariffHoliday(Base):
    """A rule of the tariff's holidays, as in groschencard.holidays."""

    __tablename__ = "tariff_holidays"

    tariff_id: Mapped[int] = mapped_column(ForeignKey("tariffs.id"), primary_key=True)
    position: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    kind: Mapped[int]
    a: Mapped[int]
    b: Mapped[int]
    first_year: Mapped[int]
    last_year: Mapped[int]


class Contract(Base):
    """Who has a meter from when until when, on which account, by which tariff and settings."""

    __tablename__ = "contracts"
    __table_args__ = (UniqueConstraint("meter_id", "from_s"),)

    id: Mapped[Id]
    meter_id: Mapped[int] = mapped_column(ForeignKey("meters.id"))
    customer_id: Mapped[int] = mapped_column(ForeignKey("customers.id"))
    account: Mapped[str] = mapped_column(String(40), index=True)
    tariff: Mapped[str | None] = mapped_column(String(40))
    settings_id: Mapped[int | None] = mapped_column(ForeignKey("settings.id"))
    from_s: Mapped[Big]
    until_s: Mapped[int | None] = mapped_column(BigInteger)
    customer: Mapped[Customer] = relationship(lazy="joined", innerjoin=True)


class Card(Base):
    """A card of a meter, by a number that only rises; deposit_ueur is what is held for it now.

    life is that which it was written for; written_s is when it was first written wholly for it and read back: until
    then it is unfinished, and may be half a card.
    """

    __tablename__ = "cards"
    __table_args__ = (UniqueConstraint("meter_id", "number"),)

    id: Mapped[Id]
    meter_id: Mapped[int] = mapped_column(ForeignKey("meters.id"))
    life: Mapped[int]
    number: Mapped[int]
    kind: Mapped[CardKind]
    chip: Mapped[str] = mapped_column(String(16))
    state: Mapped[CardState]
    deposit_ueur: Mapped[Big]
    replaces_id: Mapped[int | None] = mapped_column(ForeignKey("cards.id"))
    issued_s: Mapped[Big]
    written_s: Mapped[int | None] = mapped_column(BigInteger)
    closed_s: Mapped[int | None] = mapped_column(BigInteger)


class Order(Base):
    """What a card is to tell the meter: a credit, a debt or a command.

    With the totals ever issued in the meter's life, itself included; the numbers go on over all lives.
    """

    __tablename__ = "orders"
    __table_args__ = (
        UniqueConstraint("meter_id", "number"),
        CheckConstraint("amount_ueur >= 0", name="amount"),
        Index("ix_orders_meter_id_state", "meter_id", "state"),
    )

    id: Mapped[Id]
    meter_id: Mapped[int] = mapped_column(ForeignKey("meters.id"))
    life: Mapped[int]
    number: Mapped[Big]
    kind: Mapped[OrderKind]
    amount_ueur: Mapped[Big]
    command: Mapped[str | None] = mapped_column(String(16))
    argument: Mapped[Big]
    credit_total_ueur: Mapped[Big]
    debt_total_ueur: Mapped[Big]
    state: Mapped[OrderState]
    card_id: Mapped[int | None] = mapped_column(ForeignKey("cards.id"))
    issued_s: Mapped[Big]
    settled_s: Mapped[int | None] = mapped_column(BigInteger)


class Request(Base):
    """A press of a button: its key, what was asked, and which row came of it, so that it is done once."""

    __tablename__ = "requests"

    utility_id: Mapped[int] = mapped_column(ForeignKey("utilities.id"), primary_key=True)
    key: Mapped[str] = mapped_column(String(80), primary_key=True)
    asked: Mapped[str] = mapped_column(String(200))
    result_id: Mapped[Big]


class Tan(Base):
    """A TAN that was sold: its counter, its amount in whole euro, how many digits it has, and what became of it."""

    __tablename__ = "tans"
    __table_args__ = (
        UniqueConstraint("meter_id", "life", "counter"),
        ForeignKeyConstraint(["meter_id", "life", "replaced_by"], ["tans.meter_id", "tans.life", "tans.counter"]),
        UniqueConstraint("meter_id", "life", "replaced_by"),
    )

    id: Mapped[Id]
    meter_id: Mapped[int] = mapped_column(ForeignKey("meters.id"))
    life: Mapped[int]
    counter: Mapped[Big]
    eur: Mapped[int]
    digits: Mapped[int]
    state: Mapped[TanState]
    replaced_by: Mapped[int | None] = mapped_column(BigInteger)
    desk: Mapped[str | None] = mapped_column(String(60))
    issued_s: Mapped[Big]
    settled_s: Mapped[int | None] = mapped_column(BigInteger)


class Proof(Base):
    """What a meter said of its TANs otherwise than by a card, how that came here, and at which desk."""

    __tablename__ = "tan_proofs"

    id: Mapped[Id]
    meter_id: Mapped[int] = mapped_column(ForeignKey("meters.id"), index=True)
    life: Mapped[int]
    source: Mapped[str] = mapped_column(String(16))
    highest: Mapped[Big]
    used: Mapped[Big]
    width: Mapped[int]
    desk: Mapped[str] = mapped_column(String(60))
    at_s: Mapped[Big]


class ServiceCode(Base):
    """A code that opens a meter's TAN entry again: its counter, and who took it when."""

    __tablename__ = "service_codes"
    __table_args__ = (UniqueConstraint("meter_id", "life", "counter"),)

    id: Mapped[Id]
    meter_id: Mapped[int] = mapped_column(ForeignKey("meters.id"))
    life: Mapped[int]
    counter: Mapped[Big]
    desk: Mapped[str] = mapped_column(String(60))
    issued_s: Mapped[Big]


class Token(Base):
    """An OpenPAYGO token that was sold: which purchase of the meter it is, from 1, and its whole euro."""

    __tablename__ = "tokens"
    __table_args__ = (UniqueConstraint("meter_id", "life", "purchase"),)

    id: Mapped[Id]
    meter_id: Mapped[int] = mapped_column(ForeignKey("meters.id"))
    life: Mapped[int]
    purchase: Mapped[int]
    eur: Mapped[int]
    desk: Mapped[str] = mapped_column(String(60))
    issued_s: Mapped[Big]


class Reading(Base):
    """What a card brought back from the meter. booked: its registers went into the accounts."""

    __tablename__ = "readings"
    __table_args__ = (UniqueConstraint("meter_id", "life", "exchange"),)

    id: Mapped[Id]
    meter_id: Mapped[int] = mapped_column(ForeignKey("meters.id"))
    life: Mapped[int]
    exchange: Mapped[Big]
    card_number: Mapped[int]
    order_number: Mapped[Big]
    credits_ueur: Mapped[Big]
    debts_ueur: Mapped[Big]
    refunds_ueur: Mapped[Big]
    balance_ueur: Mapped[Big]
    debt_ueur: Mapped[Big]
    supply_on: Mapped[bool]
    mode: Mapped[str] = mapped_column(String(16))
    at_s: Mapped[Big]
    topups_ueur: Mapped[Big]
    complete: Mapped[bool]
    booked: Mapped[bool]
    ht: Mapped[Big]
    nt: Mapped[Big]
    power: Mapped[Big]
    base_electricity: Mapped[Big]
    base_gas: Mapped[Big]
    base_water: Mapped[Big]
    debt_kwh: Mapped[Big]
    debt_electricity: Mapped[Big]
    debt_gas: Mapped[Big]
    debt_water: Mapped[Big]
    pulses: Mapped[Big]
    pulses_ht: Mapped[Big]
    pulses_nt: Mapped[Big]
    tariff_version: Mapped[Big]
    settings_number: Mapped[Big]
    tan_highest: Mapped[Big]
    tan_used: Mapped[Big]
    tan_width: Mapped[int]
    acknowledgement: Mapped[bytes] = mapped_column(LargeBinary)
    report: Mapped[bytes] = mapped_column(LargeBinary)
    received_s: Mapped[Big]


class Flashing(Base):
    """What was flashed onto a meter's board, when and by whom; see `values.FlashingData`."""

    __tablename__ = "flashings"

    id: Mapped[Id]
    meter_id: Mapped[int] = mapped_column(ForeignKey("meters.id"), index=True)
    at_s: Mapped[Big]
    desk: Mapped[str] = mapped_column(String(60))
    life: Mapped[int]
    kind: Mapped[FlashKind]
    board: Mapped[str] = mapped_column(String(16))
    machine: Mapped[str] = mapped_column(String(80))
    micropython: Mapped[str] = mapped_column(String(20))
    release: Mapped[str] = mapped_column(String(40))
    digest: Mapped[str] = mapped_column(String(64))
    layout: Mapped[int]
    generation: Mapped[int | None] = mapped_column(BigInteger)
    self_test: Mapped[str] = mapped_column(Text)
    answered: Mapped[bool]


class PortReadingRow(Base):
    """What a meter said at its service port, when and to whom; see `values.PortReading`."""

    __tablename__ = "port_readings"

    id: Mapped[Id]
    meter_id: Mapped[int] = mapped_column(ForeignKey("meters.id"), index=True)
    at_s: Mapped[Big]
    desk: Mapped[str] = mapped_column(String(60))
    life: Mapped[int]
    energy_wh: Mapped[Big]
    ht_wh: Mapped[Big]
    nt_wh: Mapped[Big]
    balance_ueur: Mapped[Big]
    debt_ueur: Mapped[Big]
    meter_time: Mapped[str] = mapped_column(String(20))
    firmware: Mapped[str] = mapped_column(String(40))
    lines: Mapped[str] = mapped_column(Text)


class Confirmation(Base):
    """What an operator was asked and said yes to; `kind` is clock (of the desk) or correction (of a meter's clock)."""

    __tablename__ = "confirmations"

    id: Mapped[Id]
    at_s: Mapped[Big]
    desk: Mapped[str] = mapped_column(String(60))
    kind: Mapped[str] = mapped_column(String(16))
    meter_id: Mapped[int | None] = mapped_column(ForeignKey("meters.id"), index=True)
    approved_by: Mapped[str] = mapped_column(String(60))
    detail: Mapped[str] = mapped_column(String(240))


class AccountRow(Base):
    """An account of the chart."""

    __tablename__ = "accounts"

    code: Mapped[str] = mapped_column(String(20), primary_key=True)
    kind: Mapped[str] = mapped_column(String(16))
    name_de: Mapped[str] = mapped_column(String(60))
    name_en: Mapped[str] = mapped_column(String(60))


class Entry(Base):
    """A booking: why, when, by whom; its lines sum to zero. reference names what was booked, and is booked once."""

    __tablename__ = "entries"

    id: Mapped[Id]
    at_s: Mapped[Big]
    kind: Mapped[EntryKind]
    utility_id: Mapped[int] = mapped_column(ForeignKey("utilities.id"))
    meter_id: Mapped[int | None] = mapped_column(ForeignKey("meters.id"), index=True)
    reference: Mapped[str] = mapped_column(String(60), unique=True)
    desk: Mapped[str] = mapped_column(String(60))
    lines: Mapped[list["Line"]] = relationship(lazy="selectin", order_by="Line.id")


class Line(Base):
    """One line of a booking: a debit is positive, a credit negative."""

    __tablename__ = "lines"
    __table_args__ = (
        CheckConstraint("amount_ueur <> 0", name="amount"),
        Index("ix_lines_meter_id_account", "meter_id", "account"),
    )

    id: Mapped[Id]
    entry_id: Mapped[int] = mapped_column(ForeignKey("entries.id"), index=True)
    account: Mapped[str] = mapped_column(ForeignKey("accounts.code"))
    meter_id: Mapped[int] = mapped_column(ForeignKey("meters.id"))
    amount_ueur: Mapped[Big]

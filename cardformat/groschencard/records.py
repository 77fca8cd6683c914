# SPDX-License-Identifier: Apache-2.0
"""The card's records: the one table of what stands where. `cardformat/SPEC.md` is its text for people.

A record is number u32 | payload | MAC of 8 bytes | CRC-16, all integers little-endian; the report, whose length varies,
has a u16 with that of its payload behind the number. A payload is its fields in this order, then zeros.

A field is (name, make):

    1 .. 6      an unsigned integer of so many bytes
    -1 .. -6    a signed one
    0           an unsigned one in groups of seven bits, the lowest first (LEB128), at most 8 bytes
    9 and more  text of so many bytes, filled up with zeros
    RULES       holiday rules, counted, see `codec`
    a tuple     rows of such fields, counted by a LEB128 before them
"""

from groschencard import const

_TYPE_CHECKING = const(False)
if _TYPE_CHECKING:
    Fields = tuple[tuple[str, "int | Fields"], ...]

FORMAT = const(1)
"""The version of this format, in the identity."""

# Kinds of records; written into MACs, never reused.
IDENTITY = const(1)
TARIFF = const(2)
CONTRACT = const(3)
ORDER = const(4)
ACKNOWLEDGEMENT = const(5)
REPORT = const(6)

TO_METER = const(0)
FROM_METER = const(1)

# Kinds of cards.
CUSTOMER = const(0)
SERVICE = const(1)
READOUT = const(2)

# Commands of an order; 0 is none.
SET_MODE = const(1)  # `mode`: as in the acknowledgement
SET_CLOCK = const(2)  # to `quarter` and `second`: the instant at which the card is inserted
COMMISSION = const(3)  # begin in `mode`: for one second the supply connects without a confirmation
OPEN_TAN = const(4)  # give the TAN entry its budget of wrong entries back
CORRECT_CLOCK = const(5)  # as SET_CLOCK, however far; no day is charged that was charged before, or is jumped
CHARGE_FROM_NOW = const(6)  # the same, and the days from there on are charged whatever was charged before

# Flags of a tariff and of a contract; a tariff without them is periodic, by calendar months.
CONTINUOUS = const(1)
YEARLY = const(2)
CONFIRM = const(1)
PAYGO = const(2)  # open tokens may be typed in too

# The supply byte of an acknowledgement: the mode in two bits, and flags.
SUPPLY_ON = const(4)
OFFERED = const(8)
EMERGENCY = const(16)
CLOCK_LOST = const(32)

NO_MINUTE = const(0xFFFF)
"""The minute of a window that is not configured."""
NO_QUARTER = const(0xFFFFFF)
"""The quarter hour of a credit span that is not configured."""
SPAN_BITS = const(12)
SPAN_MASK = const(0xFFF)
"""An HT span: its first minute in the lower bits, the minute after its last in the upper ones."""

RULES = const(99)
TEXT = const(9)
"""From this make on a field is text of so many bytes."""

NUMBER_MOST = const(0x7FFFFFFF)
HOLIDAYS_MOST = const(24)
"""Holiday rules of a tariff: as many as the meter's memory has room for, whatever they are."""

HEAD = const(4)
LENGTH = const(2)
CRC = const(2)
MAC = const(8)
TAIL = const(10)

_SPAN = const((("span", 3),))
_DAY = const((("day", 2),))

CHARGES = ("ht", "nt", "power", "base_electricity", "base_gas", "base_water") + (
    "debt_kwh",
    "debt_electricity",
    "debt_gas",
    "debt_water",
)
"""The charges of a report, each in micro-euro since commissioning."""

COUNTERS = ("power", "cover", "clock", "card", "tan", "mode", "supply", "error")
"""The kinds of events that a report counts."""

_IDENTITY = const((
    ("format", 1),
    ("card", 1),  # customer, service, read-out; the record's number is the card's
    ("utility", 2),
    ("serial", 20),
    ("issued_day", 2),  # days since 1970
    ("life", 2),  # of the meter, from the second on; 0 in the first, whose cards are as before lives were known
))  # fmt: skip

_TARIFF = const((  # the record's number is the tariff's version
    ("start_quarter", 3),  # from when it is in force: UTC quarter hour since 1970, and second in it
    ("start_second", 2),
    ("ht_ueur_per_kwh", 3),
    ("nt_ueur_per_kwh", 3),
    ("power_ueur_per_kw", 4),
    ("base_ueur_per_day", 4),
    ("base_gas", 1),  # percent; electricity has the rest
    ("base_water", 1),
    ("debt_ueur_per_kwh", 3),
    ("debt_ueur_per_day", 4),
    ("debt_gas", 1),
    ("debt_water", 1),
    ("flags", 1),
    ("workday", _SPAN),
    ("saturday", _SPAN),
    ("sunday", _SPAN),
    ("holidays", RULES),
))  # fmt: skip

_CONTRACT = const((  # the record's number rises with each change
    ("daily_start", 2),  # minutes of the wall clock
    ("daily_end", 2),
    ("weekend_start", 2),
    ("weekend_end", 2),
    ("span_quarter", 3),
    ("span_second", 2),
    ("span_end_quarter", 3),
    ("span_end_second", 2),
    ("limit_ueur", 5),  # of the emergency credit
    ("threshold_ueur", 5),
    ("warn_days", 1),
    ("warn_ueur", 5),
    ("flags", 1),
    ("tan_digits", 1),
    ("credit_days", _DAY),  # local days since 1970
    ("billing_days", _DAY),
))  # fmt: skip

_ORDER = const((  # the record's number rises with each order, whatever is in it
    ("credit_number", 4),  # rises with each credit
    ("credit_total_ueur", 5),  # all that was ever issued by card for this meter
    ("credit_ueur", 5),  # the last of it
    ("debt_number", 4),
    ("debt_total_ueur", 5),
    ("command_number", 4),
    ("command", 1),
    ("mode", 1),
    ("quarter", 3),
    ("second", 2),
))  # fmt: skip

_ACKNOWLEDGEMENT = const((  # the record's number counts the meter's exchanges with cards
    ("outcome", 1),
    ("quarter", 3),
    ("second", 2),
    ("credit_number", 4),  # the newest that the meter has booked, done or taken
    ("debt_number", 4),
    ("command_number", 4),
    ("tariff", 4),
    ("contract", 4),
    ("tan_number", 4),
    ("tan_used", 1),
    ("refunds_ueur", 5),  # all that was ever given back by card
    ("balance_ueur", -6),
    ("debt_ueur", 5),
    ("supply", 1),
    ("errors", 2),
))  # fmt: skip

_CHARGES: "Fields" = tuple([(name, 0) for name in CHARGES])
_COUNTERS: "Fields" = tuple([("count_" + name, 0) for name in COUNTERS])

_REPORT: "Fields" = (
    (
        ("energy_ht", 0),  # pulses
        ("energy_nt", 0),
    )
    + _CHARGES
    + (
        ("topups", 0),
        ("debt_added", 0),
        ("disconnections", 0),
        ("off_s", 0),
        # Newest first, in units that leave room for fourteen days on a MIFARE, whatever the meter constant.
        # Instants are quarter hours before that of the row above, the first before the acknowledgement's.
        ("maxima", (("back", 0), ("watt", 0))),
        # Days in the same way. Registers, rounded down to 100 Wh and to cents, are what they rose by from one snapshot
        # to the next newer, the first to the present ones.
        ("snapshots", (("back_days", 0), ("ht_100wh", 0), ("nt_100wh", 0), ("charged_ct", 0))),
    )
    + _COUNTERS
    + (
        ("newest_day", 0),  # the local day of the first row below; each row is the day before
        ("days", (("energy_10wh", 0), ("cost_ct", 0))),
    )
)

# By kind: name, direction, size of the whole record (0: to the end of the space), places of its slots, fields.
RECORDS: "dict[int, tuple[str, int, int, tuple[int, ...], Fields]]" = {
    IDENTITY: ("identity", TO_METER, 48, (0,), _IDENTITY),
    TARIFF: ("tariff", TO_METER, 128, (48, 432), _TARIFF),
    CONTRACT: ("contract", TO_METER, 96, (176, 560), _CONTRACT),
    ORDER: ("order", TO_METER, 48, (272, 320), _ORDER),
    ACKNOWLEDGEMENT: ("acknowledgement", FROM_METER, 64, (368,), _ACKNOWLEDGEMENT),
    REPORT: ("report", FROM_METER, 0, (432,), _REPORT),
}

# What a field holds at most where that is less than it has room for, in every record that has one of this name. Not the
# shares of a tariff, which `codec` checks by their sum: they have the names of a report's charges.
MOST = {
    "format": 255,
    "card": 2,
    "start_second": 899,
    "span_second": 899,
    "span_end_second": 899,
    "second": 899,
    "ht_ueur_per_kwh": 10_000_000,
    "nt_ueur_per_kwh": 10_000_000,
    "debt_ueur_per_kwh": 10_000_000,
    "power_ueur_per_kw": 1_000_000_000,
    "base_ueur_per_day": 1_000_000_000,
    "debt_ueur_per_day": 1_000_000_000,
    "command": 6,
    "mode": 3,
    "tan_digits": 20,
    "credit_number": 0x7FFFFFFF,
    "debt_number": 0x7FFFFFFF,
    "command_number": 0x7FFFFFFF,
}


def name(kind: int) -> str:
    """Return a record's name."""
    return RECORDS[kind][0]


def direction(kind: int) -> int:
    """Return TO_METER or FROM_METER."""
    return RECORDS[kind][1]


def slots(kind: int) -> int:
    """Return how many places a record has."""
    return len(RECORDS[kind][3])


def place(kind: int, slot: int) -> int:
    """Return the address of a record in the card's space."""
    return RECORDS[kind][3][slot]


def room(kind: int, space: int) -> int:
    """Return the bytes of a whole record, head and tail included, in a space of that size."""
    _, _, size, places, _ = RECORDS[kind]
    return size or space - places[0]

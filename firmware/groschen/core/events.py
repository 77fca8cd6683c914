# SPDX-License-Identifier: Apache-2.0
"""The event log: what happened, when, and with what amount; and the warnings, which have a log of their own."""

from groschen.core.ring import Ring
from groschencard import const

_TYPE_CHECKING = const(False)
if _TYPE_CHECKING:
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
POWER_RESTART = const(2)  # the board started anew though the power was there: its watchdog, or a fault it met
POWER_OFTEN = const(3)  # the sixth start within an hour of run, or a later one: see `starts`

COVER_OPEN = const(0)
COVER_CLOSED = const(1)

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
CARD_NEW_FORMAT = const(14)  # or of a life that this meter has not begun: another board has
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
CARD_CLOCK_REFUSED = const(26)  # the clock is not set so far, or not so soon again
CARD_EARLIER_LIFE = const(27)  # of the meter, before its memory was lost or new

CLOCK_LOST = const(1)
CLOCK_SET = const(2)
CLOCK_CORRECTED = const(3)  # in place of the amount stands the instant before: its quarter hour and second

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
ERROR_CRASH = const(3)  # a fault in the program
ERROR_RELAY = const(4)  # the relay's contact is not where it was sent
ERROR_PASSWORD = const(5)  # a wrong password at the service port
ERROR_ROLLBACK = const(6)  # a new release did not run well, and the one before was put back
ERROR_UNOPENED = const(7)  # the relay was closed when the power returned: it had not been opened as it failed
ERROR_LOST = const(8)  # the memory is blank, or of another meter or life: nothing is taken until it is flashed anew

EVENTS = const(256)
WARNINGS = const(32)
_CREDITS = const(3)

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


class Log:
    """A ring of instants, kinds, details and amounts; and which of its entries were the last credits.

    Where a memory keeps the entries, the log itself holds but the newest few of so many.
    """

    PARTS = ("ring",)

    def __init__(self, rows: int, depth: int = 0) -> None:
        self.ring = Ring(rows, _WIDTHS)
        self.depth: int = depth or rows  # entries that are kept in all
        self.credits = Ring(_CREDITS, _WIDTHS)

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
        self.remember(at)

    def remember(self, at: int) -> None:
        """Take an entry, by its first cell, for one of the last credits where it is one."""
        cells = self.ring.cells
        # A credit is the first detail of both.
        if cells[at + DETAIL] == CARD_CREDIT and (cells[at + KIND] == CARD or cells[at + KIND] == TAN):
            to = self.credits.append()
            for cell in range(len(_WIDTHS)):
                self.credits.cells[to + cell] = cells[at + cell]

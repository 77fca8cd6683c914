# SPDX-License-Identifier: Apache-2.0
"""Cards in a run: their bytes, the slot they are put into, and the desk that writes them.

The desk is what a scenario needs of one, and uses the card format's own code; the utility's is in groschenhost. The
slot knows what the chip does with bytes; pins and clocks are in `models.sle4428`. Runs on CPython and MicroPython.
"""

from groschen.core.calendar import QUARTER_S
from groschencard import const, record_issue, records, recordwords, seal, tan, tan_issue
from groschencard.chips import SLE_BASE, SLE_SIZE

TYPE_CHECKING = const(False)
if TYPE_CHECKING:
    from typing import Any

    from groschen.core.state import State
    from groschencard.codec import Values
    from groschencard.keys import MeterKeys

    Tape = dict[str, Any]

CHIP = const(1024)
COUNTER = const(1021)
PSC = const(1022)
_HEADER = b"\x92\x23\x10\x91"
_ALL_TRIES = const(0xFF)


def blank_image() -> bytearray:
    """Return the bytes of a contact card as the shop sells it."""
    image = bytearray(b"\xff" * CHIP)
    image[0 : len(_HEADER)] = _HEADER
    return image


class SimSlot:
    """A slot for contact cards, byte by byte."""

    def __init__(self) -> None:
        self.size: int = SLE_SIZE
        self.chunk: int = 12
        self.card: bytearray | None = None
        self._unlocked: bool = False

    def present(self) -> bool:
        """Say whether there is a card."""
        return self.card is not None

    def open(self) -> bool:
        """Reset the card; say whether it is one that the meter knows."""
        self._unlocked = False
        return bytes(self._bytes()[0 : len(_HEADER)]) == _HEADER

    def tries(self) -> int:
        """Return how many tries the card has left."""
        counter = self._bytes()[COUNTER]
        return sum([counter >> bit & 1 for bit in range(8)])

    def read(self, at: int, into: bytearray) -> None:
        """Fill a buffer with the bytes from an address of the card's space on."""
        into[:] = self._bytes()[SLE_BASE + at : SLE_BASE + at + len(into)]

    def unlock(self, secret: bytes) -> bool:
        """Present a secret: the first two of its bytes are the PSC."""
        card = self._bytes()
        card[COUNTER] &= card[COUNTER] - 1  # burns the lowest try that is left
        self._unlocked = secret[0:2] == bytes(card[PSC : PSC + 2])
        if self._unlocked:
            card[COUNTER] = _ALL_TRIES
        return self._unlocked

    def write(self, at: int, data: bytearray) -> None:
        """Write bytes from an address of the card's space on, where the card was unlocked."""
        card = self._bytes()
        if self._unlocked:
            card[SLE_BASE + at : SLE_BASE + at + len(data)] = data

    def close(self) -> None:
        """Take the power away."""
        self._unlocked = False

    def _bytes(self) -> bytearray:
        if self.card is None:
            raise OSError("no card")
        return self.card


class Desk:
    """What a cash desk knows of one meter, and writes on its cards."""

    def __init__(self, keys: "MeterKeys") -> None:
        self._keys = keys
        self._counter: int = 0  # of the last TAN
        self._tans: "dict[int, str]" = {}
        self._order: "dict[str, int]" = {}
        for name, _ in records.RECORDS[records.ORDER][4]:
            self._order[name] = 0

    def issue(self, kind: int, number: int) -> bytearray:
        """Return a new customer, service or readout card, as `records` numbers them."""
        image = blank_image()
        image[PSC : PSC + 2] = self._keys.card_secret(number)[0:2]
        identity: "Values" = {
            "format": records.FORMAT,
            "card": kind,
            "utility": self._keys.utility,
            "serial": self._keys.serial,
            "issued_day": 0,
            "life": self._keys.life if self._keys.life > 1 else 0,
        }
        self.write(image, records.IDENTITY, 0, number, identity)
        return image

    def write(self, image: bytearray, kind: int, slot: int, number: int, values: "Values") -> None:
        """Write a record into its place on a card."""
        at = SLE_BASE + records.place(kind, slot)
        record = record_issue.write(self._keys, kind, slot, number, values, SLE_SIZE)
        image[at : at + len(record)] = record

    def credit(self, image: bytearray, number: int, ueur: int) -> None:
        """Write a credit on a card; once for each number."""
        self._add("credit", number, ueur)
        self._order["credit_ueur"] = ueur
        self.order(image, number)

    def debt(self, image: bytearray, number: int, ueur: int) -> None:
        """Write a debt on a card; once for each number."""
        self._add("debt", number, ueur)
        self.order(image, number)

    def command(self, image: bytearray, number: int, command: int, mode: int = 0, instant: int = 0) -> None:
        """Write a command on a card, with the mode it sets or the instant in seconds since 1970."""
        order = self._order
        order["command_number"] = number
        order["command"] = command
        order["mode"] = mode
        order["quarter"] = instant // QUARTER_S
        order["second"] = instant % QUARTER_S
        self.order(image, number)

    def order(self, image: bytearray, number: int) -> None:
        """Write all that was ordered so far into the older of a card's two places."""
        places = [bytes(self._place(image, slot)) for slot in range(records.slots(records.ORDER))]
        newest, _ = seal.newest(self._keys, records.ORDER, places)
        values: "Values" = {}
        values.update(self._order)
        self.write(image, records.ORDER, 1 - newest.slot if newest else 0, number, values)

    def _place(self, image: bytearray, slot: int) -> bytearray:
        at = SLE_BASE + records.place(records.ORDER, slot)
        return image[at : at + records.room(records.ORDER, SLE_SIZE)]

    def tan(self, number: int, eur: int, digits: int) -> str:
        """Return what a customer types for a TAN of so many euro: the number and its check digit; one for each number.

        A counter whose digits could be taken for a neighbour's is left out.
        """
        if number not in self._tans:
            counter = self._counter + 1
            while tan_issue.ambiguous(self._keys.tan, counter, eur, digits):
                counter += 1
            self._counter = counter
            text = tan.number(self._keys.tan, counter, eur, digits)
            self._tans[number] = text + str(tan.check_digit(eur, text))
        return self._tans[number]

    def _add(self, what: str, number: int, ueur: int) -> None:
        order = self._order
        if order[what + "_number"] != number:
            order[what + "_number"] = number
            order[what + "_total_ueur"] += ueur

    def tariff(self, image: bytearray, number: int, table: "Tape", year: int) -> None:
        """Write a tape's tariff on a card, in force at once; holidays that were before a year need no room on it."""
        values: "Values" = {
            "start_quarter": 0,
            "start_second": 0,
            "base_gas": table["base_share"][1],
            "base_water": table["base_share"][2],
            "debt_gas": table["debt_share"][1],
            "debt_water": table["debt_share"][2],
            "flags": (records.CONTINUOUS if table["power_continuous"] else 0)
            | (records.YEARLY if table["power_yearly"] else 0),
            "holidays": [tuple(rule) for rule in table["holidays"] if rule[4] >= year],
        }
        for name in recordwords.PRICES:
            values[name] = table[name]
        for name in ("workday", "saturday", "sunday"):
            values[name] = [(start | end << records.SPAN_BITS,) for start, end in table["ht_" + name]]
        self.write(image, records.TARIFF, 0, number, values)

    def contract(self, image: bytearray, number: int, table: "Tape", state: "State") -> None:
        """Write a tape's windows and emergency credit on a card; the rest of the contract stays as the meter has it.

        Credit days that are past need no room on it.
        """
        meter = state.meter
        today = meter.agenda.clock.date.number
        values: "Values" = {
            "limit_ueur": table["emergency_limit_ueur"],
            "threshold_ueur": table["emergency_threshold_ueur"],
            "warn_days": meter.warn_days,
            "warn_ueur": meter.warn_amount.value(),
            "flags": records.CONFIRM if meter.supply.confirm else 0,
            "tan_digits": state.tan.digits,
            "credit_days": [(day,) for day in table["days"] if day >= today],
            "billing_days": [(day,) for day in meter.billing],
        }
        for window in ("daily", "weekend"):
            start, end = table[window] or (records.NO_MINUTE, records.NO_MINUTE)
            values[window + "_start"] = start
            values[window + "_end"] = end
        start, end = table["span"] or (records.NO_QUARTER * QUARTER_S, records.NO_QUARTER * QUARTER_S)
        values["span_quarter"] = start // QUARTER_S
        values["span_second"] = start % QUARTER_S
        values["span_end_quarter"] = end // QUARTER_S
        values["span_end_second"] = end % QUARTER_S
        self.write(image, records.CONTRACT, 0, number, values)

# SPDX-License-Identifier: Apache-2.0
"""What a clerk does with TANs: sell, print again, settle, replace; service codes and OpenPAYGO tokens.

Counters are the ledger's and numbers the key's: a number is computed when it is printed and kept nowhere.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from groschencard import openpaygo, openpaygo_issue, tan, tan_issue
from groschenhost.cards.found import meter_keys
from groschenhost.ledger.values import Settlement, TanProof, TanState
from groschenhost.tans import texts
from groschenhost.tans.errors import NewerThanLedgerError, SettlementError, TansOffError
from groschenhost.tans.receipts import Receipt, ServiceSlip, TokenReceipt
from groschenhost.tans.texts import filled

if TYPE_CHECKING:
    from collections.abc import Callable

    from groschencard.keys import MeterKeys
    from groschenhost.keys.master import MasterKeys
    from groschenhost.ledger.book import Ledger
    from groschenhost.ledger.models import Meter, ServiceCode, Tan
    from groschenhost.ledger.tans import Code

MOST_OPEN: Final = 2
"""How many TANs that follow each other the meter takes in any order."""
_WIDTH: Final = tan.Window.KEPT + 1


@dataclass(frozen=True)
class Digits:
    """How many digits a meter's TANs have: by its contract now, and by what its newest card brought back, or None."""

    contract: int
    returned: int | None

    @property
    def differ(self) -> bool:
        """Tells whether the meter may still have other digits than its contract says."""
        return self.returned is not None and self.returned != self.contract


class TanDesk:
    """A ledger and the master key; each method is one thing that a clerk does."""

    def __init__(self, ledger: Ledger, master: MasterKeys, now: Callable[[], float] = time.time) -> None:
        """Keep both; now is the instant that a copy bears, in seconds since 1970."""
        self._ledger = ledger
        self._master = master
        self._now = now

    # -- sold and printed ----------------------------------------------------------------------------------

    def issue(self, meter: Meter, eur: int, request: str, digits: int | None = None) -> Receipt:
        """Sells a TAN of 1 to 999 EUR once for a request's key, booked before it is known; TansOffError, StateError."""
        count = self._digits(meter, digits)
        keys = self._keys(meter)
        row = self._ledger.take_tan_counter(meter, eur, request, digits=count, code=_code(keys, count))
        return self._receipt(meter, keys, row, row.digits)

    def again(self, meter: Meter, counter: int, digits: int | None = None) -> Receipt:
        """Prints a TAN that was sold as a copy, with the digits that the contract has now; NotFoundError."""
        row = self._ledger.tan(meter, counter)
        count = digits or self.digits(meter).contract or row.digits
        return self._receipt(meter, self._keys(meter), row, count, int(self._now()))

    def reissue(self, meter: Meter, counter: int, request: str, digits: int | None = None) -> Receipt:
        """Gives another TAN for one that is proven dead, once; nothing is booked. StateError where it is not dead."""
        count = self._digits(meter, digits)
        keys = self._keys(meter)
        row = self._ledger.reissue_tan(meter, counter, request, code=_code(keys, count), digits=count)
        return self._receipt(meter, keys, row, row.digits)

    def _receipt(self, meter: Meter, keys: MeterKeys, row: Tan, digits: int, copied_s: int | None = None) -> Receipt:
        number = tan.number(keys.tan, row.counter, row.eur, digits)
        replaced = self._ledger.tans(meter, TanState.REPLACED)
        return Receipt(
            meter=meter,
            counter=row.counter,
            eur=row.eur,
            number=number,
            check=str(tan.check_digit(row.eur, number)),
            state=row.state,
            issued_s=row.issued_s,
            replaces=next((dead.counter for dead in replaced if dead.replaced_by == row.counter), None),
            replaced_by=row.replaced_by,
            copied_s=copied_s,
        )

    def digits(self, meter: Meter) -> Digits:
        """Gives how many digits the meter's TANs are to have, and had."""
        contract = self._ledger.settings_for(meter)[1].tan_digits
        return Digits(contract, self._ledger.tan_digits_returned(meter))

    def _digits(self, meter: Meter, wanted: int | None) -> int:
        count = wanted or self.digits(meter).contract
        if count == 0:
            raise TansOffError(filled(texts.OFF, meter=meter.serial))
        return count

    def _keys(self, meter: Meter) -> MeterKeys:
        return meter_keys(self._ledger, self._master, meter)

    # -- settled -------------------------------------------------------------------------------------------

    def settle(self, meter: Meter, code: str) -> tuple[tan.Window, Settlement]:
        """Settles by the ten digits of the meter's display, blanks allowed; SettlementError, NewerThanLedgerError."""
        digits = "".join(code.split())
        if len(digits) != 10 or not (digits.isascii() and digits.isdigit()):
            raise SettlementError(filled(texts.NO_CODE, code=code))
        proven, highest = self._ledger.tan_counters(meter)
        key = self._keys(meter).tan
        window = tan_issue.read_settlement(key, digits, proven, highest)
        if window is None:
            if proven and tan_issue.read_settlement(key, digits, 0, proven - 1) is not None:
                raise SettlementError(texts.OLD)
            newer = tan_issue.read_settlement(key, digits, highest + 1, highest + tan.SETTLE_TURN)
            if newer is not None:
                raise NewerThanLedgerError(filled(texts.NEWER, seen=newer.highest, given=highest))
            raise SettlementError(filled(texts.WRONG, meter=meter.serial))
        return window, self._ledger.settle_tans(meter, _proof(window), source="code")

    # -- codes beside TANs ---------------------------------------------------------------------------------

    def service_code(self, meter: Meter, request: str) -> ServiceSlip:
        """Takes the next code that opens the TAN entry; the ledger notes who took it."""
        return _slip(meter, self._keys(meter), self._ledger.next_service_code(meter, request))

    def service_code_again(self, meter: Meter, counter: int) -> ServiceSlip:
        """Gives a service code that was taken before; NotFoundError where it was not."""
        return _slip(meter, self._keys(meter), self._ledger.service_code(meter, counter))

    def token(self, meter: Meter, eur: int, request: str) -> TokenReceipt:
        """Sells an OpenPAYGO token of 1 to 995 EUR once for a request's key; purchase p has count 2p."""
        key = self._keys(meter).paygo
        row = self._ledger.sell_token(meter, eur, request)
        return TokenReceipt(
            meter=meter,
            purchase=row.purchase,
            eur=row.eur,
            token=openpaygo_issue.encode(key, openpaygo.starting_code(key), 2 * row.purchase, row.eur),
            issued_s=row.issued_s,
        )


# -- without the key --------------------------------------------------------------------------------------


def settle_read_out(ledger: Ledger, meter: Meter, highest: int, used: int) -> Settlement:
    """Settles by what a read-out says: the highest counter used, and eight bits of those below; SettlementError."""
    if highest < 0 or not 0 <= used < 1 << tan.Window.KEPT:
        raise SettlementError(texts.NO_READ_OUT)
    proven, given = ledger.tan_counters(meter)
    if highest > given:
        raise NewerThanLedgerError(filled(texts.NEWER, seen=highest, given=given))
    if highest < proven:
        raise SettlementError(texts.OLD)
    return ledger.settle_tans(meter, _proof(tan.Window(highest, used)), source="readout")


def open_tans(ledger: Ledger, meter: Meter) -> list[Tan]:
    """Lists the TANs that are not settled and not out of the meter's reach by what is proven, by counter."""
    proven = ledger.tan_counters(meter)[0]
    return [row for row in ledger.tans(meter, TanState.OPEN) if row.counter >= proven - tan.Window.BEHIND]


def _slip(meter: Meter, keys: MeterKeys, row: ServiceCode) -> ServiceSlip:
    code = tan.service_code(keys.tan, row.counter)
    return ServiceSlip(meter=meter, counter=row.counter, code=code, desk=row.desk, issued_s=row.issued_s)


def _code(keys: MeterKeys, digits: int) -> Code:
    return lambda counter, eur: tan.number(keys.tan, counter, eur, digits)


def _proof(window: tan.Window) -> TanProof:
    """Gives a window as the ledger takes it: bit 0 is the highest counter itself."""
    return TanProof(highest=window.highest, used=window.used << 1 | (window.highest > 0), width=_WIDTH)

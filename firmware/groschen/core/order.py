# SPDX-License-Identifier: Apache-2.0
"""Taking an order: what the utility sends, whichever way it came, and what of it is new to the meter.

Each part has a number that only rises, so that what comes again changes nothing. Nothing here touches a card.
"""

from groschen.core import events, intake, tan_budget
from groschen.core.errors import ContractError, MeterError
from groschen.core.supply import LOCKED
from groschencard import const, records, tan

_TYPE_CHECKING = const(False)
if _TYPE_CHECKING:
    from groschen.core.amount import Limbs
    from groschen.core.keeper import Keeper
    from groschen.core.timekeeper import Timekeeper
    from groschencard.seal import Record

_QUARTERS_PER_DAY = const(96)
_QUARTER_S = const(900)
_NOTHING = const(0)


class Orders:
    """Takes tariff, contract and order of the utility; what came of the last ones stands in its fields."""

    def __init__(self, keeper: "Keeper", timekeeper: "Timekeeper | None") -> None:
        self._keeper = keeper
        self._timekeeper = timekeeper
        self.outcome: int = _NOTHING  # a detail of `events.CARD`
        self.booked: "Limbs | None" = None  # what a credit or a refund came to
        self.fresh: bool = False  # a credit was booked
        self.refused: int = _NOTHING  # why a part was not taken

    def take(
        self, tariff: "Record | None", contract: "Record | None", order: "Record | None", customer: bool, refused: int
    ) -> None:
        """Take what is new of three records; `refused` says what was wrong with them already.

        An order that knows of less credit than the meter is an old one where it is a `customer`'s.
        """
        self.outcome = _NOTHING
        self.booked = None
        self.fresh = False
        self.refused = refused
        try:
            self._take_settings(tariff, contract)
        except MeterError:
            self.refused = events.CARD_REFUSED
        number = 0
        if order:
            number = order.int("credit_number")
            self._take_debt(order)
            self._take_credit(order, number)
            self._take_command(order)
        if customer and number < self._keeper.state.cards.credit_number:
            self.refused = self.refused or events.CARD_REPLAYED
        if self.refused:
            self.outcome = self.refused
            self._keeper.meter.note_event(events.CARD, self.refused)

    def meet_card(self, whole: bool) -> None:
        """Meet a customer card with no new credit, which takes the balance back in REFUND.

        Not where it only comes again because it was pulled too early, or was in the slot when the meter started: then
        its last exchange was not `whole`.
        """
        meter = self._keeper.meter
        if not whole:
            meter.note_event(events.CARD, events.CARD_NO_CREDIT)
            self.outcome = self.outcome or events.CARD_NO_CREDIT
            return
        refunds = meter.account.refunds
        high = refunds.high
        low = refunds.low
        meter.insert_card()
        if refunds.high != high or refunds.low != low:
            self.booked = intake.difference(refunds, high, low)
            self.outcome = events.CARD_REFUND
        elif self.outcome == _NOTHING:
            self.outcome = events.CARD_NO_CREDIT

    def _take_settings(self, tariff: "Record | None", contract: "Record | None") -> None:
        state = self._keeper.state
        meter = state.meter
        if tariff and meter.set_tariff(intake.tariff_of(tariff)):
            self.outcome = events.CARD_TARIFF
        if contract and contract.number > state.cards.contract:
            windows = intake.windows_of(contract)
            windows.check()
            if 0 < contract.int("tan_digits") < tan.DIGITS_MIN:
                raise ContractError("tan_digits")
            limit = intake.amount_of(contract, "limit_ueur")
            meter.set_confirm(bool(contract.int("flags") & records.CONFIRM))
            meter.set_warnings(contract.int("warn_days"), intake.amount_of(contract, "warn_ueur"))
            meter.set_billing(intake.days_of(contract.rows("billing_days")))
            meter.set_credit(windows, limit, intake.amount_of(contract, "threshold_ueur"))
            state.tan.digits = contract.int("tan_digits")
            state.tan.open_family = bool(contract.int("flags") & records.PAYGO)
            state.cards.contract = contract.number
            self.outcome = events.CARD_CONTRACT

    def _take_debt(self, order: "Record") -> None:
        cards = self._keeper.state.cards
        number = order.int("debt_number")
        if number > cards.debt_number:
            more = intake.amount_of(order, "debt_total_ueur")
            more.subtract(cards.debt.high, cards.debt.low)
            if more.positive():
                cards.debt_number = number
                cards.debt.add(more.high, more.low)
                self._keeper.meter.add_debt(more)
                self.outcome = events.CARD_DEBT

    def _take_credit(self, order: "Record", number: int) -> None:
        """Book what the total of all credit is above what came by card so far."""
        cards = self._keeper.state.cards
        if number <= cards.credit_number:
            return
        more = intake.amount_of(order, "credit_total_ueur")
        more.subtract(cards.credit.high, cards.credit.low)
        if more.high < 0:  # a desk that knows of less than the meter has booked
            self.refused = events.CARD_REPLAYED
            return
        cards.credit_number = number
        if more.positive():
            cards.credit.add(more.high, more.low)
            self._keeper.meter.top_up(more, True)
            self.booked = more
            self.fresh = True
            self.outcome = events.CARD_CREDIT

    def _take_command(self, order: "Record") -> None:
        state = self._keeper.state
        meter = state.meter
        number = order.int("command_number")
        before = state.cards.command
        if number <= before:
            return
        state.cards.command = number
        self.outcome = events.CARD_COMMAND
        command = order.int("command")
        if command == records.SET_MODE:
            meter.set_mode(order.int("mode"))
        elif command == records.COMMISSION:
            meter.enter_service(order.int("mode"), before == 0 and meter.supply.mode == LOCKED)
        elif command != records.OPEN_TAN and command:
            state.cards.command = before
            self._set_clock(order, command, number)
        elif command == records.OPEN_TAN:
            tan_budget.forgive(state.tan)
            state.port.forgive()
            meter.note_event(events.TAN, events.TAN_OPENED)

    def _set_clock(self, order: "Record", command: int, number: int) -> None:
        """Set the clock; the command is kept as done with the time it has set, not with a midnight made up for."""
        quarter = order.int("quarter")
        second = order.int("second") + quarter % _QUARTERS_PER_DAY * _QUARTER_S
        timekeeper = self._timekeeper
        try:
            if timekeeper and not timekeeper.set(quarter // _QUARTERS_PER_DAY, second, number, command):
                return
        except OSError:  # the clock does not answer
            pass
        self.refused = events.CARD_CLOCK_REFUSED

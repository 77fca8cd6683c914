# SPDX-License-Identifier: Apache-2.0
"""The steps of a card, from its insertion until it is taken out, as a table.

The rule: what a step says leads where `STEPS` says; ON to the state beside it, STAY to itself, END to SHOW, and a card
that is gone is an END wherever it is. What the card brings is applied and committed in the meter before a byte of the
card is written, and the next insertion puts right whatever is missing there: the meter keeps the truth. What it means
is the affair of `order`.
"""

from groschen.core import events, report
from groschen.core.order import Orders
from groschen.core.supply import REFUND
from groschencard import codec, const, records, seal
from groschencard.errors import BlankError, CardError, DamagedError, ForgedError, MalformedError

_TYPE_CHECKING = const(False)
if _TYPE_CHECKING:
    from groschen.core.amount import Limbs
    from groschen.core.keeper import Keeper
    from groschen.core.ports import CardSlot
    from groschen.core.timekeeper import Timekeeper
    from groschencard.codec import Values
    from groschencard.keys import MeterKeys
    from groschencard.seal import Record

EMPTY = const(0)
_IDENTIFY = const(1)  # whose card is it
_CHECK = const(2)  # who made it,
_TARIFF = const(3)  # and what does it say
_CONTRACT = const(4)
_ORDER = const(5)
_RETURN = const(6)  # what the meter wrote on it last
_PRESENT = const(7)  # the secret that lets it be written
_APPLY = const(8)
_COMMIT = const(9)  # in the meter
_ACKNOWLEDGE = const(10)  # on the card
_SIGN = const(11)  # the acknowledgement is being written
_REPORT = const(12)
_WRITE_BACK = const(13)  # the report is
SHOW = const(14)  # until the card is taken out

_ON = const(0)
_STAY = const(1)
_END = const(2)

_NOTHING = const(0)  # an outcome that says nothing yet; the others are the details of `events.CARD`

_WRONG_MOST = const(2)  # wrong answers after which a card is spared,
_TRIES_SAFE = const(7)  # unless it has lost one try at most since somebody wrote it,
_TRIES_LEAST = const(3)  # and never one that is near its end


class CardSession:
    """A card slot, and how far the meter is with what is in it."""

    def __init__(
        self,
        keeper: "Keeper",
        slot: "CardSlot",
        keys: "MeterKeys",
        timekeeper: "Timekeeper | None" = None,
        inserted: bool = True,
    ) -> None:
        """Take what a session needs, and whether a card that is in the slot now was `inserted`.

        After a restart of the meter it was not: what a power cut broke off is finished, and nothing is taken back.
        """
        self._keeper = keeper
        self._slot = slot
        self._keys = keys
        self._orders = Orders(keeper, timekeeper)
        self.state: int = EMPTY
        self.outcome: int = _NOTHING
        self.booked: "Limbs | None" = None  # what a credit or a refund came to
        self._identity: "Record | None" = None
        self._tariff: "Record | None" = None
        self._contract: "Record | None" = None
        self._order: "Record | None" = None
        self._refusal: int = _NOTHING  # of a record on a card that is right otherwise
        self._inserted: bool = inserted
        self._settled: bool = False  # the card's last exchange went through to its end
        self._record = b""  # that is being written,
        self._place: int = 0  # where,
        self._written: int = 0  # and how much of it is

    def step(self) -> None:
        """Go one step on."""
        do, beside = self.STEPS[self.state]
        try:
            verdict = do(self)
        except OSError:
            verdict = self._end(events.CARD_PULLED)
        if verdict == _ON:
            self.state = beside
        elif verdict == _END:
            self.state = SHOW
        if self.state == SHOW and verdict != _STAY:
            self._slot.close()

    def run(self) -> None:
        """Go on until there is something to show, or no card."""
        self.step()
        while self.state not in (EMPTY, SHOW):
            self.step()

    # -- the steps ---------------------------------------------------------------------------------------

    def _wait(self) -> int:
        if not self._slot.present():
            self._inserted = True  # whichever comes next
            return _STAY
        self.outcome = _NOTHING
        self.booked = None
        if self._keeper.sealed():  # a meter without its memory takes nothing, and burns no try
            self.outcome = events.CARD_MEMORY
            return _END
        return _ON

    def _show(self) -> int:
        if self._slot.present():
            return _STAY
        self._inserted = False  # a slot that is empty for one look may be a frame that was lost to noise
        return _ON

    def _end(self, outcome: int) -> int:
        """End the session with an outcome that is no success; it is an event."""
        self.outcome = outcome
        self._keeper.meter.note_event(events.CARD, outcome)
        self._keeper.commit()
        return _END

    def _identify(self) -> int:
        if not self._slot.open():
            if not self._slot.present():
                raise OSError
            return self._end(events.CARD_FOREIGN)
        data = self._bytes(records.IDENTITY, 0)
        try:
            identity = seal.read_unproven(records.IDENTITY, 0, data)
        except BlankError:
            return self._end(events.CARD_BLANK)
        except DamagedError:
            return self._end(events.CARD_DAMAGED)
        except MalformedError:
            newer = data[records.HEAD] > records.FORMAT
            return self._end(events.CARD_NEW_FORMAT if newer else events.CARD_DAMAGED)
        alien = self._alien(identity)
        return self._end(alien) if alien else _ON

    def _alien(self, identity: "Record") -> int:
        """Return why a card is not this meter's in its life, by an identity that nobody has proven; or nothing."""
        keys = self._keys
        life = identity.int("life") or 1
        if identity.int("format") != records.FORMAT:
            return events.CARD_NEW_FORMAT
        if identity.int("utility") != keys.utility:
            return events.CARD_OTHER_UTILITY
        if identity.text("serial") != keys.serial:
            return events.CARD_OTHER_METER
        if life < keys.life:
            return events.CARD_EARLIER_LIFE
        return events.CARD_NEW_FORMAT if life > keys.life else _NOTHING

    def _check(self) -> int:
        try:
            identity = seal.read(self._keys, records.IDENTITY, 0, self._bytes(records.IDENTITY, 0))
        except ForgedError:
            return self._end(events.CARD_FORGED)
        except CardError:  # it was whole a moment ago
            return self._end(events.CARD_DAMAGED)
        if identity.int("card") == records.CUSTOMER and identity.number < self._keeper.state.cards.card:
            return self._end(events.CARD_REPLACED)
        self._identity = identity
        self._refusal = _NOTHING
        return _ON

    def _read_tariff(self) -> int:
        self._tariff = self._newest(records.TARIFF)
        return _ON

    def _read_contract(self) -> int:
        self._contract = self._newest(records.CONTRACT)
        return _ON

    def _read_order(self) -> int:
        self._order = self._newest(records.ORDER)
        return _ON

    def _read_return(self) -> int:
        self._settled = self._went_through()
        return _ON

    def _present(self) -> int:
        assert self._identity
        cards = self._keeper.state.cards
        tries = self._slot.tries()
        if tries == 0:
            return self._end(events.CARD_PSC_LOCKED)
        if tries < _TRIES_SAFE and (cards.wrong_pscs >= _WRONG_MOST or tries < _TRIES_LEAST):
            return self._end(events.CARD_PSC_SPARED)
        if self._slot.unlock(self._keys.card_secret(self._identity.number)):
            return _ON
        if not self._slot.present():  # it did not answer, because it was gone
            raise OSError
        cards.wrong_pscs += 1
        return self._end(events.CARD_PSC_WRONG)

    def _apply(self) -> int:
        """Take what the card brings; a read-out card brings nothing."""
        assert self._identity
        kind = self._identity.int("card")
        if kind == records.READOUT:
            self.outcome = events.CARD_READ_OUT
            self._keeper.meter.note_event(events.CARD, events.CARD_READ_OUT)
            return _ON
        orders = self._orders
        orders.take(self._tariff, self._contract, self._order, kind == records.CUSTOMER, self._refusal)
        if kind == records.CUSTOMER and not orders.fresh and not orders.refused:
            orders.meet_card(self._settled and self._inserted)
        self.outcome = orders.outcome
        self.booked = orders.booked
        return _ON

    def _commit(self) -> int:
        assert self._identity
        cards = self._keeper.state.cards
        cards.number += 1
        if self._identity.int("card") == records.CUSTOMER and self._identity.number > cards.card:
            cards.card = self._identity.number
            cards.wrong_pscs = 0
        if not self._keeper.commit():
            self.outcome = events.CARD_MEMORY  # the memory takes nothing, not even an event
            return _END
        return _ON

    def _acknowledge(self) -> int:
        return self._seal(records.ACKNOWLEDGEMENT, report.acknowledgement(self._keeper.state, self.outcome))

    def _tell(self) -> int:
        room = records.room(records.REPORT, self._slot.size)
        return self._seal(records.REPORT, report.report(self._keeper.state, room))

    def _write_back(self) -> int:
        """Write the next bytes of a record, and read them back: as many as a step may take, for display and keys."""
        slot = self._slot
        at = self._written
        data = bytearray(self._record[at : at + slot.chunk])
        found = bytearray(len(data))
        slot.write(self._place + at, data)
        slot.read(self._place + at, found)
        if found != data:
            if not slot.present():
                raise OSError
            return self._end(events.CARD_WORN)
        self._written = at = at + len(data)
        return _STAY if at < len(self._record) else _ON

    # -- the card's bytes ----------------------------------------------------------------------------------

    def _bytes(self, kind: int, slot: int) -> bytes:
        data = bytearray(records.room(kind, self._slot.size))
        self._slot.read(records.place(kind, slot), data)
        return bytes(data)

    def _went_through(self) -> bool:
        """Say whether the card knows of the newest credit, and its last exchange wrote all of the report.

        Only a refund asks for the report. Where the card brings new settings the station may have written them over it.
        """
        booked = self._keeper.state.cards.credit_number
        said = self._own(records.ACKNOWLEDGEMENT)
        if said is None or said.int("credit_number") < booked:
            return booked == 0
        if self._keeper.meter.supply.mode != REFUND or self._brings_settings():
            return True
        told = self._own(records.REPORT)
        return told is not None and told.number == said.number

    def _brings_settings(self) -> bool:
        meter = self._keeper.meter
        tariff = self._tariff
        contract = self._contract
        if tariff and tariff.number > max(meter.tariff.version, meter.pending.version):
            return True
        return bool(contract and contract.number > self._keeper.state.cards.contract)

    def _own(self, kind: int) -> "Record | None":
        """Return what the meter itself wrote on the card, if that is whole."""
        try:
            return seal.read(self._keys, kind, 0, self._bytes(kind, 0))
        except CardError:
            return None

    def _newest(self, kind: int) -> "Record | None":
        places = [self._bytes(kind, slot) for slot in range(records.slots(kind))]
        record, refused = seal.newest(self._keys, kind, places)
        if refused:
            self._refusal = events.CARD_FORGED if isinstance(refused, ForgedError) else events.CARD_REFUSED
        return record

    def _seal(self, kind: int, values: "Values") -> int:
        """Make a record to be written."""
        number = self._keeper.state.cards.number
        self._record = seal.wrap(self._keys, kind, 0, number, codec.pack(kind, values), self._slot.size)
        self._place = records.place(kind, 0)
        self._written = 0
        return _ON

    STEPS = (
        (_wait, _IDENTIFY),
        (_identify, _CHECK),
        (_check, _TARIFF),
        (_read_tariff, _CONTRACT),
        (_read_contract, _ORDER),
        (_read_order, _RETURN),
        (_read_return, _PRESENT),
        (_present, _APPLY),
        (_apply, _COMMIT),
        (_commit, _ACKNOWLEDGE),
        (_acknowledge, _SIGN),
        (_write_back, _REPORT),
        (_tell, _WRITE_BACK),
        (_write_back, SHOW),
        (_show, EMPTY),
    )
    """By state: what is done, and the state beside it."""

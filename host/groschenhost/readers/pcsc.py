# SPDX-License-Identifier: Apache-2.0
"""Readers behind PC/SC: pcscd on Linux, by pyscard's lower layer.

The lower layer, because the upper one's objects speak to pcscd while they are being destroyed, and complain when it has
gone. A result code other than 0 is never trusted to say what happened to a command that was sent: a card that is pulled
within a write may even yield "successful" and an empty answer.
"""

import time
from collections.abc import Callable
from typing import Final

from smartcard import scard

from groschenhost.readers.chip import CardChip
from groschenhost.readers.connection import (
    Answer,
    CardRemoved,
    NoCard,
    NoReader,
    NoService,
    NotAllowed,
    ReaderError,
    ReaderHung,
    ServiceGone,
    SharingViolation,
    UnknownCard,
)
from groschenhost.readers.dialects import MIFARE_1K, SLE_4428, open_chip
from groschenhost.readers.watchdog import Watchdog

LIMIT_S: Final = 5.0
"""What an answer may take: the longest command, 64 bytes erased and written at 20 kHz, takes 0.73 s."""

_OK: Final = 0
_TIMEOUT: Final = 0x8010000A
_SHARING: Final = 0x8010000B
_NO_READERS: Final = 0x8010002E
_GONE: Final = (0x8010001D, 0x8010001E, 0x80100013)  # no service, service stopped, communication
_NOT_ALLOWED: Final = (0x8010006A, 0x80100027)  # security violation, no access
_NO_CARD: Final = (0x8010000C, 0x80100069)  # no smart card, removed
_NO_READER: Final = (0x80100009, 0x80100017, _NO_READERS)  # unknown, unavailable, none
_MUTE: Final = (0x80100066, 0x80100067)  # unresponsive, unpowered

State = tuple[str, int, list[int]]


def open_card(
    name: str | None, wait_s: float, limit_s: float = LIMIT_S, on_wait: Callable[[list[str]], None] | None = None
) -> CardChip:
    """Open the card in the first reader of that name, or in the first of all that holds one."""
    service = Service(limit_s)
    try:
        connection = service.wait(name, wait_s, on_wait)
        return open_chip(connection.reader, connection.atr, connection)
    except BaseException:
        service.close()
        raise


def list_readers(limit_s: float = LIMIT_S) -> list[str]:
    """Return the names of the readers that are connected, with or without a card."""
    service = Service(limit_s)
    try:
        return service.readers()
    finally:
        service.close()


class Service:
    """One context of pcscd, with at most one card."""

    def __init__(self, limit_s: float = LIMIT_S) -> None:
        """Reach pcscd; NoService, NotAllowed."""
        self._limit = limit_s
        self._end_limit = limit_s
        self._watchdog = Watchdog()
        self._card: int | None = None
        self._protocol = scard.SCARD_PCI_T0
        self._context: int | None = None
        try:
            result, context = self._watchdog.call(limit_s, scard.SCardEstablishContext, scard.SCARD_SCOPE_USER)
        except ReaderHung:
            # A socket that listens, and nobody there to accept: whoever started pcscd by socket activation outlived it.
            raise NoService(f"{limit_s:g} s") from None
        if result != _OK:
            self._watchdog.end(lambda: None, limit_s)
            raise NotAllowed(_name(result)) if result in _NOT_ALLOWED else NoService(_name(result))
        self._context = context

    def readers(self) -> list[str]:
        """Return the names of the readers that are connected."""
        result, names = self._watchdog.call(self._limit, scard.SCardListReaders, self._in_context(), [])
        if result == _NO_READERS:
            return []
        if result != _OK:
            raise _failure(result, "")
        return names

    def wait(
        self, name: str | None, wait_s: float, on_wait: Callable[[list[str]], None] | None = None
    ) -> "PcscConnection":
        """Wait until a card is there, and connect to it exclusively; NoReader, NoCard, SharingViolation.

        pcscd looks at its readers every 0.4 s, and until it has done so there is no card for anybody: its own event is
        waited for, not a length of time.
        """
        there = self.readers()
        readers = [reader for reader in there if name is None or name.lower() in reader.lower()]
        if not readers:
            raise NoReader(name, there)
        deadline = time.monotonic() + wait_s
        known = [(reader, scard.SCARD_STATE_UNAWARE) for reader in readers]
        while True:
            left = max(0.0, deadline - time.monotonic())
            result, states = self._watchdog.call(
                left + self._limit, scard.SCardGetStatusChange, self._in_context(), int(left * 1000), known
            )
            if result == _TIMEOUT:
                raise NoCard(readers)
            if result != _OK:
                raise _failure(result, readers[0])
            found = _best(states)
            connection = found and self._connect(found)
            if connection:
                return connection
            if on_wait:
                on_wait(readers)
                on_wait = None
            known = [(reader, state) for reader, state, _ in states]

    def transmit(self, apdu: bytes) -> Answer:
        """Send one command to the card; OutcomeUnknown where no answer came."""
        if self._card is None:
            raise CardRemoved("closed")
        result, data = self._watchdog.call(self._limit, scard.SCardTransmit, self._card, self._protocol, list(apdu))
        if result in _GONE:
            self._end_limit = 0.0  # nobody is there to let the card go to
            raise ServiceGone(_name(result))
        if result != _OK:
            raise CardRemoved(_name(result))
        if len(data) < 2:
            raise CardRemoved("no answer")  # what vpcd makes of a card that went away
        return Answer(bytes(data[:-2]), data[-2], data[-1])

    def close(self) -> None:
        """Let the card go, without power, and leave pcscd; behind a call that hangs, that is done when it returns.

        Otherwise the card has no power when this returns. It may be pulled then: pcscd 1.9.9 loses track of a card that
        is changed for another within 0.4 s of a command that failed, and of its successors until one is pulled again.
        """
        card, context = self._card, self._context
        self._card = self._context = None

        def leave() -> None:
            if card is not None:
                scard.SCardDisconnect(card, scard.SCARD_UNPOWER_CARD)
            if context is not None:
                scard.SCardReleaseContext(context)

        self._watchdog.end(leave, self._end_limit)

    def _in_context(self) -> int:
        if self._context is None:
            raise CardRemoved("closed")
        return self._context

    def _connect(self, state: State) -> "PcscConnection | None":
        """Connect exclusively, or return None where the card has gone again."""
        reader, flags, atr = state
        if flags & scard.SCARD_STATE_MUTE:
            raise _mute(reader)
        result, card, protocol = self._watchdog.call(
            self._limit,
            scard.SCardConnect,
            self._in_context(),
            reader,
            # Shared, another program's disconnecting would reset the card between its PSC and the last read-back.
            scard.SCARD_SHARE_EXCLUSIVE,
            scard.SCARD_PROTOCOL_T0 | scard.SCARD_PROTOCOL_T1,
        )
        if result in _NO_CARD:
            return None
        if result != _OK:
            raise _failure(result, reader)
        self._card = card
        self._protocol = scard.SCARD_PCI_T1 if protocol == scard.SCARD_PROTOCOL_T1 else scard.SCARD_PCI_T0
        return PcscConnection(self, reader, bytes(atr))


class PcscConnection:
    """A card in a reader of pcscd, held exclusively."""

    def __init__(self, service: Service, reader: str, atr: bytes) -> None:
        self._service = service
        self.reader = reader
        self.atr = atr

    def transmit(self, apdu: bytes) -> Answer:
        """Send one command and return its answer."""
        return self._service.transmit(apdu)

    def close(self) -> None:
        """Let the card go."""
        self._service.close()


def _best(states: list[State]) -> State | None:
    """Choose among the readers that hold a card: one of ours first, a laptop may have a bank card in it."""
    held = [state for state in states if state[1] & scard.SCARD_STATE_PRESENT]
    ours = [state for state in held if bytes(state[2]) in (SLE_4428, MIFARE_1K)]
    return next(iter(ours + held), None)


def _failure(result: int, reader: str) -> ReaderError:
    if result in _GONE:
        return NoService(_name(result))
    if result in _NOT_ALLOWED:
        return NotAllowed(_name(result))
    if result in _NO_READER:
        return NoReader(reader, [])
    if result == _SHARING:
        return SharingViolation(reader)
    if result in _MUTE:
        return _mute(reader)
    return CardRemoved(_name(result))


def _mute(reader: str) -> UnknownCard:
    return UnknownCard(
        (
            f"{reader}: Karte antwortet nicht; liegt sie richtig herum? Dann kann dieser Leser keine Speicherkarten",
            f"{reader}: the card does not answer; is it the right way round? If so, this reader takes no memory cards",
        )
    )


def _name(result: int) -> str:
    text = scard.SCardGetErrorMessage(result).rstrip(".")
    return f"{text}, {result:#010x}"

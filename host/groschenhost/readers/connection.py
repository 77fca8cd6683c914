# SPDX-License-Identifier: Apache-2.0
# ruff: noqa: N818
# What ends a card's use is named for what happened, as the tree below shows.
"""The connection of one method that the dialects stand on, and all that reading and writing a card can end with.

ReaderError                  the base
+-- PyscardMissing           the extra `groschen[pcsc]` is not installed
+-- NoService                pcscd does not run
+-- NotAllowed               pcscd does not let this user in
+-- NoReader                 no reader, or none of that name
+-- NoCard                   nobody inserted a card in time
+-- UnknownCard              a card, but none of ours; or a reader whose dialect we do not speak
+-- SharingViolation         another program holds the card
+-- Refused                  the reader or the card refuses, and says so; nothing was written
+-- WrongPsc                 the code is wrong; how many tries are left
|   +-- Locked               no try is left, the card is read-only for ever
+-- WriteNotStuck            written, and something else is read back
+-- OutcomeUnknown           broken off: what was to be written may be there wholly, in part, or not at all;
|   |                        the next insertion tells
|   +-- CardRemoved          the card was pulled, or the reader
|   +-- ReaderHung           no answer in time
|   +-- ServiceGone          pcscd ended
+-- ForbiddenAddress         an address that this software never writes; nothing was sent
+-- BadImage                 a file that is no card image
"""

from typing import ClassVar, NamedTuple, Protocol

from groschenhost.errors import WRONG, HostError


class Answer(NamedTuple):
    """What comes back for an APDU: data, and the two bytes of the status word."""

    data: bytes
    sw1: int
    sw2: int

    @property
    def sw(self) -> int:
        """The status word, 0x9000 for most that went well; not for PRESENT CODE, see `acs`."""
        return self.sw1 << 8 | self.sw2


class Connection(Protocol):
    """A card in a reader, held exclusively from the first APDU to `close`."""

    def transmit(self, apdu: bytes) -> Answer:
        """Send one command and return its answer; OutcomeUnknown where none came."""
        ...

    def close(self) -> None:
        """Let the card go, without power; never raises."""
        ...


class ReaderError(HostError):
    """The base of all that a reader or a card ends with."""


class PyscardMissing(ReaderError):
    """The extra that brings pyscard is not installed."""

    def __init__(self, reason: str) -> None:
        super().__init__(
            (
                (
                    f"Für Kartenleser fehlt pyscard ({reason}); installieren mit: pip install 'groschen[pcsc]' "
                    "(auf Debian vorher: apt install libpcsclite-dev pcscd); ohne Leser: --reader virtual:DATEI"
                ),
                (
                    f"Card readers need pyscard ({reason}); install it: pip install 'groschen[pcsc]' "
                    "(on Debian first: apt install libpcsclite-dev pcscd); without a reader: --reader virtual:FILE"
                ),
            )
        )


class NoService(ReaderError):
    """The service that owns the readers cannot be reached."""

    def __init__(self, reason: str) -> None:
        super().__init__(
            (
                f"Der Dienst für Kartenleser (pcscd) antwortet nicht: {reason}; starten mit: systemctl start pcscd",
                f"The service for card readers (pcscd) does not answer: {reason}; start it: systemctl start pcscd",
            )
        )


class NotAllowed(ReaderError):
    """The service does not let this user in: from pcsc-lite 2.0.1 on it asks polkit."""

    def __init__(self, reason: str) -> None:
        super().__init__(
            (
                (
                    f"Dieser Benutzer darf den Kartenleser nicht benutzen ({reason}); in polkit "
                    "org.debian.pcsc-lite.access_pcsc und access_card erlauben, oder an diesem Platz selbst anmelden"
                ),
                (
                    f"This user may not use the card reader ({reason}); allow org.debian.pcsc-lite.access_pcsc and "
                    "access_card in polkit, or log in at this very desk"
                ),
            )
        )


class NoReader(ReaderError):
    """No reader is connected, or none of that name."""

    def __init__(self, wanted: str | None, there: list[str]) -> None:
        listed = ", ".join(there)
        super().__init__(
            (
                f"Kein Kartenleser „{wanted}“; angeschlossen: {listed or 'keiner'}"
                if wanted
                else "Kein Kartenleser angeschlossen; einstecken, oder --reader virtual:DATEI",
                f'No card reader "{wanted}"; connected: {listed or "none"}'
                if wanted
                else "No card reader is connected; plug one in, or use --reader virtual:FILE",
            )
        )


class NoCard(ReaderError):
    """No card was inserted in time."""

    def __init__(self, readers: list[str]) -> None:
        names = ", ".join(readers)
        super().__init__(
            (
                f"Keine Karte in {names}; einstecken und noch einmal aufrufen",
                f"No card in {names}; insert it and try again",
            )
        )


class UnknownCard(ReaderError):
    """What is in the reader is no card of ours, or the reader is none whose commands are known."""


class SharingViolation(ReaderError):
    """Another program holds the card."""

    def __init__(self, reader: str) -> None:
        super().__init__(
            (
                f"{reader}: ein anderes Programm benutzt die Karte; es beenden und noch einmal aufrufen",
                f"{reader}: another program is using the card; end it and try again",
            )
        )


class Refused(ReaderError):
    """The reader or the card refuses a command and says so."""

    def __init__(self, what: str, answer: Answer) -> None:
        super().__init__(
            (
                f"Die Karte oder der Leser lehnt ab: {what}, Antwort {answer.sw:04X}; Karte neu einstecken",
                f"The card or the reader refuses: {what}, answer {answer.sw:04X}; insert the card again",
            )
        )
        self.answer = answer


class WrongPsc(ReaderError):
    """The code is not this card's; `left` is the number of tries left, None where the chip counts none."""

    def __init__(self, left: int | None) -> None:
        super().__init__(
            (
                "Der Schlüssel passt nicht zu dieser Karte" + ("" if left is None else f"; noch {left} Versuche"),
                "The key does not fit this card" + ("" if left is None else f"; {left} tries left"),
            )
        )
        self.left = left


class Locked(WrongPsc):
    """No try is left: the card can be read, and never be written again."""

    def __init__(self) -> None:
        super().__init__(0)
        self.text = (
            "Die Karte ist gesperrt: kein Versuch mehr übrig. Sie bleibt lesbar; eine neue ausgeben",
            "The card is locked: no try is left. It can still be read; issue another one",
        )


class WriteNotStuck(ReaderError):
    """Read-back differs from what was written; `at` is the first byte that differs, in card space."""

    def __init__(self, at: int, chip: int) -> None:
        super().__init__(
            (
                (
                    f"Byte {at} der Karte (Chip-Adresse {chip}) hat nicht angenommen, was geschrieben wurde; "
                    "Karte neu einstecken, beim zweiten Mal ersetzen"
                ),
                (
                    f"Byte {at} of the card (chip address {chip}) did not take what was written; "
                    "insert the card again, the second time replace it"
                ),
            )
        )
        self.at = at
        self.chip = chip


class OutcomeUnknown(ReaderError):
    """Broken off: what was to be written may be on the card wholly, in part, or not at all."""


class CardRemoved(OutcomeUnknown):
    """The card was pulled, or its reader."""

    def __init__(self, reason: str) -> None:
        super().__init__(
            (
                f"Die Karte wurde gezogen ({reason}). Ob etwas geschrieben ist, zeigt das nächste Einstecken",
                f"The card was removed ({reason}). The next insertion tells whether anything was written",
            )
        )


class ReaderHung(OutcomeUnknown):
    """No answer in time."""

    def __init__(self, seconds: float) -> None:
        super().__init__(
            (
                (
                    f"Der Leser antwortet seit {seconds:g} s nicht; ihn neu anstecken. "
                    "Ob etwas geschrieben ist, zeigt das nächste Einstecken der Karte"
                ),
                (
                    f"The reader has not answered for {seconds:g} s; plug it in anew. "
                    "The card's next insertion tells whether anything was written"
                ),
            )
        )


class ServiceGone(OutcomeUnknown):
    """The service ended while a card was being used."""

    def __init__(self, reason: str) -> None:
        super().__init__(
            (
                (
                    f"Der Dienst für Kartenleser (pcscd) wurde beendet ({reason}); starten mit: systemctl start pcscd. "
                    "Ob etwas geschrieben ist, zeigt das nächste Einstecken der Karte"
                ),
                (
                    f"The service for card readers (pcscd) ended ({reason}); start it: systemctl start pcscd. "
                    "The card's next insertion tells whether anything was written"
                ),
            )
        )


class ForbiddenAddress(ReaderError, ValueError):
    """An address that is never written, or one outside the card; nothing was sent."""

    def __init__(self, address: int, length: int) -> None:
        super().__init__(
            (
                f"Adresse {address}, {length} Bytes: liegt nicht im beschreibbaren Bereich der Karte",
                f"address {address}, {length} bytes: not within what may be written on the card",
            )
        )


class BadImage(ReaderError):
    """A file that is no card image, or cannot be used as one."""

    status: ClassVar[int] = WRONG

# SPDX-License-Identifier: Apache-2.0
"""What the fuzzer calls: bytes that become a card or a payload, and what must hold of it.

By the first byte an input is a whole card as it stands; a payload; or a payload, sealed with the right key.
"""

from pathlib import Path

import card_mutator

from groschencard import records
from groschencard.chips import MIFARE_SIZE, SLE_SIZE

VECTORS = Path(__file__).resolve().parents[1] / "tests" / "vectors"

KINDS = sorted(records.RECORDS)
WHOLE = 0  # first bytes of an input: a card on either chip,
PAYLOAD = 2  # from here on a payload of each kind,
SEALED = PAYLOAD + len(KINDS)  # and the same, sealed
WAYS = SEALED + len(KINDS)


class Target:
    """What is called with each input."""

    def __init__(self) -> None:
        keys, spaces = card_mutator.load(str(VECTORS))
        self.cards = card_mutator.Cards(keys, spaces, 1)

    def one(self, data: bytes) -> None:
        """Judge one input; raises card_mutator.BrokenError, or whatever the decoder lets escape."""
        way = data[0] % WAYS if data else WHOLE
        body = data[1:]
        if way < PAYLOAD:
            size = (SLE_SIZE, MIFARE_SIZE)[way]
            card_mutator.judge(self.cards, body[:size].ljust(size, b"\xff"), resealed=False)
        elif way < SEALED:
            card_mutator.unpacked(KINDS[way - PAYLOAD], body)
        else:
            self._sealed(KINDS[way - SEALED], body)

    def _sealed(self, kind: int, body: bytes) -> None:
        room = records.room(kind, SLE_SIZE) - records.HEAD - records.TAIL
        fixed = records.RECORDS[kind][2] > 0
        payload = body[:room].ljust(room, b"\0") if fixed else body[: room - records.LENGTH]
        space = bytearray(b"\xff" * SLE_SIZE)
        data = card_mutator.sealed(self.cards.keys, kind, 0, 1, payload)
        start = records.place(kind, 0)
        space[start : start + len(data)] = data
        card_mutator.judge(self.cards, bytes(space), resealed=True)

    def seeds(self) -> list[bytes]:
        """Return what to begin with: the cards of the vectors, and their payloads both ways."""
        out = [bytes([int(len(space) == MIFARE_SIZE)]) + space for space in self.cards.spaces]
        for (kind, _), written in self.cards.known.items():
            for data in written:
                payload = card_mutator.payload_of(kind, data)
                out += [bytes([first + KINDS.index(kind)]) + payload for first in (PAYLOAD, SEALED)]
        return out

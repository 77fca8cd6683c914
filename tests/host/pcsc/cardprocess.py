# SPDX-License-Identifier: Apache-2.0
"""The card and its reader behind pcscd: a process that speaks to vpcd, and is told by its standard input what happens.

Called with a port and the name of a reader. Each line is a command, and one line answers it:

    insert            put the card in: connect to vpcd
    remove            pull it
    tear N            pull it after N clocks more (N bytes in the air for a MIFARE)
    hang S            leave the next command unanswered for S seconds, then answer it
    delay S           take S seconds for every command from now on
    silent 0|1        let writes do nothing, and answer as if they had
    image [HEX]       the chip's memory, which may be set before
    power             how often the card was powered up since it was inserted
"""

import select
import socket
import sys
import time

from groschensim.models.mifare import MifareClassic1K
from groschensim.models.sle4428 import Sle4428Chip
from tests.host.pcsc.emulation import Acr38, Acs, Gone, Omnikey, Part3, Reader, SleReader

POWER_OFF, POWER_ON, RESET, GET_ATR = 0, 1, 2, 4
SLE_READERS: dict[str, type[SleReader]] = {"acs": Acs, "acr38": Acr38, "omnikey": Omnikey}


class Card:
    """A card in a reader, or beside it."""

    def __init__(self, port: int, kind: str) -> None:
        self.port = port
        self.socket: socket.socket | None = None
        self.hang = self.delay = 0.0
        self.powered = 0
        self.reader: Reader = (
            SLE_READERS[kind](Sle4428Chip()) if kind in SLE_READERS else Part3(MifareClassic1K(bytearray(1024)))
        )

    def command(self, line: str) -> str:
        word, *arguments = line.split()
        return getattr(self, f"do_{word}")(*arguments) or "ok"

    def do_insert(self) -> None:
        self.powered = 0
        self.reader.insert()
        self.socket = socket.create_connection(("127.0.0.1", self.port))

    def do_remove(self) -> None:
        if self.socket:
            self.socket.close()
        self.socket = None
        self.reader.pull_after(0)

    def do_tear(self, count: str) -> None:
        self.reader.pull_after(int(count))

    def do_hang(self, seconds: str) -> None:
        self.hang = float(seconds)

    def do_delay(self, seconds: str) -> None:
        self.delay = float(seconds)

    def do_silent(self, on: str) -> None:
        self.reader.silent = on == "1"

    def do_image(self, content: str = "") -> str:
        if content:
            self.reader.image[:] = bytes.fromhex(content)
        return self.reader.image.hex()

    def do_power(self) -> str:
        return str(self.powered)

    def serve(self) -> None:
        """Take one message from vpcd; a torn card closes the connection instead of answering."""
        message = self.receive()
        if message is None:
            self.do_remove()
        elif len(message) == 1:
            self.control(message[0])
        else:
            time.sleep(self.hang + self.delay)
            self.hang = 0.0
            try:
                self.send(self.reader.answer(message))
            except Gone:
                self.do_remove()

    def control(self, code: int) -> None:
        if code == GET_ATR:
            self.send(self.reader.atr)
        else:
            self.reader.power(on=code != POWER_OFF)
            self.powered += code != POWER_OFF

    def send(self, data: bytes) -> None:
        assert self.socket
        self.socket.sendall(len(data).to_bytes(2, "big") + data)  # length and body at once

    def receive(self) -> bytes | None:
        head = self.exactly(2)
        return head and self.exactly(int.from_bytes(head, "big"))

    def exactly(self, length: int) -> bytes | None:
        """Receive so many bytes, or None at the connection's end.

        vpcd 3.3 sends length and body apart, with Nagle: it holds the body back until the length is acknowledged, which
        takes 40 ms unless asked for at once. The kernel forgets that wish, so it is told before every recv.
        """
        assert self.socket
        data = b""
        while len(data) < length:
            self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_QUICKACK, 1)
            try:
                part = self.socket.recv(length - len(data))
            except ConnectionError:
                part = b""
            if not part:
                return None
            data += part
        return data


def main() -> None:
    card = Card(int(sys.argv[1]), sys.argv[2])
    while True:
        waiting = [sys.stdin, card.socket] if card.socket else [sys.stdin]
        ready, _, _ = select.select(waiting, [], [])
        if sys.stdin in ready:
            line = sys.stdin.readline()  # one line, one answer: nothing is left in the buffer
            if not line:
                return
            print(card.command(line), flush=True)
        elif card.socket:
            card.serve()


if __name__ == "__main__":
    main()

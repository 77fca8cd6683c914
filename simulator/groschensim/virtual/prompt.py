# SPDX-License-Identifier: Apache-2.0
"""MicroPython's prompt as the board sees it, by what is typed and printed; and a word of its own there.

A device that waits at its prompt asks for nothing: interrupts and timers would wait for the next command. So the board
gives one itself that does nothing but ask, and keeps it from whoever is at the port.
"""

_ASK = b"__import__('boardlink').link.ask(0,0)"
_RAW = b"\x01"
_FRIENDLY = b"\x02"
_END = b"\x04"
_RAW_BANNER = b"raw REPL; CTRL-B to exit\r\n>"
_RAW_PROMPT = b"\x04>"
_PROMPT = b">>> "
_TAIL = 64


class Prompt:
    """Follows the console of one life of the device."""

    def __init__(self) -> None:
        self.raw = False
        """Whether it is the raw mode, as of what was printed last."""
        self.poking = False
        """Whether the board's own command is being executed."""
        self._tail = b""
        self._said = b""

    @property
    def fresh(self) -> bool:
        """Whether the device has printed its prompt and nothing was typed since."""
        return self._tail.endswith((_RAW_PROMPT, _RAW_BANNER) if self.raw else (_PROMPT,))

    def typed(self, data: bytes) -> None:
        """See what is typed."""
        self._tail = b""
        if _FRIENDLY in data:
            self.raw = False

    def poke(self) -> bytes:
        """Return what the board has to type to be asked; what is printed until it is done is nobody else's."""
        self.poking = True
        self._said = b""
        return _ASK + _END if self.raw else _RAW + _ASK + _END + _FRIENDLY

    def printed(self, data: bytes) -> bytes:
        """See what is printed; return what of it is for the port."""
        if self.poking:
            self._said += data
            if not self._said.endswith(_RAW_PROMPT if self.raw else _PROMPT) or self._said.count(_END) < 2:
                return b""
            self.poking = False
            said, error = self._said.partition(b"OK")[2].split(_END)[:2]
            self._tail = _RAW_PROMPT if self.raw else _PROMPT
            return said + error
        self._tail = (self._tail + data)[-_TAIL:]
        if _RAW_BANNER in self._tail:
            self.raw = True
        return data

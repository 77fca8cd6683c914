# SPDX-License-Identifier: Apache-2.0
"""A fixed share of the lines that `make fuzz` puts into the service port; and broken ports, which the fuzzer finds."""

from __future__ import annotations

from collections.abc import Callable

import fuzz_port
import port_mutator
import pytest
from card_mutator import BrokenError
from interpreters import command
from port_mutator import play

from groschen.core import service_port, tan_budget
from groschen.core.programming import Programming
from groschen.core.service_port import ServicePort


def test_twenty_thousand_lines() -> None:
    told = play(2026, 20_000)
    counts = {part.rpartition(" ")[0]: int(part.rpartition(" ")[2]) for part in told.partition(": ")[2].split(", ")}
    for name in ("identified", "refused", "asked again", "acknowledged", "from afar", "profile", "written"):
        assert counts[name] >= 10, told


def test_micropython_does_the_same() -> None:
    command("micropython")
    assert fuzz_port.on_micropython(7, 3000) == play(7, 3000)


def no_password(self: Programming, password: str) -> int:
    """Let everybody in."""
    return 0


def open_door(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Programming, "enter", no_password)


def write_before_the_password(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = [key for key in ServicePort.NEXT if key[1] == "W1"]
    monkeypatch.setitem(ServicePort.NEXT, (3, "W1"), ServicePort.NEXT[asked[0]])


def deaf_to_noise(monkeypatch: pytest.MonkeyPatch) -> None:
    def ignore(self: ServicePort, now: int) -> None:
        """Forget what is no message."""

    monkeypatch.setattr(ServicePort, "_note_noise", ignore)


def open_for_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    def rest(self: ServicePort, body: str) -> None:
        """Say that the dialogue is over, and stay as fast as it was."""
        self.state = 0
        self._said = None

    monkeypatch.setattr(ServicePort, "_rest", rest)
    for key, do in list(ServicePort.NEXT.items()):
        if do.__name__ == "_rest":
            monkeypatch.setitem(ServicePort.NEXT, key, rest)


def no_budget(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tan_budget, "wait_for", lambda count, newest, run: 0)


def trusting(monkeypatch: pytest.MonkeyPatch) -> None:
    def check(data: bytes, check: int = 0) -> int:
        """Raise where the frame is one that nobody would send."""
        if b"((" in bytes(data):
            raise IndexError
        return port_mutator.bcc(data, check)

    monkeypatch.setattr(service_port, "bcc", check)


@pytest.mark.parametrize(
    "breaks", [open_door, write_before_the_password, deaf_to_noise, open_for_ever, no_budget, trusting]
)
def test_a_broken_port_is_found(breaks: Callable[[pytest.MonkeyPatch], None], monkeypatch: pytest.MonkeyPatch) -> None:
    breaks(monkeypatch)
    with pytest.raises((BrokenError, IndexError)):
        play(1, 20_000)

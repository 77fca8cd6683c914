# SPDX-License-Identifier: Apache-2.0
"""A run to be done, what comes of it, and the run on this very Python."""

import json
import random
from array import array
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

from groschensim import result
from groschensim.errors import RunError
from groschensim.language import pick
from groschensim.nvm import SimNvm
from groschensim.play import Player
from groschensim.scenario import Tape
from groschensim.trace import Trace


@dataclass(frozen=True)
class Job:
    """A tape and its load, where to leave the quarter hours, and how to cut the run (for engineers).

    With `memory` the meter is kept in one, whose writes stop after each of the byte counts in `cuts`.
    """

    tape: Tape
    load: "array[int]"
    trace: Path | None = None
    step: int = 0
    restart: bool = False
    memory: bool = False
    cuts: tuple[int, ...] = ()


@dataclass(frozen=True)
class Outcome:
    """What a run leaves, as JSON in one line each: the result, the registers, and the relay's story.

    Where the meter was kept in a memory, also its bytes, and how often it was built anew from them.
    """

    result: bytes
    registers: bytes
    relay: bytes
    image: bytes = b""
    restarts: int = 0

    def read(self, part: str) -> dict[str, Any]:
        """Return one of the parts by its name as Python objects."""
        return cast("dict[str, Any]", json.loads(getattr(self, part)))


def play_here(job: Job, progress: Callable[[int], None] | None = None) -> Outcome:
    """Play a job on the Python that runs this."""
    if job.trace is None:
        return _play(job, None, progress)
    with job.trace.open("w", encoding="ascii", newline="") as file:
        return _play(job, Trace(file), progress)


def _play(job: Job, trace: Trace | None, progress: Callable[[int], None] | None) -> Outcome:
    tape = cast("dict[str, Any]", job.tape)
    nvm = SimNvm(job.cuts) if job.memory else None
    board = Player(tape, job.load, trace, job.step, job.restart, progress, nvm).play()
    board.read_profile()
    parts = result.result(board), result.read_out(board.meter), result.relay(board)
    played, registers, relay = (result.text(part).encode() for part in parts)
    if nvm is None:
        return Outcome(played, registers, relay)
    return Outcome(played, registers, relay, bytes(nvm.image), board.restarts - 1)


def random_cuts(job: Job, number: int, seed: int) -> tuple[int, ...]:
    """Return after how many bytes written the power is to fail: distinct, rising, each byte of the run as likely.

    A run without cuts counts the bytes; RunError where it writes fewer than there are to be cuts.
    """
    nvm = SimNvm()
    Player(cast("dict[str, Any]", job.tape), job.load, None, job.step, job.restart, nvm=nvm).play()
    if number > nvm.written:
        raise RunError(
            pick(
                (
                    f"{number} Schnitte sind mehr, als der Lauf Bytes schreibt ({nvm.written})",
                    f"{number} cuts are more than the run writes bytes ({nvm.written})",
                )
            )
        )
    return tuple(sorted(random.Random(seed).sample(range(nvm.written), number)))  # noqa: S311 (chance with a seed)

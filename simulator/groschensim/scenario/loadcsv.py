# SPDX-License-Identifier: Apache-2.0
"""A measured load: the columns start,pulses of a CSV file, read line by line."""

import csv
import re
from array import array
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import BinaryIO

from groschensim.errors import WrongValueError
from groschensim.scenario.run import QUARTER_S, Run
from groschensim.scenario.shown import printable, shown
from groschensim.scenario.source import refuse, why_unreadable
from groschensim.scenario.texts import say
from groschensim.scenario.times import EPOCH, lacking_offset, local_text

COLUMNS = ("start", "pulses")
MOST_PULSES = 1_000_000_000
LONGEST_LINE = 10_000

_PULSES = re.compile(r"[0-9]{1,10}")
_FRACTION = re.compile(r"[.,]0*[1-9]")  # Python drops what is below a microsecond
_QUARTER = timedelta(minutes=15)
_NO_TIME = timedelta(0)


def read_load(path: Path, run: Run) -> "array[int]":
    """Return the pulses of each quarter hour of a run; ScenarioError names file, line and cause.

    WrongValueError says why the file cannot be read.
    """
    try:
        with path.open("rb") as file:
            return _read_rows(path, file, run)
    except (OSError, ValueError) as error:  # ValueError: a name that no file can have
        raise WrongValueError(why_unreadable(error)) from None


def _read_rows(path: Path, file: BinaryIO, run: Run) -> "array[int]":
    lines = _Lines(file)
    load = array("i", bytes(4 * (run.end_quarter - run.first_quarter)))
    try:
        rows = csv.reader(lines, strict=True)
        order = _column_order(next(rows, None))
        _fill(load, rows, order, run)
    except csv.Error as error:
        raise refuse(path, say("csv_broken", reason=error), lines.number) from None
    except WrongValueError as wrong:
        raise refuse(path, str(wrong), lines.number) from None
    return load


class _Lines(Iterator[str]):
    """The lines of a file as text, counted; WrongValueError where one is too long or not UTF-8."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self.number = 0

    def __next__(self) -> str:
        line = self._file.readline(LONGEST_LINE + 1)
        if not line:
            raise StopIteration
        self.number += 1
        if len(line) > LONGEST_LINE:
            raise WrongValueError(say("csv_line", limit=LONGEST_LINE))
        try:
            return line.decode("utf-8-sig" if self.number == 1 else "utf-8")  # spreadsheets write a mark in front
        except UnicodeDecodeError:
            raise WrongValueError(say("not_utf8")) from None


def _column_order(header: list[str] | None) -> tuple[int, int]:
    """Return where start and pulses stand in a row."""
    if not header:
        raise WrongValueError(say("csv_empty"))
    names = [name.strip() for name in header]
    if not set(names) & set(COLUMNS):
        raise WrongValueError(say("csv_header", value=shown(",".join(names))))
    for name in COLUMNS:
        if name not in names:
            raise WrongValueError(say("csv_missing", value=name))
    for position, name in enumerate(names):
        if name not in COLUMNS or name in names[:position]:
            raise WrongValueError(say("csv_extra", value=shown(name)))
    return names.index("start"), names.index("pulses")


def _fill(load: "array[int]", rows: Iterator[list[str]], order: tuple[int, int], run: Run) -> None:
    """Put each row's pulses in its quarter hour; blank lines count for nothing."""
    start_at, pulses_at = order
    last = -1
    for row in rows:
        if not row:
            continue
        if len(row) != len(COLUMNS):
            raise WrongValueError(say("csv_fields", count=len(row)))
        slot = _slot(row[start_at], run)
        if slot <= last:
            key = "csv_twice" if slot == last else "csv_order"
            raise WrongValueError(say(key, value=printable(row[start_at])))
        last = slot
        load[slot] = _pulses(row[pulses_at])


def _slot(word: str, run: Run) -> int:
    """Return the quarter hour of the run that a text names, the first one being 0."""
    try:
        start = datetime.fromisoformat(word.strip())
    except ValueError:
        raise WrongValueError(say("csv_start", value=shown(word))) from None
    if start.tzinfo is None:
        raise WrongValueError(f"start {lacking_offset(start, run.zone)}")
    quarter, rest = divmod(start - EPOCH, _QUARTER)
    if rest != _NO_TIME or _FRACTION.search(word):
        raise WrongValueError(say("csv_quarter", value=printable(word)))
    if not run.first_quarter <= quarter < run.end_quarter:
        key = "csv_early" if quarter < run.first_quarter else "csv_late"
        first = local_text(run.first_quarter * QUARTER_S, run.zone)
        raise WrongValueError(say(key, value=printable(word), first=first, end=run.end))
    return quarter - run.first_quarter


def _pulses(word: str) -> int:
    digits = word.strip()
    if not _PULSES.fullmatch(digits) or int(digits) > MOST_PULSES:
        raise WrongValueError(say("csv_pulses", value=shown(word)))
    return int(digits)

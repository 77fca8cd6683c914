# SPDX-License-Identifier: Apache-2.0
"""The tables of docs/service-port.md are those of the code."""

import re
from pathlib import Path

from groschen.core import programming, service_port
from groschen.core.exchange import Port
from groschen.core.programming import Programming
from groschen.core.service_port import ServicePort
from groschencard import obis

ROOT = Path(__file__).resolve().parents[2]
TEXT = (ROOT / "docs" / "service-port.md").read_text(encoding="utf-8")


def rows(title: str) -> list[list[str]]:
    """Return the cells of a chapter's table."""
    chapter = TEXT.split(f"\n## {title}\n")[1].split("\n## ")[0]
    return [[cell.strip() for cell in line.split("|")[1:-1]] for line in chapter.splitlines() if line[:2] == "| "][1:]


def test_each_code_is_told_with_its_unit_in_the_order_of_the_readout() -> None:
    told = [f"{code.strip('`')} {unit}".strip() for code, unit, _ in rows("The codes")]
    assert told == obis.TABLE.split("\n")


def test_what_can_be_written_is_told() -> None:
    written = [code.strip("`") for code, _, what in rows("The codes") if "**Can be written**" in what]
    assert {*written, "F.F"} == set(Programming.WRITES)
    assert "the clock, the reaction time, and the error register" in TEXT
    assert f"200 (which the identification promises) to {programming._LONGEST_MS}" in TEXT
    assert programming._SHORTEST_MS == 200
    assert f": {Port().reaction} ms unless" in TEXT
    assert f"after {service_port._REACTION_MS} ms" in TEXT


def test_each_command_is_told() -> None:
    commands = {event for _, event in ServicePort.NEXT if len(event) > 1}
    told = re.search(r"These are all its commands: ([^.]*)\.", TEXT)
    assert told
    assert set(re.findall(r"[A-Z]\d", told[1])) == commands


def test_the_history_is_told() -> None:
    assert [f"`{code}*NN`" in TEXT for code in obis.HISTORY.split(" ")].count(False) == 0


def test_each_error_is_told() -> None:
    source = "".join(Path(str(module.__file__)).read_text(encoding="utf-8") for module in (programming, service_port))
    numbers = re.findall(
        r"^_(?:NOT_UNDERSTOOD|NO_SUCH_CODE|NOT_WRITABLE|NO_PASSWORD|WRONG_PASSWORD|LOCKED|MEMORY|TOO_FAR) = const\((\d)\)",
        source,
        re.M,
    )
    assert [error for error, _ in rows("Errors")] == [f"ERR0{number}" for number in sorted(numbers)]

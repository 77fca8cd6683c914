# SPDX-License-Identifier: Apache-2.0
"""The tables of docs/simulator.md name what the code has."""

import re
from pathlib import Path

from groschen.core import events
from groschensim import eventnames

TEXT = (Path(__file__).resolve().parents[2] / "docs" / "simulator.md").read_text(encoding="utf-8")


def test_every_detail_of_a_card_event_is_told_once() -> None:
    table = TEXT.split("| `card` | what |")[1].split("\n\n")[0]
    cells = re.findall(r"^\| (`.*?) \|", table, re.MULTILINE)
    told = [name for cell in cells for name in re.findall(r"`([a-z_]+)`", cell)]
    assert sorted(told) == sorted(eventnames.KINDS[events.CARD][1].values())

# SPDX-License-Identifier: Apache-2.0
"""The page on screens names the details of all events."""

import re
from pathlib import Path

from groschen.core import events
from groschensim import eventnames

PAGE = (Path(__file__).parents[2] / "docs" / "screens.md").read_text()


def test_every_detail_of_every_kind_is_explained() -> None:
    for kind, details in eventnames.KINDS.values():
        row = re.findall(rf"^\| {kind} \| (\d.*) \|$", PAGE, re.MULTILINE)[0]
        told = {int(number) for number in re.findall(r"(?:^|, )(\d+) ", row)}
        assert told == set(details) - ({events.CARD_MEMORY} if kind == "card" else set())  # never logged

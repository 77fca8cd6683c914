# SPDX-License-Identifier: Apache-2.0
"""What the tests of the memory share."""

from __future__ import annotations

import pytest

from groschensim import board as boards
from tests.power_fail.cutting import WatchedStore


@pytest.fixture
def watched(monkeypatch: pytest.MonkeyPatch) -> None:
    """Lets boards use a store that knows what it may find after a cut."""
    monkeypatch.setattr(boards, "Store", WatchedStore)

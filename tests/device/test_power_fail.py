# SPDX-License-Identifier: Apache-2.0
"""The power fails on the emulated RP2040: how soon everything is kept and the relay open, while it starts and runs."""

import os
from pathlib import Path

import pytest

from groschen.core.amount import Limbs
from groschen.core.calendar import LEGAL
from groschen.core.meter import Meter
from groschen.core.state import State
from groschen.core.store import Store
from groschen.core.supply import CUSTOMER
from groschen.core.tariff import Tariff
from groschensim.nvm import SimNvm
from tests.boards.mains import HOLD_UP_MS
from tests.device import chip

IMAGE = os.environ.get("METER_UF2", "")
DAY_S = 86_400
LEAST_MS = HOLD_UP_MS * 8 // 10
"""What a capacitor at the lower end of its tolerance leaves."""


def supplied() -> bytes:
    """Return the memory of a meter that was supplying when its power failed."""
    meter = Meter(1000, LEGAL)
    tariff, credit = Tariff(), Limbs()
    tariff.version = 1
    tariff.ht = tariff.nt = 300_000
    credit.high = 100
    meter.commission(*divmod(chip.KEPT_UNTIL_S, DAY_S), CUSTOMER, tariff, credit, Limbs())
    nvm = SimNvm()
    Store(nvm).commit(State(meter))
    return bytes(nvm.image)


@pytest.mark.skipif(not IMAGE, reason="METER_UF2 names no image of MicroPython for the board RPI_PICO")
@pytest.mark.parametrize("later_ms", [0, 200, 500, 1_500, 5_011])
def test_the_relay_is_open_before_the_hold_up_ends(later_ms: int) -> None:
    """The latest of 29 instants that were tried is 500 ms behind the relay, within the loading of a module."""
    board = chip.meter_on(Path(IMAGE), supplied())
    try:
        board.power_on()
        while not board.parts.relay.closed:
            board.advance(1)
            assert board.now_ms < 1_500
        board.advance(later_ms)
        board.parts.fail()
        failed = board.now_ms
        while board.parts.relay.closed:
            board.advance(1)
            assert board.now_ms - failed < LEAST_MS
        kept = Store(SimNvm(image=bytearray(board.parts.memory))).load()
        assert kept is not None
        assert kept.meter.supply.on
        assert kept.starts.count == 1
        board.advance(HOLD_UP_MS - (board.now_ms - failed))
        assert 100_000 <= board.parts.relay.longest_us < 160_000
    finally:
        board.close()

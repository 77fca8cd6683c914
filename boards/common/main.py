# SPDX-License-Identifier: Apache-2.0
"""The meter's main program: one loop of steps over what the board offers."""

from board import Board

from groschen.core.amount import Limbs
from groschen.core.calendar import LEGAL
from groschen.core.meter import Meter
from groschen.core.supply import LOCKED
from groschen.core.tariff import Tariff
from groschencard.compat import const

TYPE_CHECKING = const(False)
if TYPE_CHECKING:
    from groschen.core.ports import Clock, Pulses, Relay

IMP_PER_KWH = const(1000)


class Loop:
    """Brings time and pulses from the board to the meter, and the meter's judgement to the relay."""

    def __init__(self, pulses: "Pulses", clock: "Clock", relay: "Relay") -> None:
        self._pulses = pulses
        self._clock = clock
        self._relay = relay
        self._counted: int = pulses.count()
        self.meter = Meter(IMP_PER_KWH, LEGAL)
        clock.read()
        # A board that nobody has commissioned yet supplies nothing, and counts what flows all the same.
        self.meter.commission(clock.day, clock.second, LOCKED, Tariff(), Limbs(), Limbs())

    def step(self) -> None:
        """Charge what fell since the last step, and switch."""
        meter = self.meter
        self._clock.read()
        fallen = self._pulses.count() - self._counted
        meter.advance(self._clock.day, self._clock.second)
        if fallen:
            self._counted += fallen
            meter.count(fallen)
        self._relay.switch(meter.supply.on)


def main() -> None:
    """Run for ever, watched by the watchdog."""
    board = Board()
    loop = Loop(board.pulses, board.clock, board.relay)
    while True:
        loop.step()
        board.watchdog.feed()


if __name__ == "__main__":
    main()

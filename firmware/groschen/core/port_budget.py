# SPDX-License-Identifier: Apache-2.0
"""The budget of wrong passwords at the service port, all its wires together: the ladder of `tan_budget`, and no year.

Three are free, then an hour to wait that doubles up to a week of the meter's own run; with twenty only a service card
opens the port again. A right password gives nothing back.
"""

from groschen.core import tan_budget
from groschencard import const

TYPE_CHECKING = const(False)
if TYPE_CHECKING:
    from groschen.core.exchange import Port
    from groschen.core.keeper import Keeper


def wait(port: "Port", run: int) -> int:
    """Return how many quarter hours the port is locked for: OPEN, more, or OPERATOR, as `tan_budget` has them."""
    return tan_budget.wait_for(port.wrong, port.run, run)


def begin_try(keeper: "Keeper") -> bool:
    """Commit a try as a wrong one, before it is compared; return False where the memory does not take it."""
    meter = keeper.meter
    port = meter.port
    before = port.run
    port.wrong += 1
    port.run = meter.tan.run
    if keeper.commit():
        return True
    end_try(port, before)
    return False


def end_try(port: "Port", before: int) -> None:
    """Take a try off that was right, or was not made; the newest wrong one is that of a quarter hour before."""
    port.wrong -= 1
    port.run = before


def forgive(port: "Port") -> None:
    """Open the port again, for a service card."""
    port.wrong = 0

# SPDX-License-Identifier: Apache-2.0
"""What may be done at the service port: know the password, and write what `WRITES` names. One for all its wires.

The budget of wrong passwords is that of `tan_budget` without the year: three are free, then an hour to wait that
doubles up to a week of the meter's own run; with twenty only a service card opens the port again. A right one gives
nothing back.
"""

from groschen.core import events, tan_budget
from groschen.core.readout import own
from groschencard import const
from groschencard.mac import same

_TYPE_CHECKING = const(False)
if _TYPE_CHECKING:
    from groschen.core.keeper import Keeper
    from groschen.core.readout import Readout
    from groschen.core.timekeeper import Timekeeper
    from groschencard.keys import MeterKeys

# The errors that the port answers with, beside its own.
_NOT_WRITABLE = const(3)
_WRONG_PASSWORD = const(5)
_LOCKED = const(6)
_MEMORY = const(7)
_TOO_FAR = const(8)  # the clock is not set so far, or not so soon again
_SHORTEST_MS = const(200)  # of the reaction time: what the identification promises,
_LONGEST_MS = const(1400)  # and a little less than a client waits by the standard
_DIGITS = const(4)
_QUARTERS_PER_DAY = const(96)
_QUARTER_S = const(900)


class Programming:
    """The password and the writes; each returns 0, or an error."""

    def __init__(self, keeper: "Keeper", timekeeper: "Timekeeper", keys: "MeterKeys", readout: "Readout") -> None:
        """Take the meter's keeper, what sets its clock, its keys, and what knows how an instant is written."""
        self._keeper = keeper
        self._timekeeper = timekeeper
        self._password = keys.port.encode()
        self._readout = readout

    def enter(self, password: str) -> int:
        """Judge a password; its try is committed as a wrong one before it is compared."""
        keeper = self._keeper
        port = keeper.state.port
        run = keeper.state.tan.run
        before = port.run
        if tan_budget.wait_for(port.wrong, before, run) != tan_budget.OPEN:
            return _LOCKED
        port.wrong += 1
        port.run = run
        error = _MEMORY
        if keeper.commit():
            error = 0
            if not same(password.encode(), self._password):
                keeper.meter.note_fault(events.ERROR_PASSWORD)
                keeper.commit()
                return _WRONG_PASSWORD
        port.wrong -= 1
        port.run = before
        keeper.commit()
        return error

    def reaction(self) -> int:
        """Return after how many milliseconds the meter answers an option select."""
        return self._keeper.state.port.reaction

    def write(self, code: str, value: str) -> int:
        """Write a value where its code, in any spelling, may be written."""
        name, _, number = code.partition("*")
        do = self.WRITES.get(own(name)) if number in ("", "255") else None
        return do(self, value) if do else _NOT_WRITABLE

    def _set_clock(self, value: str) -> int:
        quarter, second = self._readout.instant(value)
        if quarter < 0:
            return _NOT_WRITABLE
        try:
            if self._timekeeper.set(quarter // _QUARTERS_PER_DAY, quarter % _QUARTERS_PER_DAY * _QUARTER_S + second):
                return _TOO_FAR
        except OSError:
            return _MEMORY
        return 0 if self._keeper.commit() else _MEMORY

    def _clear_errors(self, value: str) -> int:
        if value.strip("0"):
            return _NOT_WRITABLE
        return 0 if self._keeper.clear_errors() else _MEMORY

    def _set_reaction(self, value: str) -> int:
        number = value[:-3] if value[-3:] == "*ms" else value
        if not number.isdigit() or len(number) > _DIGITS or not _SHORTEST_MS <= int(number) <= _LONGEST_MS:
            return _NOT_WRITABLE
        port = self._keeper.state.port
        before = port.reaction
        port.reaction = int(number)
        if self._keeper.commit():
            return 0
        port.reaction = before
        return _MEMORY

    WRITES = {"0.9.4": _set_clock, "F.F": _clear_errors, "C.55.2": _set_reaction}
    """All that can be written."""

# SPDX-License-Identifier: Apache-2.0
"""A core for rp2040py 0.3.6 that is twenty times as fast: `cortex_m0.c`, compiled when it is first asked for.

What it does not execute itself - whatever touches a peripheral, exceptions, sleep - rp2040py does as before, and time
is counted as there: `test_fast_core.py` compares the two, instruction by instruction. Without a C compiler the
emulator runs alone. It uses private names of rp2040py, whose version is pinned.
"""

import ctypes
import functools
import shutil
import subprocess
import tempfile
from pathlib import Path
from typing import Any, Final

from rp2040py import Simulator

SOURCE: Final = Path(__file__).with_name("cortex_m0.c")
CYCLE_NS: Final = 8.0  # at 125 MHz, which is what rp2040py counts with
_MOST: Final = 1_000_000  # cycles at once where no alarm is set
_DIVIDER, _SPINLOCKS = range(0x60, 0x7C), 0x100
_SIO: Final = 0xD0000000
_WORD: Final = 0xFFFFFFFF


class Machine(ctypes.Structure):
    """What this module shares with the C code, whose struct of this name it is."""

    _fields_ = (
        *((name, ctypes.c_void_p) for name in ("r", "sram", "flash", "rom")),
        *((name, ctypes.c_uint32) for name in ("n", "z", "c", "v", "primask", "quiet", "miss_cycles")),
        *(
            (name, ctypes.c_uint32)
            for name in ("dividend", "divisor", "quotient", "remainder", "csr", "signed", "locks")
        ),
        ("since_reset_ns", ctypes.c_double),
        ("cycle_ns", ctypes.c_double),
        *((name, ctypes.c_uint64) for name in ("cycles", "hits", "misses")),
        ("tags", ctypes.c_uint32 * 2048),
        ("lines_fetched", ctypes.c_uint32),
        ("older", ctypes.c_uint8 * 1024),
    )


@functools.cache
def library() -> ctypes.CDLL | None:
    """Return the compiled core; None where there is no compiler for it."""
    compiler = shutil.which("cc")
    if compiler is None:
        return None
    with tempfile.TemporaryDirectory(prefix="cortex-m0-") as folder:
        out = Path(folder) / "cortex_m0.so"
        flags = ("-O2", "-fno-strict-aliasing", "-shared", "-fPIC")
        subprocess.run([compiler, *flags, "-o", str(out), str(SOURCE)], check=True)
        loaded = ctypes.CDLL(str(out))
    loaded.run.restype = ctypes.c_bool
    loaded.run.argtypes = [ctypes.c_void_p, ctypes.c_uint64]
    for function in (loaded.read_io, loaded.write_io):
        function.restype = ctypes.c_bool
    return loaded


class FastCore:
    """The fast core of one simulator."""

    def __init__(self, simulator: Simulator, code: ctypes.CDLL, miss_cycles: int = 0) -> None:
        """Share the simulator's registers and memories; `miss_cycles` is what the flash costs beyond its cache."""
        self._simulator: Any = simulator
        self._code = code
        mcu: Any = simulator.rp2040
        core = mcu.core
        self._held = [
            (ctypes.c_uint32 * 16).from_buffer(core.registers),
            (ctypes.c_ubyte * len(mcu.sram)).from_buffer(mcu.sram),
            (ctypes.c_ubyte * len(mcu.flash)).from_buffer(mcu.flash),
            (ctypes.c_uint32 * len(mcu.bootrom)).from_buffer(mcu.bootrom),
        ]
        self.machine = Machine(
            *map(ctypes.addressof, self._held), divisor=1, csr=1, cycle_ns=CYCLE_NS, miss_cycles=miss_cycles
        )
        self._at = ctypes.byref(self.machine)
        code.flush_cache(self._at)
        self._share_sio(mcu)
        self._begin_anew_with(mcu)

    def run_batch(self) -> None:
        """Run until the simulator is stopped, in place of its own `_execute_batch`."""
        simulator = self._simulator
        core, clock = simulator.rp2040.core, simulator.clock
        while not simulator.stopped:
            if core.waiting:
                clock.tick(clock.nanos_to_next_alarm)
            elif core.interrupts_updated or (self.execute(self._budget()) and not simulator.stopped):
                clock.tick(core.execute_instruction() * CYCLE_NS)

    def execute(self, most: int) -> bool:
        """Execute for so many cycles; return whether an instruction is the emulator's own, which comes next then."""
        mcu = self._simulator.rp2040
        core, clock, machine = mcu.core, self._simulator.clock, self.machine
        machine.quiet = not (
            core.pending_interrupts & core.enabled_interrupts
            or core.pending_pend_sv
            or core.pending_systick
            or core.pending_svcall
            or core.pending_nmi
        )
        machine.since_reset_ns = clock.nanos - mcu.timer._epoch_nanos
        machine.primask = core.pm
        machine.n, machine.z, machine.c, machine.v = core.n, core.z, core.c, core.v
        own = bool(self._code.run(self._at, most))
        core.pm = machine.primask
        core.n, core.z, core.c, core.v = machine.n, machine.z, machine.c, machine.v
        if machine.cycles:
            core.cycles += machine.cycles
            clock.tick(machine.cycles * CYCLE_NS)
        return own and not core.interrupts_updated

    def _budget(self) -> int:
        clock = self._simulator.clock
        return max(1, int(clock.nanos_to_next_alarm / CYCLE_NS)) if clock.has_scheduled_alarm else _MOST

    def _share_sio(self, mcu: Any) -> None:
        """Let what the emulator itself does with divider and spinlocks be done to those of the fast core."""
        read, write = mcu.sio.read_uint32, mcu.sio.write_uint32
        value = ctypes.c_uint32()

        def shared(offset: int) -> bool:
            return offset in _DIVIDER or offset >= _SPINLOCKS

        def read_shared(offset: int) -> int:
            if shared(offset) and self._code.read_io(self._at, ctypes.c_uint32(_SIO + offset), ctypes.byref(value)):
                return value.value
            return int(read(offset))

        def write_shared(offset: int, word: int) -> None:
            address = ctypes.c_uint32(_SIO + offset)
            if not (shared(offset) and self._code.write_io(self._at, address, ctypes.c_uint32(word & _WORD))):
                write(offset, word)

        mcu.sio.read_uint32, mcu.sio.write_uint32 = read_shared, write_shared

    def _begin_anew_with(self, mcu: Any) -> None:
        reset = mcu.reset

        def reset_both(**how: Any) -> Any:
            self.machine.locks, self.machine.csr = 0, 1
            self._code.flush_cache(self._at)
            return reset(**how)

        mcu.reset = reset_both


def install(simulator: Simulator, miss_cycles: int = 0) -> FastCore | None:
    """Let a simulator run with the fast core; return None where there is no compiler, and it runs as it is."""
    code = library()
    if code is None:
        return None
    fast = FastCore(simulator, code, miss_cycles)
    simulator._execute_batch = fast.run_batch  # type: ignore[method-assign]
    return fast

# SPDX-License-Identifier: Apache-2.0
"""What the firmware's computing takes on a Pico: each piece of work lets so much of the board's time pass.

The firmware knows nothing of it: a module's functions are exchanged as it is imported. The time passes before the work
is done, so that what is kept or sent is not there too early, and as under a busy processor: interrupts of pins come at
their microsecond, nothing else runs, and no time is leapt over.
"""

import builtins
import gc
import sys

from boardlink import link
from micropython import const

TYPE_CHECKING = const(False)
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

# Microseconds in all, and what of them passes on the virtual board's buses and in its calls of `machine`. In all:
# docs/performance.md, "The work, on the chip"; the buses: tests/device/test_costs.py, which proves the sum.
WORK = {
    "groschen.core.device": (("Device", "step", 1_500, 290),),
    "groschen.core.keeper": (("Keeper", "commit", 43_000, 18_960), ("Keeper", "flush", 28_000, 4_950)),
    "groschen.core.store": (("Store", "load", 390_000, 70_000),),
    "groschen.core.panel": (("Panel", "render", 5_200, 0),),
    "groschen.drivers.ds3231": (("Ds3231", "read", 1_600, 1_340),),
    "groschen.slots.contactless": (("ContactlessSlot", "present", 5_400, 4_230),),
    "groschencard.mac": (("", "hmac_sha256", 5_200, 0),),
}
COLLECTION_US = const(27_000)

# The first seconds, so that they are those of docs/memory-and-start.md: from the reset until the release's first module
# runs, and what loading takes a byte, while the board does not measure yet and while it does: each name is searched for
# among more and more of them. Collections come to it.
_BEGIN_US = const(129_000)
_FIRST_BYTE_NS = const(6_500)
_BYTE_NS = const(13_000)


def _taking(work: "Callable[..., Any]", time_us: int) -> "Callable[..., Any]":
    def taking(*arguments: "Any") -> "Any":
        link.compute(time_us)
        return work(*arguments)

    return taking


def _loading(open_module: "Callable[..., Any]") -> "Callable[..., Any]":
    """Let a module's loading take its time by its size, which the release's index of modules tells."""

    def loading(modules: "Any", path: str, mode: str) -> "Any":
        index = modules._index
        begin = index.find(("\n" + path[1:] + " ").encode()) + len(path) + 1
        end = index.find(b" ", begin + 1)
        size = int(index[end + 1 : end + 7]) - int(index[begin : begin + 6]) if end >= 0 else 0
        link.compute(size * (_BYTE_NS if "program" in sys.modules else _FIRST_BYTE_NS) // 1000)
        return open_module(modules, path, mode)

    return loading


def _import(name: str, *rest: "Any") -> "Any":
    """Import a module, and let its work take its time from now on."""
    known = name in sys.modules
    module = _import_as_it_is(name, *rest)
    if not known and name in sys.modules:
        _charge(name, sys.modules[name])
    return module


def _charge(name: str, module: "Any") -> None:
    """Exchange a module's functions; a release of another age may lack some, ours has them all (`test_costs.py`)."""
    for owner, work, total_us, bus_us in WORK.get(name, ()):
        holder = getattr(module, owner, None) if owner else module
        if hasattr(holder, work):
            setattr(holder, work, _taking(getattr(holder, work), total_us - bus_us))
    if name == "main" and hasattr(module, "Modules"):
        link.compute(_BEGIN_US)
        module.Modules.open = _loading(module.Modules.open)


class _Gc:
    """The module `gc`, whose collection takes its time; a builtin module cannot be changed."""

    collect = staticmethod(_taking(gc.collect, COLLECTION_US))
    enable = staticmethod(gc.enable)
    disable = staticmethod(gc.disable)
    isenabled = staticmethod(gc.isenabled)
    mem_alloc = staticmethod(gc.mem_alloc)
    mem_free = staticmethod(gc.mem_free)
    threshold = staticmethod(gc.threshold)


_import_as_it_is = builtins.__import__
builtins.__import__ = _import
sys.modules["gc"] = _Gc  # type: ignore[assignment]

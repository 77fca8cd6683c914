# SPDX-License-Identifier: Apache-2.0
"""What flashing does on a board: look, compare, write, rename, test, restart. Each step is MicroPython, run there.

Paths are relative: a board's working folder is the root of its file system.
"""

import hashlib
import json
import re
import time
from base64 import b64encode
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Final

from groschenhost.flash.errors import DeviceError, FlashError, LostError, NoStartError, SelfTestError, VerifyError
from groschenhost.flash.rawrepl import RawRepl
from groschenhost.port.errors import LineError

CHUNK: Final = 768  # bytes a line of code carries
ATTEMPTS: Final = 3
"""How often a file is sent that arrives as another."""
SELF_TEST_S: Final = 60.0
_SHORT_S: Final = 1.0
_DAY_S: Final = 86_400
RUNS: Final = b"the meter runs"
"""What the program says after its first whole step, as boards/common/program.py has it."""
_QUIET_S: Final = 4.0
"""How long a meter whose console is not heard must have run to count as started."""
_ACTIVE = re.compile(r"([ab]) (?:(good)|trial ([ab]) (\d+))")

# A meter that was interrupted is still watched: its watchdog is fed with each thing that is done here, else it would
# reset the board in the middle. A board that never ran a meter has none, and gets none.
_HELPERS: Final = """
import os,sys,json,hashlib,gc
from binascii import a2b_base64,hexlify
def _is(p):
 try:
  os.stat(p)
  return True
 except OSError:
  return False
_k=lambda:None
if _is('active'):
 try:
  import machine
  _k=machine.WDT(timeout=8000).feed
 except (ImportError,AttributeError):
  pass
_b=bytearray(512)
_v=memoryview(_b)
def _sum(p):
 h=hashlib.sha256()
 with open(p,'rb') as f:
  while 1:
   n=f.readinto(_b)
   if not n:
    break
   h.update(_v[:n])
 _k()
 return hexlify(h.digest()).decode()
def _tree(p):
 for e in os.ilistdir(p):
  q=p+'/'+e[0]
  if e[1]&0x4000:
   _tree(q)
  else:
   print(_sum(q),q)
def _text(p):
 if not _is(p):
  return None
 with open(p) as f:
  return f.read()
def _dirs(p):
 at=p.find('/')
 while at>0:
  if not _is(p[:at]):
   os.mkdir(p[:at])
  at=p.find('/',at+1)
def _swap(p):
 if hasattr(os,'sync'):
  os.sync()
 os.rename(p+'.new',p)
 if hasattr(os,'sync'):
  os.sync()
"""
_LOOK: Final = """
def _head(p):
 if not _is(p):
  return None
 with open(p) as f:
  return f.read(120)
i=sys.implementation
m=json.loads(_text('meter.json')) if _is('meter.json') else None
if m is not None:
 m={'serial':m.get('serial'),'utility':m.get('utility'),'life':m.get('life',1)}
print(json.dumps({'platform':sys.platform,'version':list(i.version[:3]),'machine':getattr(i,'_machine',''),
'mpy':getattr(i,'_mpy',0)&255,'meter':m,'active':_text('active'),'heads':[_head(r+'/release.json') for r in 'ab']}))
"""
_FROM_RELEASE: Final = """
gc.collect()
if 'board' not in sys.modules:
 sys.path.insert(0,os.getcwd().rstrip('/')+'/{folder}')
 import main
 main.begin(sys.path[0])
"""
_SET_CLOCK: Final = """
from board import Board
try:
 Board().clock.set({day},{second})
except OSError:
 pass
"""
_MEMORY: Final = """
from board import Board
_n=Board().nvm
_z=bytearray({chunk})
def _held():
 for at in (0,{copy}):
  _n.read(at,_z)
  if _z[0]=={mark} and _z[4:8]!=b'\\1\\0\\0\\0':
   return True
 return False
def _clear():
 c=bytearray({chunk})
 for at in range(0,{size},{chunk}):
  _n.write(at,c)
  _n.read(at,_z)
  _k()
  if _z!=c:
   return at
 return -1
"""
_KEEP: Final = """
if hasattr(sys.modules.get('main'),'keep'):
 sys.modules['main'].keep()
"""
_RESTART: Final = (
    _KEEP
    + """
import machine
machine.reset()
"""
)
# As in groschen.core.memory and store, which the host does not import. A record whose sequence is 1 was begun by
# flashing, and no meter has run with it.
_MEMORY_SIZE: Final = 32_768
_MEMORY_COPY: Final = 512
_MEMORY_MARK: Final = 0x47
_MEMORY_CHUNK: Final = 256
_HEAD = re.compile(r'"layout": ?(\d+)')


@dataclass(frozen=True)
class Active:
    """Which release is in force: `good`, or on trial with another to fall back to."""

    folder: str
    fallback: str | None = None

    @property
    def other(self) -> str:
        """The folder that a new release goes into while this one is good."""
        return "b" if self.folder == "a" else "a"

    @property
    def line(self) -> bytes:
        """The content of the file."""
        return f"{self.folder} {f'trial {self.fallback} 0' if self.fallback else 'good'}\n".encode()

    @classmethod
    def read(cls, text: str | None) -> "Active | None":
        """Gives what the file says; None where there is none, or one that says nothing."""
        found = _ACTIVE.fullmatch(text.strip()) if text else None
        return cls(found[1], found[3]) if found else None


@dataclass(frozen=True)
class Found:
    """A board as it was found; serial is None where it is no meter yet, life is the one its key is of."""

    platform: str
    version: tuple[int, ...]
    machine: str
    mpy: int
    serial: str | None
    utility: int | None
    life: int
    is_meter: bool
    active: Active | None
    layouts: dict[str, int]

    @property
    def micropython(self) -> str:
        """The version of its MicroPython as people write it."""
        return ".".join(map(str, self.version))

    def is_of(self, serial: str, utility: int) -> bool:
        """Tells whether it is, or was about to become, a meter of this name."""
        return self.serial == serial and self.utility == utility


class Device:
    """A board at a port."""

    def __init__(self, repl: RawRepl) -> None:
        """Keep the connection."""
        self._repl = repl

    @property
    def port(self) -> str:
        """The port that it is at."""
        return self._repl.port

    def begin(self) -> None:
        """Interrupts what runs there; a meter goes on measuring meanwhile, by a timer of its own."""
        self._repl.enter()
        self._repl.run(_HELPERS)

    def begin_anew(self) -> None:
        """Starts MicroPython anew with an empty heap; a meter keeps everything before, and measures no more."""
        self._repl.run(_KEEP)
        self._repl.soft_reset()
        self._repl.run(_HELPERS)

    def end(self) -> None:
        """Lets the port go."""
        self._repl.close()

    def look(self) -> Found:
        """Says what board it is, and what stands on it."""
        try:
            said: dict[str, Any] = json.loads(self._repl.run(_LOOK))
            meter: dict[str, Any] | None = said["meter"]
            heads: list[str | None] = said["heads"]
            layouts = {folder: _HEAD.search(head or "") for folder, head in zip("ab", heads, strict=True)}
            return Found(
                platform=str(said["platform"]),
                version=tuple(map(int, said["version"])),
                machine=str(said["machine"]),
                mpy=int(said["mpy"]),
                serial=meter.get("serial") if meter is not None else None,
                utility=meter.get("utility") if meter is not None else None,
                life=int(meter["life"]) if meter is not None else 0,
                is_meter=meter is not None,
                active=Active.read(said["active"]),
                layouts={folder: int(layout[1]) for folder, layout in layouts.items() if layout},
            )
        except (ValueError, KeyError, TypeError, AttributeError):
            raise DeviceError(
                (
                    "Die Platine gibt über sich keine brauchbare Auskunft; läuft dort MicroPython?",
                    "The board says nothing useful of itself; does MicroPython run there?",
                )
            ) from None

    # -- files ---------------------------------------------------------------------------------------------

    def sums(self, folder: str) -> dict[str, str]:
        """Gives the SHA-256 of each file in a folder, reckoned on the board; nothing where there is no folder."""
        said = self._repl.run(f"if _is({folder!r}):\n _tree({folder!r})", SELF_TEST_S)
        pairs = (line.partition(" ") for line in said.splitlines())
        return {path.removeprefix(f"{folder}/"): digest for digest, _, path in pairs}

    def holds(self, path: str, data: bytes) -> bool:
        """Says whether a file is what these bytes are."""
        said = self._repl.run(f"if _is({path!r}):\n print(_sum({path!r}))").strip()
        return said == hashlib.sha256(data).hexdigest()

    def remove(self, path: str) -> None:
        """Removes a file, if it is there."""
        self._repl.run(f"_k()\nif _is({path!r}):\n os.remove({path!r})")

    def write(self, path: str, data: bytes) -> None:
        """Writes a file, making the folders above it; whether it arrived is for `sums` to say."""
        self._repl.run(f"_dirs({path!r})\n_f=open({path!r},'wb')\ndef _w(s):\n _f.write(a2b_base64(s))\n _k()")
        for at in range(0, len(data), CHUNK):
            self._repl.run(f"_w({b64encode(data[at : at + CHUNK])!r})")
        self._repl.run("_f.close()")

    def put(self, path: str, data: bytes) -> None:
        """Puts a file in the place of another in one step: after a cut either the old one stands there or the new one.

        VerifyError where it does not arrive as it is.
        """
        wanted = hashlib.sha256(data).hexdigest()
        for _ in range(ATTEMPTS):
            self.write(f"{path}.new", data)
            if self._repl.run(f"print(_sum({path + '.new'!r}))").strip() == wanted:
                self._repl.run(f"_swap({path!r})")
                return
        raise unlike([path])

    # -- the meter -----------------------------------------------------------------------------------------

    def self_test(self, folder: str, source: str, is_new: bool, sets_clock: bool) -> dict[str, str]:
        """Runs a self-test over a release's drivers and gives what it says of each part: ok, absent, or a fault.

        On a board that is new the relay is moved. The clock is set before, by this computer's, where that is said.
        """
        code = _FROM_RELEASE.format(folder=folder)
        if sets_clock:
            day, second = divmod(int(time.time()), _DAY_S)
            code += _SET_CLOCK.format(day=day, second=second)
        try:
            said = self._repl.run(f"{code}{source}\nrun({is_new})\n", SELF_TEST_S)
            results: dict[str, Any] = json.loads(said.strip().splitlines()[-1])
            return {part: str(result) for part, result in results.items()}
        except (DeviceError, ValueError, IndexError, AttributeError) as error:
            reason = error.text if isinstance(error, FlashError) else ("keine Antwort", "no answer")
            german, english = (reason, reason) if isinstance(reason, str) else reason
            raise SelfTestError(
                (f"Der Selbsttest ist nicht durchgelaufen. {german}", f"The self-test did not run through. {english}")
            ) from None

    def memory_is_held(self, folder: str) -> bool:
        """Tells whether the board's memory holds the state of a meter; a release's folder says how to ask it."""
        return self._memory(folder, "print(_held())") == "True"

    def memory_life(self, folder: str, source: str) -> int:
        """Says of which life the state in the memory is: 0 where it is blank, -1 where it cannot be read."""
        return self._begin(folder, source, "life()")

    def memory_owner(self, folder: str, source: str) -> int:
        """Says whose memory it is, as `MeterKeys.memory` does; 0 where it does not say."""
        return self._begin(folder, source, "owner()")

    def begin_memory(self, folder: str, source: str, imp: int, zone: str | int, life: int) -> None:
        """Begins a life in a memory that was cleared; DeviceError where it does not take it."""
        if not self._begin(folder, source, f"begin({imp},{zone!r},{life})"):
            raise DeviceError(
                ("Der Speicher nimmt den Anfang nicht an", "The memory does not take the beginning of a life")
            )

    def _begin(self, folder: str, source: str, call: str) -> int:
        code = _FROM_RELEASE.format(folder=folder) + source
        said = self._repl.run(f"{code}\n_k()\n{call}\n", SELF_TEST_S).strip().splitlines()
        try:
            return int(said[-1])
        except (ValueError, IndexError):
            raise DeviceError(
                (f"Die Platine sagt nichts über ihren Speicher: {said}", f"The board does not tell its memory: {said}")
            ) from None

    def clear_memory(self, folder: str) -> None:
        """Clears the board's memory; DeviceError where it does not take it."""
        at = self._memory(folder, "print(_clear())")
        if at != "-1":
            raise DeviceError(
                (f"Der Speicher nimmt bei Adresse {at} nichts an", f"The memory takes nothing at address {at}")
            )

    def _memory(self, folder: str, question: str) -> str:
        code = _MEMORY.format(size=_MEMORY_SIZE, copy=_MEMORY_COPY, mark=_MEMORY_MARK, chunk=_MEMORY_CHUNK)
        return self._repl.run(_FROM_RELEASE.format(folder=folder) + code + question, SELF_TEST_S).strip()

    def restart(self) -> None:
        """Lets the meter keep everything and resets the board, which then starts by itself."""
        self._repl.run_and_part(_RESTART)
        self._repl.close()

    def wait(self, seconds: float, console: bool = True) -> None:
        """Waits until the meter's program says that it runs; NoStartError where it raises or ends, or says nothing.

        Without a console it must have been quiet for a while: no prompt answers, nothing is raised.
        """
        said, quiet = b"", 0.0
        end = time.monotonic() + seconds
        self._reopen(end)
        while RUNS not in said if console else quiet < _QUIET_S:
            if time.monotonic() >= end:
                raise _not_started(
                    said,
                    (
                        f"er hat in {seconds:.0f} s keinen ganzen Durchlauf gemeldet",
                        f"it has told of no whole step in {seconds:.0f} s",
                    ),
                )
            try:
                self._repl.say(b"\r\n")
                answer = self._repl.listen(_SHORT_S)
            except LostError:
                quiet = 0.0
                self._reopen(end)
                continue
            said = (said + answer)[-2000:]
            if b">>>" in answer or b"Traceback" in said:
                raise _not_started(said)
            quiet += _SHORT_S

    def _reopen(self, end: float) -> None:
        """Opens the port again, which on some boards is gone for the time of a restart."""
        self._repl.close()
        while True:
            try:
                self._repl.open()
            except LineError:
                if time.monotonic() >= end:
                    raise _not_started(b"") from None
                time.sleep(0.2)
            else:
                return


def unlike(names: Iterable[str]) -> VerifyError:
    """Says which files arrived as others than were sent."""
    listed = ", ".join(sorted(names))
    return VerifyError(
        (
            (
                f"Auf der Platine kommt anderes an als gesendet ({listed}); Kabel und Flash-Speicher der Platine "
                "prüfen. In Kraft ist, was vorher in Kraft war"
            ),
            (
                f"What arrives on the board is not what was sent ({listed}); check cable and the board's "
                "flash. In force is what was before"
            ),
        )
    )


def _not_started(said: bytes, silence: tuple[str, str] = ("", "")) -> NoStartError:
    """Says why, as the board has told; `silence` where it has told nothing."""
    lines = [line for line in said.decode(errors="replace").splitlines() if line.strip() and not line.startswith(">>>")]
    raised = [line for line in lines if not line.startswith((" ", "Traceback", "MPY: "))]
    why = raised[-1].strip() if raised else ""
    german, english = (f": {why or reason}" if why or reason else "" for reason in silence)
    return NoStartError(
        (
            f"Die Firmware ist auf der Platine, aber der Zähler läuft nicht an{german}",
            f"The firmware is on the board, but the meter does not start{english}",
        )
    )

# SPDX-License-Identifier: Apache-2.0
"""A pcscd of our own with readers of our own, and the processes that are the cards in them."""

import os
import random
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from smartcard import scard

ROOT = Path(__file__).resolve().parents[3]
DRIVER = Path("/usr/lib/pcsc/drivers/serial/libifdvpcd.so")
DAEMONS = ("/usr/sbin/pcscd", "/usr/bin/pcscd")
READERS = {
    "acs": "ACS ACR39U ICC Reader",
    "omnikey": "HID Global OMNIKEY 3x21 Smart Card Reader",
    "mifare": "ACS ACR1252 Dual Reader PICC",
    "other": "Gemalto PC Twin Reader",
}
"""By short name, as libccid names them: the station chooses its dialect by these."""
LAUNCH = """
import os, sys
os.dup2(int(sys.argv[1]), 3)
os.environ.update(LISTEN_PID=str(os.getpid()), LISTEN_FDS="1")
os.execv(sys.argv[2], sys.argv[2:])
"""
"""Becomes pcscd with its socket as descriptor 3; a shell would not do, dash knows descriptors of one digit alone."""
PORTS_EACH = 2  # vpcd makes two slots of each entry
READY_S = 10


def daemon() -> str | None:
    return next((path for path in DAEMONS if Path(path).exists()), None)


def missing() -> str | None:
    """Say which Debian package is missing, or None."""
    if not daemon():
        return "pcscd is missing: apt install pcscd"
    if not DRIVER.exists():
        return f"{DRIVER} is missing: apt install vsmartcard-vpcd"
    return None


class Pcscd:
    """A private instance: own socket, own readers, own ports; several at once, root or not.

    pcscd is told by LISTEN_FDS that its socket was opened for it, as systemd would, and then looks neither for the
    socket of the machine's own instance nor for its pid file. vpcd listens on all addresses, for whoever comes: a bench
    machine on an open network needs a firewall.
    """

    def __init__(self) -> None:
        # Not below pytest's folder: the path of a Unix socket has at most 107 bytes.
        self.folder = Path(tempfile.mkdtemp(prefix="groschen-pcsc-"))
        self.socket_path = self.folder / "pcscd.comm"
        self.log = self.folder / "log"
        self.listener = socket.socket(socket.AF_UNIX)
        self.listener.bind(str(self.socket_path))
        self.listener.listen(16)
        try:
            self.port = self.start()
        except BaseException:
            self.listener.close()
            shutil.rmtree(self.folder, ignore_errors=True)
            raise

    @property
    def environ(self) -> dict[str, str]:
        return {**os.environ, "PCSCLITE_CSOCK_NAME": str(self.socket_path)}

    def start(self) -> int:
        """Start pcscd; a port that somebody has taken only costs a line in its log, so the log is asked."""
        for _ in range(5):
            port = free_ports(PORTS_EACH * len(READERS))
            self.configure(port)
            self.process = self.launch()
            if self.is_ready(port):
                return port
            self.stop_process()
        raise RuntimeError(f"pcscd did not start:\n{self.log.read_text()}")

    def configure(self, port: int) -> None:
        conf = self.folder / "conf"
        conf.mkdir(exist_ok=True)
        entries: list[str] = []
        for number, name in enumerate(READERS.values()):
            # The driver keeps its slots in a table that all entries with the same library share: each gets a copy.
            library = shutil.copy(DRIVER, self.folder / f"vpcd{number}.so")
            at = port + PORTS_EACH * number
            entries.append(
                f'FRIENDLYNAME "{name}"\nDEVICENAME /dev/null:{at:#06x}\nLIBPATH {library}\nCHANNELID {at:#06x}\n'
            )
        # DEVICENAME host:port would abort vpcd 3.3, hence /dev/null; --hotplug would miss a change, hence a new start.
        (conf / "readers").write_text("\n".join(entries))

    def launch(self) -> subprocess.Popen[bytes]:
        fd = self.listener.fileno()
        # --foreground and a file: a daemon would write to the syslog. No --auto-exit: it ends after 60 s.
        with self.log.open("wb") as log:
            return subprocess.Popen(
                [sys.executable, "-c", LAUNCH, str(fd), str(daemon()), "--foreground", "-c", str(self.folder / "conf")],
                pass_fds=[fd],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
            )

    def is_ready(self, port: int) -> bool:
        """Wait until every port listens; a client of pcscd would do too, but this process may already have one."""
        ports = [port + index for index in range(PORTS_EACH * len(READERS))]
        deadline = time.monotonic() + READY_S
        while time.monotonic() < deadline and self.process.poll() is None:
            if self.listening() >= set(ports):
                return True
            time.sleep(0.02)
        return False

    def listening(self) -> set[int]:
        lines = Path("/proc/net/tcp").read_text().splitlines()[1:]
        rows = [line.split() for line in lines]
        return {int(row[1].rpartition(":")[2], 16) for row in rows if row[3] == "0A"}

    def port_of(self, reader: str) -> int:
        return self.port + PORTS_EACH * list(READERS).index(reader)

    def stop_process(self) -> None:
        # SIGTERM, not SIGINT, which takes a second; and reaped, for a zombie would count as running.
        self.process.send_signal(signal.SIGTERM)
        try:
            self.process.wait(5)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()

    def close(self) -> None:
        self.stop_process()
        self.listener.close()  # left open, it would let clients connect and wait for ever
        shutil.rmtree(self.folder, ignore_errors=True)


def free_ports(count: int) -> int:
    """Return the first of so many ports in a row that nobody has, below those that systems give away themselves."""
    chance = random.Random()
    for _ in range(200):
        port = chance.randrange(20_000, 32_000)
        try:
            for at in range(port, port + count):
                with socket.socket() as one:
                    one.bind(("0.0.0.0", at))  # noqa: S104 - as vpcd will
        except OSError:
            continue
        return port
    raise RuntimeError("no free ports")


class CardProcess:
    """The card in a reader: a process, and what it is told."""

    def __init__(self, port: int, kind: str) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-m", "tests.host.pcsc.cardprocess", str(port), kind],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def __call__(self, *words: object) -> str:
        assert self.process.stdin
        assert self.process.stdout
        self.process.stdin.write(" ".join(map(str, words)) + "\n")
        self.process.stdin.flush()
        answer = self.process.stdout.readline().strip()
        assert answer, "the card's process has ended"
        return answer

    @property
    def image(self) -> bytes:
        return bytes.fromhex(self("image"))

    def close(self) -> None:
        assert self.process.stdin
        self.process.stdin.close()
        try:
            self.process.wait(5)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        if self.process.stdout:
            self.process.stdout.close()


def wait_until(reader: str, present: bool, within_s: float = 5) -> float:
    """Wait until pcscd has seen a card come or go, which takes it up to 0.4 s; return the seconds.

    The upper half of a state counts a reader's cards coming and going. A command that fails shows the reader as empty
    before the count does: a card that came in between would not be seen by pcscd 1.9.9, and no other after it.
    """
    started = time.monotonic()
    result, context = scard.SCardEstablishContext(scard.SCARD_SCOPE_USER)
    assert result == 0, hex(result)
    try:
        states: list[Any] = [(reader, scard.SCARD_STATE_UNAWARE)]
        while time.monotonic() < started + within_s:
            result, found = scard.SCardGetStatusChange(context, 100, states)
            flags = found[0][1]
            if not result and bool(flags & scard.SCARD_STATE_PRESENT) == bool(flags >> 16 & 1) == present:
                return time.monotonic() - started
            if not result:
                states = [(reader, flags)]
    finally:
        scard.SCardReleaseContext(context)
    raise AssertionError(f"{reader}: pcscd has not seen the card {'come' if present else 'go'}")

# SPDX-License-Identifier: Apache-2.0
"""What a technician does at the service port: read a meter, fetch its load profile, set its clock."""

from __future__ import annotations

import time
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

from groschenhost.cards.found import meter_keys
from groschenhost.port import reading
from groschenhost.port.errors import GarbledError, MemoryLostError, OtherMeterError, SilentError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from groschencard.keys import MeterKeys
    from groschenhost.keys.master import MasterKeys
    from groschenhost.ledger.book import Ledger
    from groschenhost.ledger.models import Meter
    from groschenhost.port.client import Client, Identification, Line
    from groschenhost.port.reading import Quarter

_REST_S: Final = 0.3  # between two sessions, in which the meter goes back to its first speed
_MAKE_UP_S: Final = 90.0  # a meter takes a tenth of a second for each of at most 400 days
_NEAR_S: Final = 120
_LOST: Final = 1 << 8  # of the error register: the memory is blank, or of another meter or life


@dataclass(frozen=True)
class Visit:
    """What a meter said of itself, and when."""

    who: Identification
    lines: Sequence[Line]
    serial: str
    utility: int
    at_s: float

    def deviates_s(self, zone: int | None) -> int:
        """Gives by how much the meter's clock is ahead of this computer's, in seconds; zone as in `reading.instant`."""
        now = reading.values(self.lines)[reading.NOW]
        return round(reading.instant(now, zone).timestamp() - self.at_s)

    def check_memory(self) -> None:
        """Raise MemoryLostError where the meter has no memory of its own, and shows zeros for it."""
        if int(reading.values(self.lines).get(reading.ERRORS, "0"), 16) & _LOST:
            raise MemoryLostError(
                (
                    (
                        f"Zähler {self.serial} hat den Speicher verloren: er ist gesperrt, und was er zeigt, ist "
                        "kein Stand; nichts ist gebucht. Neues Leben: groschen meter flash --replace --yes; ansehen "
                        "mit --no-book"
                    ),
                    (
                        f"Meter {self.serial} has lost its memory: it is locked, and what it shows is no reading; "
                        "nothing is booked. Another life: groschen meter flash --replace --yes; look with --no-book"
                    ),
                )
            )

    def trusted_s(self, zone: int | None) -> tuple[int, ...]:
        """Gives the meter's time in seconds since 1970, where it says that its clock is not lost; else nothing."""
        known = reading.values(self.lines)
        if known.get(reading.CLOCK_LOST) != "0":
            return ()
        return (round(reading.instant(known[reading.NOW], zone).timestamp()),)


def read(client: Client, serial: str | None, utility: int | None) -> Visit:
    """Reads the meter at the port; OtherMeterError where it is not the one that was named."""
    try:
        who = client.sign_on(serial or "", attempts=1 if serial else 3)
    except (SilentError, GarbledError):
        if serial is None:
            raise
        who = client.sign_on()  # whoever is there then is another one, which it is to say itself
    at_s = time.time()  # the meter's time is among the first lines, and the rest takes seconds
    lines = client.readout(who)
    known = reading.values(lines)
    try:
        visit = Visit(who, lines, known[reading.SERIAL], int(known[reading.UTILITY]), at_s)
        visit.deviates_s(None)
    except (KeyError, ValueError):
        raise GarbledError(
            (
                f"An der Schnittstelle ist ein Zähler, aber keiner von Groschen ({who.text})",
                f"There is a meter at the port, but no Groschen meter ({who.text})",
            )
        ) from None
    if (serial is not None and visit.serial != serial) or (utility is not None and visit.utility != utility):
        raise OtherMeterError(
            (
                f"An der Schnittstelle ist {visit.serial} (Versorger {visit.utility}), nicht {serial or utility}",
                f"At the port there is meter {visit.serial} (utility {visit.utility}), not {serial or utility}",
            )
        )
    return visit


def keys(ledger: Ledger, master: MasterKeys, meter: Meter) -> MeterKeys:
    """Gives a meter's keys, and with them its password."""
    return meter_keys(ledger, master, meter)


def programming(
    client: Client,
    visit: Visit,
    password: str,
    span: tuple[datetime, datetime] | None,
    set_clock: bool,
    zone: int | None,
) -> list[Quarter]:
    """Fetches the load profile of a span and sets the clock, whichever is wanted, in one session."""
    time.sleep(_REST_S)
    said = client.program(client.sign_on(visit.serial))
    if said != visit.serial:
        raise OtherMeterError(
            (
                f"Der Zähler an der Schnittstelle ist jetzt ein anderer: {said}",
                f"The meter at the port is another one now: {said}",
            )
        )
    client.password(password)
    found: list[Quarter] = []
    if span is not None:
        first, last = (reading.stamp(edge, zone) for edge in span)
        found = list(reading.quarters(client.profile(first, last), zone))
    if set_clock:
        try:
            client.write(reading.NOW, reading.stamp(datetime.fromtimestamp(time.time(), UTC), zone))
        except SilentError:
            _await_clock(client, visit.serial, zone)
            return found
    client.leave()
    return found


def _await_clock(client: Client, serial: str, zone: int | None) -> None:
    """Waits while a meter makes up for days that its lost clock has missed; SilentError where it says nothing after."""
    end = time.monotonic() + _MAKE_UP_S
    while True:
        try:
            visit = read(client, serial, None)
        except (SilentError, GarbledError):
            if time.monotonic() >= end:
                raise
            continue
        if abs(visit.deviates_s(zone)) <= _NEAR_S:
            return
        if time.monotonic() >= end:
            raise SilentError(
                (
                    "Der Zähler hat nicht gesagt, ob er die Uhr gestellt hat, und sie geht noch falsch; noch einmal",
                    "The meter did not say whether it has set the clock, and that is still wrong; try again",
                )
            )
        time.sleep(_REST_S)

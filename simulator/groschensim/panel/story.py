# SPDX-License-Identifier: Apache-2.0
"""What the panel tells beside the display: money to the micro-euro, wall-clock times, and the meter's newest events."""

from groschen.core import events
from groschen.core.calendar import WallClock
from groschen.core.meter import Meter
from groschensim import eventnames
from groschensim.language import pick

_SHOWN = 6
_GERMAN = {
    "power off": "Netz aus",
    "power on": "Netz ein",
    "power restart": "Neustart",
    "power often": "Netz fällt oft aus",
    "cover open": "Deckel offen",
    "cover closed": "Deckel zu",
    "clock lost": "Uhrzeit verloren",
    "clock set": "Uhr gestellt",
    "clock corrected": "Uhr korrigiert",
    "card credit": "Karte: Guthaben",
    "card debt": "Karte: Schuld",
    "card tariff": "Karte: Tarif",
    "card contract": "Karte: Vertrag",
    "card refund": "Karte: Guthaben erstattet",
    "card old_tariff": "Karte: alter Tarif",
    "card no_credit": "Karte: kein neues Guthaben",
    "card foreign": "Karte unbekannt",
    "card blank": "Karte leer",
    "card damaged": "Karte nicht lesbar",
    "card other_utility": "Karte eines anderen Stadtwerks",
    "card other_meter": "Karte eines anderen Zählers",
    "card forged": "Karte gefälscht",
    "card new_format": "Karte zu neu",
    "card earlier_life": "Karte aus früherem Leben",
    "card replaced": "Karte ersetzt",
    "card psc_locked": "Karte gesperrt",
    "card psc_wrong": "Karte passt nicht",
    "card psc_spared": "Karte geschont",
    "card worn": "Karte abgenutzt",
    "card pulled": "Karte zu früh gezogen",
    "card replayed": "Karte mit altem Stand",
    "card refused": "Karte: Daten abgelehnt",
    "card command": "Karte: Auftrag ausgeführt",
    "card read_out": "Karte: ausgelesen",
    "tan credit": "TAN: Guthaben",
    "tan opened": "TAN-Eingabe freigegeben",
    "tan wrong": "TAN falsch",
    "tan used": "TAN schon benutzt",
    "tan other": "Code für anderes",
    "mode CUSTOMER": "Modus kundenbezogen",
    "mode REFUND": "Modus rückbuchend",
    "mode FREE": "Modus Freischaltung",
    "mode LOCKED": "Modus gesperrt",
    "supply on": "Strom an",
    "supply off_credit": "Strom aus: Guthaben verbraucht",
    "supply off_locked": "Strom aus: gesperrt",
    "supply offered": "Strom kann eingeschaltet werden",
    "supply emergency": "Notkredit an",
    "error memory_damaged": "Fehler: Speicher gestört",
    "error memory_worn": "Fehler: Speicher defekt",
    "error crash": "Fehler: Programm neu begonnen",
    "error relay_stuck": "Fehler: Relais",
    "error wrong_password": "Falsches Passwort am Port",
    "error rolled_back": "Altes Programm wieder da",
    "error relay_unopened": "Fehler: Relais blieb bei Netzausfall zu",
}
"""By the names of kind and detail; one that comes later is called by those."""
_MICRO = 1_000_000
_DAYS = (("Mo", "Di", "Mi", "Do", "Fr", "Sa", "So"), ("Mo", "Tu", "We", "Th", "Fr", "Sa", "Su"))


def euro(ueur: int, places: int) -> str:
    """Return an amount with so many places, cut off behind them."""
    sign, rest = ("-", -ueur) if ueur < 0 else ("", ueur)
    whole, part = divmod(rest, _MICRO)
    return f"{sign}{whole}{pick((',', '.'))}{part:06d}"[: places - 6 or None]


def instant(clock: WallClock) -> str:
    """Return weekday, date and time to the second."""
    date = clock.date
    day = pick((_DAYS[0][(date.number + 3) % 7], _DAYS[1][(date.number + 3) % 7]))
    time = f"{clock.minute // 60:02d}:{clock.minute % 60:02d}:{clock.second % 60:02d}"
    return f"{day} {date.day:02d}.{date.month:02d}.{date.year} {time}"


def newest(meter: Meter) -> str:
    """Return the newest events of a meter's log, a line each, the last one last."""
    ring = meter.log.ring
    clock = WallClock(meter.agenda.clock.types)
    clock.use(meter.zone)
    rows = ring.kept()[-_SHOWN:]
    return "\n".join(_line(row, clock) for row in rows)


def _line(row: list[int], clock: WallClock) -> str:
    kind, details = eventnames.KINDS[row[events.KIND]]
    amount = row[events.HIGH] * _MICRO + row[events.LOW]
    name = f"{kind} {details.get(row[events.DETAIL], row[events.DETAIL])}"
    more = f"  {euro(amount, 6)} EUR" if amount else ""
    if eventnames.has_instant(row):
        clock.set(row[events.HIGH], row[events.LOW])
        more = f"  {pick(('vorher', 'before'))} {instant(clock)}"
    clock.set(row[events.QUARTER], row[events.SECOND])
    return f"{instant(clock)}  {pick((_GERMAN.get(name, name), name))}{more}"

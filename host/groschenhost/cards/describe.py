# SPDX-License-Identifier: Apache-2.0
"""What stands on a card, record by record, for a person and as JSON; with a key also whether it is true."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Final

from groschencard import card as card_format
from groschencard import chips, holiday_rules, records, recordwords
from groschencard.errors import BlankError, CardError, DamagedError, ForgedError
from groschenhost.cards.found import life_of
from groschenhost.errors import Text, pick
from groschenhost.money import CENT, format_ct, format_eur
from groschenhost.readers.mifare import BLOCK, DATA_BLOCKS, Mifare1K
from groschenhost.readers.sle4428 import COUNTER

if TYPE_CHECKING:
    from collections.abc import Callable

    from groschencard.codec import Row, Value
    from groschencard.keys import MeterKeys
    from groschencard.seal import Record
    from groschenhost.keys.master import MasterKeys

    Document = dict[str, object]

_NAMES: Final[dict[int, Text]] = {
    records.IDENTITY: ("Karte", "Card"),
    records.TARIFF: ("Tarif", "Tariff"),
    records.CONTRACT: ("Vertragseinstellungen", "Contract settings"),
    records.ORDER: ("Auftrag", "Order"),
    records.ACKNOWLEDGEMENT: ("Bestätigung des Zählers", "The meter's acknowledgement"),
    records.REPORT: ("Bericht des Zählers", "The meter's report"),
}
_LABELS: Final[dict[str, Text]] = {
    "card": ("Art", "kind"),
    "utility": ("Versorger", "utility"),
    "serial": ("Zähler", "meter"),
    "issued_day": ("ausgegeben am", "issued on"),
    "life": ("Zählerleben", "the meter's life"),
    "start": ("gilt ab", "in force from"),
    "ht_ueur_per_kwh": ("HT je kWh", "HT per kWh"),
    "nt_ueur_per_kwh": ("NT je kWh", "NT per kWh"),
    "power_ueur_per_kw": ("Leistung je kW", "power per kW"),
    "base_ueur_per_day": ("Grundkosten je Tag", "base rate per day"),
    "base_gas": ("davon Gas", "of it gas"),
    "base_water": ("davon Wasser", "of it water"),
    "debt_ueur_per_kwh": ("Tilgung je kWh", "debt per kWh"),
    "debt_ueur_per_day": ("Tilgung je Tag", "debt per day"),
    "debt_gas": ("davon Gas", "of it gas"),
    "debt_water": ("davon Wasser", "of it water"),
    "flags": ("Schalter", "flags"),
    "workday": ("HT werktags", "HT on workdays"),
    "saturday": ("HT samstags", "HT on Saturdays"),
    "sunday": ("HT sonn- und feiertags", "HT on Sundays and holidays"),
    "holidays": ("Feiertage", "holidays"),
    "daily": ("tägliche Kreditzeit", "daily window"),
    "weekend": ("Wochenend- und Feiertagskreditzeit", "window of weekends and holidays"),
    "span": ("Kreditspanne von", "credit span from"),
    "span_end": ("Kreditspanne bis", "credit span to"),
    "limit_ueur": ("Kreditrahmen", "emergency credit"),
    "threshold_ueur": ("einschaltbar unter", "to be had below"),
    "warn_days": ("Warnung, Tage vorher", "warning, days before"),
    "warn_ueur": ("Warnung unter", "warning below"),
    "tan_digits": ("Ziffern einer TAN", "digits of a TAN"),
    "credit_days": ("Kredittage", "credit days"),
    "billing_days": ("Abrechnungstermine", "billing dates"),
    "credit_number": ("Gutschrift Nr.", "credit no."),
    "credit_total_ueur": ("Gutschriften zusammen", "credits in all"),
    "credit_ueur": ("die letzte davon", "the last of it"),
    "debt_number": ("Rückstand Nr.", "debt no."),
    "debt_total_ueur": ("Rückstände zusammen", "debts in all"),
    "command_number": ("Befehl Nr.", "command no."),
    "command": ("Befehl", "command"),
    "mode": ("Betriebsart", "mode"),
    "at": ("Zeit", "time"),
    "outcome": ("Ergebnis", "outcome"),
    "tariff": ("Tarif, Version", "tariff, version"),
    "contract": ("Einstellungen Nr.", "settings no."),
    "tan_number": ("TAN, höchste Nr.", "TAN, highest no."),
    "tan_used": ("TANs davor", "TANs before"),
    "refunds_ueur": ("Rückbuchungen zusammen", "refunds in all"),
    "balance_ueur": ("Guthaben", "balance"),
    "debt_ueur": ("Rückstand", "debt"),
    "supply": ("Versorgung", "supply"),
    "errors": ("Fehlerregister", "error register"),
    "energy_ht": ("Impulse HT", "pulses HT"),
    "energy_nt": ("Impulse NT", "pulses NT"),
    "ht": ("Kosten HT", "charged, HT"),
    "nt": ("Kosten NT", "charged, NT"),
    "power": ("Kosten Leistung", "charged, power"),
    "base_electricity": ("Grundkosten Strom", "base rate, electricity"),
    "debt_kwh": ("Tilgung je kWh", "debt per kWh"),
    "debt_electricity": ("Tilgung Strom", "debt rate, electricity"),
    "topups": ("Aufladungen zusammen", "top-ups in all"),
    "debt_added": ("Rückstände zusammen", "debts in all"),
    "disconnections": ("Abschaltungen", "disconnections"),
    "off_s": ("Zeit abgeschaltet, s", "time off, s"),
    "maxima": ("Höchste Viertelstunden", "highest quarter hours"),
    "snapshots": ("Monatsstände", "month starts"),
    "newest_day": ("jüngster Tag", "newest day"),
    "days": ("Tage", "days"),
}
_COUNTED: Final[Text] = ("Ereignisse", "events")
_STARTS: Final[Text] = ("Netzausfälle", "power failures")
_KIND_WORDS: Final[tuple[Text, ...]] = (
    ("Kundenkarte", "customer card"),
    ("Servicekarte", "service card"),
    ("Auslesekarte", "read-out card"),
)
_SUPPLY: Final[tuple[tuple[int, Text], ...]] = (
    (records.SUPPLY_ON, ("ein", "on")),
    (records.OFFERED, ("Zuschaltung angeboten", "reconnection offered")),
    (records.EMERGENCY, ("Kreditrahmen an", "emergency credit on")),
    (records.CLOCK_LOST, ("Uhr verloren", "clock lost")),
)
_STATES: Final[dict[str, Text]] = {
    "proven": ("echt", "genuine"),
    "unproven": ("unbeschädigt, ohne Schlüssel nicht geprüft", "whole, not proven without the key"),
    "blank": ("leer", "blank"),
    "damaged": ("beschädigt oder nicht vorhanden", "damaged, or not there"),
    "forged": ("GEFÄLSCHT oder von einem anderen Schlüssel", "FORGED, or made with another key"),
    "malformed": ("unmöglicher Inhalt", "a content that cannot be"),
}
_NO_BOTH: Final = {f"{name}_{edge}" for name in ("daily", "weekend") for edge in ("start", "end")}
_EPOCH: Final = date(1970, 1, 1)


def space_of(image: bytes, kind: str) -> bytes:
    """Return the card space of an image of 1024 bytes."""
    if kind == Mifare1K.kind:
        return b"".join(image[block * BLOCK : (block + 1) * BLOCK] for block in DATA_BLOCKS)
    return image[chips.SLE_BASE : chips.SLE_BASE + chips.SLE_SIZE]


def tries_of(image: bytes, kind: str) -> int | None:
    """Return how many tries an image's card has left; None where its chip counts none."""
    return None if kind == Mifare1K.kind else image[COUNTER].bit_count()


def keys_for(master: MasterKeys, space: bytes) -> MeterKeys | None:
    """Return the keys that an identity is proven by, of any generation; else the current one's, or None."""
    named = card_format.decode(None, space).at(records.IDENTITY)
    if isinstance(named, CardError) or not named.int("utility") or not named.text("serial"):
        return None
    found: MeterKeys | None = None
    for generation in reversed(master.generations):
        keys = master.meter_keys(generation.number, named.int("utility"), named.text("serial"), life_of(named))
        if not isinstance(card_format.decode(keys, space).at(records.IDENTITY), CardError):
            return keys
        found = found or keys
    return found


def state(place: Record | CardError, proven: bool) -> str:
    """Name what a place is: proven, unproven, blank, damaged, forged or malformed."""
    if not isinstance(place, CardError):
        return "proven" if proven else "unproven"
    for kind, word in ((BlankError, "blank"), (DamagedError, "damaged"), (ForgedError, "forged")):
        if isinstance(place, kind):
            return word
    return "malformed"


def document(space: bytes, chip: str, keys: MeterKeys | None, tries: int | None) -> Document:
    """Give a card as JSON: its chip, and each place with what it is and says."""
    return {
        "chip": chip,
        "tries": tries,
        "proven": keys is not None,
        "places": [
            {
                "record": records.name(kind),
                "slot": slot,
                "at": records.place(kind, slot),
                "state": state(place, keys is not None),
                **({} if isinstance(place, CardError) else {"number": place.number, "values": _plain(place)}),
            }
            for kind, slot, place in card_format.decode(keys, space).places
        ],
    }


def _plain(record: Record) -> Document:
    return {
        name: value.decode("ascii", "backslashreplace") if isinstance(value, bytes) else value
        for name, value in record.values.items()
    }


def text(space: bytes, chip: str, keys: MeterKeys | None, tries: int | None) -> str:
    """Give a card for a person to read."""
    left = "" if tries is None else pick((f", noch {tries} Versuche", f", {tries} tries left"))
    out = [f"{chip}{left}"]
    found = card_format.decode(keys, space)
    said = found.at(records.ACKNOWLEDGEMENT)
    at = 0 if isinstance(said, CardError) else said.int("quarter")
    for kind, slot, place in found.places:
        if records.slots(kind) > 1 and slot and isinstance(place, CardError) and kind != records.ORDER:
            continue  # it lies in the report's
        where = f", {pick(('Platz', 'slot'))} {slot + 1}" if records.slots(kind) > 1 else ""
        number = "" if isinstance(place, CardError) else f" {place.number}"
        out.append(f"\n{pick(_NAMES[kind])}{number}{where}: {pick(_STATES[state(place, keys is not None)])}")
        if not isinstance(place, CardError):
            out += [f"  {label}: {value}" for label, value in _fields(place, at)]
    return "\n".join(out)


def _fields(record: Record, at: int) -> list[tuple[str, str]]:
    """Give labels and values of what a record says; what is not configured is left out. at: of the acknowledgement."""
    rows: list[tuple[str, str]] = []
    values = record.values
    if record.kind == records.REPORT:
        counted = ", ".join(f"{name} {record.int(f'count_{name}')}" for name in records.COUNTERS if name != "power")
        rows.append((pick(_COUNTED), counted))
        rows.append((pick(_STARTS), str(record.int("count_power"))))
    for name, value in values.items():
        shown = _value(record, name, value, at)
        if shown:
            rows.append((pick(_LABELS[_label(name)]), shown))
    return rows


def _label(name: str) -> str:
    """Give under which name a field is shown: pairs are shown once, with their first."""
    pairs = {"start_quarter": "start", "quarter": "at", "span_quarter": "span", "span_end_quarter": "span_end"}
    return pairs.get(name, name.removesuffix("_start"))


def _value(record: Record, name: str, value: Value, at: int) -> str:
    """Give a field's value for a person, nothing where it says nothing."""
    if name in _SPECIAL:
        return _SPECIAL[name](record, at)
    if name.startswith("count_") or name.endswith("second") or name in {"format", *_NO_BOTH}:
        return ""
    if isinstance(value, int):
        return _integer(record, name, value)
    if isinstance(value, bytes):
        return value.decode("ascii", "backslashreplace")
    return ", ".join(f"{_minutes(row[0] & records.SPAN_MASK)}-{_minutes(row[0] >> records.SPAN_BITS)}" for row in value)


def _integer(record: Record, name: str, value: int) -> str:
    if name.endswith(("_ueur_per_kwh", "_ueur_per_day", "_ueur_per_kw")):
        return format_ct(value)
    if record.kind == records.REPORT and name in {*records.CHARGES, "topups", "debt_added"}:
        return format_eur(value)
    return format_eur(value) if name.endswith("_ueur") else str(value)


def _minutes(minute: int) -> str:
    return f"{minute // 60:02}:{minute % 60:02}"


def _day(number: int) -> str:
    return (_EPOCH + timedelta(days=number)).isoformat()


def _instant(quarter: int, second: int = 0) -> str:
    return datetime.fromtimestamp(quarter * 900 + second, UTC).strftime("%Y-%m-%d %H:%M:%S UTC")


def _window(name: str) -> Callable[[Record, int], str]:
    def show(record: Record, _at: int) -> str:
        start, end = record.int(f"{name}_start"), record.int(f"{name}_end")
        return "" if start == records.NO_MINUTE else f"{_minutes(start)}-{_minutes(end)}"

    return show


def _edge(name: str) -> Callable[[Record, int], str]:
    def show(record: Record, _at: int) -> str:
        quarter = record.int(f"{name}_quarter")
        return "" if quarter == records.NO_QUARTER else _instant(quarter, record.int(f"{name}_second"))

    return show


def _when(record: Record, _at: int) -> str:
    quarter = record.int("quarter")
    return _instant(quarter, record.int("second")) if quarter else ""


def _command(record: Record, _at: int) -> str:
    return recordwords.COMMANDS[record.int("command")] if record.int("command_number") else ""


def _mode(record: Record, _at: int) -> str:
    return recordwords.MODES[record.int("mode")] if record.int("command") in {1, 3} else ""


def _supply(record: Record, _at: int) -> str:
    flags = record.int("supply")
    words = [pick(word) for bit, word in _SUPPLY if flags & bit]
    return ", ".join([recordwords.MODES[flags & recordwords.MODE_BITS], *words])


def _flags(record: Record, _at: int) -> str:
    flags = record.int("flags")
    names: tuple[Text, ...] = (("Leistung fortlaufend", "power continuous"), ("Jahresperiode", "by years"))
    if record.kind == records.CONTRACT:
        names = (("Zuschalten mit Taste", "reconnection confirmed"), ("offene Token erlaubt", "open tokens allowed"))
    return ", ".join(pick(name) for bit, name in enumerate(names) if flags >> bit & 1)


def _dates(name: str) -> Callable[[Record, int], str]:
    return lambda record, _at: ", ".join(_day(row[0]) for row in record.rows(name))


def _holidays(record: Record, _at: int) -> str:
    return ", ".join(_holiday(rule) for rule in record.rows("holidays"))


def _holiday(rule: Row) -> str:
    kind, a, b, first, last = rule
    years = "" if (first, last) == (holiday_rules.OPEN_FIRST, holiday_rules.OPEN_LAST) else f" ({first}-{last})"
    if kind == holiday_rules.FIXED:
        return f"{a:02}-{b:02}{years}"
    if kind == holiday_rules.EASTER:
        return f"{pick(('Ostern', 'Easter'))}{a:+}{years}"
    before = pick(("vor", "before"))
    return f"{pick(('Wochentag', 'weekday'))} {a + 1} {before} {b // 100:02}-{b % 100:02}{years}"


def _maxima(record: Record, at: int) -> str:
    found: list[str] = []
    for back, pulses in record.rows("maxima"):
        at -= back
        found.append(f"{_instant(at)} {pulses}")
    return "; ".join(found)


def _snapshots(record: Record, at: int) -> str:
    found: list[str] = []
    high, low = record.int("energy_ht"), record.int("energy_nt")
    for back, more_high, more_low, _ in record.rows("snapshots"):
        at, high, low = at - back, high - more_high, low - more_low
        found.append(f"{_instant(at)} HT {high} NT {low}")
    return "; ".join(found)


def _days(record: Record, _at: int) -> str:
    newest = record.int("newest_day")
    return "; ".join(
        f"{_day(newest - back)} {pulses} {format_eur(cost * CENT)}"
        for back, (pulses, cost) in enumerate(record.rows("days"))
    )


_SPECIAL: Final[dict[str, Callable[[Record, int], str]]] = {
    "card": lambda record, _at: pick(_KIND_WORDS[record.int("card")]),
    "issued_day": lambda record, _at: _day(record.int("issued_day")),
    "life": lambda record, _at: str(life_of(record)),
    "newest_day": lambda record, _at: _day(record.int("newest_day")) if record.rows("days") else "",
    "start_quarter": lambda record, _at: _instant(record.int("start_quarter"), record.int("start_second")),
    "daily_start": _window("daily"),
    "weekend_start": _window("weekend"),
    "span_quarter": _edge("span"),
    "span_end_quarter": _edge("span_end"),
    "quarter": _when,
    "command": _command,
    "mode": _mode,
    "supply": _supply,
    "flags": _flags,
    "credit_days": _dates("credit_days"),
    "billing_days": _dates("billing_days"),
    "holidays": _holidays,
    "maxima": _maxima,
    "snapshots": _snapshots,
    "days": _days,
}
"""Fields that are shown in a way of their own, some together with the one behind them."""

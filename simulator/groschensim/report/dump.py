# SPDX-License-Identifier: Apache-2.0
"""A memory's image as tables for people, and as JSON for programs."""

import json
from typing import Any, TextIO, cast

from rich import box
from rich.console import Console
from rich.table import Table

from groschen.core import memory
from groschen.core.calendar import QUARTER_S
from groschensim.image import HEAD, RINGS, Column, Field, Image, Row, Slot, Value
from groschensim.language import Text, pick
from groschensim.report.numbers import MICRO, kwh, number
from groschensim.result import iso

WIDTH = 120  # where the output is no terminal
SNAPSHOTS = ("months", "billings")
WIDTH_OF_SNAPSHOTS = 440  # twelve of them side by side
WIDE = 9  # columns; more are turned

STATES: dict[str, Text] = {
    "whole": ("gültig", "valid"),
    "torn": ("abgebrochen", "torn"),
    "damaged": ("beschädigt", "damaged"),
    "alien": ("anderes Layout", "another layout"),
    "blank": ("leer", "blank"),
}
ROLES: dict[str, Text] = {"in force": ("in Kraft", "in force"), "waiting": ("wartet", "waiting"), "": ("-", "-")}
SLOTS: dict[str, Text] = {"tariff": ("Tarif", "tariff"), "contract": ("Vertrag", "contract")}
DAMAGE: dict[str, Text] = {
    "torn": ("Kopie des Zustands abgebrochen", "copy of the state torn"),
    "damaged": ("Kopie des Zustands beschädigt", "copy of the state damaged"),
    "alien": ("Zustand in einem anderen Layout", "state of another layout"),
    "no tariff": ("ein Tarif fehlt in beiden Kopien", "a tariff is missing in both copies"),
    "no contract": ("der Vertrag fehlt in beiden Kopien", "the contract is missing in both copies"),
    "tariff": ("Kopie eines Tarifs beschädigt", "copy of a tariff damaged"),
    "contract": ("Kopie eines Vertrags beschädigt", "copy of a contract damaged"),
    "row": ("Zeile beschädigt in", "row damaged in"),
    "profile": ("Viertelstunden verloren", "quarter hours lost"),
}


class Dump:
    """One image, shown."""

    def __init__(self, image: Image, ring: str | None = None) -> None:
        """Take the image, and the one ring to show where not all is asked for."""
        self._image = image
        self._ring = ring

    def print(self, file: TextIO) -> None:
        """Write the tables to a file, in colours where that is a terminal."""
        console = Console(file=file, highlight=False, soft_wrap=False)
        if not console.is_terminal:
            console.width = WIDTH if self._ring not in SNAPSHOTS else WIDTH_OF_SNAPSHOTS
        if self._image.blank:
            console.print(pick(("Der Speicher ist leer: nie beschrieben.", "The memory is blank: never written.")))
            return
        for table in self._tables():
            console.print(table)
        for code, at in self._image.damage:
            console.print(f"{at:#06x}  {_damage(code)}", style="red")
        if not self._image.damage:
            console.print(pick(("Nichts ist beschädigt.", "Nothing is damaged.")))

    def json(self) -> str:
        """Return all of it as JSON in one line; amounts in micro-euro and pulses."""
        image = self._image
        return json.dumps(
            {
                "readable": image.readable,
                "blank": image.blank,
                "copies": [
                    {"at": copy.at, "state": copy.state, "layout": copy.layout, "sequence": copy.sequence}
                    for copy in image.copies
                ],
                "current": image.best if image.best >= 0 else None,
                "fields": [self._field(item) for item in image.fields],
                "tariffs": [_slot(slot) for slot in image.tariffs],
                "contracts": [_slot(slot) for slot in image.contracts],
                "rings": {
                    name: [{"number": row.index, "at": row.at, "values": row.values} for row in rows]
                    for name, rows in image.rings.items()
                    if self._ring in (None, name)
                },
                "profile": self._profile(),
                "damage": [{"what": code, "at": at} for code, at in image.damage],
            }
        )

    def _field(self, item: Field) -> dict[str, Any]:
        return {
            "name": item.name,
            "at": [copy.at + HEAD + item.at for copy in self._image.copies],
            "size": item.size,
            "unit": item.unit,
            "values": [item.read(copy.payload) if copy.payload else None for copy in self._image.copies],
        }

    def _profile(self) -> dict[str, Any] | None:
        profile = self._image.profile
        if profile is None:
            return None
        return {"start": iso(profile.start * QUARTER_S), "pulses": profile.pulses}

    def _tables(self) -> list[Table]:
        if self._ring:
            return [self._rows(self._ring)]
        slots = [*self._image.tariffs, *self._image.contracts]
        return [
            self._copies(),
            self._fields(),
            self._slots(slots),
            *[_values(slot) for slot in slots if slot.role],
            self._rings(),
        ]

    def _copies(self) -> Table:
        title = pick(("Zustand, zwei Kopien", "State, two copies"))
        table = _table(title, pick(("Adresse", "address")), "Layout", pick(("Folge", "sequence")), "", "")
        for place, copy in enumerate(self._image.copies):
            current = pick(("gilt", "current")) if place == self._image.best else ""
            table.add_row(f"{copy.at:#06x}", str(copy.layout), str(copy.sequence), pick(STATES[copy.state]), current)
        return table

    def _fields(self) -> Table:
        first, second = self._image.copies
        table = _table(
            pick(("Felder des Zustands", "Fields of the state")),
            pick(("Feld", "field")),
            pick(("Adresse 1", "address 1")),
            pick(("Adresse 2", "address 2")),
            pick(("Kopie 1", "copy 1")),
            pick(("Kopie 2", "copy 2")),
        )
        for item in self._image.fields:
            values = [self._text(item, copy.payload) for copy in (first, second)]
            places = [f"{copy.at + HEAD + item.at:#06x}" for copy in (first, second)]
            table.add_row(item.name, *places, values[0], values[1] if values[0] != values[1] else "=")
        return table

    def _text(self, item: Field, payload: bytes) -> str:
        return _shown(item.read(payload), item.unit, self._image.imp) if payload else "?"

    def _slots(self, slots: list[Slot]) -> Table:
        table = _table(
            pick(("Tarife und Verträge", "Tariffs and contracts")),
            "",
            pick(("Adresse", "address")),
            "Version",
            "",
            pick(("Kopie 1", "copy 1")),
            pick(("Kopie 2", "copy 2")),
        )
        for slot in slots:
            version = str(slot.values.get("version", slot.values.get("edition", "")))
            copies = [pick(STATES[kind]) for kind in slot.copies]
            table.add_row(pick(SLOTS[slot.name]), f"{slot.at:#06x}", version, pick(ROLES[slot.role]), *copies)
        return table

    def _rings(self) -> Table:
        title = pick(("Ringe (Zeilen zeigt --ring NAME)", "Rings (--ring NAME shows the rows)"))
        table = _table(
            title,
            "",
            pick(("Adresse", "address")),
            pick(("Zeilen", "rows")),
            pick(("beschädigt", "damaged")),
            pick(("Plätze", "places")),
        )
        for place in RINGS:
            rows = self._image.rings.get(place.name, [])
            lost = sum(row.values is None for row in rows)
            table.add_row(place.name, f"{place.start:#06x}", str(len(rows)), str(lost), str(place.rows))
        profile = self._image.profile
        if profile:
            known = [pulses for pulses in profile.pulses if pulses is not None]
            lost = len(profile.pulses) - len(known)
            since = pick((f"ab {iso(profile.start * QUARTER_S)}", f"from {iso(profile.start * QUARTER_S)}"))
            name = pick(("Profil", "profile")) + f" {since}, {kwh(sum(known), self._image.imp)}"
            places = str(memory.PROFILE_ROWS)
            table.add_row(name, f"{memory.PROFILE:#06x}", str(len(profile.pulses)), str(lost), places)
        return table

    def _rows(self, name: str) -> Table:
        place = next(ring for ring in RINGS if ring.name == name)
        heads = [pick(("Nummer", "number")), pick(("Adresse", "address")), *[column.name for column in place.columns]]
        rows = [
            [str(row.index), f"{row.at:#06x}", *self._cells(row, place.columns)]
            for row in self._image.rings.get(name, [])
        ]
        if len(heads) <= WIDE:
            table = _table(name, *heads)
            for cells in rows:
                table.add_row(*cells)
            return table
        # A snapshot has more values than a line has room: its values stand below each other.
        table = _table(name, *["" for _ in range(len(rows) + 1)])
        table.show_header = False
        for line, head in enumerate(heads):
            table.add_row(head, *[cells[line] if line < len(cells) else "" for cells in rows])
        return table

    def _cells(self, row: Row, columns: tuple[Column, ...]) -> list[str]:
        if row.values is None:
            return [pick(STATES["damaged"])]
        return [_shown(row.values[column.name], column.unit, self._image.imp) for column in columns]


def _shown(value: Value, unit: str, imp: int) -> str:
    if isinstance(value, bool):
        return pick(("ja", "yes") if value else ("nein", "no"))
    if isinstance(value, int) and unit == "ueur":
        return number(value, MICRO, 6) + " EUR"
    if isinstance(value, int) and unit == "pulses":
        return f"{kwh(value, imp)} ({value})"
    return str(value)


def _damage(code: str) -> str:
    for start in ("row ", "profile "):
        if code.startswith(start):
            return f"{pick(DAMAGE[start.strip()])} {code.removeprefix(start)}"
    return pick(DAMAGE[code])


def _slot(slot: Slot) -> dict[str, Any]:
    return {"at": slot.at, "role": slot.role, "copies": slot.copies, "values": slot.values}


def _values(slot: Slot) -> Table:
    table = _table(f"{pick(SLOTS[slot.name])} {slot.at:#06x}, {pick(ROLES[slot.role])}", "", "")
    for name, value in slot.values.items():
        money = slot.name == "tariff" and name in ("ht", "nt", "power", "base", "debt_kwh", "debt_day")
        text = (
            " ".join(map(str, cast("list[int]", value)))
            if isinstance(value, list)
            else _shown(value, "ueur" if money else "", 1)
        )
        table.add_row(name, text)
    table.show_header = False
    return table


def _table(title: str, *columns: str) -> Table:
    table = Table(title=title, title_justify="left", title_style="bold", box=box.SIMPLE_HEAD, pad_edge=False)
    for name in columns:
        table.add_column(name)
    return table

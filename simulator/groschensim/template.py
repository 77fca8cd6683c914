# SPDX-License-Identifier: Apache-2.0
"""A commented scenario to start from, made of the keys' own descriptions."""

from collections.abc import Iterable

from groschensim.language import Text, pick
from groschensim.scenario import EVENTS, SCHEMA, Key
from groschensim.scenario.schema import ABSENT, AT, DO, REQUIRED

COMMENT_AT = 45

HEAD: Text = (
    """\
# Ein Szenario: ein Zähler, sein Vertrag, seine Last, und was Menschen tun.
#   groschen sim check DATEI    prüft es
#   groschen sim run DATEI      spielt es durch
# Was hier fehlen darf, sagt "sonst": der Wert, der dann gilt.
""",
    """\
# A scenario: one meter, its contract, its load, and what people do.
#   groschen sim check FILE     is it right?
#   groschen sim run FILE       plays it
# Where a key may be missing, "else" names the value that holds then.
""",
)
SECTIONS: dict[str, Text] = {
    "meter": ("der Zähler", "the meter"),
    "tariff": (
        "der Tarif; Preise in ct, höchstens vier Nachkommastellen",
        "the tariff; prices in ct, at most four decimals",
    ),
    "credit": (
        "wann trotz leerem Guthaben nicht abgeschaltet wird",
        "when an empty balance does not disconnect",
    ),
    "load": ("die Last: gemessen, oder ein Standardlastprofil", "the load: measured, or a standard load profile"),
}
EVENTS_HEAD: Text = (
    "was Menschen tun; beliebig viele, in beliebiger Reihenfolge",
    "what people do; as many as you like, in any order",
)
EVENT_TEXTS: dict[str, Text] = {
    "topup": ("Aufladung mit der Karte", "top-up by card"),
    "tan": ("Aufladung mit einer TAN", "top-up by TAN"),
    "card": ("Kundenkarte ohne neues Guthaben", "the customer card with no new credit"),
    "debt": ("neue Restschuld", "new debt"),
    "tariff": ("neue Preise, ab sofort; nur, was sich ändert", "new prices, at once; only what changes"),
    "credit": ("neue Kreditregeln, ab sofort", "new credit rules, at once"),
    "emergency": ("Taste am Zähler: Kreditrahmen zuschalten", "key at the meter: emergency credit"),
    "confirm": ("Taste am Zähler: Wiedereinschalten bestätigen", "key at the meter: confirm the reconnection"),
    "mode": ("Betriebsart ändern", "change the mode"),
    "power_off": ("der Strom des Zählers fällt aus", "the meter loses its own power"),
    "power_on": ("... und kommt wieder", "... and has it back"),
}
ACTIVE_EVENT = "topup"
CHANGED = {"tariff": "ht_ct_per_kwh", "credit": "emergency_limit_eur"}
"""The key that the example of a changed table changes."""


def template() -> str:
    """Return the text of a scenario with every key."""
    parts = [pick(HEAD)]
    for name, keys in SCHEMA.items():
        lines = [f"[{name}]  # {pick(SECTIONS[name])}", *_key_lines(keys)]
        parts.append("\n".join(lines) + "\n")
    parts.append(f"# {pick(EVENTS_HEAD)}\n")
    parts.extend(_event(kind, keys) for kind, keys in EVENTS.items())
    return "\n".join(parts)


def _key_lines(keys: Iterable[Key]) -> list[str]:
    # Of a load's two ways, the profile needs no second file.
    return [_line(key, commented=key.name == "csv") for key in keys]


def _line(key: Key, commented: bool = False) -> str:
    assignment = f"{'# ' if commented else ''}{key.name} = {key.example}"
    return f"{assignment:<{COMMENT_AT}}  # {pick(key.text)}{_default(key)}"


def _default(key: Key) -> str:
    if key.default is REQUIRED:
        return pick(("; nötig", "; required"))
    if key.default is ABSENT:
        return ""
    return f"; {pick(('sonst', 'else'))} {_toml(key.default)}"


def _toml(value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return f'"{value}"'
    if isinstance(value, dict):
        return "100/0/0"
    return str(value)


def _event(kind: str, keys: tuple[Key, ...]) -> str:
    own = [key for key in keys if CHANGED.get(kind, key.name) == key.name]
    lines = [
        f"[[event]]  # {pick(EVENT_TEXTS[kind])}",
        f"{AT.name} = {AT.example}",
        f'{DO.name} = "{kind}"',
        *(f"{key.name} = {key.example}" for key in own),
    ]
    mark = "" if kind == ACTIVE_EVENT else "# "
    return "".join(f"{mark}{line}\n" for line in lines)

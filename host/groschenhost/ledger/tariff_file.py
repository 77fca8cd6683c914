# SPDX-License-Identifier: Apache-2.0
"""Tariff files: TOML with the tables [tariff] and [credit] of the scenario files, and what a contract has besides.

name, version and start stand at the top. [contract] may set the confirmation, the warnings, the billing dates and the
digits of a TAN. What is wrong is said for the whole file at once, each with its line, its key, and what would be right.
"""

import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from difflib import get_close_matches
from pathlib import Path
from typing import Any, Final

from groschenhost.errors import InputError, pick
from groschenhost.ledger import tariff_values as values
from groschenhost.ledger.fit import fits_on_card
from groschenhost.ledger.tariff_values import WrongValueError
from groschenhost.ledger.toml_lines import key_lines
from groschenhost.ledger.values import SettingsData, TariffData

Table = dict[str, object]
Parser = Callable[[object], object]

MOST_BYTES: Final = 1_000_000
MOST_U32: Final = (1 << 32) - 1
ENERGY_CT: Final = 1_000
POWER_CT: Final = 100_000
DAILY_CT: Final = 100_000
MOST_EUR: Final = 10_000

# table: {key: (the field it fills, what reads it)}; the keys of [tariff] and [credit] are those of the scenario files
KEYS: Final[dict[str, dict[str, tuple[str, Parser]]]] = {
    "": {
        "name": ("name", values.name),
        "version": ("version", values.whole(1, MOST_U32)),
        "start": ("start_s", values.instant),
    },
    "tariff": {
        "ht_ct_per_kwh": ("ht_ueur_per_kwh", values.cent(ENERGY_CT)),
        "nt_ct_per_kwh": ("nt_ueur_per_kwh", values.cent(ENERGY_CT)),
        "power_ct_per_kw": ("power_ueur_per_kw", values.cent(POWER_CT)),
        "power_mode": ("power_continuous", values.choice({"periodic": False, "continuous": True})),
        "power_period": ("power_yearly", values.choice({"month": False, "year": True})),
        "base_ct_per_day": ("base_ueur_per_day", values.cent(DAILY_CT)),
        "base_share": ("base_share", values.shares),
        "debt_ct_per_kwh": ("debt_ueur_per_kwh", values.cent(ENERGY_CT)),
        "debt_ct_per_day": ("debt_ueur_per_day", values.cent(DAILY_CT)),
        "debt_share": ("debt_share", values.shares),
        "ht_workday": ("ht_workday", values.ht_spans),
        "ht_saturday": ("ht_saturday", values.ht_spans),
        "ht_sunday": ("ht_sunday", values.ht_spans),
        "holidays": ("holidays", values.holidays),
    },
    "credit": {
        "emergency_limit_eur": ("emergency_limit_ueur", values.euro(MOST_EUR)),
        "emergency_threshold_eur": ("emergency_threshold_ueur", values.euro(MOST_EUR)),
        "daily": ("daily", values.daily),
        "weekend": ("weekend", values.weekend),
        "days": ("credit_days", values.credit_days),
        "span": ("span_s", values.span),
    },
    "contract": {
        "confirm_reconnect": ("confirm_reconnect", values.flag),
        "warn_days": ("warn_days", values.whole(0, 255)),
        "warn_eur": ("warn_ueur", values.euro(MOST_EUR)),
        "billing_dates": ("billing_days", values.billing_dates),
        "tan_digits": ("tan_digits", values.whole(5, 20)),
        "open_tokens": ("open_tokens", values.flag),
    },
}
REQUIRED: Final = ("name", "version", "start")


@dataclass(frozen=True)
class TariffFile:
    """What a tariff file says; settings is None where it has neither [credit] nor [contract]."""

    tariff: TariffData
    settings: SettingsData | None


class _Findings:
    """The problems of one file, in the order of its lines."""

    def __init__(self, path: Path, text: str) -> None:
        self._file = "".join(character if character.isprintable() else "?" for character in str(path))
        self._lines = key_lines(text)
        self._found: list[tuple[int, str]] = []

    def add(self, table: str, key: str, text: str) -> None:
        line = self._lines.get((table, key), self._lines.get((table, "")))
        place = f"{self._file}:{line}" if line else self._file
        label = f"[{table}] {key}".strip() if table else key
        self._found.append((line or 0, f"{place}: {label}: {text}" if label else f"{place}: {text}"))

    def raise_if_any(self) -> None:
        if self._found:
            raise InputError("\n".join(text for _, text in sorted(self._found)))


def read_tariff_file(path: Path) -> TariffFile:
    """Reads a tariff file; InputError names all that is wrong with it."""
    text = _read(path)
    findings = _Findings(path, text)
    document = _parse(path, text)
    fields = {table: _read_table(document, table, findings) for table in KEYS}
    for table in document.keys() - KEYS.keys() - KEYS[""].keys():
        findings.add("", table, _unknown(table, [*KEYS[""], *filter(None, KEYS)]))
    for key in REQUIRED:
        if key not in document:
            findings.add("", key, values.say("missing", example=values.EXAMPLES[key]))
    if "tariff" not in document:
        findings.add("", "[tariff]", values.say("missing", example="[tariff]"))
    findings.raise_if_any()
    found = _build(document, fields)
    for problem in fits_on_card(found.tariff, found.settings):
        findings.add("tariff", "", problem)
    findings.raise_if_any()
    return found


def _read(path: Path) -> str:
    try:
        data = path.read_bytes()
        if len(data) > MOST_BYTES:
            raise InputError((f"{path} ist zu groß für einen Tarif", f"{path} is too large for a tariff"))
        return data.decode("utf-8")
    except OSError as error:
        raise InputError(f"{path}: {error.strerror}") from None
    except UnicodeDecodeError:
        raise InputError((f"{path} ist kein Text in UTF-8", f"{path} is no text in UTF-8")) from None


def _parse(path: Path, text: str) -> Table:
    try:
        return tomllib.loads(text, parse_float=Decimal)
    except tomllib.TOMLDecodeError as error:
        raise InputError((f"{path} ist kein TOML: {error}", f"{path} is no TOML: {error}")) from None
    except (ValueError, ArithmeticError, RecursionError):  # a number or a nesting beyond what the parser takes
        raise InputError(
            (f"{path} enthält eine Zahl oder Schachtelung ohne Maß", f"{path} has a number or a nesting out of bounds")
        ) from None


def _read_table(document: Table, table: str, findings: _Findings) -> dict[str, Any]:
    """Reads the keys of one table into its fields; "" is what stands before the first table."""
    known = KEYS[table]
    given = (
        values.as_table(document.get(table, {})) if table else {key: document[key] for key in known if key in document}
    )
    if given is None:
        findings.add("", table, values.say("not_a_table", example=f"[{table}]"))
        return {}
    fields: dict[str, Any] = {}
    for key, value in given.items():
        if key not in known:
            findings.add(table, key, _unknown(key, known))
            continue
        field, parse = known[key]
        try:
            fields[field] = parse(value)
        except WrongValueError as wrong:
            findings.add(table, key, str(wrong))
    return fields


def _unknown(word: str, known: "Mapping[str, object] | list[str]") -> str:
    close = get_close_matches(word, list(known), n=1)
    guess = pick((f"; gemeint ist wohl {close[0]}", f"; perhaps {close[0]}")) if close else ""
    return values.say("unknown", names=", ".join(known)) + guess


def _build(document: Table, fields: dict[str, dict[str, Any]]) -> TariffFile:
    land = (values.as_table(document["tariff"]) or {}).get("holidays")
    tariff = TariffData(**fields[""], **fields["tariff"], land=land if isinstance(land, str) else "")
    has_settings = "credit" in document or "contract" in document
    return TariffFile(tariff, SettingsData(**fields["credit"], **fields["contract"]) if has_settings else None)

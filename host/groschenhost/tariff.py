# SPDX-License-Identifier: Apache-2.0
# pyright: reportUnknownMemberType=false
# typer's Option and Argument name click's generic types without their parameters.
"""The command `groschen tariff`: takes tariffs from files into the ledger, and shows them."""

from pathlib import Path
from typing import Annotated

import typer

from groschenhost.console import EPILOG, Db, Json, UtilityNumber, application, out, out_fields, out_json, out_table, say
from groschenhost.errors import pick
from groschenhost.ledger.desk import at_the_desk
from groschenhost.money import format_ct

app = application(
    ("Die Tarife eines Versorgers im Kontobuch.", "The tariffs of a utility in the ledger."),
    ("Tarife aufnehmen und zeigen", "add and show tariffs"),
)


@app.command(
    epilog=EPILOG,
    no_args_is_help=True,
    help=pick(
        (
            (
                "Nimmt einen Tarif aus einer TOML-Datei auf: name, version und start, die Tabelle [tariff], auf Wunsch "
                "[credit] und [contract]. Dieselbe Datei noch einmal ändert nichts."
            ),
            (
                "Takes up a tariff from a TOML file: name, version and start, the table [tariff], optionally [credit] "
                "and [contract]. The same file again changes nothing."
            ),
        )
    ),
)
def add(
    file: Annotated[Path, typer.Argument(metavar=pick(("DATEI", "FILE")), help=pick(("der Tarif", "the tariff")))],
    check: Annotated[
        bool, typer.Option("--check", help=pick(("Nur prüfen, nicht aufnehmen.", "Only check, add nothing.")))
    ] = False,
    utility: UtilityNumber = None,
    db: Db = None,
    json: Json = False,
) -> None:
    """Takes up a tariff from a file."""
    if check:
        _check(file)
        return
    with at_the_desk(db) as ledger:
        from groschenhost.ledger import shown
        from groschenhost.ledger.tariff_file import read_tariff_file

        found = read_tariff_file(file)
        ledger.add_tariff(found.tariff, found.settings, utility)
        if json:
            out_json({**shown.tariff(found.tariff), "settings": shown.settings(found.settings)})
        else:
            version, name = found.tariff.version, found.tariff.name
            say(pick((f"{name}, Version {version}, aufgenommen", f"{name}, version {version}, added")))


def _check(file: Path) -> None:
    from groschenhost.console import guarded
    from groschenhost.ledger.tariff_file import read_tariff_file

    with guarded():
        read_tariff_file(file)
        out(f"{file}: {pick(('in Ordnung', 'ok'))}")


@app.command("list", epilog=EPILOG, help=pick(("Listet die Tarife.", "Lists the tariffs.")))
def list_tariffs(utility: UtilityNumber = None, db: Db = None, json: Json = False) -> None:
    """Lists the tariffs."""
    with at_the_desk(db) as ledger:
        from groschenhost.ledger import shown
        from groschenhost.ledger.tariffs import tariff_data

        found = [tariff_data(row) for row in ledger.tariffs(utility)]
        if json:
            out_json([shown.tariff(data) for data in found])
            return
        headings = pick(("Version|Name|Beginn|HT/kWh|NT/kWh|Grund/Tag", "Version|Name|Start|HT/kWh|NT/kWh|Base/day"))
        rows = [
            (
                data.version,
                data.name,
                shown.instant(data.start_s),
                format_ct(data.ht_ueur_per_kwh),
                format_ct(data.nt_ueur_per_kwh),
                format_ct(data.base_ueur_per_day),
            )
            for data in found
        ]
        out_table(headings.split("|"), rows, right=(0, 3, 4, 5))


@app.command(epilog=EPILOG, no_args_is_help=True, help=pick(("Zeigt einen Tarif.", "Shows a tariff.")))
def show(
    version: Annotated[int, typer.Argument(min=1, metavar="VERSION", help=pick(("seine Version", "its version")))],
    utility: UtilityNumber = None,
    db: Db = None,
    json: Json = False,
) -> None:
    """Shows a tariff."""
    with at_the_desk(db) as ledger:
        from groschenhost.ledger import shown
        from groschenhost.ledger.tariffs import tariff_data

        row = ledger.tariff(version, utility)
        data, settings = tariff_data(row), ledger.tariff_settings(row)
        if json:
            out_json({**shown.tariff(data), "settings": shown.settings(settings)})
            return
        fields = shown.tariff(data)
        if data.holidays and not data.land:
            fields["holidays"] = pick((f"{len(data.holidays)} Tage", f"{len(data.holidays)} days"))
        out_fields({**_readable(fields), **_readable(shown.settings(settings) or {})})


def _readable(fields: dict[str, object]) -> dict[str, object]:
    """Gives the fields of a document with prices in cent, and lists as words; those without a value are left out."""
    found: dict[str, object] = {}
    for name, value in fields.items():
        key = name.replace("_ueur", "")
        if "_ueur" in name and isinstance(value, int):
            found[key] = format_ct(value)
        elif isinstance(value, (list, tuple)):
            found[key] = ", ".join(str(item) for item in value)  # pyright: ignore[reportUnknownVariableType, reportUnknownArgumentType]
        elif value is not None:
            found[key] = str(value)
    return found

# SPDX-License-Identifier: Apache-2.0
# pyright: reportUnknownMemberType=false
# typer's Option and Argument name click's generic types without their parameters.
"""The commands `groschen meter read` and `groschen meter password`."""

from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from groschenhost.console import Db, Json, KeyFile, UtilityNumber, guarded, out, out_json, out_table, say
from groschenhost.errors import InputError, Text, pick
from groschenhost.hostclock import CheckedClock, make_sure
from groschenhost.keys.options import PassphraseFile
from groschenhost.ledger.desk import at_the_desk
from groschenhost.port.names import name
from groschenhost.port.options import Port, Zone, zone_minutes

if TYPE_CHECKING:
    from collections.abc import Sequence

    from groschenhost.ledger.book import Ledger
    from groschenhost.ledger.models import PortReadingRow
    from groschenhost.port.client import Line
    from groschenhost.port.reading import Quarter
    from groschenhost.port.work import Visit

_CLOCK_DEVIATES_S = 120

READ_HELP = pick(
    (
        (
            "Liest einen Zähler an seiner Serviceschnittstelle aus (IEC 62056-21, Mode C) und nimmt die Ablesung ins "
            "Kontobuch. Mit --profile auch den Lastgang als CSV, mit --set-clock stellt es die Uhr; beides braucht den "
            "Hauptschlüssel."
        ),
        (
            "Reads a meter at its service port (IEC 62056-21, mode C) and takes the reading into the ledger. With "
            "--profile the load profile too, as CSV; --set-clock sets the clock; both need the master key."
        ),
    )
)
PASSWORD_HELP = pick(
    (
        "Nennt das Passwort der Serviceschnittstelle eines Zählers, für Programme anderer Hersteller.",
        "Prints the password of a meter's service port, for other people's programs.",
    )
)


def read(
    port: Port,
    meter: Annotated[
        str | None,
        typer.Option(
            "--meter",
            metavar=pick(("NUMMER", "SERIAL")),
            show_default=False,
            help=pick(
                (
                    "Nur diesen Zähler lesen; ohne sagt der Zähler, welcher er ist.",
                    "Read this meter only; without it the meter tells which one it is.",
                )
            ),
        ),
    ] = None,
    profile: Annotated[
        str | None,
        typer.Option(
            "--profile",
            metavar=pick(("VON..BIS", "FROM..TO")),
            show_default=False,
            help=pick(
                (
                    "Den Lastgang als CSV, Tage wie 2026-01-01..2026-01-31 oder Zeitpunkte.",
                    "The load profile as CSV, days such as 2026-01-01..2026-01-31, or instants.",
                )
            ),
        ),
    ] = None,
    into: Annotated[
        Path | None,
        typer.Option(
            "--out",
            metavar=pick(("DATEI", "FILE")),
            show_default=False,
            help=pick(
                (
                    "Wohin mit dem Lastgang; sonst statt der Tabelle auf die Standardausgabe.",
                    "Where the load profile goes; else to standard output, in place of the table.",
                )
            ),
        ),
    ] = None,
    set_clock: Annotated[
        bool,
        typer.Option(
            "--set-clock",
            help=pick(("Die Uhr des Zählers nach diesem Rechner stellen.", "Set the meter's clock by this computer.")),
        ),
    ] = False,
    clock_checked: CheckedClock = False,
    zone: Zone = "legal",
    speed: Annotated[
        int,
        typer.Option(
            "--speed",
            metavar="BAUD",
            help=pick(
                (
                    "300: der Lesekopf, mit Wechsel der Geschwindigkeit. Anderes: eine Leitung fester Geschwindigkeit.",
                    "300: the reading head, with a change of speed. Others: a line of a fixed speed.",
                )
            ),
        ),
    ] = 300,
    no_book: Annotated[
        bool,
        typer.Option("--no-book", help=pick(("Nichts ins Kontobuch nehmen.", "Take nothing into the ledger."))),
    ] = False,
    utility: UtilityNumber = None,
    db: Db = None,
    key: KeyFile = None,
    passphrase_file: PassphraseFile = None,
    json: Json = False,
) -> None:
    """Reads a meter at its service port."""
    needs_key = profile is not None or set_clock
    with _ledger(db, needs_key or not no_book) as ledger:
        from groschenhost.keys.keyfile import open_master
        from groschenhost.port import reading, work
        from groschenhost.port.client import TICK_S, Client
        from groschenhost.port.line import open_line

        minutes = zone_minutes(zone)
        span = None if profile is None else reading.period(profile, minutes)
        _check_out(into, span is not None)
        master = open_master(key, passphrase_file) if needs_key else None
        found: list[Quarter] | None = None
        line = open_line(port, speed, timeout=TICK_S, seven_bits=True)
        try:
            client = Client(line, speed)
            visit = work.read(client, meter, utility)
            if not no_book:
                visit.check_memory()
            row = ledger and ledger.meter(visit.serial, visit.utility)
            booked = row and ledger and not no_book and ledger.book_port_reading(row, reading.port_reading(visit.lines))
            if set_clock and ledger:
                # A meter that trusts its own clock is a witness for its own setting.
                make_sure(ledger, clock_checked, *visit.trusted_s(minutes))
            if master and ledger and row:
                password = work.keys(ledger, master, row).port
                found = work.programming(client, visit, password, span, set_clock, minutes)
        finally:
            line.close()
        shown = found if span else None
        if json:
            out_json(_document(visit, booked or None, shown, minutes))
        elif shown is None or into is not None:
            _print(visit.lines)
        if shown is not None:
            _write_profile(shown, into, not json)
        _remark(visit, booked or None, set_clock, minutes)


@contextmanager
def _ledger(db: str | None, wanted: bool) -> "Generator[Ledger | None]":
    if not wanted:
        with guarded():
            yield None
        return
    with at_the_desk(db) as ledger:
        yield ledger


def _check_out(into: Path | None, has_profile: bool) -> None:
    if into is not None and not (has_profile and into.parent.is_dir()):
        raise InputError(
            (
                "--out gehört zu --profile und braucht einen Ordner, den es gibt",
                "--out belongs to --profile, and its folder must exist",
            )
        )


def _document(
    visit: "Visit", booked: "PortReadingRow | None", found: "Sequence[Quarter] | None", zone: int | None
) -> dict[str, object]:
    from groschenhost.ledger import shown

    document: dict[str, object] = {
        "meter": visit.serial,
        "utility": visit.utility,
        "identification": visit.who.text,
        "clock_ahead_s": visit.deviates_s(zone),
        "booked": shown.port_reading(booked),
        "lines": [
            {"code": line.code, "value": line.value, "unit": line.unit, **({"more": line.more} if line.more else {})}
            for line in visit.lines
        ],
    }
    if found is not None:
        document["profile"] = [
            {"end": f"{quarter.end:%Y-%m-%dT%H:%M:%SZ}", "value": quarter.value, "unit": quarter.unit}
            for quarter in found
        ]
    return document


def _print(lines: "Sequence[Line]") -> None:
    headings = pick(("Kennzahl|Bedeutung|Wert|Einheit|Zeit", "Code|Meaning|Value|Unit|Time")).split("|")
    rows = [(line.code, name(line.code), line.value, line.unit, " ".join(line.more)) for line in lines]
    out_table(headings, rows, right=(2,))


def _write_profile(found: "Sequence[Quarter]", into: Path | None, to_output: bool) -> None:
    """Writes the load profile as CSV: the end of each quarter hour in UTC, its value, empty where it is lost."""
    if not found:
        _tell(
            (
                "Aus dieser Zeit hat der Zähler keinen Lastgang; er behält die letzten 60 Tage",
                "Of that time the meter has no load profile; it keeps the last 60 days",
            )
        )
    unit = found[0].unit if found else "kW"
    rows = [f"end_utc,{unit}", *(f"{quarter.end:%Y-%m-%dT%H:%M:%SZ},{quarter.value or ''}" for quarter in found)]
    if into is not None:
        into.write_text("\n".join(rows) + "\n", encoding="utf-8")
        _tell((f"{len(found)} Viertelstunden in {into}", f"{len(found)} quarter hours in {into}"))
    elif to_output:
        for row in rows:
            out(row)


def _remark(visit: "Visit", booked: "PortReadingRow | None", set_clock: bool, zone: int | None) -> None:
    if booked is not None:
        _tell(
            (
                f"Zähler {visit.serial}: Ablesung {booked.id} im Kontobuch",
                f"Meter {visit.serial}: reading {booked.id} is in the ledger",
            )
        )
    ahead = visit.deviates_s(zone)
    if set_clock:
        _tell((f"Uhr gestellt; Abweichung vorher {ahead:+d} s", f"Clock set; it was {ahead:+d} s off"))
    elif abs(ahead) > _CLOCK_DEVIATES_S:
        _tell(
            (
                f"Die Uhr des Zählers geht {ahead:+d} s falsch: --set-clock stellt sie; andere Zeitzone: --zone",
                f"The meter's clock is {ahead:+d} s off: --set-clock sets it; another time zone: --zone",
            )
        )


def _tell(text: Text) -> None:
    say(pick(text))


def password(
    serial: Annotated[
        str, typer.Argument(metavar=pick(("NUMMER", "SERIAL")), help=pick(("Zählernummer", "serial number")))
    ],
    utility: UtilityNumber = None,
    db: Db = None,
    key: KeyFile = None,
    passphrase_file: PassphraseFile = None,
    json: Json = False,
) -> None:
    """Prints the password of a meter's service port."""
    with at_the_desk(db) as ledger:
        from groschenhost.keys.keyfile import open_master
        from groschenhost.port import work

        row = ledger.meter(serial, utility)
        word = work.keys(ledger, open_master(key, passphrase_file), row).port
        if json:
            out_json({"meter": row.serial, "utility": row.utility.number, "password": word})
        else:
            out(word)

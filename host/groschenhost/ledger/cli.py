# SPDX-License-Identifier: Apache-2.0
# pyright: reportUnknownMemberType=false
# typer's Option and Argument name click's generic types without their parameters.
"""The command `groschen ledger`: makes the ledger, brings it up to date, checks it and shows its bookings."""

from typing import Annotated

import typer

from groschenhost.console import (
    EPILOG,
    Db,
    Json,
    UtilityNumber,
    application,
    guarded,
    out_fields,
    out_json,
    out_table,
    say,
)
from groschenhost.errors import FAILED, pick
from groschenhost.ledger.desk import at_the_desk
from groschenhost.money import format_eur
from groschenhost.settings import db_url

app = application(
    (
        "Das Kontobuch: in SQLite auf diesem Rechner, oder in PostgreSQL für mehrere Plätze.",
        "The ledger: in SQLite on this machine, or in PostgreSQL for several desks.",
    ),
    ("Kontobuch anlegen, prüfen und zeigen", "make, check and show the ledger"),
)


@app.command(
    epilog=EPILOG,
    help=pick(
        (
            "Legt das Kontobuch an, und darin einen Versorger. Noch einmal ändert nichts.",
            "Makes the ledger, and a utility in it. Once more changes nothing.",
        )
    ),
)
def init(
    utility: Annotated[
        int,
        typer.Option(
            "--utility", min=1, max=65_535, metavar="N", help=pick(("Nummer des Versorgers.", "Number of the utility."))
        ),
    ],
    name: Annotated[str, typer.Option(metavar="NAME", help=pick(("Sein Name.", "Its name.")))],
    db: Db = None,
    json: Json = False,
) -> None:
    """Makes the ledger and a utility."""
    with at_the_desk(db, create=True) as ledger:
        made = ledger.add_utility(utility, name)
        if json:
            out_json({"utility": made.number, "name": made.name, "db": _place(db)})
        else:
            say(pick((f"{made.name} im Kontobuch {_place(db)}", f"{made.name} in the ledger {_place(db)}")))


def _place(db: str | None) -> str:
    """Gives where the ledger lies, without a password."""
    from sqlalchemy import make_url

    return make_url(db_url(db)).render_as_string(hide_password=True)


@app.command(
    epilog=EPILOG,
    help=pick(("Sagt, welchen Stand das Kontobuch hat.", "Says which version the ledger has.")),
)
def status(db: Db = None, json: Json = False) -> None:
    """Says which version the ledger has."""
    with guarded():
        from groschenhost.ledger import migrate
        from groschenhost.ledger.engine import connected

        with connected(db_url(db), create=False) as engine:
            found = migrate.version(engine)
        if json:
            out_json(
                {
                    "db": _place(db),
                    "current": found.current,
                    "newest": found.newest,
                    "up_to_date": found.up_to_date,
                }
            )
            return
        out_fields(
            {
                pick(("Kontobuch", "Ledger")): _place(db),
                pick(("Stand", "Version")): found.current or pick(("leer", "empty")),
                pick(("Dieses Programm", "This program")): found.newest,
            }
        )


@app.command(
    epilog=EPILOG,
    help=pick(
        (
            "Bringt das Kontobuch auf den Stand dieses Programms, ganz oder gar nicht.",
            "Brings the ledger to this program's version, all or nothing.",
        )
    ),
)
def upgrade(db: Db = None, json: Json = False) -> None:
    """Brings the ledger up to date."""
    with guarded():
        from groschenhost.ledger import migrate
        from groschenhost.ledger.engine import connected

        with connected(db_url(db)) as engine:
            before = migrate.upgrade(engine)
        if json:
            out_json({"before": before.current, "now": before.newest})
        elif before.up_to_date:
            say(pick((f"Stand {before.newest}: nichts zu tun", f"Version {before.newest}: nothing to do")))
        else:
            say(pick((f"Stand {before.newest} erreicht", f"Version {before.newest} reached")))


@app.command(
    epilog=EPILOG,
    help=pick(
        (
            (
                "Prüft, ob jede Buchung aufgeht, ob Aufträge, TANs, Pfand und Rückgaben zu den Buchungen passen, und "
                "bei SQLite die Datei selbst; Status 1, wenn nicht."
            ),
            (
                "Checks that each booking sums to zero, that orders, TANs, deposits and readings agree with the "
                "bookings, and with SQLite the file itself; status 1 otherwise."
            ),
        )
    ),
)
def check(db: Db = None, json: Json = False) -> None:
    """Checks the bookings."""
    with at_the_desk(db) as ledger:
        wrong, accounts, found = ledger.unbalanced(), ledger.accounts(), ledger.findings()
        total = sum(accounts.values())
        if json:
            sums = {account.value: ueur for account, ueur in accounts.items()}
            out_json(
                {"unbalanced": wrong, "total_ueur": total, "accounts_ueur": sums, "findings": list(map(pick, found))}
            )
        else:
            from groschenhost.ledger.values import CHART

            rows = [(pick(CHART[account][1:]), format_eur(ueur)) for account, ueur in accounts.items()]
            out_table(pick(("Konto|Soll - Haben", "Account|Debit - credit")).split("|"), rows, right=(1,))
        if wrong or total:
            numbers = ", ".join(map(str, wrong))
            say(pick((f"Buchungen, die nicht aufgehen: {numbers}", f"Bookings that do not sum to zero: {numbers}")))
        for text in found:
            say(pick(text))
        if wrong or total or found:
            raise typer.Exit(FAILED)


@app.command(
    epilog=EPILOG,
    help=pick(("Zeigt die neuesten Buchungen.", "Shows the newest bookings.")),
)
def journal(
    meter: Annotated[
        str | None,
        typer.Option(
            metavar=pick(("NUMMER", "SERIAL")),
            show_default=False,
            help=pick(("Nur die eines Zählers.", "Those of one meter alone.")),
        ),
    ] = None,
    limit: Annotated[
        int, typer.Option(min=1, metavar="N", help=pick(("Wie viele höchstens.", "How many at most.")))
    ] = 20,
    utility: UtilityNumber = None,
    db: Db = None,
    json: Json = False,
) -> None:
    """Shows the newest bookings."""
    with at_the_desk(db) as ledger:
        from groschenhost.ledger import shown

        found = ledger.entries(ledger.meter(meter, utility) if meter else None, limit)
        if json:
            out_json([shown.entry(row) for row in found])
            return
        rows = [
            (row.id, shown.instant(row.at_s), row.kind, line.account, format_eur(line.amount_ueur), row.desk)
            for row in found
            for line in row.lines
        ]
        out_table(pick(("Nr|Zeit|Art|Konto|Betrag|Platz", "No|Time|Kind|Account|Amount|Desk")).split("|"), rows, (0, 4))

# SPDX-License-Identifier: Apache-2.0
# pyright: reportUnknownMemberType=false
# typer's Option and Argument name click's generic types without their parameters.
"""The command `groschen meter`: the meters of a utility, their numbers, customers and accounts."""

import sys
from typing import Annotated

import typer

from groschenhost.console import (
    EPILOG,
    Db,
    Json,
    UtilityNumber,
    application,
    out,
    out_fields,
    out_json,
    out_table,
    say,
)
from groschenhost.errors import HostError, InputError, pick
from groschenhost.flash import cli as flash_cli
from groschenhost.ledger.desk import at_the_desk
from groschenhost.money import format_eur
from groschenhost.port import cli as port_cli
from groschenhost.pulse_output import DWELLING_KW, greatest_kw

app = application(
    ("Die Zähler eines Versorgers im Kontobuch.", "The meters of a utility in the ledger."),
    ("Zähler aufnehmen und zeigen", "add and show meters"),
)

SERIAL = pick(("NUMMER", "SERIAL"))

app.command("flash", epilog=EPILOG, no_args_is_help=True, help=flash_cli.HELP)(flash_cli.flash)
app.command("read", epilog=EPILOG, no_args_is_help=True, help=port_cli.READ_HELP)(port_cli.read)
app.command("password", epilog=EPILOG, no_args_is_help=True, help=port_cli.PASSWORD_HELP)(port_cli.password)


@app.command(
    epilog=EPILOG,
    help=pick(
        (
            "Nimmt einen Zähler auf, ohne NUMMER mit der nächsten freien; auf Wunsch mit seinem Vertrag.",
            "Adds a meter, without SERIAL by the next free number; with its contract where that is named.",
        )
    ),
)
def add(
    serial: Annotated[
        str | None, typer.Argument(metavar=f"[{SERIAL}]", help=pick(("Zählernummer", "serial number")))
    ] = None,
    utility: UtilityNumber = None,
    imp_per_kwh: Annotated[
        int,
        typer.Option(
            min=100,
            max=100_000,
            metavar="N",
            help=pick(("Zählerkonstante in Impulsen je kWh.", "Meter constant in pulses per kWh.")),
        ),
    ] = 1_000,
    max_kw: Annotated[
        float,
        typer.Option(
            min=0.1,
            max=1_000,
            metavar="KW",
            help=pick(
                (
                    "Größte Leistung des Anschlusses; kann ein S0-Ausgang sie nicht zählen, wird gefragt.",
                    "Greatest power of the connection; where an S0 output cannot count it, a question is asked.",
                )
            ),
        ),
    ] = DWELLING_KW,
    yes: Annotated[
        bool,
        typer.Option(
            "--yes",
            help=pick(
                (
                    "Ja, mit dieser Konstante, auch wenn ein S0-Ausgang dafür zu langsam ist.",
                    "Yes, with this constant, though an S0 output is too slow for it.",
                )
            ),
        ),
    ] = False,
    key_generation: Annotated[
        int | None,
        typer.Option(
            min=1,
            metavar="N",
            show_default=False,
            help=pick(
                (
                    "Generation des Schlüssels, den der Zähler schon hat.",
                    "Generation of the key that the meter has already.",
                )
            ),
        ),
    ] = None,
    account: Annotated[
        str | None,
        typer.Option(
            metavar="KONTO",
            show_default=False,
            help=pick(("Vertragskonto des Kunden.", "The customer's contract account.")),
        ),
    ] = None,
    customer: Annotated[
        str | None,
        typer.Option(metavar="NR", show_default=False, help=pick(("Kundennummer.", "Number of the customer."))),
    ] = None,
    name: Annotated[
        str | None,
        typer.Option(metavar="NAME", show_default=False, help=pick(("Name des Kunden.", "Name of the customer."))),
    ] = None,
    tariff: Annotated[
        str | None,
        typer.Option(metavar="NAME", show_default=False, help=pick(("Name des Tarifs.", "Name of the tariff."))),
    ] = None,
    db: Db = None,
    json: Json = False,
) -> None:
    """Adds a meter."""
    with at_the_desk(db) as ledger:
        from groschenhost.ledger import shown

        if not yes and greatest_kw(imp_per_kwh) < max_kw:
            _ask_about(imp_per_kwh, max_kw)
        person = _person(account, customer, name, tariff)
        added, begun = ledger.register(serial, utility, imp_per_kwh, key_generation, person=person, tariff=tariff)
        if json:
            out_json({**shown.meter(added), "contract": shown.contract(begun)})
        else:
            out(added.serial)
            say(pick((f"Zähler {added.serial} aufgenommen", f"Meter {added.serial} added")))


def _ask_about(imp_per_kwh: int, max_kw: float) -> None:
    """Asks whether a constant is meant at which an S0 output cannot count the connection's greatest power."""
    most = f"{greatest_kw(imp_per_kwh):.1f}"
    german = (
        f"Mit {imp_per_kwh} Imp/kWh zählt ein S0-Ausgang bis {most} kW, der Anschluss kann {max_kw:g} kW: was "
        f"darüber liegt, zählt niemand"
    ).replace(".", ",")
    english = (
        f"At {imp_per_kwh} imp/kWh an S0 output counts up to {most} kW, the connection may take {max_kw:g} kW: what "
        "is above that nobody counts"
    )
    if not sys.stdin.isatty():
        raise InputError(
            (
                german + ". Eine kleinere Konstante, oder bei einem Kopf vor der Leuchtdiode (LED_HEAD) mit --yes",
                english + ". A smaller constant, or with a head before the LED (LED_HEAD) with --yes",
            )
        )
    if not typer.confirm(pick((german + ". Trotzdem aufnehmen?", english + ". Add it all the same?")), err=True):
        raise HostError(("Nicht aufgenommen", "Not added"))


def _person(
    account: str | None, customer: str | None, name: str | None, tariff: str | None
) -> tuple[str, str, str] | None:
    """Gives customer, name and account of a contract, None where none is meant."""
    if account is None and customer is None and name is None and tariff is None:
        return None
    if not account or not customer or not name or max(len(account), len(customer)) > 40 or len(name) > 120:
        raise InputError(
            (
                "Ein Vertrag braucht --account, --customer (bis 40 Zeichen) und --name (bis 120)",
                "A contract needs --account, --customer (up to 40 characters) and --name (up to 120)",
            )
        )
    return customer, name, account


@app.command(
    "next",
    epilog=EPILOG,
    help=pick(
        (
            (
                "Gibt die nächste freie Zählernummer aus und vergibt sie damit: zwei Plätze bekommen nie dieselbe. "
                "Das Muster ist das der zuletzt vergebenen Nummer."
            ),
            (
                "Prints the next free serial number and takes it with that: two desks never get the same. The pattern "
                "is that of the number given out last."
            ),
        )
    ),
)
def next_number(
    first: Annotated[
        str | None,
        typer.Option(
            metavar=SERIAL,
            show_default=False,
            help=pick(("Die erste Nummer eines neuen Musters.", "The first number of a new pattern.")),
        ),
    ] = None,
    look: Annotated[
        bool, typer.Option("--look", help=pick(("Nur nachsehen, nicht vergeben.", "Only look, take nothing.")))
    ] = False,
    utility: UtilityNumber = None,
    db: Db = None,
    json: Json = False,
) -> None:
    """Prints the next free serial number."""
    with at_the_desk(db) as ledger:
        serial = ledger.next_serial(utility, first, not look)
        if json:
            out_json({"serial": serial, "taken": not look})
        else:
            out(serial)


@app.command(
    "list",
    epilog=EPILOG,
    help=pick(("Listet die Zähler.", "Lists the meters.")),
)
def list_meters(
    search: Annotated[
        str,
        typer.Argument(
            metavar=pick(("[TEXT]", "[TEXT]")),
            show_default=False,
            help=pick(("Teil von Nummer, Kunde oder Konto", "part of a number, customer or account")),
        ),
    ] = "",
    utility: UtilityNumber = None,
    db: Db = None,
    json: Json = False,
) -> None:
    """Lists the meters."""
    with at_the_desk(db) as ledger:
        from groschenhost.ledger import shown

        found = [(row, ledger.contract(row)) for row in ledger.meters(utility, search)]
        if json:
            out_json([{**shown.meter(row), "contract": shown.contract(contract)} for row, contract in found])
            return
        headings = pick(("Zähler|Versorger|Imp/kWh|Konto|Kunde", "Meter|Utility|imp/kWh|Account|Customer")).split("|")
        rows = [
            (
                row.serial,
                row.utility.number,
                row.imp_per_kwh,
                contract.account if contract else "",
                contract.customer.name if contract else "",
            )
            for row, contract in found
        ]
        out_table(headings, rows, right=(1, 2))


@app.command(
    epilog=EPILOG,
    no_args_is_help=True,
    help=pick(
        (
            "Zeigt einen Zähler: Vertrag, Guthaben, Karten, offene Aufträge und TANs, letzte Rückgabe und Ablesung.",
            "Shows a meter: contract, money held, cards, open orders and TANs, last return and readout.",
        )
    ),
)
def show(
    serial: Annotated[str, typer.Argument(metavar=SERIAL, help=pick(("Zählernummer", "serial number")))],
    utility: UtilityNumber = None,
    db: Db = None,
    json: Json = False,
) -> None:
    """Shows a meter."""
    with at_the_desk(db) as ledger:
        from groschenhost.ledger import shown
        from groschenhost.ledger.values import PENDING, TanState

        row = ledger.meter(serial, utility)
        contract, held, last = ledger.contract(row), ledger.balances(row), ledger.last_reading(row)
        cards = ledger.cards(row)
        orders = [order for order in ledger.orders(row) if order.state in PENDING]
        undelivered, lost_tans = ledger.undelivered_orders(row), ledger.undelivered_tans(row)
        tans = ledger.tans(row, TanState.OPEN)
        flashings, port = ledger.flashings(row), ledger.last_port_reading(row)
        if json:
            out_json(
                {
                    **shown.meter(row),
                    "contract": shown.contract(contract),
                    "accounts": shown.balances(held),
                    "cards": [shown.card(card) for card in cards],
                    "orders": [shown.order(order) for order in orders],
                    "undelivered_orders": [shown.order(order) for order in undelivered],
                    "tans": [shown.tan(tan) for tan in tans],
                    "undelivered_tans": [shown.tan(tan) for tan in lost_tans],
                    "reading": shown.reading(last),
                    "port_reading": shown.port_reading(port),
                    "flashings": [shown.flashing(flashing) for flashing in flashings],
                }
            )
            return
        out_fields(
            {
                pick(("Zähler", "Meter")): f"{row.serial} ({row.utility.name})",
                pick(("Konstante", "Constant")): f"{row.imp_per_kwh} imp/kWh",
                pick(("Zählerleben", "Life")): row.life,
                pick(("Schlüsselgeneration", "Key generation")): row.key_generation,
                pick(("Kunde", "Customer")): contract and f"{contract.customer.name}, {contract.account}",
                pick(("Vorausgezahlt", "Prepaid")): format_eur(held.prepayment),
                pick(("Restschuld", "Debt")): format_eur(held.debt),
                pick(("Pfand", "Deposit")): format_eur(held.deposit),
                pick(("Auszuzahlen", "To be paid out")): format_eur(held.refund),
                pick(("Karten", "Cards")): ", ".join(f"{card.number} {card.kind} {card.state}" for card in cards),
                pick(("Offene Aufträge", "Open orders")): ", ".join(
                    f"{order.number} {order.command or format_eur(order.amount_ueur)} {order.state}" for order in orders
                ),
                pick(("Nicht geliefert, früheres Leben", "Not delivered, earlier life")): ", ".join(
                    [f"{order.number} {format_eur(order.amount_ueur)}" for order in undelivered]
                    + [f"TAN {tan.counter} {tan.eur} EUR" for tan in lost_tans]
                ),
                pick(("Offene TANs", "Open TANs")): ", ".join(f"{tan.counter}: {tan.eur} EUR" for tan in tans),
                pick(("Letzte Rückgabe", "Last return")): last
                and f"{shown.instant(last.received_s)}: {format_eur(last.balance_ueur)}, {last.mode}",
                pick(("Letzte Ablesung", "Last readout")): port
                and f"{shown.instant(port.at_s)}: {port.energy_wh / 1000:.3f} kWh, {format_eur(port.balance_ueur)}",
                pick(("Firmware", "Firmware")): f"{flashings[-1].release} ({flashings[-1].board}), "
                f"{shown.instant(flashings[-1].at_s)}"
                if flashings
                else None,
            }
        )

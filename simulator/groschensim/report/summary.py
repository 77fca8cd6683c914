# SPDX-License-Identifier: Apache-2.0
"""The summary of a run, for the clerk at the utility's desk: what was paid, what it cost, when the light was out."""

from typing import Any, TextIO, cast

from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from groschensim.language import pick
from groschensim.outcome import Outcome
from groschensim.report.history import NEVER_ON, Outage, dark_s, outages, power_cuts, top_ups
from groschensim.report.localtime import LocalTime, iso_seconds
from groschensim.report.numbers import ct, duration, eur, kw, kwh
from groschensim.scenario import Scenario, TariffTape

WIDTH = 110  # where the output is no terminal
MOST_OUTAGES = 40

Json = dict[str, Any]

CHARGES = {
    "ht": ("Strom HT", "energy HT"),
    "nt": ("Strom NT", "energy NT"),
    "power": ("Leistung", "power"),
    "base_electricity": ("Grundpreis Strom", "base rate electricity"),
    "base_gas": ("Grundpreis Gas", "base rate gas"),
    "base_water": ("Grundpreis Wasser", "base rate water"),
    "debt_kwh": ("Schuldentilgung je kWh", "debt paid off per kWh"),
    "debt_electricity": ("Schuldentilgung täglich Strom", "debt paid off daily, electricity"),
    "debt_gas": ("Schuldentilgung täglich Gas", "debt paid off daily, gas"),
    "debt_water": ("Schuldentilgung täglich Wasser", "debt paid off daily, water"),
}
CAUSES = {
    "credit": ("Guthaben verbraucht", "credit used up"),
    "locked": ("gesperrt", "locked"),
    NEVER_ON: ("ohne Guthaben begonnen", "began without credit"),
}
CAUSE_LOCKED_FROM_START = ("gesperrt begonnen", "began locked")
ENDED_BY = {
    "topup": ("Aufladung mit Karte", "top-up by card"),
    "tan": ("Aufladung mit TAN", "top-up by TAN"),
    "confirm": ("Bestätigung am Zähler", "confirmed at the meter"),
    "emergency": ("Kreditrahmen", "emergency credit"),
    "mode": ("Betriebsart geändert", "mode changed"),
    "credit": ("Kreditregeln geändert", "credit rules changed"),
}
MODES = {
    "CUSTOMER": ("kundenbezogen", "customer"),
    "REFUND": ("rückbuchend", "refund"),
    "FREE": ("Freischaltung", "free"),
    "LOCKED": ("Sperrung", "locked"),
}
FREE = 2
LOCKED = 3
NOTE_FREE = (
    (
        "Der Verbrauch enthält auch Energie, die bei Freischaltung floss. Sie ist nicht berechnet: Verbrauch mal Preis "
        "kann den Betrag übersteigen."
    ),
    "The energy includes what flowed in the mode free. That is not charged: energy times price can exceed the amount.",
)


class Summary:
    """The summary of one run, table by table."""

    def __init__(self, scenario: Scenario, outcome: Outcome) -> None:
        """Take what was played and what came of it."""
        self._scenario = scenario
        self._tape = scenario.tape
        self._imp = scenario.tape["imp_per_kwh"]
        self._time = LocalTime(scenario.tape["zone"])
        self._result: Json = outcome.read("result")
        self._registers: Json = outcome.read("registers")
        self._relay: Json = outcome.read("relay")

    def print(self, file: TextIO) -> None:
        """Write the summary to a file, in colours where that is a terminal."""
        console = Console(file=file, highlight=False, soft_wrap=False)
        if not console.is_terminal:
            console.width = WIDTH
        self._print_head(console)
        for table in (self._account(), self._charges(), self._debt(), self._maxima(), self._supply()):
            if table:
                console.print(table)
        self._print_outages(console)
        if self._was_free():
            console.print(pick(NOTE_FREE), style="dim")
        console.print(
            pick(
                (
                    (
                        "Beträge sind auf den Cent und kWh auf drei Stellen gerundet; --json gibt sie genau, in "
                        "Mikro-Euro und Impulsen."
                    ),
                    (
                        "Amounts are rounded to the cent and kWh to three places; --json gives them exactly, in "
                        "micro-euro and pulses."
                    ),
                )
            ),
            style="dim",
        )

    def _was_free(self) -> bool:
        events = self._tape["events"]
        return self._tape["mode"] == FREE or any(kind == "mode" and payload == FREE for _, kind, payload in events)

    def _print_head(self, console: Console) -> None:
        tape = self._tape
        console.print(Text(pick(("Zähler ", "Meter ")) + tape["serial"], style="bold"))
        until = pick((" bis ", " to "))
        console.print(Text(self._time.text(tape["start_s"]) + until + self._time.text(tape["end_s"])))
        console.print(Text(pick(("Last: ", "Load: ")) + self._load()))
        console.print()

    def _load(self) -> str:
        scenario = self._scenario
        if scenario.csv:
            return scenario.csv.name
        german = f"Standardlastprofil {scenario.profile}, {scenario.kwh_per_year} kWh im Jahr"
        return pick((german, f"standard load profile {scenario.profile}, {scenario.kwh_per_year} kWh a year"))

    def _account(self) -> Table:
        result = self._result
        table = _table(pick(("Guthaben", "Balance")), "", pick(("Betrag", "amount")))
        for label, ueur in self._payments():
            table.add_row(label, eur(ueur))
        if result["refunds_ueur"]:
            table.add_row(pick(("zurück auf die Karte", "taken back by card")), eur(-result["refunds_ueur"]))
        table.add_row(pick(("abgerechnet (siehe unten)", "charged (see below)")), eur(-_total(result)))
        table.add_section()
        table.add_row(pick(("Guthaben am Ende", "balance at the end")), eur(result["balance_ueur"]), style="bold")
        return table

    def _payments(self) -> list[tuple[str, int]]:
        payments = top_ups(self._tape)
        labels = {
            "opening": ("Anfangsguthaben", "opening credit"),
            "topup": ("Aufladungen mit Karte", "top-ups by card"),
            "tan": ("Aufladungen mit TAN", "top-ups by TAN"),
        }
        rows: list[tuple[str, int]] = []
        for way, label in labels.items():
            amounts = [payment.ueur for payment in payments if payment.way == way]
            if amounts:
                times = f" ({len(amounts)})" if way != "opening" else ""
                rows.append((pick(label) + times, sum(amounts)))
        return rows

    def _charges(self) -> Table:
        table = _table(
            pick(("Abrechnung", "Charges")),
            "",
            pick(("Verbrauch", "energy")),
            pick(("Preis am Ende", "price at the end")),
            pick(("Betrag", "amount")),
        )
        for name, ueur in self._result["charges_ueur"].items():
            if ueur or name in ("ht", "nt"):
                table.add_row(pick(CHARGES[name]), self._energy(name), self._price(name), eur(ueur))
        table.add_section()
        table.add_row(pick(("Summe", "total")), self._energy("total"), "", eur(_total(self._result)), style="bold")
        return table

    def _energy(self, name: str) -> str:
        pulses = self._result["pulses"]
        return kwh(pulses[name], self._imp) if name in pulses else ""

    def _price(self, name: str) -> str:
        tariff = self._last_tariff()
        per_day = pick(("am Tag", "a day"))
        if name in ("ht", "nt"):
            return ct(tariff["ht_ueur_per_kwh" if name == "ht" else "nt_ueur_per_kwh"]) + "/kWh"
        if name == "debt_kwh":
            return ct(tariff["debt_ueur_per_kwh"]) + "/kWh"
        if name == "power":
            period = pick(("Jahr", "year") if tariff["power_yearly"] else ("Monat", "month"))
            return f"{eur(tariff['power_ueur_per_kw'])}/kW, {period}"
        kind, division = name.split("_")
        share = ("electricity", "gas", "water").index(division)
        if kind == "base":
            return f"{ct(tariff['base_ueur_per_day'])} {per_day}, {tariff['base_share'][share]} %"
        return f"{ct(tariff['debt_ueur_per_day'])} {per_day}, {tariff['debt_share'][share]} %"

    def _last_tariff(self) -> TariffTape:
        changes = [payload for _, kind, payload in self._tape["events"] if kind == "tariff"]
        return cast(TariffTape, changes[-1]) if changes else self._tape["tariff"]

    def _debt(self) -> Table | None:
        added = sum(cast(int, payload) for _, kind, payload in self._tape["events"] if kind == "debt")
        opening = self._tape["debt_ueur"]
        if not opening + added:
            return None
        left = self._result["debt_ueur"]
        table = _table(pick(("Restschuld", "Debt")), "", pick(("Betrag", "amount")))
        table.add_row(pick(("zu Beginn", "at the start")), eur(opening))
        if added:
            table.add_row(pick(("hinzugekommen", "added")), eur(added))
        table.add_row(pick(("getilgt", "paid off")), eur(left - opening - added))
        table.add_section()
        table.add_row(pick(("Restschuld am Ende", "debt at the end")), eur(left), style="bold")
        return table

    def _maxima(self) -> Table | None:
        maxima = self._result["max_demand"]
        if not maxima:
            return None
        table = _table(
            pick(("Höchste Viertelstunde", "Highest quarter hour")),
            pick(("Zeitraum", "period")),
            pick(("Leistung", "demand")),
            pick(("Ende der Viertelstunde", "end of the quarter hour")),
        )
        for row in maxima:
            table.add_row(_period(row["period"]), kw(row["pulses"], self._imp), self._time.text(iso_seconds(row["at"])))
        return table

    def _supply(self) -> Table:
        supply, emergency = self._result["supply"], self._result["emergency"]
        table = _table(pick(("Versorgung", "Supply")), "", "")
        table.add_row(pick(("am Ende", "at the end")), pick(("ein", "on") if supply["on"] else ("aus", "off")))
        table.add_row(pick(("Betriebsart am Ende", "mode at the end")), pick(MODES[self._result["mode"]]))
        table.add_row(pick(("Abschaltungen", "disconnections")), str(len(supply["disconnections"])))
        table.add_row(pick(("insgesamt abgeschaltet", "off altogether")), duration(supply["off_seconds"]))
        cuts = power_cuts(self._tape)
        if cuts:
            lost = duration(sum(on - off for off, on in cuts))
            table.add_row(pick(("Stromausfälle", "power cuts")), f"{len(cuts)} ({lost})")
        table.add_row(pick(("Kreditrahmen zugeschaltet", "emergency credit switched on")), self._emergency(emergency))
        table.add_row(pick(("Guthaben reicht noch", "balance lasts for")), self._forecast())
        return table

    def _emergency(self, emergency: Json) -> str:
        times = pick(("{n}-mal", "{n} times")).format(n=emergency["activations"])
        return times + (pick((", noch aktiv", ", still active")) if emergency["active"] else "")

    def _forecast(self) -> str:
        days = self._registers["forecast"]["days"]
        if days is None:
            return pick(("(keine Prognose)", "(no forecast)"))
        return f"{days} " + pick(("Tag", "day") if days == 1 else ("Tage", "days"))

    def _print_outages(self, console: Console) -> None:
        found = outages(self._tape, self._relay)
        if not found:
            console.print(pick(("Das Licht war nie aus.", "The light was never out.")) + "\n")
            return
        table = _table(
            pick(("Wann das Licht aus war", "When the light was out")),
            pick(("aus", "off")),
            pick(("wieder ein", "on again")),
            pick(("Dauer", "for")),
            pick(("Grund", "why")),
            pick(("wieder ein durch", "on again by")),
        )
        for outage in found[:MOST_OUTAGES]:
            table.add_row(*self._outage(outage))
        console.print(table)
        if len(found) > MOST_OUTAGES:
            more = pick(("... und {n} weitere; alle nennt --json", "... and {n} more; --json names them all"))
            console.print(more.format(n=len(found) - MOST_OUTAGES) + "\n")

    def _outage(self, outage: Outage) -> tuple[str, ...]:
        locked_from_start = outage.cause == NEVER_ON and self._tape["mode"] == LOCKED
        cause = CAUSE_LOCKED_FROM_START if locked_from_start else CAUSES[outage.cause]
        return (
            self._time.text(outage.start_s),
            self._time.text(outage.end_s) if outage.end_s is not None else pick(("(bis zum Ende)", "(to the end)")),
            duration(dark_s(outage, self._tape)),
            pick(cause),
            pick(ENDED_BY[outage.ended_by]) if outage.ended_by in ENDED_BY else "",
        )


def _total(result: Json) -> int:
    return sum(result["charges_ueur"].values())


def _period(period: str) -> str:
    year, _, month = period.partition("-")
    return pick((f"{month}.{year}", period)) if month else year


def _table(title: str, *columns: str) -> Table:
    """Return an empty table, its first column to the left and the figures to the right."""
    table = Table(title=title, title_justify="left", title_style="bold", box=box.SIMPLE_HEAD, pad_edge=False)
    for place, name in enumerate(columns):
        right = place and len(columns) <= 4  # instants and reasons stay to the left
        table.add_column(name, justify="right" if right else "left", no_wrap=place < 3)
    table.show_header = any(columns)
    return table

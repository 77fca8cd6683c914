# SPDX-License-Identifier: Apache-2.0
"""What people bring by card must fit on one: seen before the run, by the very code that writes the cards in it."""

from collections.abc import Callable
from typing import Any, cast

from groschen.core.calendar import LEGAL, QUARTER_S
from groschen.core.meter import Meter
from groschen.core.state import State
from groschencard.errors import CardError
from groschensim.board import simulated_keys
from groschensim.cards import Desk, blank_image
from groschensim.profiles.localdays import local_year
from groschensim.scenario.events import Event
from groschensim.scenario.findings import Findings
from groschensim.scenario.tape import CreditTape, Tape, TariffTape
from groschensim.scenario.texts import say

MOST_UEUR = (1 << 40) - 1
"""What the five bytes of a total on a card hold."""

_CENT_UEUR = 10_000
_ROWS = 64  # more than any record has room for


class Cards:
    """The desk of a scenario, and what it has issued so far."""

    def __init__(self, tape: Tape, findings: Findings) -> None:
        """Take the tape, and where to note what does not fit."""
        self._zone = tape["zone"]
        self._findings = findings
        self._desk = Desk(simulated_keys(tape["serial"]))
        self._totals = {"topup": 0, "debt": 0}
        zone = tape["zone"]
        self._meter = Meter(tape["imp_per_kwh"], LEGAL if isinstance(zone, str) else zone)
        self._meter.agenda.use(self._meter.zone, self._meter.tariff)

    def check(self, event: Event, payload: object) -> None:
        """Note what of an event does not fit on a card."""
        if event.do in self._totals:
            self._check_total(event, cast(int, payload))
        elif event.do == "tariff":
            self._check_tariff(event, cast(TariffTape, payload))
        elif event.do == "credit":
            self._check_contract(event, cast(CreditTape, payload))

    def _check_total(self, event: Event, ueur: int) -> None:
        self._totals[event.do] += ueur
        total = self._totals[event.do]
        if total > MOST_UEUR:
            shown = {name: _euro(value) for name, value in (("value", ueur), ("total", total), ("most", MOST_UEUR))}
            self._findings.add(event.place, "eur", say("card_total", **shown))

    def _check_tariff(self, event: Event, table: TariffTape) -> None:
        year = local_year(event.at_s // QUARTER_S, self._zone)
        rules = [rule for rule in table["holidays"] if rule[4] >= year]

        def write(count: int) -> None:
            self._desk.tariff(blank_image(), 1, _changed(table, "holidays", rules[:count]), year)

        most = _most(write, len(rules))
        if most < len(rules):
            text = say("card_holidays", count=len(rules), year=year, most=most)
            self._findings.add(event.place, "holidays", text)

    def _check_contract(self, event: Event, table: CreditTape) -> None:
        meter = self._meter
        meter.agenda.clock.set(event.at_s // QUARTER_S, event.at_s % QUARTER_S)
        today = meter.agenda.clock.date.number
        days = [day for day in table["days"] if day >= today]

        def write(count: int) -> None:
            self._desk.contract(blank_image(), 1, _changed(table, "days", days[:count]), State(meter))

        most = _most(write, len(days))
        if most < len(days):
            self._findings.add(event.place, "days", say("card_days", count=len(days), most=most))


def check_cards(tape: Tape, events: list[Event], findings: Findings) -> None:
    """Note all events whose tariff, contract or money does not fit on a card."""
    cards = Cards(tape, findings)
    for event, (_, _, payload) in zip(events, tape["events"], strict=True):
        cards.check(event, payload)


def _most(write: Callable[[int], None], count: int) -> int:
    """Return how many of so many rows can be written at most."""
    tried: list[int] = [count, *range(min(count - 1, _ROWS), 0, -1)]
    for most in tried:
        try:
            write(most)
        except CardError:
            continue
        return most
    return 0


def _changed(table: TariffTape | CreditTape, key: str, rows: object) -> dict[str, Any]:
    return {**cast("dict[str, Any]", cast(object, table)), key: rows}


def _euro(ueur: int) -> str:
    cents = ueur // _CENT_UEUR
    return f"{cents // 100}.{cents % 100:02d}"

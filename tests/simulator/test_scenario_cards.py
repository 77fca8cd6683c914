# SPDX-License-Identifier: Apache-2.0
"""Events that come by card: what does not fit on one is said before the run, and what fits is played through images."""

from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from groschencard.recordwords import MODES
from groschensim import cli, result
from groschensim.errors import ScenarioError
from groschensim.play import Player
from groschensim.scenario import read_scenario

Write = Callable[[str | bytes], Path]

LEAST = """\
[meter]
serial = "A"
start = 2026-06-01T00:00:00+02:00
end = 2026-06-02T00:00:00+02:00
balance_eur = 20
mode = "{mode}"
[tariff]
ht_ct_per_kwh = 30
nt_ct_per_kwh = 30
[load]
profile = "L0"
kwh_per_year = 1
"""


def event(do: str, more: str = "", at: str = "2026-06-01T10:00:00+02:00") -> str:
    return f'[[event]]\nat = {at}\ndo = "{do}"\n{more}\n'


def least(*events: str, mode: str = "CUSTOMER") -> str:
    return LEAST.format(mode=mode) + "".join(events)


def dates(count: int, first: date = date(2026, 6, 1)) -> str:
    return "[" + ", ".join(str(first + timedelta(days=number)) for number in range(count)) + "]"


def days_of_years(*counts: int) -> str:
    return "[" + ", ".join(f"{2026 + year}-06-{day + 1:02}" for year, n in enumerate(counts) for day in range(n)) + "]"


def refused(path: Path) -> list[str]:
    with pytest.raises(ScenarioError) as error:
        read_scenario(path)
    done = CliRunner().invoke(cli.app, ["run", str(path), "--json"])
    assert (done.exit_code, done.stdout) == (2, "")
    return list(error.value.problems)


def played(path: Path) -> list[tuple[str, str]]:
    scenario = read_scenario(path)
    tape: Any = scenario.tape
    board = Player(tape, scenario.load).play()
    return [(row["kind"], row["detail"]) for row in result.read_out(board.meter)["events"]]


SPANS = '["00:00-01:00", "02:00-03:00", "04:00-05:00", "06:00-07:00"]'
HOURS = "".join(f"ht_{day} = {SPANS}\n" for day in ("workday", "saturday", "sunday"))


@pytest.mark.parametrize(("spans", "most"), [("", 24), (HOURS, 14)])
def test_a_tariff_with_more_holidays_than_a_card_holds_is_refused(spans: str, most: int, written: Write) -> None:
    assert ("card", "tariff") in played(written(least(event("tariff", spans + f"holidays = {dates(most)}"))))
    problems = refused(written(least(event("tariff", spans + f"holidays = {dates(most + 1)}"))))
    assert len(problems) == 1
    assert f"[[event]] 1: holidays: {most + 1} Feiertage von 2026 an" in problems[0]
    assert f"höchstens {most}" in problems[0]


def test_the_holidays_of_a_tariff_that_changes_something_else_count_too(written: Write) -> None:
    text = least(event("tariff", "ht_ct_per_kwh = 31")).replace("[load]", f"holidays = {dates(25)}\n[load]")
    assert "[[event]] 1: holidays: 25 Feiertage" in refused(written(text))[0]
    # Those of years that are past need no room.
    past = ", ".join(str(date(2025, 1, 1) + timedelta(days=number)) for number in range(40))
    played(written(text.replace(dates(25), f"[{past}]")))


def test_a_contract_with_more_credit_days_than_a_card_holds_is_refused(written: Write) -> None:
    assert ("card", "contract") in played(written(least(event("credit", f"days = {days_of_years(10, 10, 2)}"))))
    problems = refused(written(least(event("credit", f"days = {days_of_years(10, 10, 3)}"))))
    assert "[[event]] 1: days: 23 Kredittage von diesem Ereignis an" in problems[0]
    assert "höchstens 22" in problems[0]


@pytest.mark.parametrize("do", ["topup", "debt"])
def test_totals_that_no_card_holds_are_refused(do: str, written: Write) -> None:
    many = [event(do, "eur = 10000")] * 109
    scenario = read_scenario(written(least(*many)))
    assert len(scenario.tape["events"]) == 109
    problems = refused(written(least(*many, event(do, "eur = 9511.63"))))
    assert len(problems) == 1
    assert "[[event]] 110: eur: mit 9511.63 EUR werden es bis hier 1099511.63 EUR" in problems[0]
    assert "höchstens 1099511.62 EUR" in problems[0]
    assert ("card", "credit" if do == "topup" else "debt") in played(written(least(*many, event(do, "eur = 9511.62"))))


def test_what_no_card_holds_is_said_in_english_too(written: Write, monkeypatch: pytest.MonkeyPatch) -> None:
    path = written(least(event("tariff", f"holidays = {dates(30)}")))
    german = refused(path)[0]
    monkeypatch.setenv("GROSCHEN_LANG", "en")
    english = refused(path)[0]
    assert german != english
    assert "at most 24" in english


def test_what_the_memory_of_the_meter_does_not_hold_is_an_error_too(tmp_path: Path, written: Write) -> None:
    path = written(least().replace("[load]", f"holidays = {dates(100)}\n[load]"))
    assert CliRunner().invoke(cli.app, ["run", str(path)]).exit_code == 0
    done = CliRunner().invoke(cli.app, ["run", str(path), "--image", str(tmp_path / "a.bin")])
    assert (done.exit_code, done.stdout) == (1, "")
    assert "weniger Feiertage" in done.stderr
    assert not (tmp_path / "a.bin").exists()
    assert not (tmp_path / "a.bin.meter").exists()


@pytest.mark.parametrize("mode", MODES)
def test_the_customer_card_in_each_mode(mode: str, written: Write) -> None:
    events = [entry for entry in played(written(least(event("card"), mode=mode))) if entry[0] == "card"]
    assert events[-1] == ("card", "refund" if mode == "REFUND" else "no_credit")
    events = played(written(least(event("topup", "eur = 5"), event("card"), mode=mode)))
    cards = [entry for entry in events if entry[0] in ("card", "mode")]
    ends_free = [("mode", "CUSTOMER")] if mode == "FREE" else []
    last = ("card", "refund" if mode == "REFUND" else "no_credit")
    assert cards[1:] == [("card", "credit"), *ends_free, last]  # the first is the opening contract


@pytest.mark.parametrize("mode", MODES)
def test_every_event_by_card_in_each_mode(mode: str, written: Write) -> None:
    kinds = [
        event("debt", "eur = 1"),
        event("tariff", "ht_ct_per_kwh = 31"),
        event("credit", "emergency_limit_eur = 10"),
        event("mode", 'to = "REFUND"'),
    ]
    cards = [detail for kind, detail in played(written(least(*kinds, mode=mode))) if kind in ("card", "mode")]
    changed = [] if mode == "REFUND" else ["REFUND"]
    assert cards == ["contract", "debt", "tariff", "contract", *changed]

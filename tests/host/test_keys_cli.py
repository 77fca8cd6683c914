# SPDX-License-Identifier: Apache-2.0
"""The command `groschen key` as people and programs call it: outputs, languages, exit statuses, and never a secret."""

import json
import os
import pty
import stat
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from groschencard.keys import MeterKeys
from groschenhost.keys import keyfile, passphrase
from groschenhost.keys.errors import PassphraseError
from groschenhost.keys.master import MasterKeys
from groschenhost.ledger.book import open_ledger

MAIN = "from groschenhost.keys.cli import app; app(prog_name='groschen key')"
# The same at the least cost that a file may have; one test leaves the cost as it is.
CHEAP = f"from groschenhost.keys import sealing; sealing.seal.__defaults__ = (sealing.LEAST,); {MAIN}"

WORD = "Käse und vier Wörter"
NEW = "another set of words"
BACKUP = "what lies in the safe"
SHORT = "elf Zeichen"

Done = subprocess.CompletedProcess[str]


class Desk:
    """One machine of the utility: a folder, a key file in it, and the three passphrases in the environment."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.key = folder / "master.key"
        self.words = {
            "GROSCHEN_PASSPHRASE": WORD,
            "GROSCHEN_NEW_PASSPHRASE": NEW,
            "GROSCHEN_BACKUP_PASSPHRASE": BACKUP,
        }

    def environment(self, language: str, **more: str) -> dict[str, str]:
        kept = {name: value for name, value in os.environ.items() if not name.startswith("GROSCHEN")}
        return {
            **kept,
            "COLUMNS": "100",
            "GROSCHEN_LANG": language,
            "GROSCHEN_KEY": str(self.key),
            **self.words,
            **more,
        }

    def call(self, *words: str | Path, language: str = "de", main: str = CHEAP, **more: str) -> Done:
        done = subprocess.run(
            [sys.executable, "-c", main, *map(str, words)],
            capture_output=True,
            text=True,
            encoding="utf-8",
            stdin=subprocess.DEVNULL,
            check=False,
            cwd=self.folder,
            env=self.environment(language, **more),
        )
        assert "Traceback" not in done.stderr, done.stderr
        for word in (WORD, NEW, BACKUP):
            assert word not in done.stdout + done.stderr
        return done

    def good(self, *words: str | Path, **more: str) -> Done:
        done = self.call(*words, **more)
        assert done.returncode == 0, done.stderr
        return done

    def json(self, *words: str | Path, **more: str) -> dict[str, Any]:
        return json.loads(self.good(*words, "--json", **more).stdout)

    def master(self, word: str = WORD) -> MasterKeys:
        return keyfile.KeyFile.open(self.key, lambda: word).master

    def refused(self, *words: str | Path, says: str, status: int = 2, language: str = "de", **more: str) -> None:
        """Call it, and prove that it says so, prints no data and changes no file."""
        before = {path: path.read_bytes() for path in self.folder.rglob("*") if path.is_file()}
        done = self.call(*words, language=language, **more)
        assert (done.returncode, done.stdout) == (status, ""), done.stderr
        assert says in " ".join(done.stderr.split())
        assert {path: path.read_bytes() for path in self.folder.rglob("*") if path.is_file()} == before


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    new = Desk(tmp_path)
    new.good("new")
    return new


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_a_new_key_costs_what_the_document_says_and_asks_for_a_backup(tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    done = desk.good("new", main=MAIN)
    assert desk.key.read_bytes()[10:13] == bytes([17, 8, 1])
    assert mode(desk.key) == 0o600
    assert "groschen key backup" in done.stderr
    assert desk.master().generations[0].fingerprint in done.stdout
    assert abs(desk.master().generations[0].created - time.time()) < 60


def test_a_key_is_never_overwritten(desk: Desk) -> None:
    desk.refused("new", says="wird nicht überschrieben")
    desk.refused("new", "--json", says="is not overwritten", language="en")


def test_show_names_generations_and_no_secret(desk: Desk) -> None:
    desk.good("rotate")
    master = desk.master()
    shown = desk.json("show")
    assert list(shown) == ["file", "current", "generations"]
    assert (shown["file"], shown["current"]) == (str(desk.key), 2)
    assert [list(row) for row in shown["generations"]] == [["generation", "fingerprint", "created", "current"]] * 2
    assert [row["fingerprint"] for row in shown["generations"]] == [g.fingerprint for g in master.generations]
    assert [row["current"] for row in shown["generations"]] == [False, True]
    for language, word in (("de", "gilt"), ("en", "current")):
        text = desk.good("show", language=language).stdout
        assert [line.endswith(word) for line in text.splitlines()] == [False, False, False, True]
        for generation in master.generations:
            assert generation.fingerprint in text
            assert generation.key.hex()[:8] not in text.replace(" ", "")


def test_a_rotation_keeps_the_keys_of_older_meters(desk: Desk) -> None:
    before = desk.master()
    assert desk.json("rotate")["current"] == 2
    after = desk.master()
    assert after.generations[0] == before.generations[0]
    assert after.meter_key(1, 1, "GR-1") == before.meter_key(1, 1, "GR-1")
    assert after.meter_key(2, 1, "GR-1") != before.meter_key(1, 1, "GR-1")
    assert "groschen key backup" in desk.good("rotate").stderr


def test_the_passphrase_changes_and_nothing_else(desk: Desk) -> None:
    before = desk.master()
    desk.good("passphrase")
    assert desk.master(NEW).generations == before.generations
    desk.refused("show", says="die Passphrase ist falsch")
    assert desk.json("show", GROSCHEN_PASSPHRASE=NEW)["current"] == 1


def test_a_backup_comes_back_under_a_new_passphrase(desk: Desk, tmp_path: Path) -> None:
    desk.good("rotate")
    before = desk.master()
    safe = tmp_path / "safe" / "backup.key"
    assert desk.json("backup", safe)["generations"] == desk.json("show")["generations"]
    assert mode(safe) == 0o600
    desk.refused("backup", safe, says="wird nicht überschrieben")
    desk.refused("restore", safe, says="wird nicht überschrieben")
    desk.key.unlink()
    desk.refused("restore", safe, says="die Passphrase ist falsch", GROSCHEN_BACKUP_PASSPHRASE=WORD)
    restored = desk.json("restore", safe, GROSCHEN_PASSPHRASE=NEW)
    assert (restored["file"], restored["current"]) == (str(desk.key), 2)
    assert desk.master(NEW).generations == before.generations
    assert mode(desk.key) == 0o600


def test_a_backup_from_a_stick_without_modes_is_taken_with_a_warning(desk: Desk, tmp_path: Path) -> None:
    safe = tmp_path / "backup.key"
    desk.good("backup", safe)
    safe.chmod(0o644)
    desk.key.unlink()
    assert "Warning: other users may read" in desk.good("restore", safe, language="en").stderr
    assert mode(desk.key) == 0o600


def test_a_backup_needs_a_passphrase_of_its_own(desk: Desk) -> None:
    desk.refused("backup", "copy", says="eine eigene Passphrase", GROSCHEN_BACKUP_PASSPHRASE=WORD)


def test_the_key_of_one_meter_is_what_the_meter_needs(desk: Desk, tmp_path: Path) -> None:
    desk.good("rotate")
    place = tmp_path / "meter.key"
    done = desk.good("meter", "GR-0001", "--out", place)
    assert place.read_bytes() == desk.master().meter_key(2, 1, "GR-0001")
    assert MeterKeys(place.read_bytes(), 1, b"GR-0001").tan == desk.master().meter_keys(2, 1, "GR-0001").tan
    assert mode(place) == 0o600
    assert "WARNUNG" in done.stderr
    assert "shred -u" in done.stderr
    assert place.read_bytes().hex() not in done.stdout + done.stderr
    desk.refused("meter", "GR-0001", "--out", place, says="wird nicht überschrieben")


def test_a_meter_of_another_utility_or_an_older_generation_has_its_own_key(desk: Desk, tmp_path: Path) -> None:
    desk.good("rotate")
    chosen = desk.json("meter", "GR-1", "--out", "old.key", "--utility", "7", "--generation", "1")
    assert chosen == {"file": "old.key", "serial": "GR-1", "utility": 7, "generation": 1, "life": 1, "noted": False}
    assert (tmp_path / "old.key").read_bytes() == desk.master().meter_key(1, 7, "GR-1")
    desk.json("meter", "GR-1", "--out", "life.key", "--utility", "7", "--life", "3")
    assert (tmp_path / "life.key").read_bytes() == desk.master().meter_key(2, 7, "GR-1", 3)
    desk.refused("meter", "GR-1", "--out", "none", "--life", "65536", says="65536")
    desk.refused("meter", "GR-1", "--out", "none", "--generation", "3", says="keine Generation 3, nur 1, 2")
    desk.refused("meter", "GR-1", "--out", "none", "--utility", "65536", says="65536")
    desk.refused("meter", "GR 1", "--out", "none", says="keine Zählernummer")
    desk.refused("meter", "Z" * 21, "--out", "none", says="keine Zählernummer")
    desk.refused("meter", "GR-1", says="--out")


def test_the_generation_that_a_meter_was_flashed_with_is_noted_in_the_ledger_and_holds(
    desk: Desk, tmp_path: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    place = tmp_path_factory.mktemp("ledger") / "ledger.sqlite"
    ledger = open_ledger(f"sqlite:///{place}")
    ledger.add_utility(7, "Stadtwerk")
    meter = ledger.add_meter("GR-1")
    first = desk.json("meter", "GR-1", "--out", "first.key", "--db", place)
    assert (first["utility"], first["generation"], first["noted"]) == (7, 1, True)
    assert (tmp_path / "first.key").read_bytes() == desk.master().meter_key(1, 7, "GR-1")
    desk.good("rotate")
    assert ledger.key_generation(meter, 2) == 1  # what the meter's first card is made with
    assert desk.json("meter", "GR-1", "--out", "again.key", "--db", place)["generation"] == 1
    desk.refused("meter", "GR-1", "--out", "none", "--db", place, "--generation", "2", says="--renew")
    desk.refused("meter", "GR-1", "--out", "none", "--db", place, "--life", "2", says="--renew")
    desk.refused(
        "meter", "GR-1", "--out", "none", "--db", place, "--renew", "--generation", "9", says="keine Generation 9"
    )
    assert ledger.meter("GR-1").life == 1
    renewed = desk.json("meter", "GR-1", "--out", "new.key", "--db", place, "--renew")
    assert (renewed["generation"], renewed["life"]) == (2, 2)  # a renewed key begins another life
    assert (tmp_path / "new.key").read_bytes() == desk.master().meter_key(2, 7, "GR-1", 2)
    assert ledger.key_generation(meter, 1) == 2
    assert desk.json("meter", "GR-1", "--out", "once more.key", "--db", place)["life"] == 2
    ledger.close()


def test_the_key_of_a_meter_in_no_ledger_makes_none_and_says_what_to_do(desk: Desk, tmp_path: Path) -> None:
    done = desk.good("meter", "GR-1", "--out", "a.key", "--db", "sub/none.sqlite")
    assert "groschen meter add GR-1 --key-generation 1" in done.stderr
    assert not (tmp_path / "sub").exists()


def test_the_key_of_a_meter_makes_no_folder(desk: Desk, tmp_path: Path) -> None:
    desk.refused("meter", "GR-1", "--out", "nodir/q", says="nodir gibt es nicht")
    assert not (tmp_path / "nodir").exists()


@pytest.mark.parametrize(
    "command", [["show"], ["rotate"], ["passphrase"], ["backup", "copy"], ["meter", "A", "--out", "a"]]
)
def test_every_command_refuses_what_it_cannot_open_and_changes_nothing(desk: Desk, command: list[str]) -> None:
    whole = desk.key.read_bytes()
    desk.refused(*command, says="the passphrase is wrong", language="en", GROSCHEN_PASSPHRASE=NEW)
    desk.key.write_bytes(whole[:70] + bytes([whole[70] ^ 1]) + whole[71:])
    desk.refused(*command, says="the key file is damaged (checksum)", language="en")
    desk.key.write_bytes(whole)
    desk.key.chmod(0o640)
    desk.refused(*command, says="chmod 600")
    desk.key.unlink()
    desk.refused(*command, says="groschen key new")


def test_a_passphrase_is_no_argument(desk: Desk) -> None:
    for command in ("new", "show", "rotate", "passphrase", "backup", "restore", "meter"):
        desk.refused(command, "--passphrase", "secret", says="--passphrase")
        text = desk.good(command, "--help", language="en").stdout
        options = [word for word in text.split() if word.startswith("--") and "pass" in word]
        assert options
        assert all(option.endswith("-file") for option in options)


def test_passphrases_come_from_files(desk: Desk, tmp_path: Path) -> None:
    words = {"old": WORD, "fresh": NEW, "safe": BACKUP}
    for name, word in words.items():
        (tmp_path / name).write_text(word + "\n")
        (tmp_path / name).chmod(0o600)
    desk.words = {}
    desk.refused("show", says="--passphrase-file")
    desk.good("show", "--passphrase-file", "old")
    desk.good("backup", "copy", "--passphrase-file", "old", "--backup-passphrase-file", "safe")
    desk.good("passphrase", "--passphrase-file", "old", "--new-passphrase-file", "fresh")
    assert desk.master(NEW).current == 1
    desk.key.unlink()
    desk.good("restore", "copy", "--passphrase-file", "fresh", "--backup-passphrase-file", "safe")
    assert desk.master(NEW).current == 1


def test_a_short_new_passphrase_is_refused(tmp_path: Path) -> None:
    Desk(tmp_path).refused("new", says="mindestens 12 Zeichen", GROSCHEN_PASSPHRASE=SHORT)
    Desk(tmp_path).refused("new", says="at least 12 characters", language="en", GROSCHEN_PASSPHRASE=SHORT)


def test_an_option_names_the_file_before_the_environment(desk: Desk, tmp_path: Path) -> None:
    desk.good("new", "--key", tmp_path / "other" / "second.key")
    assert desk.json("show", "--key", tmp_path / "other" / "second.key") != desk.json("show")


def test_without_either_it_lies_in_the_users_own_folder(tmp_path: Path) -> None:
    home = tmp_path / "home"
    Desk(tmp_path).good("new", GROSCHEN_KEY="", HOME=str(home), XDG_DATA_HOME=str(home / "data"))
    assert mode(home / "data" / "groschen" / "master.key") == 0o600
    assert mode(home / "data" / "groschen") & 0o077 == 0


def test_a_place_that_cannot_be_written_is_a_failure(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    Desk(tmp_path).refused("new", "--key", "file/master.key", says="file", status=1)


def terminal(desk: Desk, *words: str, typed: list[str]) -> tuple[int, str]:
    """Call it on a terminal of its own and answer what it asks; give the exit status and all that was shown."""
    controller, its_side = pty.openpty()
    # A session of its own, so that it cannot ask on the terminal that the tests were started from.
    child = subprocess.Popen(
        [sys.executable, "-c", CHEAP, *words],
        stdin=its_side,
        stdout=its_side,
        stderr=its_side,
        start_new_session=True,
        cwd=desk.folder,
        env=desk.environment("de"),
    )
    os.close(its_side)
    shown = b""
    answers = list(typed)
    seen = 0
    while True:
        try:
            more = os.read(controller, 4096)
        except OSError:  # the end of a terminal
            break
        if not more:
            break
        shown += more
        if answers and shown.endswith(b": ") and shown.count(b": ") > seen:
            seen = shown.count(b": ")
            time.sleep(0.05)  # getpass throws away what was typed before it switched the echo off
            os.write(controller, answers.pop(0).encode() + b"\n")
    os.close(controller)
    status = child.wait(30)
    assert not answers, shown
    return status, shown.decode()


def test_a_terminal_is_asked_twice_for_a_new_passphrase_and_shows_none(tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    desk.words = {}
    status, shown = terminal(desk, "new", typed=[WORD, NEW])
    assert status == 2
    assert "unterscheiden sich" in shown
    assert not desk.key.exists()
    status, shown = terminal(desk, "new", typed=[WORD, WORD])
    assert status == 0, shown
    assert WORD not in shown
    assert "Passphrase der Schlüsseldatei: " in shown
    assert "Noch einmal: " in shown
    status, shown = terminal(desk, "show", typed=[WORD])
    assert status == 0, shown
    assert desk.master().generations[0].fingerprint in shown


def test_the_end_of_input_is_no_passphrase(monkeypatch: pytest.MonkeyPatch) -> None:
    def ended(_: str) -> str:
        raise EOFError

    monkeypatch.delenv("GROSCHEN_PASSPHRASE", raising=False)
    monkeypatch.setattr(passphrase, "getpass", ended)
    monkeypatch.setattr(sys.stdin, "isatty", lambda: True, raising=False)
    with pytest.raises(PassphraseError, match="keine Passphrase eingegeben"):
        passphrase.obtain(passphrase.KEY, None)

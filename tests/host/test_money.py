# SPDX-License-Identifier: Apache-2.0
"""Amounts as people write and read them; where things lie; how commands end."""

from pathlib import Path

import pytest
import typer
from hypothesis import given
from hypothesis import strategies as st

from groschenhost import console, settings
from groschenhost.errors import HostError, InputError
from groschenhost.money import CENT, EUR, format_ct, format_eur, parse_eur, whole_cents


@pytest.mark.parametrize(
    ("word", "ueur"),
    [("50", 50 * EUR), ("0,01", CENT), (" 12,5 ", 12_500_000), ("12.50", 12_500_000), ("10000.00", 10_000 * EUR)],
)
def test_an_amount_is_read_to_the_cent(word: str, ueur: int) -> None:
    assert parse_eur(word) == ueur


@pytest.mark.parametrize(
    "word", ["", "-1", "+1", "1.000,00", "1e3", "0", "0,00", "10000,01", "1,005", "5,", "١", "50 EUR", "nan"]
)
def test_what_is_no_amount_is_refused_with_what_would_be_right(word: str) -> None:
    with pytest.raises(InputError, match=r"50|Komma|0,01 EUR bis 10000,00 EUR"):
        parse_eur(word)


@given(st.integers(min_value=1, max_value=1_000_000))
def test_what_is_written_is_read_again(cents: int) -> None:
    assert parse_eur(format_eur(cents * CENT).removesuffix(" EUR")) == cents * CENT


def test_an_amount_is_rounded_only_where_it_is_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    assert [format_eur(ueur) for ueur in (4_999, 5_000, -4_999, -5_000, -12_345_678)] == [
        "0,00 EUR",
        "0,01 EUR",
        "0,00 EUR",
        "-0,01 EUR",
        "-12,35 EUR",
    ]
    assert [format_ct(ueur) for ueur in (318_900, 1_234, 0)] == ["31,89 ct", "0,1234 ct", "0,00 ct"]
    assert whole_cents(12_349_999) == 12_340_000
    monkeypatch.setenv("GROSCHEN_LANG", "en")
    assert format_eur(12_500_000) == "12.50 EUR"


def test_the_ledger_is_a_path_or_a_url(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv("GROSCHEN_DB", raising=False)
    assert settings.db_url().endswith("/groschen/ledger.sqlite")
    monkeypatch.setenv("GROSCHEN_DB", str(tmp_path / "x"))
    assert settings.db_url() == f"sqlite:///{tmp_path}/x"
    assert settings.db_url("postgres://a@b/c") == settings.db_url("postgresql://a@b/c") == "postgresql+psycopg://a@b/c"
    with pytest.raises(InputError, match="postgresql://"):
        settings.db_url("oracle://a")


def test_the_key_and_the_passphrase_come_from_the_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("GROSCHEN_KEY", str(tmp_path / "key"))
    assert settings.key_path() == tmp_path / "key"
    assert settings.key_path(tmp_path / "other") == tmp_path / "other"
    monkeypatch.setenv("GROSCHEN_PASSPHRASE", "")
    assert settings.passphrase() is None
    monkeypatch.setenv("GROSCHEN_DESK", "x" * 99)
    assert settings.desk_name() == "x" * 60


@pytest.mark.parametrize(
    ("error", "status"),
    [(HostError("a"), 1), (InputError(("a", "b")), 2), (PermissionError(13, "a"), 1), (KeyboardInterrupt(), 130)],
)
def test_each_end_has_its_status(error: BaseException, status: int, capfd: pytest.CaptureFixture[str]) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(console, "_drop_output", lambda: None)
        with pytest.raises(typer.Exit) as ended, console.guarded():
            raise error
    assert ended.value.exit_code == status
    assert capfd.readouterr().out == ""


def test_a_table_has_its_numbers_flush_right(capsys: pytest.CaptureFixture[str]) -> None:
    console.out_table(["a", "sum"], [["x", 5], ["long", None]], right=(1,))
    console.out_fields({"a": 1, "long": None})
    assert capsys.readouterr().out == "a     sum\nx       5\nlong\na:    1\nlong:\n"

# SPDX-License-Identifier: Apache-2.0
"""Whatever a scenario file or its load holds: it is read, or it is refused with a ScenarioError, and nothing else."""

import contextlib
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from groschensim.errors import ScenarioError
from groschensim.scenario import read_scenario

VALUES = st.sampled_from(
    [
        *["0", "-1", "1.5", "true", '""', "[]", "{}", "nan", "inf", "1e99", "1e999999999", "2026-01-01"],
        *["2026-01-01T00:00:00Z", "0001-01-01T00:00:00Z", "[[]]", '"06:00-22:00"', '["a"]', "12:00:00"],
        *[
            "{ start = 1 }",
            "9" * 40,
            "9" * 5000,
            '"H0"',
            '"tariff"',
            "[2026-01-01, 2026-01-01]",
            "0x" + "f" * 99,
        ],
    ]
)
PIECES = st.one_of(st.text(max_size=5), VALUES, st.sampled_from(["[", "]", "=", "\n", '"', "'''", "\0", "[[event]]\n"]))
quick = settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


def read(path: Path, content: bytes) -> None:
    path.write_bytes(content)
    with contextlib.suppress(ScenarioError):
        read_scenario(path)


@quick
@given(content=st.binary(max_size=300))
def test_any_bytes(tmp_path: Path, content: bytes) -> None:
    read(tmp_path / "scenario.toml", content)


@quick
@given(data=st.data())
def test_a_good_scenario_with_other_values(tmp_path: Path, good: str, data: st.DataObject) -> None:
    lines = good.splitlines()
    keyed = [number for number, line in enumerate(lines) if " = " in line]
    for number in data.draw(st.lists(st.sampled_from(keyed), min_size=1, max_size=4)):
        lines[number] = lines[number].split(" = ")[0] + " = " + data.draw(VALUES)
    read(tmp_path / "scenario.toml", "\n".join(lines).encode())


@quick
@given(data=st.data())
def test_a_good_scenario_with_pieces_cut_and_put_in(tmp_path: Path, good: str, data: st.DataObject) -> None:
    text = good
    for _ in range(data.draw(st.integers(1, 4))):
        start = data.draw(st.integers(0, len(text)))
        end = start + data.draw(st.integers(0, 30))
        text = text[:start] + data.draw(PIECES) + text[end:]
    read(tmp_path / "scenario.toml", text.encode(errors="surrogatepass"))


@quick
@given(data=st.data())
def test_a_load_of_any_rows(tmp_path: Path, good: str, data: st.DataObject) -> None:
    field = st.one_of(
        st.text(max_size=8),
        st.sampled_from(["2026-01-01T00:00:00+01:00", "2026-01-01T00:15+01:00", "5", '"', "\0"]),
    )
    rows = data.draw(st.lists(st.lists(field, max_size=3).map(",".join), max_size=5))
    head = data.draw(st.sampled_from(["start,pulses", "pulses,start", "start", "\ufeffstart,pulses", ""]))
    (tmp_path / "load.csv").write_bytes("\n".join([head, *rows]).encode(errors="surrogatepass"))
    text = good.replace('profile = "H0"\nkwh_per_year = 3500', 'csv = "load.csv"')
    read(tmp_path / "scenario.toml", text.encode())


@pytest.mark.parametrize("language", ["de", "en"])
def test_every_text_of_the_catalogue_fits_its_fields_in_both_languages(
    language: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    from string import Formatter

    from groschensim.scenario import texts

    monkeypatch.setenv("GROSCHEN_LANG", language)
    for key, pair in texts._TEXTS.items():
        fields = [{name for _, name, _, _ in Formatter().parse(text) if name} for text in pair]
        assert fields[0] == fields[1], key
        assert texts.say(key, **dict.fromkeys(fields[0], "x"))

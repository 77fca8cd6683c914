# SPDX-License-Identifier: Apache-2.0
"""Random and mutated cards: a named error or a card that was truly written, nothing else, on both interpreters."""

import re
import subprocess
import sys
from pathlib import Path

import card_mutator
import fuzz_card_target
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from interpreters import ROOT, Done, command, start

from groschencard import card, codec
from groschencard.chips import MIFARE_SIZE, SLE_SIZE
from groschencard.errors import CardError
from groschencard.records import ORDER, RECORDS
from tests.cardformat.values import EXAMPLES, KEYS, VECTORS

MUTATOR = ROOT / "tools" / "card_mutator.py"
CARDS = 15_000
PAYLOADS = 35_000
ON_MICROPYTHON = 2_000
TARGET = fuzz_card_target.Target()


def test_mutated_cards_are_refused_by_name_or_truly_written() -> None:
    said = card_mutator.play(str(VECTORS), 20_251_122, CARDS)
    counts = {name: int(count) for count, name in [pair.split()[::-1] for pair in re.split("[:;]", said)[1].split(",")]}
    assert set(counts) == set(card_mutator.OUTCOMES)
    assert min(counts.values()) > CARDS // 50, said  # each outcome is met often enough to mean something


def test_random_payloads_are_refused_by_name_or_have_one_meaning() -> None:
    chance = card_mutator.Chance(3)
    cards = card_mutator.Cards(*card_mutator.load(str(VECTORS)), 3)
    good = [(kind, card_mutator.payload_of(kind, data)) for (kind, _), known in cards.known.items() for data in known]
    read = 0
    for _ in range(PAYLOADS):
        kind, payload = good[chance.below(len(good))]
        broken = bytearray(payload)
        for _ in range(1 + chance.below(3)):
            broken[chance.below(len(broken))] = (0, 0xFF, 0x80, chance.below(256))[chance.below(4)]
        read += card_mutator.unpacked(kind, bytes(broken[: chance.below(2 * len(broken)) + 1]))
    assert PAYLOADS // 10 < read < PAYLOADS


def played(done: Done) -> str:
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_both_interpreters_say_the_same_of_the_same_cards() -> None:
    arguments = [str(MUTATOR), "1", str(ON_MICROPYTHON)]
    roots = [ROOT / "cardformat"]
    one = played(start([command("micropython"), "-X", "heapsize=64M", *arguments], roots, variable="MICROPYPATH"))
    assert one == played(start([sys.executable, *arguments], roots))
    assert one.startswith(f"{ON_MICROPYTHON} cards: ")


@given(st.binary(max_size=1100))
@example(b"")
@example(b"\0" * SLE_SIZE)
@example(b"\xff" * MIFARE_SIZE)
def test_any_bytes_are_a_card_or_refused_place_by_place(space: bytes) -> None:
    for keys in (KEYS, None):
        for _, _, said in card.decode(keys, space).places:
            assert isinstance(said, CardError)


@settings(max_examples=2 * EXAMPLES)
@given(st.binary(max_size=1025))
def test_the_fuzzers_target_finds_nothing(data: bytes) -> None:
    TARGET.one(data)


@pytest.mark.parametrize("seed", TARGET.seeds(), ids=lambda seed: f"{seed[0]}-{len(seed)}")
def test_the_fuzzers_target_takes_what_was_written(seed: bytes) -> None:
    TARGET.one(seed)


def test_a_decoder_that_lets_a_forgery_pass_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("groschencard.seal.same", lambda one, other: True)
    with pytest.raises(card_mutator.BrokenError, match="forged"):
        card_mutator.play(str(VECTORS), 1, 500)


def test_a_decoder_that_forgets_a_bit_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    honest = codec.unpack
    monkeypatch.setattr(codec, "unpack", lambda kind, payload: {**honest(kind, payload), **forgotten(kind)})
    with pytest.raises(card_mutator.BrokenError, match="other bytes"):
        card_mutator.play(str(VECTORS), 1, 500)


def forgotten(kind: int) -> dict[str, int]:
    return {"credit_ueur": 1} if kind == ORDER else {}


def test_a_decoder_that_breaks_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("groschencard.codec.check", lambda kind, values: 1 // values.get("command", 1))
    with pytest.raises(ZeroDivisionError):
        card_mutator.play(str(VECTORS), 1, 500)


@pytest.mark.parametrize("way", [["--plain"], ["--on", "micropython"], []], ids=["plain", "micropython", "atheris"])
def test_the_fuzzer_runs(way: list[str], tmp_path: Path) -> None:
    if not way and sys.version_info >= (3, 14):
        pytest.skip("atheris has no build for this Python")
    done = subprocess.run(
        [sys.executable, ROOT / "tools" / "fuzz_card.py", "--runs", "300", *way],
        check=False, capture_output=True, text=True, cwd=tmp_path, timeout=120,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    assert "300 cards" in done.stdout or "Done 300 runs" in done.stderr


def test_every_way_of_the_fuzzer_has_seeds() -> None:
    assert {seed[0] for seed in TARGET.seeds()} == set(range(fuzz_card_target.WAYS))
    assert len(RECORDS) == len(fuzz_card_target.KINDS)

# SPDX-License-Identifier: Apache-2.0
"""What the display says of cards and money: every outcome, both languages, twenty characters, never more than there is."""

from decimal import ROUND_FLOOR, Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from groschen.core import events, notices
from groschen.core.amount import Limbs
from groschen.core.canvas import WIDTH, Canvas
from groschen.core.texts import ENGLISH, GERMAN
from groschensim import eventnames
from groschensim.display import card_lines, text
from groschensim.report import insertion

LANGUAGES = (GERMAN, ENGLISH)
OUTCOMES = [0, *eventnames.KINDS[events.CARD][1]]
AMOUNTS = st.integers(-(2**39) * 1_000_000, 2**39 * 1_000_000)


def money(ueur: int) -> Limbs:
    limbs = Limbs()
    limbs.set_value(ueur)
    return limbs


@pytest.mark.parametrize("outcome", OUTCOMES)
@pytest.mark.parametrize("language", LANGUAGES)
def test_every_outcome_has_two_lines_that_fit_and_are_its_own_words(outcome: int, language: int) -> None:
    for booked in (None, money(50_000_000)):
        lines = card_lines(outcome, booked, money(-1), language)
        assert all(lines)
        assert "Kartenfehler" not in lines
        assert "Card error" not in lines


def test_what_is_done_asks_nothing_of_the_customer() -> None:
    done = {0, events.CARD_CREDIT, events.CARD_DEBT, events.CARD_TARIFF, events.CARD_CONTRACT, events.CARD_REFUND}
    done |= {events.CARD_NO_CREDIT, events.CARD_COMMAND, events.CARD_READ_OUT}
    assert {outcome for outcome in OUTCOMES if not notices.refused(outcome)} == done


def test_an_outcome_that_is_not_known_yet_is_a_refusal_with_words() -> None:
    assert notices.refused(99)
    assert card_lines(99, None, money(0), GERMAN) == ("Kartenfehler", "Stadtwerk anrufen")


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_two_refusals_share_their_first_line(language: int) -> None:
    for booked in (None, money(1)):
        first = [card_lines(outcome, booked, money(0), language)[0] for outcome in OUTCOMES]
        assert len(set(first)) == len(first) - 1 * (booked is not None)  # credit with a command is a credit


def test_the_languages_differ_in_every_line_without_an_amount() -> None:
    for outcome in OUTCOMES:
        german, english = (card_lines(outcome, None, money(0), language) for language in LANGUAGES)
        assert german[0] != english[0]
        assert german[1] != english[1]


@pytest.mark.parametrize(
    ("outcome", "booked", "balance", "german", "english"),
    [
        (events.CARD_CREDIT, 50_000_000, 62_345_678, ("Gebucht    50,00 EUR", "Guthaben   62,34 EUR"), ("Booked     50.00 EUR", "Balance    62.34 EUR")),
        (events.CARD_COMMAND, 5_000_000, -1, ("Gebucht     5,00 EUR", "Guthaben   -0,01 EUR"), ("Booked      5.00 EUR", "Balance    -0.01 EUR")),
        (events.CARD_COMMAND, None, 0, ("Auftrag ausgeführt", "Karte entnehmen"), ("Command carried out", "Take your card")),
        (events.CARD_REFUND, 12_345_678, 0, ("Erstattet  12,34 EUR", "Mit Karte zur Kasse"), ("Refund     12.34 EUR", "Take it to the desk")),
        (events.CARD_NO_CREDIT, None, 0, ("Kein neues Guthaben", "Guthaben    0,00 EUR"), ("No new credit", "Balance     0.00 EUR")),
        (events.CARD_REFUSED, 10_000_000, 0, ("Daten abgelehnt", "Gebucht    10,00 EUR"), ("Data refused", "Booked     10.00 EUR")),
        (events.CARD_PULLED, 10_000_000, 0, ("Karte zu früh heraus", "Noch einmal stecken"), ("Card out too early", "Insert it again")),
        (events.CARD_CREDIT, 10_000_000_000, 99_999_999_999_999, ("Gebucht 10000,00 EUR", "Guthaben 99999999,99"), ("Booked  10000.00 EUR", "Balance  99999999.99")),
    ],
)  # fmt: skip
def test_amounts_are_said_where_there_are_any(
    outcome: int, booked: int | None, balance: int, german: tuple[str, str], english: tuple[str, str]
) -> None:
    amount = None if booked is None else money(booked)
    assert card_lines(outcome, amount, money(balance), GERMAN) == german
    assert card_lines(outcome, amount, money(balance), ENGLISH) == english


def money_line(ueur: int, language: int, label: bytes = b"") -> str:
    canvas = Canvas()
    canvas.language = language
    canvas.text(0, 0)
    canvas.bytes(label)
    canvas.amount(money(ueur))
    return text(canvas)[0]


@given(AMOUNTS)
def test_an_amount_is_the_cents_that_are_there_and_never_more(ueur: int) -> None:
    cents = str((Decimal(ueur) / 1_000_000).quantize(Decimal("0.01"), ROUND_FLOOR))
    assert money_line(ueur, ENGLISH).removesuffix(" EUR").strip() == cents
    assert money_line(ueur, GERMAN).removesuffix(" EUR").strip() == cents.replace(".", ",")


@given(AMOUNTS, st.text("abcdefgh ", min_size=1, max_size=20), st.sampled_from(LANGUAGES))
def test_a_line_has_the_whole_amount_and_as_much_of_the_rest_as_there_is_room_for(
    ueur: int, label: str, language: int
) -> None:
    amount = money_line(ueur, language).removesuffix(" EUR").strip()
    unit = len(label) + len(amount) + len(" EUR") < WIDTH
    whole = len(label) + len(amount) < WIDTH
    gap = WIDTH - len(amount) - (4 if unit else 0)
    expected = (label if whole else "").ljust(gap) + amount + (" EUR" if unit else "")
    assert money_line(ueur, language, label.encode()) == expected


def test_the_simulator_explains_the_firmwares_outcomes() -> None:
    assert set(insertion.OUTCOMES) == {"", *eventnames.KINDS[events.CARD][1].values()}
    for name, (german, english) in insertion.OUTCOMES.items():
        assert german != english
        code = next((code for code, word in eventnames.KINDS[events.CARD][1].items() if word == name), 0)
        # A refusal says what to do.
        assert (";" in german) == (";" in english)
        assert not notices.refused(code) or ";" in german

# SPDX-License-Identifier: Apache-2.0
"""Cards of another life of their meter, on the real chain: told so before anything is asked, presented or written."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from groschen.core import events
from groschen.core.session import CardSession
from groschencard import records
from groschencard.keys import MeterKeys
from groschensim.cards import Desk
from tests.cards.bench import SERIAL, UTILITY, Bench, Chain, Contact, Contactless, card_with_everything

KEY = bytes(range(32))
CHAINS: list[Callable[[], Chain]] = [Contact, Contactless]
KINDS = [records.CUSTOMER, records.SERVICE, records.READOUT]


def keys(life: int, key: bytes = KEY) -> MeterKeys:
    return MeterKeys(key, UTILITY, SERIAL, life)


def bench_of(life: int, chain: Chain) -> Bench:
    """A meter in a life, with a slot."""
    bench = Bench(chain)
    bench.session = CardSession(bench.side.keeper, chain.slot, keys(life))
    bench.desk = Desk(keys(life))
    return bench


def secret(chain: Callable[[], Chain], life: int) -> tuple[bytes, ...]:
    """What a contactless card has as key B; a contact card's PSC is in its image."""
    return (keys(life).card_secret(1),) if chain is Contactless else ()


def card_of(desk: Desk, kind: int, bench: Bench) -> bytearray:
    """A card of a kind, with all that it can bring."""
    if kind == records.CUSTOMER:
        return card_with_everything(desk, bench.state)
    card = desk.issue(kind, 2)
    if kind == records.SERVICE:
        desk.command(card, 1, records.SET_MODE, 2)
    return card


@pytest.mark.parametrize("chain", CHAINS)
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(
    ("card", "meter", "outcome"),
    [
        (1, 2, events.CARD_EARLIER_LIFE),
        (2, 3, events.CARD_EARLIER_LIFE),
        (65_534, 65_535, events.CARD_EARLIER_LIFE),
        (2, 1, events.CARD_NEW_FORMAT),  # another board has begun that life
    ],
)
@pytest.mark.parametrize("key", [KEY, bytes(32)], ids=["genuine", "forged"])
def test_a_card_of_another_life_is_told_so_and_costs_no_try(
    chain: Callable[[], Chain], kind: int, card: int, meter: int, outcome: int, key: bytes
) -> None:
    bench = bench_of(meter, chain())
    image = card_of(Desk(keys(card, key)), kind, bench)
    before, books = bytes(image), bench.side.books()
    bench.side.news()
    assert bench.insert(image) == outcome
    assert bench.side.news() == [outcome]
    assert bench.side.books() == books
    assert image == before  # neither written, nor a try burned
    assert bench.state.cards.wrong_pscs == 0


@pytest.mark.parametrize("chain", CHAINS)
@pytest.mark.parametrize("life", [1, 2, 65_535])
def test_a_card_of_the_meters_own_life_is_taken(chain: Callable[[], Chain], life: int) -> None:
    bench = bench_of(life, chain())
    assert bench.insert(card_of(bench.desk, records.CUSTOMER, bench), *secret(chain, life)) == events.CARD_CREDIT


@pytest.mark.parametrize("chain", CHAINS)
def test_a_card_whose_identity_was_given_the_life_of_now_is_forged(chain: Callable[[], Chain]) -> None:
    """A thief writes the present life over that of an old card: its records are those of the old one all the same."""
    bench = bench_of(2, chain())
    card = card_of(Desk(keys(1)), records.CUSTOMER, bench)
    identity = {"format": 1, "card": 0, "utility": UTILITY, "serial": SERIAL, "issued_day": 0, "life": 2}
    Desk(keys(1)).write(card, records.IDENTITY, 0, 1, identity)  # type: ignore[arg-type]
    before = bytes(card)
    assert bench.insert(card) == events.CARD_FORGED
    assert card == before


@pytest.mark.parametrize("chain", CHAINS)
def test_records_of_an_earlier_life_on_a_card_of_now_are_none(chain: Callable[[], Chain]) -> None:
    """A thief puts the orders of an old card onto a genuine one of the present life."""
    bench = bench_of(2, chain())
    card = card_of(bench.desk, records.CUSTOMER, bench)
    Desk(keys(1)).credit(card, 99, 999_000_000)
    Desk(keys(1)).credit(card, 98, 999_000_000)
    books = bench.side.books()
    assert bench.insert(card, *secret(chain, 2)) == events.CARD_FORGED
    assert bench.side.books()["topups"] == books["topups"]

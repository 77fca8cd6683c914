# SPDX-License-Identifier: Apache-2.0
"""A state is a value: saved and restored at any step it changes nothing."""

import binascii
import hashlib

import sample_meter as sample

from groschen.core import wholemeter
from groschen.core.errors import StateError
from groschen.core.meter import Meter
from groschen.core.state import State

QUARTERS = 20 * 96


def digest(meter):
    """Return a short fingerprint of a meter's whole state."""
    return binascii.hexlify(hashlib.sha256(wholemeter.save(meter)).digest()[:12]).decode()


def test_restored_between_any_two_quarter_hours_it_goes_on_as_if_nothing_had_happened():
    load = sample.household(QUARTERS)
    top_up = sample.money(7_000_000)
    straight = sample.meter(balance=4_000_000)
    sample.drive(straight, load, top_up)
    cut = sample.meter(balance=4_000_000)
    at = 0
    step = 1
    while at < QUARTERS:
        sample.drive(cut, load[at : at + step], top_up)
        saved = wholemeter.save(State(cut))
        state = State(Meter(1000))
        wholemeter.restore(state, saved)
        assert wholemeter.save(state) == saved
        cut = state.meter
        at += step
        step = step * 5 % 97 + 1
    assert wholemeter.save(cut) == wholemeter.save(straight)
    assert straight.supply.disconnections > 0
    print(digest(straight))


def test_bytes_of_another_length_are_refused():
    saved = wholemeter.save(State(sample.meter()))
    for wrong in (b"", saved[:-1], saved[:-4], saved + b"\0\0\0\0"):
        try:
            wholemeter.restore(State(Meter(1000)), wrong)
        except StateError:
            continue
        raise AssertionError(len(wrong))

# SPDX-License-Identifier: Apache-2.0
"""The neutral vectors of TANs, both ways: what they say is what we make, and what we read."""

import json

from groschencard import openpaygo, openpaygo_issue, tan, tan_issue


def vectors():
    """Return the tables of tests/vectors/tan.json."""
    folder = __file__.rsplit("/", 1)[0] if "/" in __file__ else "."
    with open(folder + "/../vectors/tan.json") as file:
        return json.load(file)


VECTORS = vectors()
KEYS = [bytes([int(key[at : at + 2], 16) for at in range(0, 64, 2)]) for key in VECTORS["keys"]]


def from_hex(text):
    """Return the bytes of an OpenPAYGO key."""
    return bytes([int(text[at : at + 2], 16) for at in range(0, len(text), 2)])


def behind(counter):
    """Return a window that awaits a counter."""
    return tan.Window(counter - 1, 255)


def test_numbers_are_made_as_the_vectors_say():
    digits = {}
    for row in VECTORS["numbers"]:
        made = tan.number(KEYS[row["key"]], row["counter"], row["eur"], row["digits"])
        assert made == row["number"], row
        assert tan.check_digit(row["eur"], made) == row["check"], row
        digits[row["digits"]] = True
    assert sorted(digits) == [5, 6, 8, 10, 20]


def test_numbers_of_the_vectors_are_taken_once():
    for row in VECTORS["numbers"]:
        key = KEYS[row["key"]]
        counter = row["counter"]
        eur = row["eur"]
        text = row["number"]
        window = behind(counter)
        assert tan.checks(eur, text + str(row["check"]))
        assert not tan.checks(eur, text + str((row["check"] + 1) % 10))
        assert tan.verify(key, window, eur, text, row["digits"]) == counter
        assert tan.verify(key, window, eur % 999 + 1, text, row["digits"]) == 0
        assert tan.verify(KEYS[row["key"] - 1], window, eur, text, row["digits"]) == 0
        window.accept(counter)
        assert tan.verify(key, window, eur, text, row["digits"]) == 0
        assert tan.spent(key, window, eur, text, row["digits"]) == counter


def test_a_number_of_another_length_is_none():
    row = VECTORS["numbers"][0]
    key = KEYS[row["key"]]
    for text in ("", "1", row["number"][1:], row["number"] + "0", "x" * 5, "0" * 21):
        assert tan.verify(key, behind(row["counter"]), row["eur"], text, 5) == 0
    assert tan.verify(key, behind(row["counter"]), row["eur"], row["number"], 6) == 0


def test_ambiguous_counters():
    for row in VECTORS["ambiguous"]:
        assert tan_issue.ambiguous(KEYS[row["key"]], row["counter"], row["eur"], row["digits"]) == row["ambiguous"], row


def test_windows():
    for row in VECTORS["windows"]:
        window = tan.Window(row["highest"], row["used"])
        assert window.open() == row["open"]
        for take in row["accept"]:
            window = tan.Window(row["highest"], row["used"])
            assert window.lost(take["counter"]) == take["lost"], row
            window.accept(take["counter"])
            assert [window.highest, window.used] == [take["highest"], take["used"]], row


def test_settlement_codes():
    for row in VECTORS["settlement"]:
        key = KEYS[row["key"]]
        highest = row["highest"]
        assert tan.settlement_code(key, tan.Window(highest, row["used"])) == row["code"]
        proof = tan_issue.read_settlement(key, row["code"], max(highest - 20, 0), highest + 18)
        assert proof is not None
        assert [proof.highest, proof.used] == [highest, row["used"]]
        assert tan_issue.read_settlement(key, row["code"], highest + 1, highest + 38) is None
        assert tan_issue.read_settlement(KEYS[row["key"] - 1], row["code"], highest, highest) is None


def test_service_codes():
    for row in VECTORS["service"]:
        key = KEYS[row["key"]]
        counter = row["counter"]
        assert tan.service_code(key, counter) == row["code"]
        assert tan.checks(0, row["code"])
        for highest, found in ((counter - 1, counter), (counter - 3, counter), (counter - 4, 0), (counter, 0)):
            if highest >= 0:
                assert tan.verify_service(key, highest, row["code"]) == found


OUTCOMES = {
    "ADD_TIME": openpaygo.ADD_TIME,
    "SET_TIME": openpaygo.SET_TIME,
    "DISABLE_PAYG": openpaygo.DISABLE_PAYG,
    "COUNTER_SYNC": openpaygo.COUNTER_SYNC,
}
CODED = {"DISABLE_PAYG": 998, "COUNTER_SYNC": 999}


def test_openpaygo_tokens():
    for row in VECTORS["openpaygo"]:
        key = from_hex(row["key"])
        kind = row["type"]
        value = CODED[kind] if kind in CODED else row["value"]
        assert openpaygo_issue.encode(key, row["start"], row["count"], value) == row["token"], row
        taken = openpaygo.Purchases(row["count"] // 2 - 1 if kind == "ADD_TIME" else row["count"] // 2)
        search = openpaygo_issue.decode(key, row["start"], taken, row["token"])
        assert search.outcome == OUTCOMES[kind], row
        if kind == "ADD_TIME":
            assert (search.eur, search.purchase) == (row["value"], row["count"] // 2)
            taken.accept(search.purchase)
            assert openpaygo_issue.decode(key, row["start"], taken, row["token"]).outcome == openpaygo.USED


def test_siphash_of_its_authors():
    assert openpaygo.siphash24(bytes(range(16)), bytes(range(15))) == 0xA129CA6149BE45E5
    assert openpaygo.siphash24(bytes(range(16)), b"") == 0x726FDB47DD0E0E31

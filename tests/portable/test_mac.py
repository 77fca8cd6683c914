# SPDX-License-Identifier: Apache-2.0
"""The meter's own HMAC and HKDF give what the RFCs print; two meters, utilities or purposes never share a key."""

from mac_vectors import HKDF, HMAC, bytes_of

from groschencard.derivation import hkdf_extract, meter_info
from groschencard.keys import MeterKeys, name
from groschencard.mac import hkdf_expand, hmac_sha256, same

KEY = bytes(range(32))


def test_hmac_is_that_of_rfc_4231():
    for section, key, message, digits in HMAC:
        want = bytes_of(digits)
        assert hmac_sha256(key, message)[: len(want)] == want, section


def test_hkdf_is_that_of_rfc_5869():
    for section, secret, salt, info, extracted, expanded in HKDF:
        key = hkdf_extract(salt, secret)
        assert key == bytes_of(extracted), section
        want = bytes_of(expanded)
        assert hkdf_expand(key, info, len(want)) == want, section


def test_an_absent_salt_is_thirty_two_zeros():
    assert hkdf_extract(b"", KEY) == hkdf_extract(bytes(32), KEY)


def test_a_shorter_output_is_the_beginning_of_a_longer_one():
    whole = hkdf_expand(KEY, b"info", 255 * 32)
    assert len(whole) == 255 * 32
    for length in (0, 1, 31, 32, 33, 64, 100):
        assert hkdf_expand(KEY, b"info", length) == whole[:length]


def test_keys_around_the_block_are_padded_or_hashed():
    # 64 bytes are used as they are, 65 are hashed: what is one longer must not be taken for its beginning.
    codes = [hmac_sha256(b"\x01" * length, b"") for length in (31, 32, 33, 63, 64, 65, 66)]
    assert len(set(codes)) == len(codes)


def test_same_compares_every_bit():
    for at in range(32):
        for bit in range(8):
            other = bytearray(KEY)
            other[at] ^= 1 << bit
            assert not same(KEY, bytes(other))
    assert same(KEY, bytes(range(32)))
    assert not same(KEY, KEY[:-1])
    assert same(b"", b"")


def test_a_meter_is_named_by_utility_and_serial():
    assert name(0x1234, b"A7") == b"\x34\x12A7" + bytes(18)
    assert meter_info(1, b"Z" * 20) == b"groschen meter 1\x01\x00" + b"Z" * 20
    try:
        name(1, b"Z" * 21)
    except ValueError:
        return
    raise AssertionError


def test_a_meter_key_has_thirty_two_bytes():
    for length in (0, 16, 31, 33):
        try:
            MeterKeys(bytes(length), 1, b"A")
        except ValueError:
            continue
        raise AssertionError(length)


def test_a_life_is_a_number_of_sixteen_bits():
    for life in (0, -1, 65_536):
        try:
            MeterKeys(KEY, 1, b"A", life)
        except ValueError:
            continue
        raise AssertionError(life)
    assert meter_info(1, b"A", 1) == meter_info(1, b"A")
    assert meter_info(1, b"A", 0x0102) == meter_info(1, b"A") + b"\x02\x01"


def test_no_two_lives_share_a_key():
    # Not even where somebody gives two of them the same bytes.
    lives = [MeterKeys(KEY, 1, b"A", life) for life in (1, 2, 3, 256, 65_535)]
    for purpose in ("to_meter", "from_meter", "tan", "paygo", "port", "panel_code", "_psc"):
        assert len({getattr(keys, purpose) for keys in lives}) == 5, purpose


def test_no_purpose_shares_a_key():
    keys = MeterKeys(KEY, 1, b"A")
    secrets = [KEY, keys.to_meter, keys.from_meter, keys.tan, keys._psc]
    assert len(set(secrets)) == 5
    assert [len(secret) for secret in secrets] == [32] * 5


def test_no_two_cards_share_a_secret():
    keys = MeterKeys(KEY, 1, b"A")
    secrets = {keys.card_secret(card) for card in range(300)}
    assert len(secrets) == 300
    assert {len(secret) for secret in secrets} == {6}


def test_a_card_secret_never_begins_with_the_psc_of_a_card_from_the_shop():
    # These numbers were searched for: what they derive begins so.
    keys = MeterKeys(KEY, 1, b"A")
    for card in (116_133, 130_991, 162_537):
        derived = hmac_sha256(keys._psc, card.to_bytes(4, "little"))
        assert derived[:2] == b"\xff\xff"
        assert keys.card_secret(card) in (derived[1:7], derived[2:8])
        assert keys.card_secret(card)[:2] != b"\xff\xff"


def test_keys_are_the_same_on_every_interpreter():
    keys = MeterKeys(KEY, 65_535, b"GR-0001")
    for secret in (keys.to_meter, keys.from_meter, keys.tan, keys.card_secret(0), keys.card_secret(2**32 - 1)):
        print(list(secret))

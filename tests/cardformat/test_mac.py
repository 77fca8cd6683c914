# SPDX-License-Identifier: Apache-2.0
"""Our HMAC and HKDF against `cryptography`'s, and the published cases against both; the keys against a second way."""

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.hmac import HMAC as CRYPTOGRAPHY_HMAC
from cryptography.hazmat.primitives.kdf.hkdf import HKDF as CRYPTOGRAPHY_HKDF
from cryptography.hazmat.primitives.kdf.hkdf import HKDFExpand
from hypothesis import example, given
from hypothesis import strategies as st
from mac_vectors import HKDF, HMAC, bytes_of

from groschencard.derivation import hkdf_extract, meter_info
from groschencard.keys import MeterKeys, name
from groschencard.mac import hkdf_expand, hmac_sha256, same


def theirs(key: bytes, message: bytes) -> bytes:
    code = CRYPTOGRAPHY_HMAC(key, SHA256())
    code.update(message)
    return code.finalize()


def expanded(key: bytes, info: bytes, length: int = 32) -> bytes:
    return HKDFExpand(SHA256(), length, info).derive(key)


def test_hmac_is_that_of_rfc_4231() -> None:
    assert len(HMAC) == 7
    for section, key, message, digits in HMAC:
        want = bytes_of(digits)
        assert hmac_sha256(key, message)[: len(want)] == want, section
        assert theirs(key, message)[: len(want)] == want, section


def test_hkdf_is_that_of_rfc_5869() -> None:
    assert len(HKDF) == 3
    for section, secret, salt, info, key, digits in HKDF:
        want = bytes_of(digits)
        assert hkdf_extract(salt, secret) == bytes_of(key), section
        assert hkdf_expand(bytes_of(key), info, len(want)) == want, section
        assert CRYPTOGRAPHY_HKDF(SHA256(), len(want), salt, info).derive(secret) == want, section


@given(st.binary(max_size=200), st.binary(max_size=300))
@example(b"", b"")
@example(b"k" * 64, b"")
@example(b"k" * 65, b"m" * 55)
def test_hmac_is_that_of_cryptography(key: bytes, message: bytes) -> None:
    assert hmac_sha256(key, message) == theirs(key, message)


@given(st.binary(max_size=200), st.binary(max_size=100), st.binary(max_size=100), st.integers(1, 255 * 32))
@example(b"", b"", b"", 1)
@example(b"s", b"", b"", 255 * 32)
def test_hkdf_is_that_of_cryptography(secret: bytes, salt: bytes, info: bytes, length: int) -> None:
    ours = hkdf_expand(hkdf_extract(salt, secret), info, length)
    assert ours == CRYPTOGRAPHY_HKDF(SHA256(), length, salt, info).derive(secret)


@given(st.binary(max_size=40), st.binary(max_size=40))
@example(b"", b"")
@example(b"\x00", b"")
def test_same_is_equality(one: bytes, other: bytes) -> None:
    assert same(one, other) == (one == other)
    assert same(one, bytes(one))


@given(
    st.binary(min_size=32, max_size=32),
    st.integers(0, 65_535),
    st.binary(max_size=20),
    st.integers(0, 2**32 - 1),
    st.one_of(st.just(1), st.integers(1, 65_535)),
)
def test_a_meters_keys_are_what_the_design_says(key: bytes, utility: int, serial: bytes, card: int, life: int) -> None:
    keys = MeterKeys(key, utility, serial, life)
    behind = b"" if life == 1 else life.to_bytes(2, "little")
    assert keys.to_meter == expanded(key, b"groschen to-meter 1" + behind)
    assert keys.from_meter == expanded(key, b"groschen from-meter 1" + behind)
    assert keys.tan == expanded(key, b"groschen tan 1" + behind)
    assert keys.paygo == expanded(key, b"groschen paygo 1" + behind)[:16]
    assert keys.port == expanded(key, b"groschen port 1" + behind)[:8].hex().upper()
    panel = int.from_bytes(expanded(key, b"groschen panel 1" + behind)[:8], "big") % 10**6
    assert keys.panel_code == f"{panel:06}"
    derived = theirs(expanded(key, b"groschen psc 1" + behind), card.to_bytes(4, "little"))
    secret = keys.card_secret(card)
    assert secret in derived
    assert secret[:2] != b"\xff\xff"
    assert derived.startswith((secret, b"\xff\xff"))
    assert keys.name == utility.to_bytes(2, "little") + serial.ljust(20, b"\x00")


SERIALS = st.binary(max_size=20).map(lambda serial: serial.rstrip(b"\x00"))


LIVES = st.tuples(st.integers(0, 65_535), SERIALS, st.one_of(st.just(1), st.integers(1, 65_535)))


@given(LIVES, LIVES)
@example((1, b"A", 1), (1, b"AA", 1))
@example((0x4101, b"B", 1), (1, b"AB", 1))
@example((1, b"", 1), (256, b"", 1))
@example((1, b"A", 1), (1, b"A", 2))
@example((1, b"A" * 18, 0x4141), (1, b"A" * 20, 1))
def test_two_meters_never_share_a_name_nor_two_lives_a_derivation(
    one: tuple[int, bytes, int], other: tuple[int, bytes, int]
) -> None:
    assert (name(*one[:2]) == name(*other[:2])) == (one[:2] == other[:2])
    assert (meter_info(*one) == meter_info(*other)) == (one == other)
    assert len(name(*one[:2])) == 22


def test_no_purpose_is_named_by_the_beginning_of_another() -> None:
    infos = [
        b"groschen to-meter 1",
        b"groschen from-meter 1",
        b"groschen tan 1",
        b"groschen paygo 1",
        b"groschen psc 1",
        b"groschen port 1",
        b"groschen panel 1",
        b"groschen meter 1",
    ]
    for one in infos:
        assert [other for other in infos if other.startswith(one)] == [one]

# SPDX-License-Identifier: Apache-2.0
"""The master key and its file: what it derives, what opens it, and that nothing half-written or altered is ever used."""

import hashlib
import os
import stat
import subprocess
import sys
import threading
import unicodedata
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from hypothesis import example, given
from hypothesis import strategies as st

from groschencard.derivation import hkdf_extract, meter_info
from groschencard.keys import MeterKeys
from groschencard.mac import hkdf_expand
from groschenhost.errors import HostError, InputError
from groschenhost.keys import disk, errors, keyfile, passphrase, sealing
from groschenhost.keys.master import Generation, MasterKeys
from groschenhost.keys.sealing import CHECK, COST, HEADER, LARGEST, LEAST, MOST, ROW, Cost, inspect, seal, unseal

WORD = "Käse und vier Wörter"
OTHER = "something else entirely"
NOW = 1_767_225_600


def fixed(*numbers: int) -> MasterKeys:
    """Master keys that are the same in each run; of no use outside a test."""
    return MasterKeys(
        [Generation(number, NOW + number, hashlib.sha256(bytes([number])).digest()) for number in numbers]
    )


@pytest.fixture
def cheap(monkeypatch: pytest.MonkeyPatch) -> None:
    """Lets files be written at the least cost that is accepted: the tests are about other things."""
    monkeypatch.setattr(seal, "__defaults__", (LEAST,))


@pytest.fixture
def path(tmp_path: Path, cheap: None) -> Path:
    """A key file with one generation, alone in its folder."""
    place = tmp_path / "keys" / "master.key"
    keyfile.create(place, fixed(1), WORD)
    return place


def opened(path: Path, word: str = WORD) -> keyfile.KeyFile:
    return keyfile.KeyFile.open(path, lambda: word)


# -- keys


@given(
    st.binary(min_size=32, max_size=32),
    st.integers(1, 65_535),
    st.text(st.characters(min_codepoint=33, max_codepoint=126), min_size=1, max_size=20),
)
def test_the_host_and_the_meters_own_hkdf_agree(key: bytes, utility: int, serial: str) -> None:
    master = MasterKeys([Generation(1, NOW, key)])
    want = hkdf_expand(
        hkdf_extract(b"", key),
        b"groschen meter 1" + utility.to_bytes(2, "little") + serial.encode().ljust(20, b"\0"),
        32,
    )
    assert master.meter_key(1, utility, serial) == want
    assert master.meter_key(1, utility, serial.encode()) == want
    keys = master.meter_keys(1, utility, serial)
    assert (keys.utility, keys.serial, keys.tan) == (
        utility,
        serial.encode(),
        MeterKeys(want, utility, serial.encode()).tan,
    )


def test_a_meters_key_never_changes() -> None:
    # What is flashed into meters must be derived the same by every later version.
    master = MasterKeys([Generation(1, NOW, bytes(range(32)))])
    assert master.meter_key(1, 1, "GR-0001").hex() == "d76472f6658b4e6f8454a40169114b6831558a04f0afda9b3e6cf40c65f797d2"
    assert HKDF(SHA256(), 32, None, meter_info(1, b"GR-0001")).derive(bytes(range(32))) == master.meter_key(
        1, 1, "GR-0001"
    )


def test_no_two_meters_lives_utilities_generations_or_purposes_share_a_key() -> None:
    master = fixed(1, 2)
    secrets: list[bytes] = [generation.key for generation in master.generations]
    names = [(u, s) for u in (1, 2, 256, 65_535) for s in ("A", "B", "AA", "1", "01", "A" * 20)]
    meters = [(g, *name, life) for g in (1, 2) for name in names for life in (1, 2, 256)]
    for meter in meters:
        keys = master.meter_keys(*meter)
        secrets += [master.meter_key(*meter), keys.to_meter, keys.from_meter, keys.tan, keys._psc]
    assert len(set(secrets)) == len(secrets) == 2 + 5 * len(meters)


Name = tuple[int, str]
NAMES = st.tuples(st.integers(1, 65_535), st.text("AB1", min_size=1, max_size=20))


@given(NAMES, NAMES)
@example((0x4101, "B"), (1, "AB"))
def test_two_meters_share_a_key_only_if_they_are_one(one: Name, other: Name) -> None:
    master = fixed(1)
    assert (master.meter_key(1, *one) == master.meter_key(1, *other)) == (one == other)


@pytest.mark.parametrize("serial", ["", "A" * 21, "A\0", "A B", "ä", "\n", "\x7f", b"", b"A\0", b"\xff", "\udcff"])
def test_a_serial_number_that_could_be_another_meters_is_refused(serial: str | bytes) -> None:
    with pytest.raises(errors.MeterNameError):
        fixed(1).meter_key(1, 1, serial)


@pytest.mark.parametrize("utility", [-1, 0, 65_536])
def test_a_utility_has_sixteen_bits(utility: int) -> None:
    with pytest.raises(errors.MeterNameError):
        fixed(1).meter_keys(1, utility, "A")


def test_a_rotation_keeps_the_keys_of_older_meters() -> None:
    first = MasterKeys.new(NOW)
    third = first.rotated(NOW + 1).rotated(NOW + 2)
    assert (first.current, third.current) == (1, 3)
    assert third.generations[0] is first.generations[0]
    assert third.meter_key(1, 1, "A") == first.meter_key(1, 1, "A")
    assert len({third.meter_key(number, 1, "A") for number in (1, 2, 3)}) == 3
    assert len({generation.fingerprint for generation in third.generations}) == 3


def test_a_generation_that_is_not_there_says_which_are() -> None:
    with pytest.raises(errors.UnknownGenerationError, match=r"keine Generation 3, nur 1, 2;"):
        fixed(1, 2).meter_key(3, 1, "A")


def test_new_keys_are_random() -> None:
    assert len({MasterKeys.new(NOW).generations[0].key for _ in range(50)}) == 50


@pytest.mark.parametrize(
    "rows",
    [
        [],
        [(0, NOW, 32)],
        [(2, NOW, 32), (1, NOW, 32)],
        [(1, NOW, 32), (1, NOW, 32)],
        [(2**32, NOW, 32)],
        [(1, -1, 32)],
        [(1, 2**37, 32)],
        [(1, NOW, 31)],
        [(number, NOW, 32) for number in range(1, 1002)],
    ],
)
def test_generations_that_cannot_be_are_refused(rows: list[tuple[int, int, int]]) -> None:
    with pytest.raises(ValueError, match="generation"):
        MasterKeys([Generation(number, created, bytes(length)) for number, created, length in rows])


def test_no_secret_is_shown_by_mistake(path: Path) -> None:
    key_file = opened(path)
    for shown in (repr(key_file), repr(key_file.master), str(key_file.master.generations)):
        for generation in key_file.master.generations:
            assert generation.key.hex() not in shown
            assert repr(generation.key) not in shown
        assert WORD not in shown
    assert key_file.master.generations[0].fingerprint.replace(" ", "") not in key_file.master.generations[0].key.hex()


# -- the bytes of the file


def test_what_is_sealed_opens_again() -> None:
    for master in (fixed(1), fixed(1, 2, 7)):
        blob = seal(master, WORD, LEAST)
        assert unseal(blob, WORD).generations == master.generations
        for generation in master.generations:
            assert generation.key not in blob


def test_the_file_is_laid_out_as_its_table_says() -> None:
    blob = seal(fixed(1), WORD)
    assert blob[:16] == b"GROSCHEN" + bytes([1, 0, 17, 8, 1, 0, 0, 0])
    assert int.from_bytes(blob[44:48], "little") == len(blob) - 48 - 32 == ROW.size + 16
    assert hashlib.sha256(blob[:-32]).digest() == blob[-32:]
    assert inspect(blob) == COST == (17, 8, 1)


def test_the_file_opens_with_other_peoples_scrypt_and_gcm() -> None:
    # hashlib's scrypt in place of cryptography's: the layout is what is written above, not what one library does.
    from cryptography.hazmat.primitives.ciphers import Cipher
    from cryptography.hazmat.primitives.ciphers.algorithms import AES
    from cryptography.hazmat.primitives.ciphers.modes import GCM

    blob = seal(fixed(1), WORD, LEAST)
    key = hashlib.scrypt(
        WORD.encode(), salt=blob[16:32], n=2 ** blob[10], r=blob[11], p=blob[12], dklen=32, maxmem=2**26
    )
    cipher = Cipher(AES(key), GCM(blob[32:44], blob[-48:-32])).decryptor()
    cipher.authenticate_additional_data(blob[:48])
    rows = cipher.update(blob[48:-48]) + cipher.finalize()
    assert rows == (1).to_bytes(4, "little") + (NOW + 1).to_bytes(8, "little") + fixed(1).generations[0].key


def test_a_file_of_today_opens_for_ever() -> None:
    assert unseal(bytes.fromhex(STORED), WORD).generations == fixed(1).generations


def test_salt_and_nonce_are_never_used_twice() -> None:
    blobs = [seal(fixed(1), WORD, LEAST) for _ in range(8)]
    for part in (slice(16, 32), slice(32, 44), slice(48, None)):
        assert len({blob[part] for blob in blobs}) == 8


def checked(body: bytes) -> bytes:
    """The body with the check that belongs to it: what somebody writes who knows the layout."""
    return body + hashlib.sha256(body).digest()


def test_every_flipped_byte_is_damage() -> None:
    blob = seal(fixed(1, 2), WORD, LEAST)
    for at in range(len(blob)):
        for mask in (0x01, 0x80, 0xFF):
            altered = bytearray(blob)
            altered[at] ^= mask
            with pytest.raises(errors.DamagedKeyFileError):
                unseal(bytes(altered), WORD)


def test_every_byte_altered_by_somebody_who_mends_the_check_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    # Each byte once, through the real scrypt: the header is authenticated with the content.
    blob = seal(fixed(1), WORD, LEAST)
    seen: set[type[Exception]] = set()
    for at in range(len(blob) - CHECK):
        altered = bytearray(blob[:-CHECK])
        altered[at] ^= 0x02 if at == 10 else 0x01  # 15 would be as good a cost as 14, and slow
        with pytest.raises(
            (errors.DamagedKeyFileError, errors.UnknownKeyFileError, errors.WrongPassphraseError)
        ) as caught:
            unseal(checked(bytes(altered)), WORD)
        seen.add(caught.type)
    assert seen == {errors.DamagedKeyFileError, errors.UnknownKeyFileError, errors.WrongPassphraseError}


def test_a_file_of_any_other_length_is_refused() -> None:
    blob = seal(fixed(1), WORD, LEAST)
    for length in range(len(blob)):
        with pytest.raises(errors.DamagedKeyFileError):
            unseal(blob[:length], WORD)
        if HEADER.size < length < len(blob) - CHECK:
            with pytest.raises(errors.KeyFileError):
                unseal(checked(blob[:length]), WORD)
    for more in (b"\0", blob, bytes(LARGEST)):
        with pytest.raises(errors.DamagedKeyFileError):
            unseal(blob + more, WORD)


@given(st.binary(max_size=300).map(lambda tail: b"GROSCHEN" + tail) | st.binary(max_size=300))
def test_no_bytes_at_all_are_anything_but_a_named_error(blob: bytes) -> None:
    for tried in (blob, checked(blob)):
        with pytest.raises((errors.DamagedKeyFileError, errors.UnknownKeyFileError)):
            inspect(tried)


@pytest.mark.parametrize(
    "cost",
    [
        (13, 8, 1),
        (0, 8, 1),
        (21, 8, 1),
        (63, 8, 1),
        (255, 8, 1),
        (17, 0, 1),
        (17, 9, 1),
        (17, 255, 1),
        (17, 8, 0),
        (17, 8, 5),
        (17, 8, 255),
    ],
)
def test_a_cost_outside_the_bounds_is_never_spent(cost: tuple[int, int, int], monkeypatch: pytest.MonkeyPatch) -> None:
    blob = bytearray(seal(fixed(1), WORD, LEAST)[:-CHECK])
    blob[10:13] = bytes(cost)
    monkeypatch.setattr(sealing, "Scrypt", None)
    with pytest.raises(errors.UnknownKeyFileError, match="scrypt"):
        unseal(checked(bytes(blob)), WORD)
    with pytest.raises(ValueError, match="cost"):
        seal(fixed(1), WORD, Cost(*cost))


def test_the_bounds_are_one_gibibyte_and_contain_what_is_written() -> None:
    assert 128 * MOST.r * 2**MOST.log_n == 2**30
    assert COST.allowed
    assert LEAST.allowed
    assert MOST.allowed


def test_a_newer_version_is_named() -> None:
    blob = bytearray(seal(fixed(1), WORD, LEAST)[:-CHECK])
    blob[8] = 2
    with pytest.raises(errors.UnknownKeyFileError, match="Fassung 2"):
        unseal(checked(bytes(blob)), WORD)


def test_a_machine_with_too_little_memory_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    class Hungry:
        def __init__(self, **_: object) -> None:
            pass

        def derive(self, _: bytes) -> bytes:
            raise MemoryError

    blob = seal(fixed(1), WORD, Cost(17, 8, 1))
    monkeypatch.setattr(sealing, "Scrypt", Hungry)
    with pytest.raises(errors.UnsealError, match="128 MiB"):
        unseal(blob, WORD)


@pytest.mark.parametrize("word", ["", WORD + " ", WORD.lower(), "Kase und vier Worter", OTHER])
def test_a_wrong_passphrase_is_named(word: str) -> None:
    with pytest.raises(errors.WrongPassphraseError):
        unseal(seal(fixed(1), WORD, LEAST), word)


def test_an_umlaut_is_the_same_from_every_keyboard() -> None:
    apart = unicodedata.normalize("NFD", WORD)
    assert apart != WORD
    assert unseal(seal(fixed(1), apart, LEAST), WORD).current == 1
    assert unseal(seal(fixed(1), WORD, LEAST), apart).current == 1


# -- the file on the disk


def test_a_file_is_for_its_owner_alone_whatever_the_umask(tmp_path: Path, cheap: None) -> None:
    for mask in (0o000, 0o022, 0o077):
        place = tmp_path / f"{mask:o}" / "master.key"
        before = os.umask(mask)
        try:
            keyfile.create(place, fixed(1), WORD)
            opened(place).replace(fixed(1, 2), WORD)
        finally:
            os.umask(before)
        assert stat.S_IMODE(place.stat().st_mode) == 0o600
        assert stat.S_IMODE(place.parent.stat().st_mode) & 0o077 == 0
        assert [entry.name for entry in place.parent.iterdir()] == ["master.key"]


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o620, 0o602, 0o610, 0o601, 0o644, 0o666])
def test_a_file_that_others_can_get_at_is_refused(path: Path, mode: int) -> None:
    path.chmod(mode)
    with pytest.raises(errors.ReadableByOthersError, match=f"{mode:04o}.*chmod 600"):
        opened(path)
    content = path.read_bytes()
    with pytest.raises(errors.ReadableByOthersError):
        disk.replace(path, content, b"")
    assert path.read_bytes() == content


@pytest.mark.parametrize("mode", [0o600, 0o400])
def test_a_file_that_only_its_owner_reads_is_taken(path: Path, mode: int) -> None:
    path.chmod(mode)
    assert opened(path).master.current == 1


def test_what_is_no_file_is_refused_and_nothing_waits(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe", 0o600)
    for place in (tmp_path, tmp_path / "pipe"):
        with pytest.raises(errors.DamagedKeyFileError, match="keine gewöhnliche Datei"):
            opened(place)
    with pytest.raises(errors.NoKeyFileError):
        opened(tmp_path / "none")
    (tmp_path / "long").write_bytes(bytes(2**20 + 1))
    (tmp_path / "long").chmod(0o600)
    with pytest.raises(errors.DamagedKeyFileError, match="zu lang"):
        opened(tmp_path / "long")


def test_every_error_names_the_file_and_changes_nothing(path: Path) -> None:
    content = path.read_bytes()
    for broken, word in (
        (content, OTHER),
        (content[:-1], WORD),
        (b"", WORD),
        (content[:60] + b"!" + content[61:], WORD),
    ):
        path.write_bytes(broken)
        with pytest.raises(errors.KeyFileError, match=str(path)):
            opened(path, word)
        assert path.read_bytes() == broken


def test_a_damaged_file_is_found_before_a_passphrase_is_asked_for(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-1])

    def asked() -> str:
        raise AssertionError

    with pytest.raises(errors.DamagedKeyFileError):
        keyfile.KeyFile.open(path, asked)


def test_nothing_is_ever_overwritten(path: Path, tmp_path: Path) -> None:
    content = path.read_bytes()
    with pytest.raises(errors.KeyFileExistsError):
        keyfile.create(path, fixed(2), WORD)
    with pytest.raises(errors.KeyFileExistsError):
        keyfile.back_up(opened(path), path, OTHER)
    link = tmp_path / "link"
    link.symlink_to(tmp_path / "nowhere")
    for place in (path, link):
        with pytest.raises(errors.KeyFileExistsError):
            keyfile.refuse_existing(place)
    with pytest.raises(errors.KeyFileExistsError):
        disk.create(link, b"")
    assert path.read_bytes() == content
    assert not (tmp_path / "nowhere").exists()
    assert [entry.name for entry in path.parent.iterdir()] == ["master.key"]


def test_a_link_to_the_key_file_stays_a_link(path: Path, tmp_path: Path) -> None:
    link = tmp_path / "link"
    link.symlink_to(path)
    opened(link).replace(fixed(1, 2), WORD)
    assert link.is_symlink()
    assert opened(path).master.current == 2


def test_of_two_who_rotate_at_once_none_loses_the_others_key(path: Path) -> None:
    mine, theirs = opened(path), opened(path)
    theirs.replace(fixed(1, 2), WORD)
    with pytest.raises(errors.KeyFileChangedError, match="noch einmal versuchen"):
        mine.replace(fixed(1, 3), WORD)
    assert opened(path).master.generations == fixed(1, 2).generations


def test_of_many_who_rotate_at_once_exactly_one_is_first(path: Path) -> None:
    before = path.read_bytes()
    done: list[int] = []
    start = threading.Barrier(8)

    def rotate(number: int) -> None:
        start.wait()
        try:
            disk.replace(path, before, bytes([number]))
        except errors.KeyFileChangedError:
            return
        done.append(number)

    threads = [threading.Thread(target=rotate, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [path.read_bytes()] == [bytes([number]) for number in done]


CRASH = """
import os, sys
from pathlib import Path
from groschenhost.keys import keyfile
from groschenhost.keys.sealing import seal, LEAST
seal.__defaults__ = (LEAST,)
path, what, number, word = Path(sys.argv[1]), sys.argv[2], int(sys.argv[3]), os.environ["GROSCHEN_PASSPHRASE"]
calls = 0
def die(event, arguments):
    global calls
    if event in ("open", "os.rename", "os.link", "os.remove") and any(str(path.parent) in str(a) for a in arguments):
        calls += 1
        if calls == number:
            os._exit(99)
opened = keyfile.KeyFile.open(path, lambda: word) if what == "rotate" else None
fsync = os.fsync
def crash(file):
    die("open", [path.parent])
    fsync(file)
os.fsync = crash
sys.addaudithook(die)
if opened:
    opened.replace(opened.master.rotated(0), word)
else:
    from groschenhost.keys.master import MasterKeys
    keyfile.create(path, MasterKeys.new(0), word)
print(calls)
"""


def crashing(path: Path, what: str) -> Iterator[int]:
    """Does one thing again and again, ended at each step that touches the disk; gives the step after each crash."""
    for step in range(1, 40):
        done = subprocess.run(
            [sys.executable, "-c", CRASH, str(path), what, str(step)],
            capture_output=True,
            text=True,
            check=False,
            env={**os.environ, "GROSCHEN_PASSPHRASE": WORD},
        )
        assert done.returncode in (0, 99), done.stderr
        if done.returncode == 0:
            return
        yield step
    raise AssertionError("it never ends")


def test_a_crash_at_any_step_of_a_rotation_leaves_the_old_file_or_the_new_one(path: Path) -> None:
    old = path.read_bytes()
    states: list[bool] = []
    for _ in crashing(path, "rotate"):
        now = opened(path).master
        assert now.meter_key(1, 1, "A") == fixed(1).meter_key(1, 1, "A")
        states.append(path.read_bytes() == old)
        for left in path.parent.iterdir():
            assert stat.S_IMODE(left.stat().st_mode) == 0o600
        if not states[-1]:
            path.write_bytes(old)
    assert states.count(True) >= 3, states
    assert sorted(states, reverse=True) == states, "once the new one is there it stays"
    assert opened(path).master.current == 2


def test_a_crash_at_any_step_of_making_a_key_leaves_none_or_a_whole_one(tmp_path: Path, cheap: None) -> None:
    place = tmp_path / "keys" / "master.key"
    seen: list[bool] = []
    for _ in crashing(place, "new"):
        seen.append(place.exists())
        if place.exists():
            assert opened(place).master.current == 1
            place.unlink()
    assert seen.count(False) >= 3
    assert opened(place).master.current == 1


@pytest.mark.parametrize("broken", ["fsync", "replace", "read_bytes"])
def test_a_disk_that_fails_leaves_the_old_file_alone(path: Path, broken: str, monkeypatch: pytest.MonkeyPatch) -> None:
    old = path.read_bytes()
    key_file = opened(path)

    def fail(*_: object) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patched:
        owner: object = os if broken == "fsync" else Path
        patched.setattr(owner, broken, fail)
        with pytest.raises(OSError, match="No space"):
            key_file.replace(fixed(1, 2), WORD)
    assert path.read_bytes() == old
    assert [entry.name for entry in path.parent.iterdir()] == ["master.key"]


def test_a_disk_that_gives_back_something_else_is_found_out(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    old = path.read_bytes()
    key_file = opened(path)
    with monkeypatch.context() as patched:
        patched.setattr(Path, "read_bytes", lambda _: b"something else")
        with pytest.raises(HostError, match="anders als geschrieben"):
            key_file.replace(fixed(1, 2), WORD)
    assert path.read_bytes() == old


def without(what: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Makes the disk one that cannot do something, as a USB stick with FAT."""
    link, status = Path.hardlink_to, Path.stat

    def no_link(self: Path, target: Path) -> None:
        raise PermissionError(1, "Operation not permitted")

    def no_mode(self: Path, **options: bool) -> os.stat_result:
        mode, *others = status(self, **options)
        return os.stat_result([int(mode) | 0o044, *others])

    monkeypatch.setattr(Path, "hardlink_to", no_link if what in {"links", "both"} else link)
    monkeypatch.setattr(Path, "stat", no_mode if what in {"modes", "both"} else status)


def test_a_backup_can_lie_on_a_stick_with_neither_links_nor_modes(
    path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    key_file = opened(path)
    target = tmp_path / "stick" / "backup.key"
    target.parent.mkdir()
    with monkeypatch.context() as patched:
        without("both", patched)
        assert keyfile.back_up(key_file, target, OTHER) is False
        with pytest.raises(errors.KeyFileExistsError):
            disk.create(target, b"", private=False)
    assert opened(target, OTHER).master.generations == key_file.master.generations
    assert [entry.name for entry in target.parent.iterdir()] == ["backup.key"]


def test_a_secret_in_the_clear_cannot_lie_where_others_read_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as patched:
        without("modes", patched)
        with pytest.raises(errors.UnprotectedError, match="einen anderen Ort"):
            disk.create(tmp_path / "meter.key", bytes(32))
    assert list(tmp_path.iterdir()) == []


# -- backups


def test_a_backup_has_a_passphrase_of_its_own(path: Path, tmp_path: Path) -> None:
    target = tmp_path / "backup.key"
    key_file = opened(path)
    with pytest.raises(errors.PassphraseError, match="eigene Passphrase"):
        keyfile.back_up(key_file, target, unicodedata.normalize("NFD", WORD))
    assert not target.exists()
    assert keyfile.back_up(key_file, target, OTHER) is True
    assert stat.S_IMODE(target.stat().st_mode) == 0o600
    assert opened(target, OTHER).master.generations == key_file.master.generations
    with pytest.raises(errors.WrongPassphraseError):
        opened(target, WORD)


@pytest.mark.parametrize("fault", [lambda blob: blob[:-1], lambda blob: seal(fixed(2), OTHER, LEAST)])
def test_a_backup_that_reads_back_wrong_is_not_kept(
    path: Path, tmp_path: Path, fault: Callable[[bytes], bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    target = tmp_path / "backup.key"
    key_file = opened(path)
    read = disk.read
    monkeypatch.setattr(disk, "read", lambda *arguments: fault(read(*arguments)))
    with pytest.raises(HostError, match="anderen Datenträger"):
        keyfile.back_up(key_file, target, OTHER)
    assert not target.exists()


# -- passphrases


@pytest.fixture
def word_file(tmp_path: Path) -> Path:
    place = tmp_path / "word"
    place.write_text(WORD + "\n")
    place.chmod(0o600)
    return place


def test_a_passphrase_comes_from_the_file_before_the_environment(
    word_file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GROSCHEN_PASSPHRASE", OTHER)
    assert passphrase.obtain(passphrase.KEY, word_file) == WORD
    assert passphrase.obtain(passphrase.KEY, None) == OTHER


@pytest.mark.parametrize("ending", ["", "\n", "\r\n"])
def test_the_line_of_a_file_is_the_passphrase(word_file: Path, ending: str) -> None:
    word_file.write_bytes((" " + WORD + " " + ending).encode())
    assert passphrase.obtain(passphrase.KEY, word_file) == f" {WORD} "


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"", "genau eine Zeile"),
        (b"\n", "1 bis 1024"),
        (b"one\ntwo\n", "genau eine Zeile"),
        (b"\xff\n", "kein UTF-8"),
        (b"x" * 1025, "1 bis 1024"),
        (b"x" * 9000, "1 bis 1024"),
    ],
)
def test_a_file_with_anything_else_is_refused(word_file: Path, content: bytes, says: str) -> None:
    word_file.write_bytes(content)
    with pytest.raises(errors.PassphraseError, match=says):
        passphrase.obtain(passphrase.KEY, word_file)


def test_a_passphrase_file_that_others_can_get_at_is_refused(word_file: Path) -> None:
    word_file.chmod(0o640)
    with pytest.raises(errors.PassphraseError, match="chmod 600"):
        passphrase.obtain(passphrase.KEY, word_file)
    with pytest.raises(errors.PassphraseError):
        passphrase.obtain(passphrase.KEY, word_file.with_name("none"))


def test_only_a_new_passphrase_must_be_long(word_file: Path) -> None:
    word_file.write_text("elf Zeichen")
    assert passphrase.obtain(passphrase.KEY, word_file) == "elf Zeichen"
    with pytest.raises(errors.PassphraseError, match="mindestens 12"):
        passphrase.obtain(passphrase.KEY, word_file, new=True)
    word_file.write_text("zwölfZeichen")
    assert passphrase.obtain(passphrase.KEY, word_file, new=True) == "zwölfZeichen"


def test_what_the_environment_holds_must_be_text(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GROSCHEN_PASSPHRASE", "\udcff" * 12)
    with pytest.raises(errors.PassphraseError, match="kein UTF-8"):
        passphrase.obtain(passphrase.KEY, None, new=True)


def test_every_error_is_the_hosts_and_a_bad_file_is_bad_input() -> None:
    for kind in vars(errors).values():
        if isinstance(kind, type) and kind.__module__ == errors.__name__:
            assert issubclass(kind, HostError)
            bad = kind not in {errors.UnsealError, errors.KeyFileChangedError, errors.UnprotectedError}
            assert issubclass(kind, InputError) == bad
            assert kind.status == (2 if bad else 1)


STORED = (
    "47524f534348454e01000e08010000002a932b8b6a637fc076c4c0495a8d1c0635a6417198233213a612c8f93c0000002a87"
    "6e195384090a8b45edbb067dc8a926c29d2805f377de50f1095b4d1257a6b67721aed14ba2606db527a491c2b086c6864242"
    "3cdadd826ca7b6b7707f981cf079c3ae4f1ed77c158c322ceb74b6bd7f96b41c7f4830c454eeec7c"
)

# SPDX-License-Identifier: Apache-2.0
"""A key file on the disk: opened, made, rewritten, copied and brought back.

`open_master` is what the other commands use:

    master = open_master(key, passphrase_file)
    keys = master.meter_keys(generation, utility, serial)
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self

from groschenhost import settings
from groschenhost.errors import HostError
from groschenhost.keys import disk, passphrase
from groschenhost.keys.errors import KeyFileError, KeyFileExistsError, NoKeyFileError, PassphraseError
from groschenhost.keys.master import MasterKeys
from groschenhost.keys.sealing import inspect, normal, seal, unseal

Ask = Callable[[], str]
"""Gives a passphrase; called only when one is needed."""


@dataclass(frozen=True)
class KeyFile:
    """A file that was opened: its place, the bytes that were read there, and what they hold and are opened with."""

    path: Path
    content: bytes
    master: MasterKeys
    word: str = field(repr=False)

    @classmethod
    def open(cls, path: Path, ask: Ask, private: bool = True) -> Self:
        """Reads a file and asks for its passphrase once it is known to be whole; KeyFileError, UnsealError, OSError."""
        content = disk.read(path, private)
        try:
            inspect(content)
            word = ask()
            master = unseal(content, word)
        except KeyFileError as error:
            raise error.at(path) from None
        return cls(path, content, master, word)

    def replace(self, master: MasterKeys, word: str) -> None:
        """Writes other generations, or the same under another passphrase, here; KeyFileChangedError, OSError."""
        disk.replace(self.path, self.content, seal(master, word))


def open_master(key: Path | None = None, passphrase_file: Path | None = None) -> MasterKeys:
    """Gives the master keys of the file that an option, the environment or the system names."""
    return open_key_file(key, passphrase_file).master


def open_key_file(key: Path | None, passphrase_file: Path | None) -> KeyFile:
    """Gives the file that an option, the environment or the system names; KeyFileError, PassphraseError and others."""
    path = settings.key_path(key)
    try:
        return KeyFile.open(path, lambda: passphrase.obtain(passphrase.KEY, passphrase_file))
    except NoKeyFileError:
        raise NoKeyFileError(
            (
                f"{path} gibt es nicht; groschen key new legt eine Schlüsseldatei an, --key DATEI nennt eine andere",
                f"{path} does not exist; groschen key new makes a key file, --key FILE names another",
            )
        ) from None


def refuse_existing(path: Path) -> None:
    """Raises KeyFileExistsError before anything is asked for; `create` alone decides."""
    if path.exists() or path.is_symlink():
        raise KeyFileExistsError(
            (
                f"{path} gibt es schon und wird nicht überschrieben; erst beiseitelegen, wenn es weg soll",
                f"{path} exists and is not overwritten; move it away first, if it is to go",
            )
        )


def create(path: Path, master: MasterKeys, word: str) -> None:
    """Makes a key file; KeyFileExistsError, UnprotectedError, OSError."""
    disk.create(path, seal(master, word))


def back_up(source: KeyFile, target: Path, word: str) -> bool:
    """Writes a copy under a passphrase of its own and opens it again; says whether its place keeps it from others.

    PassphraseError where both passphrases are one: who watched the desk's typed must not open the copy in the safe.
    """
    if normal(source.word) == normal(word):
        raise PassphraseError(
            (
                "die Sicherung braucht eine eigene Passphrase, eine andere als die der Schlüsseldatei",
                "the backup needs a passphrase of its own, another one than the key file's",
            )
        )
    kept = disk.create(target, seal(source.master, word), private=False)
    if _read_back(target, word) != source.master.generations:
        target.unlink(missing_ok=True)
        raise HostError(
            (
                f"{target}: die Sicherung liest sich falsch zurück und ist gelöscht; einen anderen Datenträger nehmen",
                f"{target}: the backup could not be read back and was removed; take another medium",
            )
        )
    return kept


def _read_back(target: Path, word: str) -> object:
    try:
        return KeyFile.open(target, lambda: word, private=False).master.generations
    except (HostError, OSError):
        return None

# SPDX-License-Identifier: Apache-2.0
"""What the keys refuse; nothing is ever changed by what ends so.

HostError
+-- UnsealError                 the file's key cannot be computed here: too little memory
+-- KeyFileChangedError         somebody else wrote the key file meanwhile
+-- UnprotectedError            the place cannot keep a file from other users
+-- InputError
    +-- KeyFileError            a file of keys that cannot be used
    |   +-- NoKeyFileError          it is not there
    |   +-- KeyFileExistsError      it is there already, and is never overwritten
    |   +-- ReadableByOthersError   other users may read or write it
    |   +-- DamagedKeyFileError     not a whole file of keys: cut, worn, or something else
    |   +-- UnknownKeyFileError     another version, or a cost outside the bounds
    |   +-- WrongPassphraseError    the passphrase does not open it, or somebody has altered it
    +-- PassphraseError         no passphrase, or one that cannot be used
    +-- UnknownGenerationError  the file holds no master key of this number
    +-- MeterNameError          a utility or serial number that cannot name a meter
"""

from pathlib import Path
from typing import Self

from groschenhost.errors import HostError, InputError


class UnsealError(HostError):
    """The file's key cannot be computed here."""


class KeyFileChangedError(HostError):
    """Somebody else wrote the key file meanwhile."""


class UnprotectedError(HostError):
    """The place cannot keep a file from other users."""


class KeyFileError(InputError):
    """A file of keys that cannot be used."""

    def at(self, path: Path) -> Self:
        """Gives the same error, naming the file."""
        german, english = (self.text, self.text) if isinstance(self.text, str) else self.text
        return type(self)((f"{path}: {german}", f"{path}: {english}"))


class NoKeyFileError(KeyFileError):
    """It is not there."""


class KeyFileExistsError(KeyFileError):
    """It is there already, and is never overwritten."""


class ReadableByOthersError(KeyFileError):
    """Other users may read or write it."""


class DamagedKeyFileError(KeyFileError):
    """Not a whole file of keys."""


class UnknownKeyFileError(KeyFileError):
    """Another version, or a cost outside the bounds."""


class WrongPassphraseError(KeyFileError):
    """The passphrase does not open it, or somebody has altered it."""


class PassphraseError(InputError):
    """No passphrase, or one that cannot be used."""


class UnknownGenerationError(InputError):
    """The file holds no master key of this number."""


class MeterNameError(InputError):
    """A utility or serial number that cannot name a meter."""

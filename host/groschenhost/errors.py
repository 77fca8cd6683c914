# SPDX-License-Identifier: Apache-2.0
"""What the host's tools refuse, each with a text in German and in English and an exit status.

HostError            something failed; exit status 1
+-- InputError       a wrong call or a bad file; exit status 2
"""

import os
from typing import ClassVar

FAILED = 1
WRONG = 2
INTERRUPTED = 130
TERMINATED = 143

Text = tuple[str, str]
"""A text in German and in English."""


def pick(text: Text) -> str:
    """Gives a text in the language that is set now."""
    return text[os.environ.get("GROSCHEN_LANG") == "en"]


class HostError(Exception):
    """The base of all that the host refuses; its text says what happened and what to do."""

    status: ClassVar[int] = FAILED

    def __init__(self, text: Text | str) -> None:
        """Keep the text; one in two languages is chosen when it is shown."""
        super().__init__(text)
        self.text: Text | str = text

    def __str__(self) -> str:
        """Gives the text in the language that is set."""
        return self.text if isinstance(self.text, str) else pick(self.text)


class InputError(HostError):
    """A wrong call, or a file that does not say what it must."""

    status: ClassVar[int] = WRONG

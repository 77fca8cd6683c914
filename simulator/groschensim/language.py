# SPDX-License-Identifier: Apache-2.0
"""The language of the simulator's texts: German, or English where GROSCHEN_LANG asks for it."""

import os

VARIABLE = "GROSCHEN_LANG"

Text = tuple[str, str]
"""A text in German and in English."""


def pick(text: Text) -> str:
    """Return a text in the language that is set now."""
    return text[os.environ.get(VARIABLE) == "en"]

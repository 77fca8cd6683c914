# SPDX-License-Identifier: Apache-2.0
"""The language of the command: German, or English where it is asked for."""

import gettext
import os
from collections.abc import Mapping, Sequence
from pathlib import Path

VARIABLE = "GROSCHEN_LANG"
LANGUAGES = ("de", "en")

_TEXTS: dict[str, tuple[str, str]] = {
    # key: (German, English)
    "root": (
        "Groschen, der offene Stromzähler mit Vorauszahlung: Simulator und Werkzeuge für das Stadtwerk.",
        "Groschen, the open prepayment electricity meter: the simulator and the utility's tools.",
    ),
    "lang": ("Sprache der Texte.", "Language of the texts."),
    "version": ("Version anzeigen.", "Show the version."),
    "broken": ("nicht verfügbar ({reason})", "not available ({reason})"),
    "show": (
        "Skript zur Vervollständigung der Eingabe für diese Shell ausgeben.",
        "Print the script that completes this command in the given shell.",
    ),
    "install": (
        "Vervollständigung der Eingabe für diese Shell einrichten.",
        "Set up the completion of this command in the given shell.",
    ),
    "installed": (
        "Eingerichtet in {path}; gilt ab der nächsten Shell.",
        "Set up in {path}; in force from the next shell on.",
    ),
    "zsh": (
        "In ~/.zshrc gehört vor compinit noch die Zeile: fpath=(~/.zfunc $fpath)",
        "Add this line to ~/.zshrc, before compinit: fpath=(~/.zfunc $fpath)",
    ),
}


def choose(args: Sequence[str], environ: Mapping[str, str]) -> str:
    """Finds the language in the root's own options, then in the environment; German otherwise.

    One that does not exist is passed on: the parser of the options refuses it with a message.
    """
    wanted = environ.get(VARIABLE) or LANGUAGES[0]
    words = iter(args)
    for word in words:
        if word == "--lang":
            wanted = next(words, wanted)
        elif word.startswith("--lang="):
            wanted = word.removeprefix("--lang=")
        elif not word.startswith("-"):
            break  # the sub-command: what follows is its own
    return wanted


def set_language(language: str) -> None:
    """Sets the language for this process, the sub-commands it loads, and the words of the option parser."""
    os.environ[VARIABLE] = language
    # click asks gettext for its own words ("Usage", "No such option"), and gettext finds them by LANGUAGE.
    os.environ["LANGUAGE"] = language
    gettext.bindtextdomain("groschen", str(Path(__file__).with_name("locale")))
    gettext.textdomain("groschen")


def text(key: str) -> str:
    """Gives a text of the root command in the language that is set."""
    return _TEXTS[key][os.environ.get(VARIABLE) == "en"]

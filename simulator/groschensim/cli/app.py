# SPDX-License-Identifier: Apache-2.0
"""The group of the commands, what its help ends with, and what its exit statuses are."""

import typer

from groschensim.language import pick

FAILED = 1
WRONG = 2
INTERRUPTED = 130
TERMINATED = 143

EPILOG = pick(
    (
        (
            "Status beim Ende: 0 getan, 1 gescheitert (Lauf oder Schreiben einer Datei), 2 falscher Aufruf (auch: "
            "eine Datei kann dort nicht angelegt werden) oder fehlerhaftes Szenario, 130 abgebrochen (Strg-C), 143 "
            "beendet (SIGTERM). Daten stehen auf der Standardausgabe, Meldungen auf der Standardfehlerausgabe."
        ),
        (
            "Exit status: 0 done, 1 failed (the run, or writing a file), 2 a wrong call (also: a file cannot be made "
            "there) or a bad scenario, 130 interrupted (Ctrl-C), 143 terminated (SIGTERM). Data goes to standard "
            "output, messages to standard error."
        ),
    )
)

app = typer.Typer(
    help=pick(
        (
            "Der Simulator: spielt Szenarien durch die Module der Firmware.",
            "The simulator: plays scenarios through the firmware's own modules.",
        )
    ),
    epilog=EPILOG,
    short_help=pick(("Szenarien durchspielen und prüfen", "play and check scenarios")),
    rich_markup_mode=None,  # plain help needs no rich, which is half of the start-up time
    pretty_exceptions_enable=False,
    add_completion=False,  # the root command has it
    no_args_is_help=True,
    context_settings={"help_option_names": ["--help", "-h"]},
)

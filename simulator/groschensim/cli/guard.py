# SPDX-License-Identifier: Apache-2.0
"""What goes wrong in a command, as a message for a person and an exit status."""

import os
import signal
import sys
from collections.abc import Generator
from contextlib import contextmanager, suppress
from pathlib import Path

import typer

from groschensim.cli.app import FAILED, INTERRUPTED, TERMINATED, WRONG
from groschensim.errors import GroschensimError, ImageError, RunError, ScenarioError
from groschensim.language import pick


@contextmanager
def refusals_said() -> Generator[None]:
    """Turn what the meter itself refuses - its memory has room for fewer dates than a scenario - into a RunError."""
    from groschen.core.errors import MeterError

    try:
        yield
    except MeterError as error:
        raise RunError(
            pick(
                (
                    f"der Zähler nimmt das nicht ({error}); weniger Feiertage, HT-Zeiten oder Kredittage wären richtig",
                    f"the meter does not take this ({error}); fewer holidays, HT spans or credit days would be right",
                )
            )
        ) from None


@contextmanager
def guarded() -> Generator[None]:
    """Turn what a person may have got wrong, or ended, into a message and an exit status."""
    try:
        with _ending_cleanly():
            yield
        sys.stdout.flush()  # what cannot be written shows here, and not after the exit status is decided
    except (ScenarioError, ImageError) as error:
        say(str(error))
        raise typer.Exit(WRONG) from None
    except GroschensimError as error:
        say(pick((f"Fehler: {error}", f"Error: {error}")))
        raise typer.Exit(FAILED) from None
    except BrokenPipeError:
        raise  # the root command ends quietly when nobody reads on
    except OSError as error:
        say(pick((f"Fehler: {error}", f"Error: {error}")))
        _drop_output()
        raise typer.Exit(FAILED) from None
    except KeyboardInterrupt:
        raise typer.Exit(INTERRUPTED) from None


@contextmanager
def _ending_cleanly() -> Generator[None]:
    """Let SIGTERM unwind what runs, so that temporary folders are removed and a child is ended."""

    def end(number: int, _frame: object) -> None:
        signal.signal(number, signal.SIG_IGN)  # a second one must not break off the tidying up
        sys.exit(TERMINATED)

    before = signal.signal(signal.SIGTERM, end)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


def _drop_output() -> None:
    """Let what standard output still holds go nowhere, so that the interpreter does not fail on it once more."""
    with suppress(OSError, ValueError), Path(os.devnull).open("w") as nowhere:
        os.dup2(nowhere.fileno(), sys.stdout.fileno())


def say(message: str) -> None:
    """Tell a person something, on standard error."""
    typer.echo(message, file=sys.stderr)

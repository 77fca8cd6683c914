# SPDX-License-Identifier: Apache-2.0
"""The root command `groschen`, which finds its sub-commands in the entry-point group `groschen.commands`.

Nothing heavy is imported here: a sub-command's module is loaded when the sub-command is invoked or when its
line of the help is written. That keeps `groschen --help` fast, and it keeps this package from importing its
sibling, the simulator.

Exit status: 0 done, 1 an error, 2 a wrong call or bad input. Data goes to standard output, messages to
standard error.
"""

import os
import sys
from collections.abc import Sequence
from importlib.metadata import EntryPoint, entry_points

import click

from groschenhost import completion
from groschenhost.language import LANGUAGES, VARIABLE, choose, set_language, text

GROUP = "groschen.commands"


class CommandGroup(click.Group):
    """A group whose sub-commands are entry points, each loaded only when it is asked for."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Names the sub-commands that the installed packages offer."""
        return sorted({entry.name for entry in entry_points(group=GROUP)})

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Loads one sub-command, or gives None where no package offers it."""
        found = tuple(entry_points(group=GROUP, name=cmd_name))
        return _load(found[0]) if found else None


def _load(entry: EntryPoint) -> click.Command:
    """Imports a sub-command; one that cannot be imported becomes a command that says why."""
    try:
        loaded: object = entry.load()
    except Exception as error:  # one broken package must not take the others' help away
        return _broken(entry.name, error)
    return _as_click(loaded)


def _as_click(loaded: object) -> click.Command:
    """Turns what an entry point names, a click command or a typer application, into a click command."""
    if isinstance(loaded, click.Command):
        return loaded
    # Imported here: a typer application has already paid for it, and without one nobody needs it.
    from typer import Typer
    from typer.main import get_command

    if not isinstance(loaded, Typer):
        raise TypeError(f"not a typer application: {type(loaded).__name__}")
    return get_command(loaded)


def _broken(name: str, error: Exception) -> click.Command:
    """Makes the stand-in of a sub-command whose module cannot be imported."""
    line = text("broken").format(reason=f"{type(error).__name__}: {error}")

    def complain(**_: object) -> None:
        raise click.ClickException(f"{name}: {line}")

    return click.Command(
        name,
        callback=complain,
        params=[click.Argument(["args"], nargs=-1, type=click.UNPROCESSED)],
        context_settings={"ignore_unknown_options": True},
        add_help_option=False,
        short_help=line,
    )


def _root() -> CommandGroup:
    """Builds the root command in the language that is set."""
    language_option = click.Option(
        ["--lang"],
        type=click.Choice(LANGUAGES),
        envvar=VARIABLE,
        show_envvar=True,
        default=LANGUAGES[0],
        show_default=True,
        expose_value=False,  # already acted upon by main, before any help text was chosen
        help=text("lang"),
    )
    group = CommandGroup(
        "groschen",
        params=[language_option, *completion.options()],
        help=text("root"),
        no_args_is_help=True,
        context_settings={"help_option_names": ["--help", "-h"]},
    )
    version = click.version_option(package_name="groschen", message="%(prog)s %(version)s", help=text("version"))
    return version(group)


def main(args: Sequence[str] | None = None) -> None:
    """Runs the command with the given arguments, by default those of the process, and exits."""
    given = list(sys.argv[1:] if args is None else args)
    reconfigure = getattr(sys.stdout, "reconfigure", None)
    if reconfigure:
        reconfigure(errors="replace")  # a terminal that cannot show an umlaut still shows the rest
    # Help texts are chosen while modules are imported, hence the language comes before everything else.
    set_language(choose(given, os.environ))
    _root().main(given, prog_name="groschen")


if __name__ == "__main__":
    main()

# SPDX-License-Identifier: Apache-2.0
"""Shell completion: the options that print the script of a shell and put it where the shell looks for it."""

from collections.abc import Callable
from pathlib import Path

import click

from groschenhost.language import text

SHELLS = ("bash", "zsh", "fish")
VARIABLE = "_GROSCHEN_COMPLETE"

# Where each shell looks for the completions of one user, relative to the home folder.
PLACES = {
    "bash": ".local/share/bash-completion/completions/groschen",
    "zsh": ".zfunc/_groschen",
    "fish": ".config/fish/completions/groschen.fish",
}


def options() -> list[click.Parameter]:
    """Makes the two options of the root command."""
    return [
        _option("--show-completion", "show", _show),
        _option("--install-completion", "install", _install),
    ]


def _option(name: str, help_key: str, act: Callable[[click.Context, str], None]) -> click.Option:
    """Makes one eager option that takes the name of a shell, acts and ends the command."""

    def callback(ctx: click.Context, _: click.Parameter, shell: str | None) -> None:
        if shell is not None and not ctx.resilient_parsing:
            act(ctx, shell)
            ctx.exit()

    return click.Option(
        [name],
        type=click.Choice(SHELLS),
        is_eager=True,
        expose_value=False,
        callback=callback,
        help=text(help_key),
    )


def _show(ctx: click.Context, shell: str) -> None:
    """Prints the script of a shell."""
    click.echo(_script(ctx, shell))


def _install(ctx: click.Context, shell: str) -> None:
    """Writes the script of a shell where that shell looks for it."""
    path = Path.home() / PLACES[shell]
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(_script(ctx, shell) + "\n", encoding="utf-8")
    click.echo(text("installed").format(path=path), err=True)
    if shell == "zsh":
        click.echo(text("zsh"), err=True)


def _script(ctx: click.Context, shell: str) -> str:
    """Gives the script that completes the command in a shell."""
    # Imported here: only these two options need it.
    from click.shell_completion import get_completion_class

    completer = get_completion_class(shell)
    assert completer is not None, shell  # the choice of the option allows none that click does not know
    return completer(ctx.command, {}, "groschen", VARIABLE).source()

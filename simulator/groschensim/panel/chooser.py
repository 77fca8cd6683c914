# SPDX-License-Identifier: Apache-2.0
"""The choice of a card: the images of a folder, or any other by its path."""

from pathlib import Path
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Vertical
from textual.screen import ModalScreen
from textual.widgets import Input, Label, OptionList

from groschensim.insert import SIZE
from groschensim.language import pick

_MOST = 200  # files that are listed


def images(folder: Path) -> list[Path]:
    """Return the files of a folder that are as long as a card, in order."""
    try:
        found = [path for path in folder.iterdir() if path.is_file() and path.stat().st_size == SIZE]
    except OSError:
        return []
    return sorted(found)[:_MOST]


class Chooser(ModalScreen[Path | None]):
    """Asks which card is to be put in; gives None where none is."""

    BINDINGS: ClassVar[list[BindingType]] = [("escape", "leave", "")]

    def __init__(self, found: list[Path]) -> None:
        """Take the images that are listed."""
        super().__init__()
        self._images = found

    def compose(self) -> ComposeResult:
        """Show the list and the line for a path."""
        with Vertical(id="chooser"):
            yield Label(pick(("Welche Karte?", "Which card?")))
            yield OptionList(*[path.name for path in self._images], id="images", markup=False)
            yield Label(
                pick(
                    ("oder die Datei, 1024 Bytes (Tab wechselt, Esc bricht ab):", "or its file, 1024 bytes (Tab, Esc):")
                )
            )
            yield Input(id="path")

    def on_mount(self) -> None:
        """Begin where there is something to choose."""
        self.query_one("#images" if self._images else "#path").focus()

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        """Take a card of the list."""
        _ = self.dismiss(self._images[event.option_index])

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Take the card of a path."""
        written = event.value.strip()
        _ = self.dismiss(Path(written).expanduser() if written else None)

    def action_leave(self) -> None:
        """Choose none."""
        _ = self.dismiss(None)

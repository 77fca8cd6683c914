# SPDX-License-Identifier: Apache-2.0
"""What the simulator refuses.

GroschensimError
+-- ScenarioError   a scenario or its load cannot be played; says file, line, key and what would be right
+-- WrongValueError one value is not what its key wants; the reader makes a ScenarioError of it
+-- RunError        a run that began came to no result; says why
+-- ImageError      a file that is no image of a meter's memory or of a card, or not to be had; says why
"""

from collections.abc import Sequence


class GroschensimError(Exception):
    """The base of all that the simulator refuses."""


class ScenarioError(GroschensimError):
    """A scenario that cannot be played; `problems` has one line of text for each thing that is wrong."""

    def __init__(self, problems: Sequence[str]) -> None:
        """Keep the problems; the text of the error is their lines."""
        super().__init__("\n".join(problems))
        self.problems = tuple(problems)


class WrongValueError(GroschensimError):
    """A value that its key does not take; the text says why and what would be right."""


class RunError(GroschensimError):
    """A run that came to no result: its MicroPython is missing or failed; the text says why."""


class ImageError(GroschensimError):
    """A file that is no image of a meter's memory or of a card: it cannot be had, or says something else."""

# SPDX-License-Identifier: Apache-2.0
"""What the meter remembers of cards and of numbers typed in: so that nothing is booked twice, and nobody guesses."""

from groschen.core.amount import Limbs
from groschen.core.ring import Ring
from groschencard import const

TRIES = const(21)
"""Wrong TAN entries that are remembered: as many as a year allows, and one that is being judged."""
STAMP = const(0)  # cells of a try: in which quarter hour of `run` it was, for how many euro, and the number typed
EUR = const(1)
NUMBER = const(2)  # in three cells: two digits, nine, and nine
_TRY_WIDTHS = (4, 2, 1, 4, 4)
_QUARTER_S = const(900)
_REACTION_MS = const(300)
_DIGITS = const(5)  # of a TAN until the contract says otherwise


class Cards:
    """What cards brought so far, and which of them are known."""

    FIELDS = (
        "number", 4,
        "credit_number", 4,
        "debt_number", 4,
        "contract", 4,
        "command", 4,
        "card", 4,
        "wrong_pscs", 3,
    )  # fmt: skip
    PARTS = ("credit", "debt")

    def __init__(self) -> None:
        self.number: int = 0  # exchanges with cards so far
        self.credit_number: int = 0  # of the last credit and debt by card: the next one is higher
        self.debt_number: int = 0
        self.contract: int = 0  # the number of the last contract record that was taken,
        self.command: int = 0  # and of the last command that was done
        self.card: int = 0  # the newest customer card that was seen: older ones are replaced
        self.wrong_pscs: int = 0  # wrong answers since the newest customer card came
        self.credit = Limbs()  # all credit that came by card
        self.debt = Limbs()  # all debt that came by card


class Tans:
    """Numbers typed in: which were used, and when wrong ones were entered, by a clock that nobody can set."""

    FIELDS = (
        "highest", 4,
        "used", 2,
        "digits", 1,
        "run", 3,
        "run_s", 2,
        "forgiven", 3,
        "judging", 1,
        "service", 4,
        "open_family", 1,
        "paygo", 4,
        "paygo_used", 4,
    )  # fmt: skip
    PARTS = ("tries",)

    def __init__(self) -> None:
        self.highest: int = 0  # the highest counter of a TAN that was used,
        self.used: int = 0  # and of the counters below it those that were, a bit each
        self.digits: int = _DIGITS
        self.run: int = 0  # quarter hours that the meter has run, by its own crystal,
        self.run_s: int = 0  # and seconds of the next one
        self.forgiven: int = 0  # wrong entries before an operator opened the entry again
        self.judging: bool = False  # the newest entry is kept, and not yet judged
        self.service: int = 0  # the last service code that was used
        self.open_family: bool = False  # open tokens are taken too
        self.paygo: int = 0  # the highest count of the open tokens, and those below it that were used
        self.paygo_used: int = 0
        self.tries = Ring(TRIES, _TRY_WIDTHS)

    def pass_time(self, seconds: int) -> None:
        """Let the meter run for so many seconds; neither the clock nor the time without power counts."""
        seconds += self.run_s
        self.run += seconds // _QUARTER_S
        self.run_s = seconds % _QUARTER_S

    def seconds(self) -> int:
        """Return how long the meter has run."""
        return self.run * _QUARTER_S + self.run_s


class Port:
    """The service port: wrong passwords, by the same clock as the wrong TANs, and what it is set to."""

    FIELDS = ("wrong", 1, "run", 3, "reaction", 2)

    def __init__(self) -> None:
        self.wrong: int = 0  # since a service card opened the port
        self.run: int = 0  # in which quarter hour of the meter's run the newest of them was
        self.reaction: int = _REACTION_MS  # behind an option select, until the answer begins

    def forgive(self) -> None:
        """Open the port again, for an operator."""
        self.wrong = 0


class Counters:
    """How many events of each kind there were since commissioning, in the order of their numbers."""

    KINDS = ("power", "cover", "clock", "card", "tan", "mode", "supply", "error")
    FIELDS = ("power", 3, "cover", 3, "clock", 3, "card", 3, "tan", 3, "mode", 3, "supply", 3, "error", 3)

    def __init__(self) -> None:
        self.power: int = 0
        self.cover: int = 0
        self.clock: int = 0
        self.card: int = 0
        self.tan: int = 0
        self.mode: int = 0
        self.supply: int = 0
        self.error: int = 0

    def note(self, kind: int) -> None:
        """Count an event of a kind of `events`."""
        name = self.KINDS[kind - 1]
        setattr(self, name, getattr(self, name) + 1)

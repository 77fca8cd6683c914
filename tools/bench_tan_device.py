# SPDX-License-Identifier: Apache-2.0
"""The part of the TANs' bench that runs on the meter's interpreter too: prints the microseconds of each thing done.

python bench_tan_device.py ROUNDS [COUNTER], each line a name and a figure
"""

import sys
import time

from groschencard import const, openpaygo, openpaygo_issue, tan, tan_issue

TYPE_CHECKING = const(False)
if TYPE_CHECKING:
    from collections.abc import Callable

KEY = bytes(range(32))
PAYGO = bytes(range(16))
OLD = 100_000
EUR = 50
PURCHASES = (1, 10, 100, 999)
"""Of the open family: a token costs as many hashes as its meter has seen, twice."""


def spent(work: "Callable[[], object]", rounds: int) -> float:
    """Return the microseconds of a call."""
    begin = time.time_ns()
    for _ in range(rounds):
        work()
    return (time.time_ns() - begin) / rounds / 1000


def main(rounds: int) -> None:
    """Print what each thing costs; the two ages of a meter by turns, so that a busy machine weighs on both."""
    start = openpaygo.starting_code(PAYGO)
    # Both sides have four TANs open, and are given a wrong one: all four are computed.
    new = tan.Window(3, 0)
    old = tan.Window(OLD, 0b11111100)
    wrong = "00000"
    best: dict[str, float] = {}
    for _ in range(5):
        for name, work in (
            ("issue", lambda: tan.number(KEY, OLD, EUR, 5)),
            ("issue, neighbours looked at", lambda: tan_issue.ambiguous(KEY, OLD, EUR, 5)),
            ("verify at 3", lambda: tan.verify(KEY, new, EUR, wrong, 5)),
            ("verify at 100000", lambda: tan.verify(KEY, old, EUR, wrong, 5)),
        ):
            took = spent(work, rounds)
            best[name] = min(took, best.get(name, took))
    for name, took in best.items():
        print(name, took, sep="\t")
    for purchase in PURCHASES:
        token = openpaygo_issue.encode(PAYGO, start, 2 * purchase, EUR)
        taken = openpaygo.Purchases(purchase - 1, 255)
        times = max(1, rounds // (20 * purchase))
        print(
            "open token verified at " + str(purchase),
            spent(lambda: openpaygo_issue.decode(PAYGO, start, taken, token), times),  # noqa: B023 (called at once)
            sep="\t",
        )
        print(
            "open token issued at " + str(purchase),
            spent(lambda: openpaygo_issue.encode(PAYGO, start, 2 * purchase, EUR), times),  # noqa: B023
            sep="\t",
        )


if __name__ == "__main__":
    main(int(sys.argv[1]))

# SPDX-License-Identifier: Apache-2.0
"""What happened in a run, told from the tape and the relay: top-ups, and when the light was out."""

from typing import Any, NamedTuple, cast

from groschensim.scenario import Tape

Relay = dict[str, Any]
"""What `groschensim.result.relay` returns: when the relay opened and why, and when it closed."""

TOP_UPS = ("topup", "tan")
NEVER_ON = "start"
"""Why it is dark before the first connection: commissioned without credit, or locked."""


class TopUp(NamedTuple):
    """A payment: when, how much, and by card, TAN or as opening credit ("topup", "tan", "opening")."""

    at_s: int
    ueur: int
    way: str


class Outage(NamedTuple):
    """A time with the supply off, from a disconnection on; end_s is None where it lasts to the end of the run."""

    start_s: int
    end_s: int | None
    cause: str
    ended_by: str  # the event in whose second the supply came back, or ""


def top_ups(tape: Tape) -> list[TopUp]:
    """Return all payments in order of time, the opening credit first."""
    opening = [TopUp(tape["start_s"], tape["balance_ueur"], "opening")] if tape["balance_ueur"] else []
    return opening + [TopUp(at, ueur, kind) for at, kind, ueur in _events(tape) if kind in TOP_UPS]


def power_cuts(tape: Tape) -> list[tuple[int, int]]:
    """Return each time for which the meter itself had no power."""
    edges = [at for at, kind, _ in _events(tape) if kind in ("power_off", "power_on")]
    if len(edges) % 2:
        edges.append(tape["end_s"])
    return list(zip(edges[::2], edges[1::2], strict=True))


def outages(tape: Tape, relay: Relay) -> list[Outage]:
    """Return each time for which the supply was off, that before the first connection included."""
    causes = {at: kind for at, kind, _ in _events(tape)}
    opened: list[tuple[int, str]] = [(at, cause) for at, cause in relay["opened"]]
    closed: list[int] = relay["closed"]
    # A meter is commissioned disconnected, then the relay closes and opens in turn.
    opened.insert(0, (tape["start_s"], NEVER_ON))
    ends = [*closed, None]
    found = [Outage(at, end, cause, causes.get(end or -1, "")) for (at, cause), end in zip(opened, ends, strict=False)]
    return found[1:] if found[0].start_s == found[0].end_s else found


def dark_s(outage: Outage, tape: Tape) -> int:
    """Return for how many seconds the supply was off, the time without the meter's own power not counted."""
    start, end = outage.start_s, tape["end_s"] if outage.end_s is None else outage.end_s
    cut = sum(max(0, min(end, on) - max(start, off)) for off, on in power_cuts(tape))
    return end - start - cut


def _events(tape: Tape) -> list[tuple[int, str, Any]]:
    return cast("list[tuple[int, str, Any]]", tape["events"])

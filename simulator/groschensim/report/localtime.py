# SPDX-License-Identifier: Apache-2.0
"""Instants on the wall clock of a meter, by the firmware's own: a small computer may lack the tz database."""

from collections.abc import Iterator
from datetime import date, datetime, timedelta

from groschen.core.calendar import QUARTER_S
from groschensim.language import pick
from groschensim.profiles.localdays import wall_clock

HOUR_S = 3_600
DAY_S = 86_400

_EPOCH = date(1970, 1, 1)
_START = datetime(1970, 1, 1)  # noqa: DTZ001 (a wall clock has no zone)


class LocalTime:
    """The wall clock of a zone: "legal", or quarter hours ahead of UTC."""

    def __init__(self, zone: str | int) -> None:
        """Take the zone as a tape names it."""
        self._clock = wall_clock(zone)

    def offset_s(self, at_s: int) -> int:
        """Return how far the wall clock is ahead of UTC at an instant."""
        self._clock.set(at_s // QUARTER_S, at_s % QUARTER_S)
        return self._clock.offset * QUARTER_S

    def wall(self, at_s: int) -> datetime:
        """Return what the wall clock shows at an instant."""
        return _START + timedelta(seconds=at_s + self.offset_s(at_s))

    def midnight(self, day: date) -> int:
        """Return the instant at which a local day begins."""
        wall_s = (day - _EPOCH).days * DAY_S
        return wall_s - self.offset_s(wall_s - 2 * HOUR_S)  # the clock is never changed between 22:00 UTC and midnight

    def days(self, start_s: int, end_s: int) -> Iterator[tuple[date, int, int]]:
        """Yield each local day that has a part in a time, with the instants of its begin and end."""
        day = self.wall(start_s).date()
        begin = self.midnight(day)
        while begin < end_s:
            following = day + timedelta(days=1)
            end = self.midnight(following)
            yield day, begin, end
            day, begin = following, end

    def text(self, at_s: int) -> str:
        """Return an instant by the wall clock, to the minute."""
        return self.wall(at_s).strftime(pick(("%d.%m.%Y %H:%M", "%Y-%m-%d %H:%M")))


def iso_seconds(text: str) -> int:
    """Return the instant that `groschensim.result.iso` wrote."""
    return int(datetime.fromisoformat(text).timestamp())

# SPDX-License-Identifier: Apache-2.0
"""Make the measured load of the story of the holiday flat, or with --check see that it is as made.

Guests arrive at 15:00 and leave at 10:00. Quarter hours outside their stays have no row. A fridge runs all day;
breakfast is at half past seven, dinner at half past six, and the light burns until eleven.
"""

import sys
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

PATH = Path(__file__).resolve().parents[1] / "simulator" / "scenarios" / "holiday_flat.csv"
ZONE = timezone(timedelta(hours=2))  # summer time throughout
STAYS = (((7, 4), (7, 11)), ((7, 18), (8, 1)), ((8, 15), (8, 22)))
QUARTER = timedelta(minutes=15)

FRIDGE = 14
MEALS = (((7, 30), (8, 45), 190), ((18, 30), (19, 45), 420), ((19, 45), (23, 0), 95))  # from, to, pulses more


def pulses(start: datetime) -> int:
    """Return the pulses of a quarter hour: what runs, and a little that changes from day to day."""
    clock = (start.hour, start.minute)
    more = sum(extra for begin, end, extra in MEALS if begin <= clock < end)
    return FRIDGE + more + (start.day * 7 + start.hour) % 9


def rows() -> list[str]:
    """Return the lines of the file."""
    lines = ["start,pulses"]
    for arrival, departure in STAYS:
        at = datetime(2026, *arrival, 15, tzinfo=ZONE)
        while at < datetime(2026, *departure, 10, tzinfo=ZONE):
            lines.append(f"{at.astimezone(UTC):%Y-%m-%dT%H:%MZ},{pulses(at)}")
            at += QUARTER
    return lines


def main() -> int:
    """Write the file, or compare it."""
    text = "\n".join(rows()) + "\n"
    if "--check" in sys.argv[1:]:
        same = PATH.read_text(encoding="ascii") == text
        print("holiday flat: in order" if same else f"{PATH.name} is not what tools/holiday_flat.py makes")
        return 0 if same else 1
    PATH.write_text(text, encoding="ascii")
    return 0


if __name__ == "__main__":
    sys.exit(main())

"""Opening hours of a day as people write them: `09:00-12:00, 13:00-17:00`; empty is closed."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import time

Span = tuple[time, time]
_SPAN = re.compile(r"(\d{1,2})[:.](\d{2})\s*[-–—]\s*(\d{1,2})[:.](\d{2})")
ALL_DAY = "00:00-24:00"
PRESETS: dict[str, list[str]] = {
    "weekdays": ["09:00-17:00"] * 5 + [""] * 2,
    "daily": ["09:00-17:00"] * 7,
    "always": [ALL_DAY] * 7,
}


def parse_hours(text: str) -> list[Span]:
    """Raises ValueError for what is no time of day. An end that is not later lies on the next day."""
    spans = []
    for part in filter(None, (part.strip() for part in text.split(","))):
        found = _SPAN.fullmatch(part)
        if found is None:
            raise ValueError(part)
        from_hour, from_minute, to_hour, to_minute = map(int, found.groups())
        end = time(0) if (to_hour, to_minute) == (24, 0) else time(to_hour, to_minute)
        spans.append((time(from_hour, from_minute), end))
    return sorted(spans)


def show_hours(spans: Iterable[Span]) -> str:
    """The one spelling of a day's hours; what ends at midnight ends at 24:00."""
    return ", ".join(f"{opens:%H:%M}-{f'{closes:%H:%M}' if closes != time(0) else '24:00'}" for opens, closes in spans)

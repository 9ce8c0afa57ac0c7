"""PURE: reading JSON of which nothing is sure. What is missing or of another type is empty, never an error."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

# Milliseconds from here on, seconds before: the year 5138 in seconds, 1973 in milliseconds.
_MILLISECONDS_FROM = 100_000_000_000
_LAST = 32_503_680_000  # the year 3000


def obj(value: Any, *names: str) -> Mapping[str, Any]:
    """`value`, or what lies in it under these names, if it is an object."""
    for name in names:
        value = value.get(name) if isinstance(value, Mapping) else None
    return value if isinstance(value, Mapping) else {}


def items(value: Any, name: str = "") -> list[Mapping[str, Any]]:
    """The objects of a list."""
    found = obj(value).get(name) if name else value
    return [row for row in found if isinstance(row, Mapping)] if isinstance(found, list) else []


def text(value: Any, *names: str) -> str:
    """A string, or a whole number as one."""
    if names:
        value = obj(value, *names[:-1]).get(names[-1])
    if isinstance(value, str):
        return value
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else ""


def number(value: Any, *names: str) -> int:
    """A whole number, also one that is written as a string; 0 for none."""
    given = text(value, *names)
    return int(given) if re.fullmatch(r"-?[0-9]{1,18}", given) else 0


def decimal(value: Any, name: str) -> float | None:
    """A number with a fraction, such as a coordinate."""
    found = obj(value).get(name)
    return float(found) if isinstance(found, int | float) and not isinstance(found, bool) else None


def moment(value: Any, default: datetime) -> datetime:
    """A time in seconds or milliseconds since 1970, as number or string; `default` for what is none."""
    found = number(value)
    seconds = found / 1000 if abs(found) >= _MILLISECONDS_FROM else float(found)
    return datetime.fromtimestamp(seconds, UTC) if 0 < seconds < _LAST else default


def time_of(written: str) -> datetime | None:
    """A time as ISO 8601 writes it, with its offset also without a colon; None for what is none."""
    try:
        found = datetime.fromisoformat(written)
    except ValueError:
        return None
    return found if found.tzinfo is not None else None


def place(latitude: float | None, longitude: float | None, *words: str) -> str:
    """A place as people read it: its words, and a map to look at."""
    lines = [word for word in words if word]
    if latitude is not None and longitude is not None and abs(latitude) <= 90 and abs(longitude) <= 180:
        where = f"{latitude:.6f}", f"{longitude:.6f}"
        lines.append(f"https://www.openstreetmap.org/?mlat={where[0]}&mlon={where[1]}#map=16/{where[0]}/{where[1]}")
    return "\n".join(lines)

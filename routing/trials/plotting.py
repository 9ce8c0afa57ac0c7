"""A trial's series as points of a plot: one column for each interval that is shown, closed hours left out."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.utils.formats import date_format
from django.utils.functional import Promise

WIDTH, HEIGHT = 720, 220
LEFT, RIGHT, TOP, BOTTOM = 44, 8, 10, 34
_MOST_TICKS = 8
_LEAST_LABEL = 64.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One line of a plot. `parts` are the stretches between missing values, as SVG points."""

    label: str | Promise
    name: str  # for its colour and dashes
    parts: list[str]
    dots: list[tuple[float, float]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Plot:
    title: str | Promise
    lines: list[Line]
    columns: list[tuple[float, str]]  # where, and what stands below
    days: list[tuple[float, str]]  # where a day begins
    rows: list[tuple[float, str]]

    width = WIDTH
    height = HEIGHT
    left = LEFT
    right = WIDTH - RIGHT
    top = TOP
    bottom = HEIGHT - BOTTOM
    below = HEIGHT - BOTTOM + 14
    day_below = HEIGHT - 4


def plot(
    title: str | Promise,
    series: Sequence[Mapping[str, Any]],
    lines: Sequence[tuple[str | Promise, str, Callable[[Mapping[str, Any]], float | None]]],
    starts_at: datetime,
    *,
    most: float | None = None,
    shown: Callable[[float], str],
) -> Plot:
    """`most`: the top of the scale; without it, the largest value rounded up. Times are in the zone of `starts_at`."""
    values = [[read(row) for row in series] for _label, _name, read in lines]
    top = most or _nice(max((value for line in values for value in line if value is not None), default=0.0))
    moments = [starts_at + timedelta(seconds=row["at"]) for row in series]

    def x(place: int) -> float:
        return round(LEFT + (WIDTH - LEFT - RIGHT) * (place + 0.5) / max(len(series), 1), 1)

    def y(value: float) -> float:
        return round(HEIGHT - BOTTOM - (HEIGHT - BOTTOM - TOP) * min(value / top, 1.0), 1)

    drawn = [
        _line(label, name, [(x(place), y(value)) if value is not None else None for place, value in enumerate(line)])
        for (label, name, _read), line in zip(lines, values, strict=True)
    ]
    starts = [place for place, moment in enumerate(moments) if place == 0 or moment.date() != moments[place - 1].date()]
    every = max(math.ceil(len(series) / _MOST_TICKS), 1)
    hours = [] if len(starts) > 3 else range(0, len(series), every)
    return Plot(
        title=title,
        lines=drawn,
        columns=[(x(place), date_format(moments[place], "H:i")) for place in hours],
        days=_apart([(x(place), date_format(moments[place], "j M")) for place in starts]),
        rows=[(y(top * part / 4), shown(top * part / 4)) for part in range(5)],
    )


def _line(label: str | Promise, name: str, points: Sequence[tuple[float, float] | None]) -> Line:
    stretches: list[list[tuple[float, float]]] = [[]]
    for point in points:
        if point is None:
            stretches.append([])
        else:
            stretches[-1].append(point)
    parts = [" ".join(f"{x},{y}" for x, y in stretch) for stretch in stretches if len(stretch) > 1]
    return Line(label=label, name=name, parts=parts, dots=[one[0] for one in stretches if len(one) == 1])


def _apart(labels: list[tuple[float, str]]) -> list[tuple[float, str]]:
    """Those that would be written over the one before are left out."""
    kept: list[tuple[float, str]] = []
    for label in labels:
        if not kept or label[0] - kept[-1][0] >= _LEAST_LABEL:
            kept.append(label)
    return kept


def _nice(value: float) -> float:
    """The next 1, 2, 4 or 8 times a power of ten, at least 4: it can be cut into four whole parts."""
    if value <= 4:
        return 4.0
    power = 10.0 ** math.floor(math.log10(value))
    return next(step * power for step in (1.0, 2.0, 4.0, 8.0, 10.0) if value <= step * power)

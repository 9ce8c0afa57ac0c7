"""PURE: when a calendar is open. No database, no clock: every function is told the moment."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

_SEARCH_DAYS = 400


@dataclass(frozen=True, slots=True, kw_only=True)
class Schedule:
    """Weekly intervals (weekday 0-6 Monday first, opens, closes) and days with hours of their own (None: closed).

    An interval belongs to the day it opens on; one that does not close later than it opens ends on the next day.
    """

    time_zone: str
    intervals: tuple[tuple[int, time, time], ...] = ()
    holidays: dict[date, tuple[time, time] | None] = field(default_factory=dict)


def _spans_of_day(schedule: Schedule, day: date) -> list[tuple[time, time]]:
    if day in schedule.holidays:
        special = schedule.holidays[day]
        return [] if special is None else [special]
    return [(opens, closes) for weekday, opens, closes in schedule.intervals if weekday == day.weekday()]


def opening_spans(schedule: Schedule, first: date, days: int) -> Iterator[tuple[datetime, datetime]]:
    """Every (opens, closes) in UTC whose interval begins on one of `days` days from `first`, by day."""
    zone = ZoneInfo(schedule.time_zone)
    for offset in range(days):
        day = first + timedelta(days=offset)
        for opens, closes in sorted(_spans_of_day(schedule, day)):
            end_day = day if closes > opens else day + timedelta(days=1)
            start = datetime.combine(day, opens, zone).astimezone(UTC)
            end = datetime.combine(end_day, closes, zone).astimezone(UTC)
            if end > start:
                yield start, end


def _local_day(schedule: Schedule, at: datetime) -> date:
    return at.astimezone(ZoneInfo(schedule.time_zone)).date()


def is_open(schedule: Schedule, at: datetime) -> bool:
    """Whether `at` lies in an opening; the minute of closing is closed."""
    day = _local_day(schedule, at)
    return any(start <= at < end for start, end in opening_spans(schedule, day - timedelta(days=1), 2))


def next_opening(schedule: Schedule, at: datetime) -> datetime | None:
    """`at` itself while open, else the next opening within about a year; None if there is none."""
    if is_open(schedule, at):
        return at
    spans = opening_spans(schedule, _local_day(schedule, at) - timedelta(days=1), _SEARCH_DAYS)
    return next((start for start, _end in spans if start >= at), None)


def closes_at(schedule: Schedule, at: datetime) -> datetime | None:
    """The end of the opening that `at` lies in, over intervals that touch; None while closed, or if it never closes."""
    reached = at
    for start, end in opening_spans(schedule, _local_day(schedule, at) - timedelta(days=1), _SEARCH_DAYS):
        if start <= reached < end:
            reached = end
        elif start > reached + timedelta(days=1):
            return reached if reached > at else None
    return reached if at < reached < at + timedelta(days=_SEARCH_DAYS - 30) else None


def open_seconds(schedule: Schedule, start: datetime, end: datetime) -> float:
    """How many seconds between two moments were open; overlapping intervals count once."""
    total, reached = 0.0, start
    first = _local_day(schedule, start) - timedelta(days=1)
    days = max((_local_day(schedule, end) - first).days + 1, 0)
    for opens, closes in sorted(opening_spans(schedule, first, days)):
        begin, finish = max(opens, reached), min(closes, end)
        if finish > begin:
            total += (finish - begin).total_seconds()
            reached = finish
    return total


def after_open_seconds(schedule: Schedule, start: datetime, seconds: float) -> datetime | None:
    """The moment at which so many open seconds have passed since `start`; None if that is not within about a year.

    The inverse of `open_seconds`; with nothing to pass it is `start` itself while open, else the next opening.
    """
    if seconds <= 0:
        return next_opening(schedule, start)
    left, reached = seconds, start
    for opens, closes in opening_spans(schedule, _local_day(schedule, start) - timedelta(days=1), _SEARCH_DAYS):
        begin = max(opens, reached)
        if closes <= begin:
            continue
        if (closes - begin).total_seconds() >= left:
            return begin + timedelta(seconds=left)
        left -= (closes - begin).total_seconds()
        reached = closes
    return None

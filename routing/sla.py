"""PURE: when a promise to a customer is due. Only opening hours count; no database, no clock."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from routing.hours import Schedule, add_open_seconds, open_seconds


@dataclass(frozen=True, slots=True)
class Deadline:
    """None: the hours do not let it come within about a year."""

    warn_at: datetime | None
    due_at: datetime | None


def moment_after(schedule: Schedule | None, start: datetime, seconds: float) -> datetime | None:
    """`seconds` of opening hours after `start`, at once where there are none left; without a schedule always open."""
    if schedule is None:
        return start + timedelta(seconds=max(seconds, 0.0))
    return add_open_seconds(schedule, start, max(seconds, 0.0))


def used_seconds(schedule: Schedule | None, start: datetime, end: datetime) -> float:
    """Opening hours between two moments, in seconds."""
    if schedule is None:
        return max((end - start).total_seconds(), 0.0)
    return open_seconds(schedule, start, end)


def deadline(
    schedule: Schedule | None, start: datetime, *, left_seconds: float, target_seconds: float, warn_percent: int
) -> Deadline:
    """When it is due with `left_seconds` of the target left at `start`, and when `warn_percent` of it have gone."""
    until_warning = left_seconds - target_seconds * (100 - warn_percent) / 100
    return Deadline(
        warn_at=moment_after(schedule, start, until_warning),
        due_at=moment_after(schedule, start, left_seconds),
    )

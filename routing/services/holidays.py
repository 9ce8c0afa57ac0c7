"""Holidays from a calendar file: what it holds, and writing them into opening hours."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta

import recurring_ical_events
from django.db import transaction
from django.utils.translation import gettext_lazy as _
from icalendar import Calendar as IcalCalendar

from contactcenter.accounts.models import User
from contactcenter.accounts.services import record_audit
from contactcenter.base.errors import Refused
from contactcenter.base.text import clean_input
from routing.models import Calendar, Holiday

MOST_BYTES = 1024 * 1024
DAYS_AHEAD = 730
_LONGEST_DAYS = 31


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundDay:
    day: date
    name: str
    is_known: bool


def read_holidays(calendar: Calendar, content: bytes, *, today: date) -> list[FoundDay]:
    """The all-day events of the next 24 months by day, those that the calendar has already marked. Raises Refused."""
    if len(content) > MOST_BYTES:
        raise Refused(_("The file is larger than 1 MB: export the holidays alone."), code="too_large")
    try:
        source = IcalCalendar.from_ical(content)
        events = recurring_ical_events.of(source, components=["VEVENT"]).between(
            today, today + timedelta(days=DAYS_AHEAD)
        )
    # What the libraries raise on a file that is something else has no common class.
    except Exception as error:
        raise Refused(_("This is no calendar file (.ics) that can be read."), code="bad_file") from error
    names: dict[date, str] = {}
    for event in events:
        start = event.get("DTSTART").dt if event.get("DTSTART") else None
        if start is None or isinstance(start, datetime):
            continue
        end = event.get("DTEND").dt if event.get("DTEND") else start + timedelta(days=1)
        length = (end - start).days if not isinstance(end, datetime) else 1
        for offset in range(min(max(length, 1), _LONGEST_DAYS)):
            day = start + timedelta(days=offset)
            if today <= day < today + timedelta(days=DAYS_AHEAD):
                names.setdefault(day, clean_input(str(event.get("SUMMARY", "")))[:100])
    if not names:
        raise Refused(_("The file holds no all-day events of the next 24 months."), code="nothing_found")
    known = set(Holiday.objects.filter(calendar=calendar).values_list("day", flat=True))
    return [FoundDay(day=day, name=names[day], is_known=day in known) for day in sorted(names)]


@transaction.atomic
def add_holidays(*, calendar: Calendar, days: dict[date, str], actor: User | None) -> int:
    """Close on these days; days with hours of their own stay as they are. Returns how many are new."""
    known = set(Holiday.objects.filter(calendar=calendar, day__in=days).values_list("day", flat=True))
    rows = [Holiday(calendar=calendar, day=day, name=name) for day, name in sorted(days.items()) if day not in known]
    # Somebody else may add the same day at this moment.
    Holiday.objects.bulk_create(rows, ignore_conflicts=True)
    if rows:
        data = {"holidays": [None, [f"{row.day.isoformat()} {row.name}".strip() for row in rows]]}
        record_audit("admin.changed", actor=actor, target=f"routing.calendar:{calendar.pk}", data=data)
    return len(rows)

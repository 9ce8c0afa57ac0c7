"""Opening hours in admin: times, holidays, what would happen at a moment, holidays from a file."""

from __future__ import annotations

from datetime import date, time

import pytest
import time_machine
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from contactcenter.accounts.models import AuditEntry
from routing.models import Calendar, CalendarInterval
from tests import factories as make
from tests.admin.pages import add_row, save

pytestmark = pytest.mark.django_db
ADD = "/admin/routing/calendar/add/"


@pytest.fixture
def calendar(db: None) -> Calendar:
    calendar = Calendar.objects.create(name="Office", time_zone="Europe/Riga")
    for weekday in range(5):
        calendar.intervals.create(weekday=weekday, opens_at=time(9), closes_at=time(18))
    return calendar


def _interval(number: int, weekday: int, opens: str, closes: str) -> dict[str, str]:
    values = {"weekday": str(weekday), "opens_at": opens, "closes_at": closes}
    return {f"intervals-{number}-{name}": value for name, value in values.items()}


def _two(first: tuple[int, str, str], second: tuple[int, str, str]) -> dict[str, str]:
    return {"intervals-TOTAL_FORMS": "2", **_interval(0, *first), **_interval(1, *second)}


def test_hours_with_a_holiday(admin: Client) -> None:
    rows = {**_two((0, "09:00", "12:00"), (0, "12:00", "17:00")), **add_row("holidays", day="2026-12-25", name="Xmas")}
    assert save(admin, ADD, name="Office", time_zone="Europe/Riga", **rows) == []
    calendar = Calendar.objects.get()
    assert calendar.intervals.count() == 2 and calendar.holidays.get().day == date(2026, 12, 25)


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ((0, "09:00", "12:00"), (0, "11:00", "13:00")),
        ((0, "09:00", "12:00"), (0, "09:00", "12:00")),
        # Past midnight into the next day, and from Sunday into Monday.
        ((1, "20:00", "06:00"), (2, "05:00", "08:00")),
        ((6, "20:00", "06:00"), (0, "05:00", "08:00")),
        ((3, "00:00", "00:00"), (3, "10:00", "11:00")),
    ],
)
def test_opening_times_do_not_overlap(admin: Client, first: tuple[int, str, str], second: tuple[int, str, str]) -> None:
    errors = save(admin, ADD, name="Office", time_zone="UTC", **_two(first, second))
    assert len(errors) == 1 and "overlap: change or delete one of them" in errors[0]
    assert not CalendarInterval.objects.exists()


def test_nights_that_touch_do_not_overlap(admin: Client) -> None:
    rows = _two((6, "20:00", "06:00"), (0, "06:00", "20:00"))
    assert save(admin, ADD, name="Office", time_zone="UTC", **rows) == []


def test_bad_holidays_and_zones(admin: Client, calendar: Calendar) -> None:
    twice = {
        "holidays-TOTAL_FORMS": "2",
        "holidays-0-day": "2026-12-25",
        "holidays-1-day": "2026-12-25",
    }
    page = f"/admin/routing/calendar/{calendar.pk}/change/"
    assert "is there twice: delete one." in " ".join(save(admin, page, **twice))
    half = add_row("holidays", day="2026-12-24", opens_at="10:00")
    assert save(admin, page, **half) == ["Give both times, or neither: then it is closed all day."]
    assert "There is no time zone “Mars”" in save(admin, page, time_zone="Mars")[0]
    assert save(admin, ADD, name="Office", time_zone="UTC") == ["There are opening hours of this name: choose another."]


def test_hours_in_use_are_not_deleted(admin: Client, calendar: Calendar) -> None:
    make.make_queue(calendar=calendar)
    answer = admin.post(f"/admin/routing/calendar/{calendar.pk}/delete/", {"post": "yes"}, follow=True)
    assert "It is in use (queues: 1)" in answer.text and Calendar.objects.exists()


def test_what_would_happen(admin: Client, calendar: Calendar) -> None:
    make.make_queue("orders", calendar=calendar)
    calendar.holidays.create(day=date(2026, 12, 25), name="Christmas")
    page = f"/admin/routing/calendar/{calendar.pk}/preview/"
    assert "What would happen" in admin.get(f"/admin/routing/calendar/{calendar.pk}/change/").text
    assert admin.get(page).status_code == 200
    while_open = admin.get(page, {"at": "2026-11-23T10:00"})
    assert while_open.context["is_open"] and "Monday, 23 November 2026, 18:00" in while_open.text
    assert "Orders" in while_open.text and "conversations are offered to agents" in while_open.text
    closed = admin.get(page, {"at": "2026-12-25T10:00"})
    assert not closed.context["is_open"] and "Christmas" in closed.text
    assert "Monday, 28 December 2026, 09:00" in closed.text
    assert "valid date/time" in admin.get(page, {"at": "soon"}).text


FILE = """BEGIN:VCALENDAR
VERSION:2.0
PRODID:-//test//EN
BEGIN:VEVENT
UID:1
DTSTAMP:20260101T000000Z
DTSTART;VALUE=DATE:20201225
DTEND;VALUE=DATE:20201227
RRULE:FREQ=YEARLY
SUMMARY:Christmas
END:VEVENT
BEGIN:VEVENT
UID:2
DTSTAMP:20260101T000000Z
DTSTART:20261201T100000Z
DTEND:20261201T110000Z
SUMMARY:Meeting
END:VEVENT
BEGIN:VEVENT
UID:3
DTSTAMP:20260101T000000Z
DTSTART;VALUE=DATE:20300101
SUMMARY:Too far
END:VEVENT
END:VCALENDAR
"""


def _upload(admin: Client, calendar: Calendar, content: bytes):  # type: ignore[no-untyped-def]
    file = SimpleUploadedFile("days.ics", content.replace(b"\n", b"\r\n"), "text/calendar")
    return admin.post(f"/admin/routing/calendar/{calendar.pk}/import/", {"file": file})


@time_machine.travel("2026-11-22T12:00:00Z", tick=False)
def test_holidays_from_a_file(admin: Client, calendar: Calendar) -> None:
    calendar.holidays.create(day=date(2026, 12, 25), name="Ours", opens_at=time(10), closes_at=time(12))
    shown = _upload(admin, calendar, FILE.encode())
    found = {row.day: row.is_known for row in shown.context["found"]}
    days = [date(2026, 12, 25), date(2026, 12, 26), date(2027, 12, 25), date(2027, 12, 26)]
    assert found == {day: day == days[0] for day in days}
    assert calendar.holidays.count() == 1, "nothing is written before it was seen"
    page = f"/admin/routing/calendar/{calendar.pk}/import/"
    answer = admin.post(page, {"found": shown.context["signed"]}, follow=True)
    assert "3 holidays added." in answer.text
    assert [holiday.day for holiday in calendar.holidays.all()] == days
    assert calendar.holidays.first().name == "Ours"
    assert len(AuditEntry.objects.get(kind="admin.changed").data["holidays"][1]) == 3
    assert "0 holidays added." in admin.post(page, {"found": shown.context["signed"]}, follow=True).text
    assert "choose the file again" in admin.post(page, {"found": "forged"}, follow=True).text


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"\x89PNG\r\n", "no calendar file"),
        (b"BEGIN:VCALENDAR\nBEGIN:VEVENT\n", "no calendar file"),
        (b"BEGIN:VCALENDAR\nVERSION:2.0\nPRODID:x\nEND:VCALENDAR\n", "no all-day events"),
        (b"x" * (1024 * 1024 + 1), "larger than 1 MB"),
    ],
)
def test_bad_files(admin: Client, calendar: Calendar, content: bytes, said: str) -> None:
    assert said in _upload(admin, calendar, content).text
    assert not calendar.holidays.exists()

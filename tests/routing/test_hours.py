"""Opening hours: intervals, midnight, holidays, time zones and the two nights when the clock jumps."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from routing.hours import Schedule, closes_at, is_open, moment_before, next_opening, open_seconds

RIGA = ZoneInfo("Europe/Riga")
NINE, FIVE = time(9), time(17)
OFFICE = Schedule(time_zone="Europe/Riga", intervals=tuple((day, NINE, FIVE) for day in range(5)))
SHIFTS = Schedule(
    time_zone="Europe/Riga", intervals=((0, time(8), time(12)), (0, time(13), FIVE), (0, time(22), time(6)))
)
ALWAYS = Schedule(time_zone="Europe/Riga", intervals=tuple((day, time(0), time(0)) for day in range(7)))
NEVER = Schedule(time_zone="UTC")
MONDAY = date(2026, 3, 2)


def riga(day: date, hour: int, minute: int = 0) -> datetime:
    return datetime.combine(day, time(hour, minute), RIGA)


@pytest.mark.parametrize(
    ("hour", "minute", "expected"),
    [(8, 59, False), (9, 0, True), (16, 59, True), (17, 0, False)],
)
def test_opens_on_the_minute_and_the_minute_of_closing_is_closed(hour: int, minute: int, expected: bool) -> None:
    assert is_open(OFFICE, riga(MONDAY, hour, minute)) is expected


def test_several_intervals_and_one_past_midnight() -> None:
    open_at = {hour: is_open(SHIFTS, riga(MONDAY, hour)) for hour in range(24)}
    assert [hour for hour, is_it in open_at.items() if is_it] == [8, 9, 10, 11, 13, 14, 15, 16, 22, 23]
    tuesday = MONDAY + timedelta(days=1)
    assert [hour for hour in range(24) if is_open(SHIFTS, riga(tuesday, hour))] == [0, 1, 2, 3, 4, 5]


def test_the_zone_decides_what_day_it_is() -> None:
    sunday_night_in_utc = datetime(2026, 3, 1, 22, 30, tzinfo=UTC)
    early = Schedule(time_zone="Europe/Riga", intervals=((0, time(0, 30), time(1)),))
    assert is_open(early, sunday_night_in_utc)
    assert not is_open(Schedule(time_zone="UTC", intervals=early.intervals), sunday_night_in_utc)


def test_holidays_close_or_have_hours_of_their_own() -> None:
    schedule = Schedule(
        time_zone="Europe/Riga",
        intervals=OFFICE.intervals,
        holidays={MONDAY: None, MONDAY + timedelta(days=1): (time(10), time(12))},
    )
    assert not is_open(schedule, riga(MONDAY, 12))
    tuesday = MONDAY + timedelta(days=1)
    assert [hour for hour in range(24) if is_open(schedule, riga(tuesday, hour))] == [10, 11]
    assert next_opening(schedule, riga(MONDAY, 9)) == riga(tuesday, 10)


def test_a_night_shift_runs_into_a_holiday_but_does_not_begin_on_it() -> None:
    nights = Schedule(
        time_zone="Europe/Riga",
        intervals=tuple((day, time(22), time(6)) for day in range(7)),
        holidays={MONDAY: None},
    )
    assert is_open(nights, riga(MONDAY, 5))
    assert not is_open(nights, riga(MONDAY, 23))


def test_spring_forward_the_night_is_an_hour_shorter() -> None:
    day = date(2026, 3, 28)  # the clock jumps from 03:00 to 04:00 on the 29th
    nights = Schedule(time_zone="Europe/Riga", intervals=((5, time(22), time(6)),))
    assert open_seconds(nights, riga(day, 12), riga(day + timedelta(days=1), 12)) == 7 * 3600


def test_autumn_back_the_night_is_an_hour_longer() -> None:
    day = date(2026, 10, 24)
    nights = Schedule(time_zone="Europe/Riga", intervals=((5, time(22), time(6)),))
    assert open_seconds(nights, riga(day, 12), riga(day + timedelta(days=1), 12)) == 9 * 3600


def test_an_opening_inside_the_hour_that_does_not_exist() -> None:
    gap = Schedule(time_zone="Europe/Riga", intervals=((6, time(3, 10), time(3, 50)),))
    day = datetime(2026, 3, 29, tzinfo=RIGA)
    assert open_seconds(gap, day, day + timedelta(days=1)) == 40 * 60


def test_next_opening() -> None:
    assert next_opening(OFFICE, riga(MONDAY, 10)) == riga(MONDAY, 10), "open now"
    assert next_opening(OFFICE, riga(MONDAY, 17)) == riga(MONDAY + timedelta(days=1), 9)
    friday = MONDAY + timedelta(days=4)
    assert next_opening(OFFICE, riga(friday, 18)) == riga(MONDAY + timedelta(days=7), 9)
    assert next_opening(NEVER, riga(MONDAY, 10)) is None


def test_closes_at_goes_over_what_touches() -> None:
    touching = Schedule(time_zone="UTC", intervals=((0, time(8), time(12)), (0, time(12), time(0)), (1, time(0), NINE)))
    at = datetime(2026, 3, 2, 9, tzinfo=UTC)
    assert closes_at(touching, at) == datetime(2026, 3, 3, 9, tzinfo=UTC)
    assert closes_at(SHIFTS, riga(MONDAY, 9)) == riga(MONDAY, 12)
    assert closes_at(SHIFTS, riga(MONDAY, 12)) is None
    assert closes_at(ALWAYS, at) is None, "never closes"


def test_overlapping_intervals_count_once() -> None:
    twice = Schedule(
        time_zone="UTC", intervals=((0, time(8), time(12)), (0, time(10), time(14)), (0, time(9), time(10)))
    )
    day = datetime(2026, 3, 2, tzinfo=UTC)
    assert open_seconds(twice, day, day + timedelta(days=1)) == 6 * 3600


quarter_hours = st.builds(time, st.integers(0, 23), st.sampled_from([0, 15, 30, 45]))
schedules = st.builds(
    lambda zone, intervals, holidays: Schedule(time_zone=zone, intervals=tuple(intervals), holidays=holidays),
    st.sampled_from(["UTC", "Europe/Riga", "America/New_York", "Asia/Kathmandu", "Australia/Lord_Howe"]),
    st.lists(st.tuples(st.integers(0, 6), quarter_hours, quarter_hours), max_size=6),
    st.dictionaries(
        st.dates(date(2026, 3, 20), date(2026, 4, 10)),
        st.none() | st.tuples(quarter_hours, quarter_hours),
        max_size=2,
    ),
)
moments = st.datetimes(datetime(2026, 3, 20), datetime(2026, 4, 10)).map(lambda moment: moment.replace(tzinfo=UTC))


@given(schedules, st.lists(moments, min_size=3, max_size=3).map(sorted))
def test_open_seconds_add_up(schedule: Schedule, cuts: list[datetime]) -> None:
    first, middle, last = cuts
    whole = open_seconds(schedule, first, last)
    assert whole == pytest.approx(open_seconds(schedule, first, middle) + open_seconds(schedule, middle, last))
    assert 0 <= whole <= (last - first).total_seconds() + 1e-6


@given(schedules, moments)
def test_the_next_opening_is_open_and_nothing_before_it_is(schedule: Schedule, at: datetime) -> None:
    opening = next_opening(schedule, at)
    assume(opening is not None)
    assert opening is not None and opening >= at and is_open(schedule, opening)
    assert open_seconds(schedule, at, opening) == 0


@given(schedules, moments)
def test_closed_at_closing_and_open_until_then(schedule: Schedule, at: datetime) -> None:
    closing = closes_at(schedule, at)
    if closing is None:
        assert not is_open(schedule, at) or open_seconds(schedule, at, at + timedelta(days=7)) == 7 * 86400
    else:
        assert not is_open(schedule, closing) and is_open(schedule, closing - timedelta(seconds=1))
        assert open_seconds(schedule, at, closing) == pytest.approx((closing - at).total_seconds())


@given(schedules, moments, st.integers(0, 5 * 86400))
def test_the_moment_before_is_so_many_open_seconds_ago(schedule: Schedule, at: datetime, seconds: int) -> None:
    before = moment_before(schedule, at, seconds)
    if before is None:
        assert not is_open(schedule, at) or open_seconds(schedule, at - timedelta(days=300), at) < seconds
    else:
        assert open_seconds(schedule, before, at) == pytest.approx(seconds)

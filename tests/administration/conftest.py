"""The demo's world, without its past, with hours and secrets that a file has to deal with."""

from __future__ import annotations

from datetime import date, time

import pytest

from contactcenter.conversations.models import ChannelAccount
from contactcenter.demo.seeding import make_world
from routing.models import Calendar


@pytest.fixture
def world(db: None) -> None:
    make_world()
    calendar = Calendar.objects.get(name="Always")
    calendar.intervals.filter(weekday=6).delete()
    calendar.holidays.create(day=date(2026, 12, 24), name="Jõululaupäev", opens_at=time(10), closes_at=time(14))
    calendar.holidays.create(day=date(2026, 12, 25), name="Jõulud")
    ChannelAccount.objects.update(secret="hunter2", api_base="https://provider.example")

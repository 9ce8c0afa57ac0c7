"""Estimated waits in the console: what the waiting customer was told, and how long a transfer would wait."""

from __future__ import annotations

import pytest

from routing.models import Agent
from routing.services.estimating import tell_waits
from tests import factories as make
from tests.console.conftest import Floor

pytestmark = pytest.mark.django_db(transaction=True)


def test_lists_panes_and_transfers_say_how_long_it_takes(floor: Floor) -> None:
    Agent.objects.filter(pk=floor.ada.pk).update(capacity=25)
    make.make_calibration(floor.queue)
    held = make.make_active(floor.account, floor.ada)
    waiting = make.make_waiting(floor.account, customer=make.make_customer("Dora"))
    ada = floor.client(floor.ada)
    assert "About" not in ada.get(f"/console/c/{waiting.pk}/").text
    tell_waits()
    shown = "What the customer was told: </span>About 5 to 11 minutes"
    assert shown in ada.get(f"/console/c/{waiting.pk}/").text
    assert shown in ada.get("/console/list/?tab=queue").text
    assert shown not in ada.get("/console/list/?tab=mine").text
    dialog = ada.get(f"/console/c/{held.pk}/transfer/").text
    assert "Estimated wait: </span>About 10 to 21 minutes" in dialog

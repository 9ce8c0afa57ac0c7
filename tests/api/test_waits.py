"""Estimated waits for programs: of queues, for who would enter now, and of a conversation, as its customer was told."""

from __future__ import annotations

from datetime import timedelta

import pytest

from contactcenter.base.clock import now
from contactcenter.conversations.states import Channel
from routing.services.estimating import tell_waits
from tests import factories as make
from tests.api.conftest import Floor, Program

pytestmark = pytest.mark.django_db


def test_queues_and_conversations_say_how_long_it_takes(floor: Floor, ada: Program) -> None:
    make.make_calibration(floor.queue)
    make.make_calibration(floor.queue, Channel.VOICE)
    floor.ada.capacity = 25
    floor.ada.save(update_fields=["capacity"])
    waiting = make.make_waiting(floor.account, customer=make.make_customer("Dora"))
    before = ada.get(f"conversations/{waiting.public_id}/").json()
    assert (before["expected_from"], before["expected_by"]) == (None, None)
    tell_waits()
    # One at a time, five minutes each: Dora waits for one, who comes now for two.
    after = ada.get(f"conversations/{waiting.public_id}/").json()
    at = now()
    assert after["expected_from"][:16] == (at + timedelta(seconds=300)).isoformat()[:16]
    assert after["expected_by"][:16] == (at + timedelta(seconds=605)).isoformat()[:16]
    queue = ada.get("queues/support/").json()
    assert queue["estimated_waits"] == {"chat": {"p50_seconds": 600, "p90_seconds": 1205}}
    assert ada.get("queues/").json()["results"][0]["estimated_waits"] == queue["estimated_waits"]
    assert ada.get(f"conversations/{floor.conversation.public_id}/").json()["expected_by"] is None

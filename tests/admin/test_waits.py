"""Promised and actual waits side by side, in whole seconds and per cent."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from routing.models import QueueEntry, WaitPromise
from tests import factories as make

pytestmark = pytest.mark.django_db(transaction=True)


def test_what_was_promised_beside_what_came_of_it(admin: Client) -> None:
    queue = make.make_queue()
    account, moment = make.make_account(queue=queue), timezone.now()
    make.make_calibration(queue)
    for n, (waited, is_observed) in enumerate([(50.4, True), (100.0, True), (210.6, True), (10.0, False)]):
        conversation = make.make_waiting(account, customer=make.make_customer(f"Carl {n}"))
        WaitPromise.objects.create(
            entry=QueueEntry.objects.get(conversation=conversation),
            queue=queue,
            channel="chat",
            made_at=moment - timedelta(days=1),
            told_at=moment,
            base_seconds=80.0,
            p50_seconds=80.4,
            p90_seconds=165.2,
            actual_seconds=waited,
            is_observed=is_observed,
        )
    page = admin.get("/admin/routing/waitcalibration/").text
    # 120.33 s on average, told 80.4: 30, 20 and 130 s away, two of three within 165 s.
    assert "40 s longer than told" in page
    assert "60 s</td>" in page
    assert "67 %" in page
    promises = admin.get("/admin/routing/waitpromise/").text
    assert promises.count("80 to 165 s") == 4
    assert "211 s" in promises
    assert "left after 10 s" in promises
    assert "80.4" not in promises + page

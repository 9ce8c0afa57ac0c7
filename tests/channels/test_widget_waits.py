"""Estimated waits in the widget: before writing, and while waiting."""

from __future__ import annotations

import pytest

from channels_app.webchat.pages import pages
from contactcenter.conversations.models import ChannelAccount
from routing.models import Queue
from routing.services.estimating import tell_waits
from tests import factories as make
from tests.channels.conftest import browser, play, run_in_thread

pytestmark = pytest.mark.django_db(transaction=True)


def test_a_visitor_is_told_how_long_it_takes(account: ChannelAccount, queue: Queue) -> None:
    make.make_calibration(queue)
    make.make_active(account, make.make_agent("ada", queues=[queue], capacity=25))

    async def story() -> None:
        async with browser(account, hello=False) as page:
            # Before anything is written: one at a time, five minutes each.
            assert (await page.hello())["wait"] == {"first": 5, "last": 11, "hours": False}
            await page.write("Hello")
            assert (await page.hear("state"))["wait"] is None
            assert await run_in_thread(tell_waits) == 1
            await pages.tell_positions()
            state = await page.hear("state")
            assert (state["position"], state["wait"]) == (1, {"first": 5, "last": 11, "hours": False})

    play(story())


def test_somebody_free_is_less_than_a_minute_away(account: ChannelAccount, queue: Queue) -> None:
    make.make_calibration(queue)
    make.make_active(account, make.make_agent("ada", queues=[queue]))

    async def story() -> None:
        async with browser(account, hello=False) as page:
            assert (await page.hello())["wait"] == {"first": 0, "last": 0, "hours": False}

    play(story())


def test_without_experience_nothing_is_said(account: ChannelAccount, queue: Queue) -> None:
    make.make_calibration(queue, samples=9)
    make.make_active(account, make.make_agent("ada", queues=[queue], capacity=25))

    async def story() -> None:
        async with browser(account, hello=False) as page:
            assert (await page.hello())["wait"] is None
            await page.write("Hello")
            assert await run_in_thread(tell_waits) == 1
            await pages.tell_positions()
            await page.settle()
            assert {frame["wait"] for frame in page.seen if frame["t"] == "state"} == {None}

    play(story())

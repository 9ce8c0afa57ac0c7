"""Who is writing, and whose console is open."""

from __future__ import annotations

import asyncio

import pytest

from contactcenter.console.presence import presence
from contactcenter.conversations import realtime
from routing.models import AgentPresence
from routing.states import AgentState
from tests import factories as make
from tests.console.conftest import Floor
from tests.console.sockets import Console, do, run

pytestmark = pytest.mark.django_db(transaction=True)


def test_typing_is_shown_to_others_who_have_it_open(floor: Floor) -> None:
    conversation = make.make_active(floor.account, floor.ada)
    here = {str(conversation.pk): conversation.event_seq}

    async def story() -> None:
        async with (
            Console(floor.client(floor.ada), hello=here) as ada,
            Console(floor.client(floor.ben), hello=here) as ben,
            Console(floor.client(floor.sue)) as elsewhere,
        ):
            for _ in range(3):
                await ada.say(t="typing", conversation=conversation.pk)
            frame = await ben.frame("typing")
            assert (frame["conversation"], frame["who"], frame["side"]) == (conversation.pk, "Ada", "agent")
            customer = {"topic": f"typing:{conversation.pk}", "side": "customer", "who": "Carl", "user": None}
            await do(realtime.announce_now, customer)
            assert (await ada.frame("typing"))["side"] == "customer", "and not one's own before it"
            assert (await ben.frame("typing"))["side"] == "customer", "one every three seconds"
            await ben.say(t="shut", conversation=conversation.pk)
            assert await elsewhere.frames_until_pong() == []

    run(story())


def test_nobody_types_where_they_have_not_looked(floor: Floor) -> None:
    conversation = make.make_active(floor.account, floor.ada)

    async def story() -> None:
        here = {str(conversation.pk): conversation.event_seq}
        async with (
            Console(floor.client(floor.ada), hello=here) as ada,
            Console(floor.client(floor.other_team)) as stranger,
        ):
            await stranger.say(t="typing", conversation=conversation.pk)
            assert await stranger.frames_until_pong() == []
            assert await ada.frames_until_pong() == []

    run(story())


def test_presence_begins_with_the_socket_and_ends_by_itself(floor: Floor) -> None:
    AgentPresence.objects.all().delete()

    async def story() -> None:
        async with Console(floor.client(floor.ada)), Console(floor.client(floor.ada)):
            assert presence.present() == [floor.ada.pk]
        assert presence.present() == []

    run(story())
    floor.ada.refresh_from_db()
    assert floor.ada.state == AgentState.AVAILABLE
    assert floor.ada.presence.seen_until is not None


def test_one_statement_keeps_all_leases(floor: Floor, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("contactcenter.console.presence.EVERY_SECONDS", 0.01)
    written: list[list[int]] = []
    done = asyncio.Event()

    def touch(agent_ids: list[int]) -> None:
        written.append(agent_ids)
        if len(agent_ids) == 2:
            loop.call_soon_threadsafe(done.set)

    monkeypatch.setattr("contactcenter.console.presence.touch_presence", touch)
    loop: asyncio.AbstractEventLoop

    async def story() -> None:
        nonlocal loop
        loop = asyncio.get_running_loop()
        async with Console(floor.client(floor.ada)), Console(floor.client(floor.ben)):
            await asyncio.wait_for(done.wait(), 60)

    run(story())
    assert sorted([floor.ada.pk, floor.ben.pk]) in written

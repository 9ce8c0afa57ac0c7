"""What customers are told when nobody can answer: on the page at once, elsewhere by the provider."""

from __future__ import annotations

from typing import Any

import pytest
import time_machine

from channels_app.tasks import deliver_message
from channels_app.webchat.sweeping import end_left_conversations
from contactcenter.conversations.models import ChannelAccount, Conversation, Effect
from contactcenter.conversations.states import Channel, ConversationState, Delivery
from routing.models import Fallback, FallbackAction, FallbackCondition, Queue
from routing.services.agents import sign_out_agent
from routing.services.offers import decline_offer
from routing.watching import apply_due_fallbacks
from tests import factories as make
from tests.channels.adapters import PigeonAdapter
from tests.channels.conftest import browser, play, run_in_thread

pytestmark = pytest.mark.django_db(transaction=True)


def unstaffed(queue: Queue, action: FallbackAction) -> None:
    Fallback.objects.create(queue=queue, condition=FallbackCondition.UNSTAFFED, action=action)


def test_a_promise_is_read_on_the_page_and_the_page_may_close(account: ChannelAccount, queue: Queue) -> None:
    unstaffed(queue, FallbackAction.PROMISE)

    async def story() -> None:
        async with browser(account) as page:
            await page.write("Hello")
            state = await page.hear("state", promised=True)
            assert state["state"] == "queued"
        async with browser(account, hello=False, token=page.token) as page:
            frame = await page.hello()
            assert frame["conversation"]["promised"] is True
            shown = [(message["from"], message["text"]) for message in frame["messages"]]
            assert shown[0] == ("you", "Hello") and shown[1][0] == "system" and "keeps its place" in shown[1][1]

    play(story())
    with time_machine.travel(make.later(120)):
        assert end_left_conversations() == 0
    assert Conversation.objects.get().state == ConversationState.QUEUED


def test_a_page_hears_the_promise_while_it_waits(account: ChannelAccount, queue: Queue) -> None:
    unstaffed(queue, FallbackAction.PROMISE)
    ada = make.make_agent("ada", queues=[queue])

    def everybody_goes() -> None:
        offer = make.pending_offer(Conversation.objects.get())
        decline_offer(offer_id=offer.pk, agent_id=ada.pk, reason="")
        sign_out_agent(agent_id=ada.pk)
        assert apply_due_fallbacks() == 1

    async def story() -> None:
        async with browser(account) as page:
            await page.write("Hello")
            await run_in_thread(everybody_goes)
            message = await page.hear("message")
            assert message["message"]["from"] == "system"
            await page.hear("state", promised=True)

    play(story())


def test_turned_away_the_page_says_why_and_that_it_is_over(account: ChannelAccount, queue: Queue) -> None:
    unstaffed(queue, FallbackAction.CLOSE)

    async def story() -> None:
        async with browser(account) as page:
            await page.write("Hello")
            await page.hear("state", state="closed")
        async with browser(account, hello=False, token=page.token) as page:
            rows = (await page.hello())["conversations"]
            assert [row["state"] for row in rows] == ["closed"]

    play(story())
    conversation = Conversation.objects.get()
    assert conversation.messages.last().text == "Nobody can answer now. Please try again later."


def test_elsewhere_the_provider_brings_it(queue: Queue, settings: Any) -> None:
    settings.CHANNEL_ADAPTERS = {"pigeon": "tests.channels.adapters.PigeonAdapter"}
    PigeonAdapter.sent = []
    unstaffed(queue, FallbackAction.PROMISE)
    conversation = make.make_waiting(make.make_account("loft", queue=queue, kind="pigeon", channel=Channel.SMS))
    deliver_message(Effect.objects.get(name="deliver_message").pk)
    assert [message.text for message in PigeonAdapter.sent] == [conversation.messages.last().text]
    assert conversation.messages.last().delivery == Delivery.ACCEPTED

"""Messages over the widget's socket: in, offered, answered, once each, whatever happens to the line."""

from __future__ import annotations

import uuid

import pytest

from contactcenter.conversations.models import ChannelAccount, Conversation, Identity, Message
from contactcenter.conversations.states import ConversationState, IdentityLevel
from routing.models import Queue
from routing.services.offers import accept_offer
from routing.services.replies import send_reply
from tests import factories as make
from tests.channels.conftest import browser, play, run_in_thread

pytestmark = pytest.mark.django_db(transaction=True)


def test_round_trip(account: ChannelAccount, queue: Queue) -> None:
    ada = make.make_agent("ada", queues=[queue])
    user = ada.user

    async def story() -> None:
        async with browser(account) as page:
            ack = await page.write("Where is my order 10482?", name="Carl", email="carl@example.com")
            assert ack["message"]["from"] == "you" and ack["message"]["delivery"] == "accepted"
            assert page.token
            state = await page.hear("state")
            assert state["state"] == "queued" and state["position"] == 1
            conversation = await run_in_thread(Conversation.objects.get)
            offer = await run_in_thread(make.pending_offer, conversation)
            assert offer.agent == ada
            await run_in_thread(accept_offer, offer_id=offer.pk, agent_id=ada.pk)
            assert (await page.hear("state", state="active"))["agent"] == {"name": "Ada"}
            await run_in_thread(
                send_reply, conversation_id=conversation.pk, author=user, text="On its way.", client_id="a1"
            )
            answer = (await page.hear("message"))["message"]
            while answer["from"] != "agent":
                answer = (await page.hear("message"))["message"]
            assert answer["text"] == "On its way." and answer["author"] == {"name": "Ada"}
            assert "client" not in answer
            await page.say(t="seen", seq=answer["seq"])
            await page.hear("delivery", delivery="read")

    play(story())
    conversation = Conversation.objects.get()
    assert conversation.state == ConversationState.ACTIVE and conversation.customer.name == "Carl"
    assert Message.objects.get(kind="out").delivery == "read"
    assert Identity.objects.get(kind="email").level == IdentityLevel.CLAIMED
    assert Identity.objects.get(kind="visitor").level == IdentityLevel.RECOGNISED
    assert conversation.events.first().data["channel"] == "chat"
    assert uuid.UUID(str(conversation.public_id))

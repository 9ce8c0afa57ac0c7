"""How a customer can be answered: asked of the adapters, offered only where it is open, checked when it is used."""

from __future__ import annotations

from typing import Any

import pytest

from channels_app.inbound import handle
from channels_app.outbound import deliver
from channels_app.reach import check_fits, find_way, ways_to
from channels_app.registry import adapter_class
from channels_app.types import Capability, InboundEvent, InboundKind, Limits, Sender
from contactcenter.base.clock import now
from contactcenter.base.errors import Refused
from contactcenter.conversations.models import (
    Attachment,
    BlockedAddress,
    ChannelAccount,
    ConsentEntry,
    Conversation,
    Effect,
    Identity,
)
from contactcenter.conversations.services.customers import find_or_create_identity
from contactcenter.conversations.states import Channel, IdentityKind, IdentityLevel
from routing.models import Queue
from routing.services.handling import pull
from routing.services.replies import send_reply
from tests import factories as make
from tests.channels.adapters import PigeonAdapter

pytestmark = pytest.mark.django_db
PHONE = "+37120000001"


@pytest.fixture(autouse=True)
def pigeons(settings: Any) -> None:
    settings.CHANNEL_ADAPTERS = {**settings.CHANNEL_ADAPTERS, "pigeon": "tests.channels.adapters.PigeonAdapter"}
    PigeonAdapter.sent.clear()


@pytest.fixture
def sms(queue: Queue) -> ChannelAccount:
    return make.make_account("sms", queue=queue, kind="pigeon", channel=Channel.SMS)


@pytest.fixture
def conversation(account: ChannelAccount, sms: ChannelAccount) -> Conversation:
    return make.make_waiting(account)


def add_phone(conversation: Conversation, **fields: Any) -> Identity:
    return find_or_create_identity(
        brand=conversation.brand,
        kind=IdentityKind.PHONE,
        address=PHONE,
        level=IdentityLevel.CLAIMED,
        customer=conversation.customer,
        **fields,
    )


def names(conversation: Conversation) -> list[str]:
    return [way.account.slug for way in ways_to(conversation)]


def test_every_adapter_says_whom_it_reaches_and_how_much_it_takes(settings: Any) -> None:
    for kind in settings.CHANNEL_ADAPTERS:
        adapter = adapter_class(kind)
        assert adapter.identity_kinds and isinstance(adapter.limits, Limits), kind


def test_an_address_opens_a_way(conversation: Conversation) -> None:
    assert names(conversation) == ["shop"]
    phone = add_phone(conversation)
    assert names(conversation) == ["shop", "sms"]
    way = ways_to(conversation)[1]
    assert (way.identity, way.limits.text, way.is_live) == (phone, 160, False)
    assert find_way(conversation, way.key) == way
    assert find_way(conversation, "") == ways_to(conversation)[0]


def test_what_is_closed_is_not_offered(conversation: Conversation, sms: ChannelAccount) -> None:
    phone = add_phone(conversation)
    key = ways_to(conversation)[1].key
    blocked = BlockedAddress.objects.create(brand=conversation.brand, kind="phone", address=PHONE, reason="spam")
    assert names(conversation) == ["shop"]
    blocked.delete()
    refusal = ConsentEntry.objects.create(
        customer=conversation.customer, purpose="service", channel="sms", is_granted=False, source="test"
    )
    assert names(conversation) == ["shop"]
    refusal.delete()
    Identity.objects.filter(pk=phone.pk).update(scope="another page")
    assert names(conversation) == ["shop"]
    Identity.objects.filter(pk=phone.pk).update(scope="")
    ChannelAccount.objects.filter(pk=sms.pk).update(is_active=False)
    assert names(conversation) == ["shop"]
    with pytest.raises(Refused):
        find_way(conversation, key)


def test_a_widget_is_reached_only_where_it_wrote(conversation: Conversation, sms: ChannelAccount) -> None:
    """The visitor's page shows the conversation that was begun there and no other."""
    assert Capability.STARTS not in adapter_class("webchat").capabilities
    phone = find_or_create_identity(
        brand=conversation.brand,
        kind=IdentityKind.PHONE,
        address=PHONE,
        level=IdentityLevel.RECOGNISED,
        customer=conversation.customer,
    )
    elsewhere = make.make_waiting(sms, customer=conversation.customer)
    Conversation.objects.filter(pk=elsewhere.pk).update(identity=phone)
    elsewhere.messages.update(identity=phone)
    elsewhere.refresh_from_db()
    assert names(elsewhere) == ["sms"]


def test_the_other_way_there_and_back(conversation: Conversation, sms: ChannelAccount, queue: Queue) -> None:
    phone = find_or_create_identity(
        brand=conversation.brand,
        kind=IdentityKind.PHONE,
        address=PHONE,
        level=IdentityLevel.RECOGNISED,
        customer=conversation.customer,
    )
    Conversation.objects.filter(pk=conversation.pk).update(thread_key="the widget's own")
    agent = make.make_agent("ada", queues=[queue], present=False)
    pull(conversation_id=conversation.pk, agent_id=agent.pk)
    message = send_reply(
        conversation_id=conversation.pk, author=agent.user, text="By SMS", client_id="1", account=sms, identity=phone
    )
    deliver(Effect.objects.get(target_id=message.pk))
    (sent,) = PigeonAdapter.sent
    assert (sent.recipient, sent.thread_key) == (PHONE, "")
    sender = Sender(kind=IdentityKind.PHONE, address=PHONE, level=IdentityLevel.RECOGNISED)
    event = InboundEvent(
        kind=InboundKind.MESSAGE, external_id="in-1", occurred_at=now(), sender=sender, text="Thanks, got it?"
    )
    answered = handle(sms, event)
    assert answered.conversation == conversation, "the answer belongs where we wrote from"
    assert ways_to(conversation)[0].account == sms, "and the next reply goes the way they wrote last"


def test_limits_are_kept(conversation: Conversation, account: ChannelAccount) -> None:
    add_phone(conversation)
    chat, way = ways_to(conversation)
    file = Attachment(name="a", size=1)
    check_fits(way, "x" * 160, [file])
    for text, files in (("x" * 161, []), ("x", [file, file]), ("x", [Attachment(name="a", size=11 * 2**20)])):
        with pytest.raises(Refused):
            check_fits(way, text, files)
    check_fits(chat, "x" * 161, [file, file])

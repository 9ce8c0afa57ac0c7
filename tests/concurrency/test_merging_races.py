"""Merging while customers write and agents close: nothing is lost, and nobody waits for a lock out of order."""

from __future__ import annotations

import pytest
from django.db import transaction

from channels_app.inbound import handle
from channels_app.types import InboundEvent, InboundKind, Sender
from contactcenter.accounts.models import Role
from contactcenter.base.clock import now
from contactcenter.base.errors import Refused
from contactcenter.conversations.locking import lock_conversation
from contactcenter.conversations.models import ConversationMerge, Message
from contactcenter.conversations.services.merging import merge_customers
from contactcenter.conversations.services.messages import add_message, open_conversation, record_delivery
from contactcenter.conversations.states import ConversationState, Delivery, IdentityKind, IdentityLevel, MessageKind
from routing.models import Assignment
from routing.services.arriving import customer_wrote
from routing.services.handling import close, pull
from routing.services.merging import merge_conversations, undo_merge
from routing.services.reopening import reopen, start_following
from routing.services.splitting import split_conversation
from tests import factories as make
from tests.concurrency.test_races import in_rounds
from tests.concurrency.together import together, won

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def adapters(settings) -> None:
    settings.CHANNEL_ADAPTERS = {**settings.CHANNEL_ADAPTERS, "fake": "tests.channels.adapters.PigeonAdapter"}


@pytest.fixture
def sue():
    return make.make_user("sue", role=Role.SUPERVISOR)


def two(account, agent):
    """Two open conversations of one customer on one mailbox, as the second one's sender is known."""
    customer = make.make_customer()
    identity = customer.identities.get()
    found = []
    for text in ("First", "Second"):
        with transaction.atomic():
            conversation = open_conversation(customer=customer, account=account, identity=identity, thread_key=text)
            add_message(conversation, MessageKind.IN, text, identity=identity)
            customer_wrote(conversation)
        pull(conversation_id=conversation.pk, agent_id=agent.pk)
        found.append(conversation)
    return found


def write(account, conversation, text: str):
    sender = Sender(kind=IdentityKind.VISITOR, address=conversation.identity.address, level=IdentityLevel.RECOGNISED)
    event = InboundEvent(
        kind=InboundKind.MESSAGE,
        external_id=f"{conversation.pk}-{text}",
        occurred_at=now(),
        sender=sender,
        text=text,
        thread_key=conversation.thread_key,
    )
    return handle(account, event)


@pytest.mark.parametrize("which", [0, 1], ids=["into the later", "into the earlier"])
def test_merge_and_what_the_customer_writes_meanwhile(mail, queue, sue, which) -> None:
    ada = make.make_agent("ada", queues=[queue], capacity=1000)

    def play(seed: int) -> None:
        pair = two(mail, ada)
        kept, merged = pair[1 - which], pair[which]
        together(
            lambda: merge_conversations(kept_id=kept.pk, merged_id=merged.pk, actor=sue),
            *[lambda number=number: write(mail, merged, f"more {number}") for number in range(4)],
            seed=seed,
        )
        merged.refresh_from_db()
        assert merged.merged_into == kept
        assert Message.objects.filter(conversation__in=pair, text__startswith="more").count() == 4
        assert write(mail, merged, "after").conversation == kept

    in_rounds(play)


def test_customers_become_one_while_they_write(mail, queue, sue) -> None:
    ada = make.make_agent("ada", queues=[queue], capacity=1000)

    def play(seed: int) -> None:
        (conversation, _second), kept = two(mail, ada), make.make_customer("Līga")
        merged = conversation.customer
        merge = lambda: merge_customers(kept_id=kept.pk, merged_id=merged.pk, actor=sue)  # noqa: E731
        together(merge, *[lambda number=number: write(mail, conversation, f"more {number}") for number in range(4)])
        merge()
        assert Message.objects.filter(conversation__customer=kept, text__startswith="more").count() == 4
        assert write(mail, conversation, "after").conversation.customer == kept

    in_rounds(play)


def test_merge_both_ways_at_once(mail, queue, sue) -> None:
    ada = make.make_agent("ada", queues=[queue], capacity=1000)

    def play(seed: int) -> None:
        first, second = two(mail, ada)
        results = together(
            lambda: merge_conversations(kept_id=first.pk, merged_id=second.pk, actor=sue),
            lambda: merge_conversations(kept_id=second.pk, merged_id=first.pk, actor=sue),
            seed=seed,
        )
        assert won(results) == 1, "one is closed, the other stays"

    in_rounds(play)


def test_close_and_merge(mail, queue, sue) -> None:
    ada = make.make_agent("ada", queues=[queue], capacity=1000)

    def play(seed: int) -> None:
        kept, merged = two(mail, ada)
        together(
            lambda: merge_conversations(kept_id=kept.pk, merged_id=merged.pk, actor=sue),
            lambda: close(conversation_id=merged.pk, actor=ada.user),
            lambda: close(conversation_id=kept.pk, actor=ada.user),
            seed=seed,
        )
        kept.refresh_from_db()
        merged.refresh_from_db()
        assert (kept.state, merged.state) == (ConversationState.CLOSED, ConversationState.CLOSED)
        assert merged.merged_into in {None, kept}

    in_rounds(play)


def test_merge_undone_by_both_at_once_while_the_customer_writes(mail, queue, sue) -> None:
    ada = make.make_agent("ada", queues=[queue], capacity=1000)

    def play(seed: int) -> None:
        kept, merged = two(mail, ada)
        merge = merge_conversations(kept_id=kept.pk, merged_id=merged.pk, actor=ada.user)
        together(
            lambda: undo_merge(merge_id=merge.pk, actor=ada.user),
            lambda: undo_merge(merge_id=merge.pk, actor=ada.user),
            lambda: write(mail, merged, "hello"),
            seed=seed,
        )
        merged.refresh_from_db()
        assert (merged.state, merged.merged_into) == (ConversationState.ACTIVE, None)
        assert Assignment.objects.filter(conversation=merged, state="handling").count() == 1
        assert Message.objects.filter(conversation__in=[kept, merged], text="hello").count() == 1
        assert ConversationMerge.objects.get(pk=merge.pk).undone_at is not None

    in_rounds(play)


def test_split_by_double_click_while_receipts_come(mail, queue) -> None:
    ada = make.make_agent("ada", queues=[queue], capacity=1000)

    def play(seed: int) -> None:
        conversation, _other = two(mail, ada)
        with transaction.atomic():
            locked = lock_conversation(conversation.pk)
            sent = add_message(locked, MessageKind.OUT, "Answer", author=ada.user, delivery=Delivery.ACCEPTED)
            add_message(locked, MessageKind.IN, "Another matter")
        results = together(
            lambda: split_conversation(message_id=sent.pk, actor=ada.user),
            lambda: split_conversation(message_id=sent.pk, actor=ada.user),
            lambda: record_delivery(message_id=sent.pk, delivery=Delivery.DELIVERED),
            lambda: record_delivery(message_id=sent.pk, delivery=Delivery.READ),
            seed=seed,
        )
        assert results[0] == results[1]
        sent.refresh_from_db()
        assert (sent.conversation, sent.delivery) == (results[0], Delivery.READ)

    in_rounds(play)


def test_reopened_by_two_and_by_the_customer(queue, settings) -> None:
    mail = make.make_account("mailbox", queue=queue, kind="fake", channel="email", reopen_hours=24)
    ada, ben = (make.make_agent(name, queues=[queue], capacity=1000) for name in ("ada", "ben"))

    def play(seed: int) -> None:
        conversation, _other = two(mail, ada)
        close(conversation_id=conversation.pk, actor=ada.user)
        together(
            lambda: reopen(conversation_id=conversation.pk, actor=ada.user),
            lambda: reopen(conversation_id=conversation.pk, actor=ben.user),
            lambda: write(mail, conversation, "hello"),
            seed=seed,
        )
        conversation.refresh_from_db()
        assert conversation.state != ConversationState.CLOSED
        assert conversation.reopened_count == 1

    in_rounds(play)


def test_followed_by_double_click(chat, queue) -> None:
    ada = make.make_agent("ada", queues=[queue], capacity=1000)

    def play(seed: int) -> None:
        conversation, _other = two(chat, ada)
        close(conversation_id=conversation.pk, actor=ada.user)
        results = together(*[lambda: start_following(conversation_id=conversation.pk, actor=ada.user)] * 3, seed=seed)
        assert len(set(results)) == 1
        assert not any(isinstance(result, Refused) for result in results)

    in_rounds(play)

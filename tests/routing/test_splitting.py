"""Splitting: from a message on the rest is a conversation of its own, both logs without gaps."""

from __future__ import annotations

import pytest
from django.db import transaction

from contactcenter.accounts.models import Role
from contactcenter.base.errors import Forbidden, Gone, Refused
from contactcenter.conversations.locking import lock_conversation
from contactcenter.conversations.models import Conversation
from contactcenter.conversations.services.messages import add_message, add_note, record_delivery
from contactcenter.conversations.states import ConversationState, Delivery, MessageKind
from routing.services.handling import close
from routing.services.replies import send_reply
from routing.services.splitting import split_conversation
from tests import factories as make

pytestmark = pytest.mark.django_db(transaction=True)


def say(conversation, text: str):
    with transaction.atomic():
        locked = lock_conversation(conversation.pk)
        return add_message(locked, MessageKind.IN, text, identity=locked.identity)


@pytest.fixture
def story(clock, chat, ada):
    """Two matters in one: the parcel, answered, and then an invoice with a note."""
    conversation = make.make_active(chat, ada)
    clock.shift(5)
    send_reply(conversation_id=conversation.pk, author=ada.user, text="It comes tomorrow", client_id="a1")
    clock.shift(5)
    second = say(conversation, "And my invoice is wrong")
    clock.shift(5)
    add_note(conversation_id=conversation.pk, author=ada.user, text="Ask billing")
    clock.shift(5)
    return conversation, second


def test_the_rest_moves_and_keeps_its_times(story, ada) -> None:
    conversation, second = story
    fresh = split_conversation(message_id=second.pk, actor=ada.user)
    assert split_conversation(message_id=second.pk, actor=ada.user) == fresh, "the same click twice"
    conversation.refresh_from_db()
    fresh.refresh_from_db()
    assert [row.text for row in conversation.messages.all()] == ["Where is my order?", "It comes tomorrow"]
    assert [row.text for row in fresh.messages.all()] == ["And my invoice is wrong", "Ask billing"]
    assert (fresh.follows, fresh.state, fresh.owner) == (conversation, ConversationState.ACTIVE, ada.user)
    assert [event.seq for event in fresh.events.all()] == list(range(1, fresh.event_seq + 1))
    moved = fresh.events.get(kind="message.received")
    assert moved.at == second.created_at
    assert moved.data["moved_from"] == [conversation.pk, second.seq]
    assert [event.kind for event in fresh.events.order_by("at", "pk")][:3] == [
        "conversation.created",
        "message.received",
        "note.added",
    ]


def test_lists_show_each_its_own(story, ada) -> None:
    conversation, second = story
    fresh = split_conversation(message_id=second.pk, actor=ada.user)
    conversation.refresh_from_db()
    fresh.refresh_from_db()
    assert (conversation.last_message_text, conversation.waiting_since) == ("It comes tomorrow", None)
    assert (fresh.last_message_text, fresh.waiting_since) == ("And my invoice is wrong", second.created_at)
    assert (conversation.unread_count, fresh.unread_count) == (1, 1)


def test_to_a_queue_or_an_agent_who_is_asked(story, queue, ada, ben) -> None:
    conversation, second = story
    note = conversation.messages.last()
    to_queue = split_conversation(message_id=note.pk, actor=ada.user, queue=queue)
    to_queue.refresh_from_db()
    assert to_queue.state in {ConversationState.QUEUED, ConversationState.OFFERED}
    to_ben = split_conversation(message_id=second.pk, actor=ada.user, to_agent_id=ben.pk)
    assert make.pending_offer(to_ben).agent == ben


def test_who_may_and_what_cannot(story, ada, ben) -> None:
    conversation, second = story
    first = conversation.messages.first()
    with pytest.raises(Forbidden):
        split_conversation(message_id=second.pk, actor=ben.user)
    with pytest.raises(Refused, match="nothing would stay"):
        split_conversation(message_id=first.pk, actor=ada.user)
    sue = make.make_user("sue", role=Role.SUPERVISOR)
    with pytest.raises(Forbidden):
        split_conversation(message_id=second.pk, actor=sue)
    assert Conversation.objects.count() == 1, "nothing is left of what failed"
    close(conversation_id=conversation.pk, actor=ada.user)
    with pytest.raises(Gone):
        split_conversation(message_id=second.pk, actor=ada.user)


def test_a_receipt_finds_the_message_where_it_has_gone(story, ada) -> None:
    conversation, second = story
    sent = send_reply(conversation_id=conversation.pk, author=ada.user, text="Which one?", client_id="a2")
    fresh = split_conversation(message_id=second.pk, actor=ada.user)
    assert record_delivery(message_id=sent.pk, delivery=Delivery.READ)
    assert fresh.events.filter(kind="message.delivery").exists()

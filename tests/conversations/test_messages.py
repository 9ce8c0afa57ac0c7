"""Messages: numbered without gaps, posted once, delivered forward only; drafts; what lists show of them."""

from __future__ import annotations

import itertools

import pytest
from django.db import connection, transaction

from contactcenter.base.errors import Refused
from contactcenter.conversations.locking import lock_conversation
from contactcenter.conversations.models import Draft, Effect, Message
from contactcenter.conversations.services.messages import (
    MAX_TEXT,
    add_message,
    add_note,
    mark_read,
    record_delivery,
    record_delivery_up_to,
    save_draft,
)
from contactcenter.conversations.states import DELIVERY_RANK, Delivery, MessageKind
from tests import factories as make
from tests.concurrency.together import together

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def conversation():
    return make.make_waiting(make.make_account(queue=make.make_queue()))


@pytest.fixture
def letter():
    return make.make_waiting(make.make_account("mail", queue=make.make_queue("mail"), kind="fake", channel="email"))


def add(conversation, kind=MessageKind.OUT, text="Hello", **fields) -> Message:
    with transaction.atomic():
        return add_message(lock_conversation(conversation.pk), kind, text, **fields)


def add_and_fail(conversation, kind: MessageKind) -> None:
    with transaction.atomic():
        add_message(lock_conversation(conversation.pk), kind, "never")
        raise ZeroDivisionError


def seqs(conversation) -> list[int]:
    return list(conversation.events.order_by("seq").values_list("seq", flat=True))


def test_events_and_messages_are_numbered_without_gaps_also_when_written_at_once(conversation) -> None:
    user = make.make_user()
    together(*[lambda: add_note(conversation_id=conversation.pk, author=user, text="x") for _ in range(6)])
    with pytest.raises(ZeroDivisionError):
        add_and_fail(conversation, MessageKind.NOTE)
    add(conversation)
    conversation.refresh_from_db()
    assert seqs(conversation) == list(range(1, conversation.event_seq + 1))
    numbers = list(conversation.messages.order_by("pk").values_list("seq", flat=True))
    assert numbers == sorted(set(numbers)) and set(numbers) <= set(seqs(conversation))


def test_the_same_client_id_is_one_message_in_its_conversation(conversation, letter) -> None:
    first = add(conversation, client_id="a")
    assert add(conversation, text="other", client_id="a") == first
    assert add(letter, client_id="a") != first
    assert add(conversation, client_id="") != add(conversation, client_id="")


@pytest.mark.parametrize("text", ["", "  \n ", "\0\x07"])
def test_nothing_is_not_sent(conversation, text: str) -> None:
    with pytest.raises(Refused) as refusal:
        add(conversation, text=text)
    assert refusal.value.code == "empty"


def test_text_is_kept_as_people_wrote_it_without_what_cannot_be_kept(conversation) -> None:
    assert add(conversation, text=" Tere!\n\tÕhtust\0 \ud83d ").text == "Tere!\n\tÕhtust ?"
    assert add(conversation, text="x" * MAX_TEXT).text
    with pytest.raises(Refused) as refusal:
        add(conversation, text="x" * (MAX_TEXT + 1))
    assert refusal.value.code == "too_long"


def test_the_list_columns_follow_the_last_word(conversation) -> None:
    conversation.refresh_from_db()
    asked = conversation.messages.get()
    assert (conversation.unread_count, conversation.waiting_since) == (1, asked.created_at)
    add(conversation, MessageKind.IN, "Hello??")
    conversation.refresh_from_db()
    assert (conversation.unread_count, conversation.waiting_since) == (2, asked.created_at), "since the first question"
    add(conversation, MessageKind.NOTE, "He is nervous")
    conversation.refresh_from_db()
    assert conversation.last_message_text == "Hello??"
    answer = add(conversation, text="word " * 100)
    conversation.refresh_from_db()
    assert (conversation.waiting_since, conversation.last_message_at) == (None, answer.created_at)
    assert conversation.last_message_text.endswith("word…") and len(conversation.last_message_text) <= 120
    mark_read(conversation_id=conversation.pk, reader=make.make_user())
    before = len(seqs(conversation))
    mark_read(conversation_id=conversation.pk, reader=make.make_user())
    conversation.refresh_from_db()
    assert conversation.unread_count == 0 and len(seqs(conversation)) == before


def test_what_a_provider_carries_is_planned_in_the_same_transaction(letter, conversation) -> None:
    message = add(letter)
    assert message.delivery == Delivery.PENDING
    assert Effect.objects.get(key=f"deliver_message:{message.pk}").target_id == message.pk
    assert add(conversation).delivery == Delivery.ACCEPTED, "our own widget has it"
    with pytest.raises(ZeroDivisionError):
        add_and_fail(letter, MessageKind.OUT)
    assert Effect.objects.count() == 1


@pytest.mark.parametrize(("before", "after"), list(itertools.product(Delivery, Delivery)))
def test_delivery_moves_forward_only(letter, before: Delivery, after: Delivery) -> None:
    message = add(letter, delivery=before)
    count = len(seqs(letter))
    moved = record_delivery(message_id=message.pk, delivery=after, error="no such mailbox", external_id="p1")
    message.refresh_from_db()
    assert moved == (DELIVERY_RANK[after] > DELIVERY_RANK[before])
    assert message.delivery == (after if moved else before) and message.external_id == "p1"
    assert len(seqs(letter)) == count + moved
    if before == Delivery.PENDING and not moved:
        record_delivery(message_id=message.pk, delivery=Delivery.ACCEPTED)
    Effect.objects.filter(key=f"deliver_message:{message.pk}").update(done_at=None)
    if message.delivery == Delivery.PENDING:
        record_delivery(message_id=message.pk, delivery=Delivery.FAILED)


def test_seen_up_to_a_point(conversation) -> None:
    first, second, third = add(conversation), add(conversation), add(conversation)
    done = {"conversation_id": conversation.pk, "delivery": Delivery.READ}
    assert record_delivery_up_to(seq=second.seq, **done) == 2
    assert record_delivery_up_to(seq=second.seq, **done) == 0, "the same receipt again"
    states = [Message.objects.get(pk=row.pk).delivery for row in (first, second, third)]
    assert states == [Delivery.READ, Delivery.READ, Delivery.ACCEPTED]
    read = Message.objects.get(pk=first.pk)
    assert read.read_at is not None and read.delivered_at is not None


def test_drafts_are_one_each_and_empty_ones_are_forgotten(conversation) -> None:
    user = make.make_user()
    keys = {"user": user, "conversation": conversation, "seen_seq": 3}
    save_draft(mode="reply", text="Dear", **keys)
    draft = save_draft(mode="reply", text="Dear Carl\0", **keys)
    save_draft(mode="note", text="hm", **keys)
    assert Draft.objects.count() == 2 and draft is not None and draft.text == "Dear Carl"
    assert save_draft(mode="reply", text="  ", **keys) is None
    assert Draft.objects.get().mode == "note"
    connection.close()

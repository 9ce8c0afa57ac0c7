"""Replies that wait: taken back, sent in their order, refused with the reason, each once."""

from __future__ import annotations

from datetime import timedelta

import pytest

from contactcenter.accounts.models import Role
from contactcenter.base.errors import Forbidden, Gone, Refused
from contactcenter.conversations.models import Attachment, Draft, Message, ScheduledReply
from contactcenter.conversations.services.messages import add_message, save_draft
from contactcenter.conversations.states import ConversationState, Delivery, MessageKind, SnoozeReason
from routing.services.arriving import customer_wrote
from routing.services.handling import close, transfer
from routing.services.replies import AnsweredMeanwhile, retry_message, send_reply
from routing.services.scheduling import schedule_reply, send_due_replies, send_now, settle_refused, take_back
from routing.sweeping import send_due_scheduled_replies
from tests import factories as make

pytestmark = pytest.mark.django_db(transaction=True)


def schedule(conversation, author, text: str = "On its way", client_id: str = "1", seconds: float = 5, **fields):
    return schedule_reply(
        conversation_id=conversation.pk,
        author=author,
        text=text,
        client_id=client_id,
        send_at=make.later(seconds),
        **fields,
    )


def texts(conversation) -> list[str]:
    rows = Message.objects.filter(conversation=conversation, kind=MessageKind.OUT).order_by("seq")
    return list(rows.values_list("text", flat=True))


def customer_says(conversation, text: str = "Wait") -> None:
    from django.db import transaction

    from contactcenter.conversations.locking import lock_conversation

    with transaction.atomic():
        locked = lock_conversation(conversation.pk)
        add_message(locked, MessageKind.IN, text, identity=locked.identity)
        customer_wrote(locked)


def test_it_goes_out_once_when_its_time_has_come(clock, chat, ada) -> None:
    conversation = make.make_active(chat, ada)
    save_draft(user=ada.user, conversation=conversation, mode="reply", text="On i", seen_seq=3)
    first = schedule(conversation, ada.user)
    assert schedule(conversation, ada.user, text="something else") == first
    assert not Draft.objects.exists()
    assert send_due_scheduled_replies() == 0
    assert texts(conversation) == []
    clock.shift(6)
    assert send_due_scheduled_replies() == 1
    assert send_due_scheduled_replies() == 0
    assert texts(conversation) == ["On its way"]
    first.refresh_from_db()
    assert (first.state, first.message.text) == (ScheduledReply.State.SENT, "On its way")
    with pytest.raises(Gone):
        take_back(reply_id=first.pk, author=ada.user)


def test_taken_back_it_is_a_draft_again(clock, chat, ada) -> None:
    conversation = make.make_active(chat, ada)
    reply = schedule(conversation, ada.user, seen_seq=conversation.event_seq)
    save_draft(user=ada.user, conversation=conversation, mode="reply", text="and more", seen_seq=3)
    for _ in range(2):
        assert take_back(reply_id=reply.pk, author=ada.user).state == ScheduledReply.State.CANCELLED
    assert Draft.objects.get().text == "On its way\nand more"
    clock.shift(6)
    send_due_scheduled_replies()
    assert texts(conversation) == []
    with pytest.raises(Gone):
        send_now(reply_id=reply.pk, author=ada.user)


def test_several_go_out_in_their_order_and_later_ones_wait(clock, chat, ada) -> None:
    conversation = make.make_active(chat, ada)
    for number in range(3):
        schedule(conversation, ada.user, text=f"part {number}", client_id=f"part-{number}", seconds=5 + number)
    tomorrow = schedule(conversation, ada.user, text="tomorrow", client_id="tomorrow", seconds=86400)
    clock.shift(20)
    assert send_due_replies(conversation_id=conversation.pk) == 3
    assert texts(conversation) == ["part 0", "part 1", "part 2"]
    for _ in range(2):
        assert send_now(reply_id=tomorrow.pk, author=ada.user).state == ScheduledReply.State.SENT
    assert texts(conversation)[-1] == "tomorrow"


def test_only_its_author_has_it_in_hand(clock, chat, ada, ben) -> None:
    conversation = make.make_active(chat, ada)
    reply = schedule(conversation, ada.user)
    for act in (send_now, take_back):
        with pytest.raises(ScheduledReply.DoesNotExist):
            act(reply_id=reply.pk, author=ben.user)


def test_a_colleagues_answer_meanwhile_refuses_it_in_the_authors_language(clock, chat, ada) -> None:
    conversation = make.make_active(chat, ada)
    sue = make.make_user("sue", role=Role.SUPERVISOR)
    conversation.refresh_from_db()
    reply = schedule(conversation, ada.user, seen_seq=conversation.event_seq)
    send_reply(conversation_id=conversation.pk, author=sue, text="I took that over", client_id="sue")
    with pytest.raises(AnsweredMeanwhile):
        schedule(conversation, ada.user, client_id="2", seen_seq=conversation.event_seq)
    clock.shift(6)
    with pytest.raises(Refused, match="Sue"):
        send_now(reply_id=reply.pk, author=ada.user)
    reply.refresh_from_db()
    assert reply.state == ScheduledReply.State.REFUSED
    assert "I took that over" in reply.error
    assert Draft.objects.get(user=ada.user).text == "On its way"
    assert texts(conversation) == ["I took that over"]
    settle_refused(conversation_id=conversation.pk, author=ada.user)
    reply.refresh_from_db()
    assert reply.state == ScheduledReply.State.CANCELLED


@pytest.mark.parametrize("how", ["closed", "gone to the queue"])
def test_what_is_no_longer_the_authors_is_refused(clock, chat, ada, how: str) -> None:
    conversation = make.make_active(chat, ada)
    reply = schedule(conversation, ada.user)
    if how == "closed":
        close(conversation_id=conversation.pk, actor=ada.user)
    else:
        transfer(conversation_id=conversation.pk, actor=ada.user, queue=conversation.entries.first().queue)
    clock.shift(6)
    send_due_scheduled_replies()
    reply.refresh_from_db()
    assert (reply.state, bool(reply.error)) == (ScheduledReply.State.REFUSED, True)
    assert texts(conversation) == []


def test_send_and_wait_and_send_and_close_are_one_act(clock, chat, ada) -> None:
    conversation = make.make_active(chat, ada)
    send_reply(conversation_id=conversation.pk, author=ada.user, text="1", client_id="1", then="wait")
    conversation.refresh_from_db()
    assert (conversation.state, conversation.snooze_reason) == (ConversationState.SNOOZED, SnoozeReason.CUSTOMER)
    # Something was forgotten: it stays aside.
    schedule(conversation, ada.user, text="2", client_id="2", then="wait")
    clock.shift(6)
    send_due_scheduled_replies()
    conversation.refresh_from_db()
    assert conversation.state == ConversationState.SNOOZED
    customer_says(conversation)
    schedule(conversation, ada.user, text="3", client_id="3", then="close")
    clock.shift(6)
    send_due_scheduled_replies()
    conversation.refresh_from_db()
    assert (conversation.state, texts(conversation)) == (ConversationState.CLOSED, ["1", "2", "3"])


def test_an_adviser_may_answer_but_not_close(clock, chat, ada, ben) -> None:
    from routing.services.consulting import request_consult
    from routing.services.offers import accept_offer

    conversation = make.make_active(chat, ada)
    offer = request_consult(conversation_id=conversation.pk, actor=ada.user, agent_id=ben.pk)
    accept_offer(offer_id=offer.pk, agent_id=ben.pk)
    with pytest.raises(Forbidden):
        send_reply(conversation_id=conversation.pk, author=ben.user, text="x", client_id="1", then="close")
    assert texts(conversation) == [], "all of it or nothing"


def test_what_the_customer_wrote_meanwhile_is_not_closed_unread(clock, chat, ada) -> None:
    conversation = make.make_active(chat, ada)
    schedule(conversation, ada.user, then="close")
    clock.shift(2)
    customer_says(conversation)
    clock.shift(4)
    send_due_scheduled_replies()
    conversation.refresh_from_db()
    assert (conversation.state, texts(conversation)) == (ConversationState.ACTIVE, ["On its way"])


def test_times_that_are_none(clock, chat, ada) -> None:
    conversation = make.make_active(chat, ada)
    for seconds in (-1, timedelta(days=400).total_seconds()):
        with pytest.raises(Refused):
            schedule(conversation, ada.user, seconds=seconds)


def test_its_files_come_along_or_back(clock, chat, ada) -> None:
    conversation = make.make_active(chat, ada)
    file = Attachment.objects.create(
        conversation=conversation, name="a.txt", content_type="text/plain", size=1, file="a.txt", uploaded_by=ada.user
    )
    reply = schedule(conversation, ada.user, text="", attachments=[file])
    take_back(reply_id=reply.pk, author=ada.user)
    schedule(conversation, ada.user, text="", client_id="2", attachments=[file])
    clock.shift(6)
    send_due_scheduled_replies()
    file.refresh_from_db()
    assert file.message is not None and file.message.kind == MessageKind.OUT


def test_another_try_at_what_failed(clock, mail, ada, settings) -> None:
    conversation = make.make_active(mail, ada)
    message = send_reply(conversation_id=conversation.pk, author=ada.user, text="Hello", client_id="1")
    assert retry_message(message_id=message.pk, actor=ada.user).delivery == Delivery.PENDING
    Message.objects.filter(pk=message.pk).update(delivery=Delivery.FAILED, delivery_error="no such box")
    for _ in range(2):
        again = retry_message(message_id=message.pk, actor=ada.user)
        assert (again.delivery, again.delivery_error) == (Delivery.PENDING, "")
    from contactcenter.conversations.models import Effect

    assert Effect.objects.filter(name="deliver_message", target_id=message.pk).count() == 2

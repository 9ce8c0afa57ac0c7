"""Merging: one place in line, one clock, what the customer writes arrives in the one that stays; and back again."""

from __future__ import annotations

import pytest
from django.db import transaction

from channels_app.inbound import handle
from channels_app.types import InboundEvent, InboundKind, Sender
from contactcenter.accounts.models import Role
from contactcenter.base.clock import now
from contactcenter.base.errors import Forbidden, Gone, Refused
from contactcenter.conversations.locking import lock_merged_into
from contactcenter.conversations.models import Conversation, ConversationMerge, Draft
from contactcenter.conversations.services.customers import find_or_create_identity
from contactcenter.conversations.services.messages import add_message, open_conversation, save_draft
from contactcenter.conversations.states import (
    ConversationState,
    IdentityKind,
    IdentityLevel,
    MessageKind,
    SnoozeReason,
)
from routing.models import Assignment, Offer
from routing.selectors import open_entry
from routing.services.agents import set_agent_state, touch_presence
from routing.services.arriving import customer_wrote
from routing.services.handling import close, pull, snooze
from routing.services.merging import merge_conversations, undo_merge
from routing.states import AgentState, AssignmentState, OfferState, Outcome
from tests import factories as make

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def adapters(settings) -> None:
    settings.CHANNEL_ADAPTERS = {**settings.CHANNEL_ADAPTERS, "fake": "tests.channels.adapters.PigeonAdapter"}


def write_mail(mail, customer, text="And by mail") -> Conversation:
    """A mail of the customer, as a provider brings it."""
    identity = find_or_create_identity(
        brand=customer.brand,
        kind=IdentityKind.EMAIL,
        address=f"c{customer.pk}@example.com",
        level=IdentityLevel.RECOGNISED,
        customer=customer,
    )
    event = InboundEvent(
        kind=InboundKind.MESSAGE,
        external_id=f"{text}-{Conversation.objects.count()}-{now().timestamp()}",
        occurred_at=now(),
        sender=Sender(kind=IdentityKind.EMAIL, address=identity.address, level=IdentityLevel.RECOGNISED),
        text=text,
    )
    handled = handle(mail, event)
    assert handled.conversation is not None
    return Conversation.objects.get(pk=handled.conversation.pk)


@pytest.fixture
def pair(clock, chat, mail, ada):
    """A chat with Ada, and a mail of the same customer that waits: she is not asked for it."""
    kept = make.make_active(chat, ada)
    set_agent_state(agent_id=ada.pk, to=AgentState.BREAK)
    clock.shift(60)
    return kept, write_mail(mail, kept.customer)


def test_the_other_one_is_closed_and_its_place_joined(pair, ada) -> None:
    kept, merged = pair
    save_draft(user=ada.user, conversation=merged, mode="reply", text="Begun", seen_seq=1)
    merge = merge_conversations(kept_id=kept.pk, merged_id=merged.pk, actor=ada.user)
    assert merge_conversations(kept_id=kept.pk, merged_id=merged.pk, actor=ada.user) == merge, "the same click twice"
    kept.refresh_from_db()
    merged.refresh_from_db()
    assert (merged.state, merged.merged_into, merged.unread_count) == (ConversationState.CLOSED, kept, 0)
    assert merged.entries.get().outcome == Outcome.JOINED
    assert (kept.state, kept.unread_count) == (ConversationState.ACTIVE, 2)
    assert kept.last_message_text == "And by mail"
    assert kept.waiting_since == kept.messages.get().created_at, "the clock counts from the first"
    assert Draft.objects.get().conversation == kept
    assert [event.kind for event in (kept.events.last(), merged.events.last())] == [
        "conversation.joined",
        "conversation.merged",
    ]


def test_what_comes_in_there_lands_in_the_one_that_stays(pair, mail, ada) -> None:
    kept, merged = pair
    merge_conversations(kept_id=kept.pk, merged_id=merged.pk, actor=ada.user)
    assert write_mail(mail, kept.customer, "One more thing") == kept
    message = kept.messages.last()
    assert (message.text, message.account) == ("One more thing", mail)
    kept.refresh_from_db()
    assert kept.account != mail, "answers go by the way of the one that stays"
    close(conversation_id=kept.pk, actor=ada.user)
    assert write_mail(mail, kept.customer, "Hello again") == kept, "still in wrap-up"


def test_the_visitors_page_shows_only_what_went_over_it(pair, mail, ada) -> None:
    from channels_app.webchat.frames import messages_after

    kept, merged = pair
    merge_conversations(kept_id=kept.pk, merged_id=merged.pk, actor=ada.user)
    write_mail(mail, kept.customer, "My card number is …")
    assert [message.text for message in messages_after(kept, None).messages] == ["Where is my order?"]


def test_a_visitor_whose_chat_was_merged_begins_anew(clock, chat, mail, ada) -> None:
    gone = make.make_active(chat, ada)
    mailed = write_mail(mail, gone.customer)
    pull(conversation_id=mailed.pk, agent_id=ada.pk)
    with pytest.raises(Refused, match="live"):
        merge_conversations(kept_id=mailed.pk, merged_id=gone.pk, actor=ada.user)
    Conversation.objects.filter(pk=gone.pk).update(customer_left_at=now())
    merge_conversations(kept_id=mailed.pk, merged_id=gone.pk, actor=ada.user)
    sender = Sender(kind=IdentityKind.VISITOR, address=gone.identity.address, level=IdentityLevel.RECOGNISED)
    event = InboundEvent(
        kind=InboundKind.MESSAGE, external_id="x1", occurred_at=now(), sender=sender, text="Are you there?"
    )
    handled = handle(chat, event)
    assert handled.conversation not in {gone, mailed}
    assert handled.conversation.follows == mailed


def test_offers_are_revoked_and_the_better_place_counts(clock, chat, mail, ada) -> None:
    customer = make.make_customer()
    first = make.make_waiting(chat, customer=customer)
    offer = make.pending_offer(first)
    set_agent_state(agent_id=ada.pk, to=AgentState.BREAK)
    Conversation.objects.filter(pk=first.pk).update(customer_left_at=now())
    clock.shift(300)
    second = write_mail(mail, customer)
    best = open_entry(first).rank_key
    touch_presence([ada.pk])
    set_agent_state(agent_id=ada.pk, to=AgentState.AVAILABLE)
    assert Offer.objects.filter(state=OfferState.PENDING).exists()
    sue = make.make_user("sue", role=Role.SUPERVISOR)
    merge_conversations(kept_id=second.pk, merged_id=first.pk, actor=sue)
    offer.refresh_from_db()
    assert not Offer.objects.filter(conversation=first, state=OfferState.PENDING).exists()
    assert open_entry(second).rank_key == pytest.approx(best)


def test_what_waits_wakes_what_was_put_aside(clock, chat, mail, ada) -> None:
    kept = make.make_active(mail, ada, customer=make.make_customer())
    snooze(conversation_id=kept.pk, actor=ada.user, reason=SnoozeReason.CUSTOMER)
    other = make.make_active(chat, ada, customer=kept.customer)
    Conversation.objects.filter(pk=other.pk).update(customer_left_at=now())
    merge_conversations(kept_id=kept.pk, merged_id=other.pk, actor=ada.user)
    kept.refresh_from_db()
    assert (kept.state, kept.owner) == (ConversationState.ACTIVE, ada.user)
    ended = Assignment.objects.get(conversation=other)
    assert ended.state == AssignmentState.DONE, "the work goes on: there is nothing to wrap up"


def test_who_may_and_what_cannot(pair, chat, mail, ada, ben) -> None:
    kept, merged = pair
    with pytest.raises(Forbidden):
        merge_conversations(kept_id=kept.pk, merged_id=merged.pk, actor=ben.user)
    with pytest.raises(Refused):
        merge_conversations(kept_id=kept.pk, merged_id=kept.pk, actor=ada.user)
    stranger = write_mail(mail, make.make_customer("Stranger"))
    with pytest.raises(Refused, match="Two customers"):
        merge_conversations(kept_id=kept.pk, merged_id=stranger.pk, actor=ada.user)
    close(conversation_id=kept.pk, actor=ada.user)
    with pytest.raises(Gone, match="ended"):
        merge_conversations(kept_id=kept.pk, merged_id=merged.pk, actor=ada.user)


def test_taken_back_it_is_with_the_one_who_parts_them(pair, mail, ada, clock) -> None:
    kept, merged = pair
    merge = merge_conversations(kept_id=kept.pk, merged_id=merged.pk, actor=ada.user)
    parted = undo_merge(merge_id=merge.pk, actor=ada.user)
    assert undo_merge(merge_id=merge.pk, actor=ada.user) == parted, "the same click twice"
    parted.refresh_from_db()
    assert (parted.state, parted.owner, parted.merged_into) == (ConversationState.ACTIVE, ada.user, None)
    assert write_mail(mail, kept.customer, "To the mail again") == merged


def test_after_seven_days_it_stays(pair, ada, clock) -> None:
    kept, merged = pair
    merge = merge_conversations(kept_id=kept.pk, merged_id=merged.pk, actor=ada.user)
    clock.shift(8 * 24 * 3600)
    with pytest.raises(Gone):
        undo_merge(merge_id=merge.pk, actor=ada.user)
    assert ConversationMerge.objects.get().undone_at is None


def test_a_merge_of_a_merge_is_followed_to_the_end(pair, chat, mail, ada) -> None:
    kept, merged = pair
    merge_conversations(kept_id=kept.pk, merged_id=merged.pk, actor=ada.user)
    with transaction.atomic():
        last = open_conversation(customer=kept.customer, account=mail, identity=kept.identity)
        add_message(last, MessageKind.IN, "A third one", identity=kept.identity)
        customer_wrote(last)
    Conversation.objects.filter(pk=kept.pk).update(customer_left_at=now())
    pull(conversation_id=last.pk, agent_id=ada.pk)
    merge_conversations(kept_id=last.pk, merged_id=kept.pk, actor=ada.user)
    with transaction.atomic():
        assert lock_merged_into(merged.pk) == last

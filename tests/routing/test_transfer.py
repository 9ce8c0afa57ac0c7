"""Handing over: to a queue or an agent, with the note, the place kept, and who may."""

from __future__ import annotations

import pytest

from contactcenter.accounts.models import Role
from contactcenter.base.errors import Forbidden, Gone, Refused
from contactcenter.conversations.events import EventKind
from contactcenter.conversations.states import ConversationState
from routing.models import QueueEntry
from routing.selectors import waited_seconds
from routing.services.agents import touch_presence
from routing.services.handling import close, transfer
from routing.services.offers import accept_offer
from routing.states import AssignmentState, OfferState, Outcome
from routing.sweeping import expire_due_offers
from tests import factories as make

pytestmark = pytest.mark.django_db(transaction=True)


def rank_of(conversation) -> tuple[float, float]:
    """(the entry's rank, the clock) in seconds."""
    entry = QueueEntry.objects.get(conversation=conversation, left_at=None)
    return entry.rank_key, entry.entered_at.timestamp()


def test_to_a_queue_with_a_note_and_the_place_kept(clock, queue, chat, ada, ben) -> None:
    conversation = make.make_waiting(chat)
    clock.shift(20)
    accept_offer(offer_id=make.pending_offer(conversation).pk, agent_id=ada.pk)
    clock.shift(300)
    touch_presence([ada.pk, ben.pk])
    other = make.make_queue("billing")
    transfer(conversation_id=conversation.pk, actor=ada.user, queue=other, note="Asks\0 for an invoice")
    conversation.refresh_from_db()
    assert (conversation.state, conversation.owner) == (ConversationState.QUEUED, None)
    rank, entered = rank_of(conversation)
    assert entered - rank == 20, "handling is not waiting"
    entry = QueueEntry.objects.get(left_at=None)
    assert (entry.queue, entry.note, entry.sent_by) == (other, "Asks for an invoice", ada.user)
    assert ada.assignments.get().state == AssignmentState.WRAP_UP
    event = conversation.events.get(kind=EventKind.CONVERSATION_TRANSFERRED)
    assert (event.actor, event.data["target"], event.data["note"]) == (ada.user, "Billing", "Asks for an invoice")


def test_waiting_adds_up_over_several_stays(clock, queue, chat, ada, ben) -> None:
    conversation = make.make_waiting(chat)
    clock.shift(10)
    accept_offer(offer_id=make.pending_offer(conversation).pk, agent_id=ada.pk)
    for _stay in range(3):
        clock.shift(100)
        touch_presence([ada.pk, ben.pk])
        handler = conversation.assignments.get(state=AssignmentState.HANDLING).agent
        other = ben if handler == ada else ada
        transfer(conversation_id=conversation.pk, actor=handler.user, to_agent_id=other.pk)
        clock.shift(5)
        accept_offer(offer_id=make.pending_offer(conversation).pk, agent_id=other.pk)
    assert waited_seconds(conversation, make.timezone.now()) == pytest.approx(25)


def test_a_missed_offer_counts_as_waiting_and_leaves_the_rank_alone(clock, queue, chat, ada, ben) -> None:
    conversation = make.make_waiting(chat)
    rank, _entered = rank_of(conversation)
    clock.shift(31)
    touch_presence([ada.pk, ben.pk])
    expire_due_offers()
    assert rank_of(conversation)[0] == rank
    clock.shift(4)
    accept_offer(offer_id=make.pending_offer(conversation).pk, agent_id=ben.pk)
    assert waited_seconds(conversation, make.timezone.now()) == pytest.approx(35)


def test_priority_is_worth_a_minute_a_step(clock, queue, chat) -> None:
    with make.transaction.atomic():
        customer = make.make_customer()
        conversation = make.open_conversation(customer=customer, account=chat)
        conversation.priority = 3
        conversation.save()
        make.customer_wrote(conversation)
    rank, entered = rank_of(conversation)
    assert entered - rank == 180


def test_refusals(clock, queue, chat, ada, ben) -> None:
    conversation = make.make_active(chat, ada)
    foreign = make.make_queue("foreign", team=make.make_team(make.make_brand("other"), "Others"))
    stranger = make.make_agent("stranger", queues=[foreign])
    paused = make.make_queue("paused", is_active=False)
    refused = [{}, {"queue": queue, "to_agent_id": ben.pk}, {"to_agent_id": ada.pk}, {"to_agent_id": stranger.pk}]
    refused += [{"queue": foreign}, {"queue": paused}, {"to_agent_id": ben.pk + 1000}]
    for targets in refused:
        with pytest.raises(Refused):
            transfer(conversation_id=conversation.pk, actor=ada.user, **targets)
    with pytest.raises(Forbidden):
        transfer(conversation_id=conversation.pk, actor=ben.user, queue=queue)
    assert make.pending_offer(conversation) is None and ada.assignments.get().state == AssignmentState.HANDLING
    close(conversation_id=conversation.pk)
    with pytest.raises(Gone):
        transfer(conversation_id=conversation.pk, actor=ada.user, queue=queue)


def test_a_supervisor_who_is_no_agent_transfers_too(clock, queue, chat, ada, ben) -> None:
    conversation = make.make_active(chat, ada)
    sue = make.make_user("sue", role=Role.SUPERVISOR)
    transfer(conversation_id=conversation.pk, actor=sue, to_agent_id=ben.pk)
    assert make.pending_offer(conversation).agent == ben


def test_a_supervisor_moves_what_waits_to_another_queue(clock, queue, chat, ada, ben) -> None:
    conversation = make.make_waiting(chat)
    clock.shift(20)
    offered = make.pending_offer(conversation)
    sue = make.make_user("sue", role=Role.SUPERVISOR)
    other = make.make_queue("billing")
    with pytest.raises(Forbidden):
        transfer(conversation_id=conversation.pk, actor=ada.user, queue=other)
    with pytest.raises(Refused, match="already waits"):
        transfer(conversation_id=conversation.pk, actor=sue, queue=queue)
    transfer(conversation_id=conversation.pk, actor=sue, queue=other, note="An invoice")
    offered.refresh_from_db()
    assert offered.state == OfferState.REVOKED
    rank, entered = rank_of(conversation)
    assert entered - rank == 20, "the place is kept"
    before, entry = QueueEntry.objects.filter(conversation=conversation).order_by("pk")
    assert (before.outcome, entry.queue, entry.note) == (Outcome.TRANSFERRED, other, "An invoice")
    transfer(conversation_id=conversation.pk, actor=sue, queue=queue)
    assert QueueEntry.objects.filter(conversation=conversation, left_at=None).get().queue == queue


def test_closed_while_it_waits_for_the_next_agent(clock, queue, chat, ada, ben) -> None:
    conversation = make.make_active(chat, ada)
    transfer(conversation_id=conversation.pk, actor=ada.user, to_agent_id=ben.pk)
    with pytest.raises(Forbidden):
        close(conversation_id=conversation.pk, actor=ada.user)
    close(conversation_id=conversation.pk)
    assert make.pending_offer(conversation) is None
    assert ada.assignments.get().state == AssignmentState.WRAP_UP

"""Pulling, giving, starting and closing: by whom, what each refuses, and what it leaves behind."""

from __future__ import annotations

import pytest

from contactcenter.accounts.models import Role
from contactcenter.base.errors import Forbidden, Gone, Refused
from contactcenter.conversations.events import EventKind
from contactcenter.conversations.states import ConversationState, SnoozeReason
from routing.models import Assignment, QueueEntry
from routing.services.handling import close, give, pull, snooze, start_outbound
from routing.services.queueing import abandon
from routing.states import AgentState, AssignmentState, OfferState, Outcome
from tests import factories as make

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def sue():
    return make.make_user("sue", role=Role.SUPERVISOR)


@pytest.fixture
def resting(queue):
    return make.make_agent("resting", queues=[queue], state=AgentState.BREAK)


@pytest.fixture
def offline(queue):
    return make.make_agent("offline", queues=[queue], state=AgentState.OFFLINE)


@pytest.fixture
def stranger():
    """An agent of another brand."""
    team = make.make_team(make.make_brand("other"), "Others")
    return make.make_agent("stranger", queues=[make.make_queue("foreign", team=team)])


def last_kind(conversation) -> str:
    return conversation.events.order_by("-seq").values_list("kind", flat=True)[0]


def test_pulling_takes_the_offer_from_its_agent(clock, chat, ada, resting) -> None:
    conversation = make.make_waiting(chat)
    offer = make.pending_offer(conversation)
    clock.shift(12)
    assignment = pull(conversation_id=conversation.pk, agent_id=resting.pk)
    conversation.refresh_from_db()
    offer.refresh_from_db()
    ada.refresh_from_db()
    assert (conversation.state, conversation.owner) == (ConversationState.ACTIVE, resting.user)
    assert (offer.state, ada.load, assignment.cost) == (OfferState.REVOKED, 0, 25)
    assert QueueEntry.objects.get().outcome == Outcome.ANSWERED
    assert last_kind(conversation) == EventKind.CONVERSATION_PULLED
    assert pull(conversation_id=conversation.pk, agent_id=resting.pk) == assignment, "the same click twice"


def test_pulling_is_refused_when_it_no_longer_waits(clock, chat, ada, resting) -> None:
    conversation = make.make_active(chat, ada)
    with pytest.raises(Gone):
        pull(conversation_id=conversation.pk, agent_id=resting.pk)
    close(conversation_id=conversation.pk)
    with pytest.raises(Gone):
        pull(conversation_id=conversation.pk, agent_id=resting.pk)


def test_pulling_is_refused_across_brands_and_live_work_while_offline(clock, chat, mail, offline, stranger) -> None:
    waiting = make.make_waiting(chat)
    with pytest.raises(Refused, match="brand"):
        pull(conversation_id=waiting.pk, agent_id=stranger.pk)
    with pytest.raises(Refused, match="offline"):
        pull(conversation_id=waiting.pk, agent_id=offline.pk)
    with pytest.raises(Refused, match="no longer"):
        pull(conversation_id=waiting.pk, agent_id=offline.pk + 99)
    assert pull(conversation_id=make.make_waiting(mail).pk, agent_id=offline.pk).agent == offline


def test_pulling_wakes_what_is_snoozed(clock, mail, ada, resting) -> None:
    conversation = make.make_active(mail, ada)
    snooze(conversation_id=conversation.pk, actor=ada.user, reason=SnoozeReason.CUSTOMER)
    pull(conversation_id=conversation.pk, agent_id=resting.pk)
    conversation.refresh_from_db()
    assert (conversation.state, conversation.snooze_reason, conversation.owner) == ("active", "", resting.user)


def test_giving_is_for_supervisors(clock, chat, ada, resting, sue) -> None:
    conversation = make.make_waiting(chat)
    with pytest.raises(Forbidden):
        give(conversation_id=conversation.pk, agent_id=resting.pk, actor=ada.user)
    assignment = give(conversation_id=conversation.pk, agent_id=resting.pk, actor=sue)
    conversation.refresh_from_db()
    ada.refresh_from_db()
    assert (assignment.agent, conversation.owner, ada.load) == (resting, resting.user, 0)
    event = conversation.events.get(kind=EventKind.CONVERSATION_GIVEN)
    assert (event.actor, event.data["agent"]) == (sue, "Resting")
    with pytest.raises(Gone):
        give(conversation_id=conversation.pk, agent_id=ada.pk, actor=sue)


def test_giving_lets_the_others_have_the_next(clock, chat, queue, sue, resting) -> None:
    small = make.make_agent("small", queues=[queue], capacity=25)
    first, second = make.make_waiting(chat), make.make_waiting(chat)
    assert make.pending_offer(second) is None
    give(conversation_id=first.pk, agent_id=resting.pk, actor=sue)
    assert make.pending_offer(second).agent == small


def test_starting_a_conversation(clock, mail, queue, ada, offline) -> None:
    customer = make.make_customer()
    identity = customer.identities.get()
    assignment = start_outbound(customer=customer, account=mail, identity=identity, agent_id=ada.pk, subject="Hello")
    conversation = assignment.conversation
    conversation.refresh_from_db()
    assert (conversation.state, conversation.owner, conversation.team) == ("active", ada.user, queue.team)
    assert assignment.queue == queue and not QueueEntry.objects.exists()
    foreign = make.make_account("foreign", brand=make.make_brand("other"))
    with pytest.raises(Forbidden):
        start_outbound(customer=customer, account=foreign, identity=identity, agent_id=ada.pk)


def test_a_refused_start_leaves_nothing(clock, chat, offline) -> None:
    customer = make.make_customer()
    with pytest.raises(Refused):
        start_outbound(
            customer=customer, account=chat, identity=customer.identities.get(), agent_id=offline.pk, subject="Hello"
        )
    assert not customer.conversations.exists()


def test_closing_begins_the_wrap_up(clock, chat, ada) -> None:
    conversation = make.make_active(chat, ada)
    close(conversation_id=conversation.pk, actor=ada.user)
    conversation.refresh_from_db()
    row = ada.assignments.get()
    assert (conversation.state, conversation.unread_count, conversation.waiting_since) == ("closed", 0, None)
    assert row.state == AssignmentState.WRAP_UP and (row.wrap_up_until - row.handled_until).seconds == 60
    event = conversation.events.get(kind=EventKind.CONVERSATION_CLOSED)
    close(conversation_id=conversation.pk, actor=ada.user)
    conversation.refresh_from_db()
    assert conversation.events.filter(kind=EventKind.CONVERSATION_CLOSED).get() == event, "closing twice is no error"


def test_only_the_handler_or_a_supervisor_closes(clock, chat, mail, ada, ben, sue) -> None:
    conversation = make.make_active(chat, ada)
    with pytest.raises(Forbidden):
        close(conversation_id=conversation.pk, actor=ben.user)
    close(conversation_id=conversation.pk, actor=sue)
    waiting = make.make_waiting(mail)
    with pytest.raises(Forbidden):
        close(conversation_id=waiting.pk, actor=ben.user)
    close(conversation_id=waiting.pk, actor=sue)
    entry = QueueEntry.objects.get(conversation=waiting)
    assert (entry.outcome, entry.reason) == (Outcome.CANCELLED, "closed")


def test_the_owner_may_close_what_they_have_snoozed(clock, mail, ada, ben) -> None:
    conversation = make.make_active(mail, ada)
    snooze(conversation_id=conversation.pk, actor=ada.user, reason=SnoozeReason.CUSTOMER)
    with pytest.raises(Forbidden):
        close(conversation_id=conversation.pk, actor=ben.user)
    close(conversation_id=conversation.pk, actor=ada.user)
    conversation.refresh_from_db()
    assert conversation.state == ConversationState.CLOSED


def test_abandoning(clock, chat, ada) -> None:
    conversation = make.make_waiting(chat)
    clock.shift(3)
    assert abandon(conversation_id=conversation.pk) is True
    entry = QueueEntry.objects.get()
    assert (entry.outcome, (entry.left_at - entry.entered_at).seconds) == (Outcome.ABANDONED, 3)
    assert last_kind(conversation) == EventKind.CONVERSATION_ABANDONED
    assert abandon(conversation_id=conversation.pk) is False
    ada.refresh_from_db()
    assert ada.load == 0
    assert abandon(conversation_id=make.make_active(chat, ada).pk) is False
    assert Assignment.objects.count() == 1

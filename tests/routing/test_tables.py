"""Every (from, to) pair of every table: what is allowed is written, everything else raises and changes nothing."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import transaction
from django.utils import timezone

from contactcenter.conversations.events import save_conversation
from contactcenter.conversations.locking import lock_conversation
from contactcenter.conversations.models import Conversation
from contactcenter.conversations.services.state import STATE_FIELDS, write_state
from contactcenter.conversations.states import (
    ALLOWED,
    ConversationState,
    InvalidTransition,
    SnoozeReason,
    check_transition,
)
from routing.locking import lock_agent
from routing.models import Agent, AgentStateInterval
from routing.services.agent_states import write_agent_state
from routing.states import (
    AGENT_ALLOWED,
    ASSIGNMENT_ALLOWED,
    OFFER_ALLOWED,
    OUTCOME_ALLOWED,
    AgentState,
    AssignmentState,
    OfferState,
    Outcome,
)
from tests import factories as make

_S, _A = ConversationState, AgentState
# The state section of the design, written out once more: a change of a table has to be meant.
DESIGNED = {
    _S.NEW: {_S.SELF_SERVICE, _S.QUEUED, _S.ACTIVE, _S.CLOSED},
    _S.SELF_SERVICE: {_S.QUEUED, _S.CLOSED},
    _S.QUEUED: {_S.OFFERED, _S.ACTIVE, _S.SELF_SERVICE, _S.SNOOZED, _S.CLOSED},
    _S.OFFERED: {_S.ACTIVE, _S.QUEUED, _S.CLOSED},
    _S.ACTIVE: {_S.QUEUED, _S.SNOOZED, _S.CLOSED},
    _S.SNOOZED: {_S.ACTIVE, _S.QUEUED, _S.CLOSED},
    _S.CLOSED: {_S.QUEUED, _S.ACTIVE},
}
ENDS = {state: set() for state in OfferState if state != OfferState.PENDING}
OTHERS = [
    (OFFER_ALLOWED, OfferState, {OfferState.PENDING: set(OfferState) - {OfferState.PENDING}, **ENDS}),
    (
        ASSIGNMENT_ALLOWED,
        AssignmentState,
        {
            AssignmentState.HANDLING: {AssignmentState.WRAP_UP, AssignmentState.DONE},
            AssignmentState.WRAP_UP: {AssignmentState.DONE, AssignmentState.HANDLING},
            AssignmentState.DONE: set(),
        },
    ),
    (
        AGENT_ALLOWED,
        AgentState,
        {
            _A.OFFLINE: {_A.AVAILABLE, _A.BREAK},
            _A.AVAILABLE: {_A.OFFLINE, _A.BREAK, _A.NOT_RESPONDING},
            _A.BREAK: {_A.OFFLINE, _A.AVAILABLE, _A.BREAK},
            _A.NOT_RESPONDING: {_A.OFFLINE, _A.AVAILABLE, _A.BREAK},
        },
    ),
]
PAIRS = [(before, after) for before in ConversationState for after in ConversationState]


def _put(conversation: Conversation, state: ConversationState) -> None:
    """Begin a case in `state`; the tables, not the way there, are the subject."""
    Conversation.objects.filter(pk=conversation.pk).update(
        state=state,
        closed_at=timezone.now() if state == _S.CLOSED else None,
        snooze_reason=SnoozeReason.UNTIL if state == _S.SNOOZED else "",
        snoozed_until=timezone.now() + timedelta(hours=1) if state == _S.SNOOZED else None,
    )


def _move(pk: int, to: ConversationState) -> None:
    with transaction.atomic():
        conversation = lock_conversation(pk)
        write_state(conversation, to)
        if to == _S.SNOOZED:
            conversation.snooze_reason = SnoozeReason.CUSTOMER
        save_conversation(conversation, *STATE_FIELDS)


@pytest.mark.django_db
@pytest.mark.parametrize(("before", "after"), PAIRS, ids=lambda state: str(state.value))
def test_conversation_pairs(before: ConversationState, after: ConversationState, request) -> None:
    conversation = Conversation.objects.create(
        brand=make.make_brand(), customer=make.make_customer(), account=make.make_account(), channel="chat"
    )
    _put(conversation, before)
    if after in DESIGNED[before]:
        _move(conversation.pk, after)
        conversation.refresh_from_db()
        assert conversation.state == after
        assert (conversation.closed_at is not None) == (after == _S.CLOSED)
        assert (conversation.snoozed_until is None) and bool(conversation.snooze_reason) == (after == _S.SNOOZED)
    else:
        with pytest.raises(InvalidTransition):
            _move(conversation.pk, after)
        conversation.refresh_from_db()
        assert conversation.state == before
    # Entries, offers and assignments do not fit a state that was put there by hand.
    conversation.delete()


def test_the_conversation_table_is_the_designed_one() -> None:
    assert {state: set(to) for state, to in ALLOWED.items()} == DESIGNED


@pytest.mark.parametrize(("table", "states", "designed"), OTHERS, ids=["offer", "assignment", "agent"])
def test_the_other_tables(table, states, designed) -> None:
    for before in states:
        for after in states:
            if after in designed[before]:
                check_transition(table, before, after)
            else:
                with pytest.raises(InvalidTransition):
                    check_transition(table, before, after)


def test_a_stay_ends_once() -> None:
    for outcome in Outcome:
        check_transition(OUTCOME_ALLOWED, "", outcome)
        for second in Outcome:
            with pytest.raises(InvalidTransition):
                check_transition(OUTCOME_ALLOWED, outcome, second)


@pytest.mark.django_db
@pytest.mark.parametrize("before", list(AgentState))
@pytest.mark.parametrize("after", list(AgentState))
def test_agent_pairs(before: AgentState, after: AgentState) -> None:
    agent = make.make_agent(state=AgentState.OFFLINE)
    Agent.objects.filter(pk=agent.pk).update(state=before, missed_in_row=2)
    AgentStateInterval.objects.create(agent=agent, state=before)
    with transaction.atomic():
        locked = lock_agent(agent.pk)
        if after not in AGENT_ALLOWED[before]:
            with pytest.raises(InvalidTransition):
                write_agent_state(locked, after)
            return
        write_agent_state(locked, after)
    agent.refresh_from_db()
    assert agent.state == after
    assert agent.missed_in_row == (0 if after == AgentState.AVAILABLE else 2)
    assert [interval.state for interval in agent.intervals.filter(ended_at=None)] == [after]


@pytest.mark.django_db
def test_writing_a_state_needs_the_lock() -> None:
    conversation = Conversation.objects.create(
        brand=make.make_brand(), customer=make.make_customer(), account=make.make_account(), channel="chat"
    )
    with transaction.atomic(), pytest.raises(AssertionError):
        write_state(conversation, _S.CLOSED)
    agent = make.make_agent(state=AgentState.OFFLINE)
    with transaction.atomic(), pytest.raises(AssertionError):
        write_agent_state(agent, AgentState.AVAILABLE)

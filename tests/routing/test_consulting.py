"""Asking a colleague: the offer, joining, handing over, parting, and what ends it from outside."""

from __future__ import annotations

import pytest

from contactcenter.base.errors import Forbidden, Gone, Refused
from contactcenter.conversations.events import EventKind
from contactcenter.conversations.states import ConversationState, SnoozeReason
from routing.models import Offer
from routing.services.agents import set_agent_state, sign_out_agent, touch_presence
from routing.services.consulting import cancel_consult, complete_consult, end_consult, request_consult
from routing.services.handling import close, pull, snooze, transfer
from routing.services.offers import accept_offer, decline_offer
from routing.states import AgentState, AssignmentRole, AssignmentState, OfferPurpose, OfferState
from routing.sweeping import expire_due_offers
from tests import factories as make

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def conversation(clock, chat, ada, ben):
    return make.make_active(chat, ada)


def ask(conversation, ada, ben, note: str = "Is this a refund?") -> Offer:
    return request_consult(conversation_id=conversation.pk, actor=ada.user, agent_id=ben.pk, note=note)


def join(conversation, ada, ben):
    return accept_offer(offer_id=ask(conversation, ada, ben).pk, agent_id=ben.pk)


def test_asking_and_joining(conversation, ada, ben) -> None:
    offer = ask(conversation, ada, ben)
    ben.refresh_from_db()
    assert (offer.purpose, offer.note, offer.sent_by, ben.load) == ("consult", "Is this a refund?", ada.user, 25)
    assignment = accept_offer(offer_id=offer.pk, agent_id=ben.pk)
    conversation.refresh_from_db()
    assert (assignment.role, assignment.state) == (AssignmentRole.CONSULT, AssignmentState.HANDLING)
    assert (conversation.state, conversation.owner) == (ConversationState.ACTIVE, ada.user)
    assert conversation.accesses.filter(user=ben.user).exists()


def test_refusals(conversation, chat, queue, ada, ben) -> None:
    resting = make.make_agent("resting", queues=[queue], state=AgentState.BREAK)
    with pytest.raises(Forbidden):
        request_consult(conversation_id=conversation.pk, actor=ben.user, agent_id=ada.pk)
    with pytest.raises(Refused):
        request_consult(conversation_id=conversation.pk, actor=ada.user, agent_id=ada.pk)
    with pytest.raises(Refused):
        request_consult(conversation_id=conversation.pk, actor=ada.user, agent_id=resting.pk)
    ask(conversation, ada, ben)
    with pytest.raises(Refused):
        ask(conversation, ada, ben)
    with pytest.raises(Gone):
        complete_consult(conversation_id=conversation.pk, actor=ada.user, agent_id=ben.pk)
    with pytest.raises(Gone):
        end_consult(conversation_id=conversation.pk, actor=ada.user, agent_id=ben.pk)
    with pytest.raises(Gone):
        request_consult(conversation_id=make.make_waiting(chat).pk, actor=ada.user, agent_id=ben.pk)


@pytest.mark.parametrize("ending", ["decline", "expire", "cancel", "break", "sign-out"])
def test_an_offer_that_is_not_taken_leaves_the_conversation_alone(conversation, clock, ada, ben, ending: str) -> None:
    offer = ask(conversation, ada, ben)
    if ending == "decline":
        decline_offer(offer_id=offer.pk, agent_id=ben.pk, reason="busy")
    elif ending == "expire":
        clock.shift(30)
        assert expire_due_offers() == 1
    elif ending == "cancel":
        cancel_consult(conversation_id=conversation.pk, actor=ada.user)
    elif ending == "break":
        set_agent_state(agent_id=ben.pk, to=AgentState.BREAK)
    else:
        sign_out_agent(agent_id=ben.pk)
    offer.refresh_from_db()
    ben.refresh_from_db()
    conversation.refresh_from_db()
    assert offer.state != OfferState.PENDING and ben.load == 0
    assert (conversation.state, conversation.owner) == (ConversationState.ACTIVE, ada.user)


def test_only_who_asked_withdraws(conversation, ada, ben) -> None:
    ask(conversation, ada, ben)
    with pytest.raises(Forbidden):
        cancel_consult(conversation_id=conversation.pk, actor=ben.user)


def test_completing_moves_the_work_in_one_step(conversation, ada, ben) -> None:
    join(conversation, ada, ben)
    with pytest.raises(Forbidden):
        complete_consult(conversation_id=conversation.pk, actor=ben.user, agent_id=ben.pk)
    row = complete_consult(conversation_id=conversation.pk, actor=ada.user, agent_id=ben.pk)
    conversation.refresh_from_db()
    assert (row.role, row.queue, conversation.owner) == (
        AssignmentRole.PRIMARY,
        conversation.entries.get().queue,
        ben.user,
    )
    assert ada.assignments.get().state == AssignmentState.WRAP_UP
    close(conversation_id=conversation.pk, actor=ben.user)
    assert ben.assignments.get().state == AssignmentState.WRAP_UP


def test_an_adviser_beyond_capacity_costs_nothing_also_when_it_becomes_theirs(
    conversation, phone, queue, ada, ben
) -> None:
    pull(conversation_id=make.make_waiting(phone).pk, agent_id=ben.pk)
    row = join(conversation, ada, ben)
    assert (row.cost, row.over_capacity) == (0, True)
    complete_consult(conversation_id=conversation.pk, actor=ada.user, agent_id=ben.pk)
    ben.refresh_from_db()
    assert ben.load == 100


def test_the_adviser_leaves_or_is_thanked(conversation, queue, ada, ben) -> None:
    carol = make.make_agent("carol", queues=[queue])
    join(conversation, ada, ben)
    with pytest.raises(Forbidden):
        end_consult(conversation_id=conversation.pk, actor=carol.user, agent_id=ben.pk)
    end_consult(conversation_id=conversation.pk, actor=ben.user, agent_id=ben.pk)
    join(conversation, ada, ben)
    end_consult(conversation_id=conversation.pk, actor=ada.user, agent_id=ben.pk)
    ben.refresh_from_db()
    assert ben.load == 0 and set(ben.assignments.values_list("state", flat=True)) == {AssignmentState.DONE}


@pytest.mark.parametrize("ending", ["close", "transfer", "snooze", "lost"])
def test_whatever_ends_the_work_ends_the_advice(conversation, queue, ada, ben, ending: str) -> None:
    carol = make.make_agent("carol", queues=[queue])
    join(conversation, ada, ben)
    pending = request_consult(conversation_id=conversation.pk, actor=ada.user, agent_id=carol.pk)
    if ending == "close":
        close(conversation_id=conversation.pk)
    elif ending == "transfer":
        transfer(conversation_id=conversation.pk, actor=ada.user, queue=make.make_queue("billing"))
    elif ending == "snooze":
        snooze(conversation_id=conversation.pk, actor=ada.user, reason=SnoozeReason.CUSTOMER)
    else:
        sign_out_agent(agent_id=ada.pk)
    with pytest.raises(Gone):
        accept_offer(offer_id=pending.pk, agent_id=carol.pk)
    ben.refresh_from_db()
    assert ben.assignments.get(role=AssignmentRole.CONSULT).state == AssignmentState.DONE
    assert conversation.events.filter(kind=EventKind.CONSULT_ENDED).count() == 1
    assert not Offer.objects.filter(state=OfferState.PENDING, purpose=OfferPurpose.CONSULT).exists()


def test_an_adviser_who_is_lost_just_leaves(conversation, ada, ben) -> None:
    join(conversation, ada, ben)
    sign_out_agent(agent_id=ben.pk)
    conversation.refresh_from_db()
    assert (conversation.state, conversation.owner) == (ConversationState.ACTIVE, ada.user)
    assert ben.assignments.get().state == AssignmentState.DONE


def test_the_one_who_handed_it_over_may_be_consulted_and_their_wrap_up_is_over(conversation, clock, ada, ben) -> None:
    transfer(conversation_id=conversation.pk, actor=ada.user, to_agent_id=ben.pk)
    accept_offer(offer_id=make.pending_offer(conversation).pk, agent_id=ben.pk)
    touch_presence([ada.pk])
    offer = request_consult(conversation_id=conversation.pk, actor=ben.user, agent_id=ada.pk)
    accept_offer(offer_id=offer.pk, agent_id=ada.pk)
    assert sorted(ada.assignments.values_list("role", "state")) == [("consult", "handling"), ("primary", "done")]

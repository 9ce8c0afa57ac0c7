"""One conversation through the router: offered, declined, missed, accepted, transferred, wrapped up."""

from __future__ import annotations

import pytest
import time_machine

from contactcenter.conversations.states import ConversationState
from routing.models import Agent, Assignment
from routing.services.dispatching import dispatch_conversation
from routing.services.handling import close, transfer
from routing.services.offers import accept_offer, decline_offer
from routing.services.wrapping import finish_wrap_up
from routing.states import AgentState, AssignmentState
from routing.sweeping import expire_due_offers
from tests import factories as make

pytestmark = pytest.mark.django_db(transaction=True)


def test_offer_decline_accept_transfer_wrap_up() -> None:
    queue = make.make_queue(skills={"billing": 2})
    account = make.make_account(queue=queue)
    ada = make.make_agent("ada", queues=[queue], skills={"billing": 4})
    ben = make.make_agent("ben", queues=[queue], skills={"billing": 2})
    make.make_agent("outsider", queues=[queue], skills={"billing": 1})
    conversation = make.make_waiting(account)
    offer = make.pending_offer(conversation)
    assert offer.agent == ada, "the better fit first"
    decline_offer(offer_id=offer.pk, agent_id=ada.pk, reason="busy")
    second = make.pending_offer(conversation)
    assert second.agent == ben
    accept_offer(offer_id=second.pk, agent_id=ben.pk)
    conversation.refresh_from_db()
    assert conversation.state == ConversationState.ACTIVE and conversation.owner == ben.user
    transfer(conversation_id=conversation.pk, actor=ben.user, to_agent_id=ada.pk, note="She asked for an invoice")
    third = make.pending_offer(conversation)
    assert third.agent == ada and third.note == "She asked for an invoice"
    wrap_up = Assignment.objects.get(agent=ben)
    assert wrap_up.state == AssignmentState.WRAP_UP
    finish_wrap_up(assignment_id=wrap_up.pk, agent_id=ben.pk, note="done")
    accept_offer(offer_id=third.pk, agent_id=ada.pk)
    close(conversation_id=conversation.pk, actor=ada.user)
    conversation.refresh_from_db()
    assert conversation.state == ConversationState.CLOSED
    assert Assignment.objects.get(agent=ada).state == AssignmentState.WRAP_UP


def test_two_misses_make_an_agent_not_responding() -> None:
    queue = make.make_queue()
    account = make.make_account(queue=queue)
    ada = make.make_agent("ada", queues=[queue])
    conversation = make.make_waiting(account)
    with time_machine.travel(make.later(31), tick=False):
        from routing.services.agents import touch_presence

        touch_presence([ada.pk])
        assert expire_due_offers() == 1
        assert make.pending_offer(conversation).agent == ada
    with time_machine.travel(make.later(62), tick=False):
        touch_presence([ada.pk])
        assert expire_due_offers() == 1
        assert make.pending_offer(conversation) is None
        ada.refresh_from_db()
        assert ada.state == AgentState.NOT_RESPONDING


def test_what_a_turn_asks_the_database(clock, chat, ada, django_assert_max_num_queries) -> None:
    """Statements, BEGIN and COMMIT among them, are most of what a decision costs: more should have a reason."""
    Agent.objects.filter(pk=ada.pk).update(state=AgentState.BREAK)
    conversation = make.make_waiting(chat)
    Agent.objects.filter(pk=ada.pk).update(state=AgentState.AVAILABLE)
    with django_assert_max_num_queries(13):  # the profiles of the channels, too
        offer = dispatch_conversation(conversation.pk)
    assert offer is not None
    with django_assert_max_num_queries(17):
        accept_offer(offer_id=offer.pk, agent_id=ada.pk)
    with django_assert_max_num_queries(17):
        close(conversation_id=conversation.pk, actor=ada.user)

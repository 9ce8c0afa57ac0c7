"""Offers: made by the dispatcher or a colleague, then accepted, declined, missed or withdrawn."""

from __future__ import annotations

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from contactcenter.accounts.models import User
from contactcenter.base.clock import now
from contactcenter.base.errors import Gone
from contactcenter.base.text import clean_input
from contactcenter.conversations.events import (
    EventKind,
    record_event,
    save_conversation,
)
from contactcenter.conversations.locking import lock_conversations
from contactcenter.conversations.models import Conversation
from contactcenter.conversations.services.state import STATE_FIELDS, write_state
from contactcenter.conversations.states import ConversationState
from routing.locking import lock_agent
from routing.models import Agent, Assignment, Offer
from routing.services.agent_states import write_agent_state
from routing.services.alerting import offer_was_missed
from routing.services.dispatching import request_dispatch
from routing.services.freeing import room_came_free
from routing.services.offering import tell_agent
from routing.services.records import begin_assignment, end_entry, end_offer
from routing.services.taking_along import take_along
from routing.states import AgentState, AssignmentRole, OfferPurpose, OfferState, Outcome

# Of advice, which comes from no queue.
MISSES_TO_NOT_RESPONDING = 2


def _gone() -> Gone:
    return Gone(_("This offer is no longer open: somebody was quicker, or its time ran out."), code="offer_gone")


def _lock_offer(offer_id: int, agent_id: int | None = None) -> tuple[Conversation, Agent, Offer]:
    """Conversation, agent and pending offer, locked in order. Raises Gone if it is no longer pending or not theirs."""
    conversation, _followers, agent, offer = _lock_offer_and_followers(offer_id, agent_id, alone=True)
    return conversation, agent, offer


def _lock_offer_and_followers(
    offer_id: int, agent_id: int | None, *, alone: bool = False
) -> tuple[Conversation, dict[int, Conversation], Agent, Offer]:
    """As `_lock_offer`, with the conversations that wait joined to this one unless `alone`."""
    keys = Offer.objects.filter(pk=offer_id).values_list(
        "conversation_id", "agent_id", "entry__joined__conversation_id", "entry__joined__left_at"
    )
    rows = list(keys)
    if not rows or (agent_id is not None and rows[0][1] != agent_id):
        raise _gone()
    joined = {other for _own, _agent, other, left_at in rows if other is not None and left_at is None and not alone}
    followers = lock_conversations(rows[0][0], *joined)
    conversation = followers.pop(rows[0][0])
    agent = lock_agent(rows[0][1])
    offer = Offer.objects.select_related("entry__queue").get(pk=offer_id)
    offer.agent = agent
    if offer.state != OfferState.PENDING:
        raise _gone()
    return conversation, followers, agent, offer


@transaction.atomic(durable=True)
def accept_offer(*, offer_id: int, agent_id: int) -> Assignment:
    """The agent takes the conversation, with what its customer waits for besides, or joins it as adviser.

    Raises Gone if they were too late.
    """
    try:
        conversation, followers, agent, offer = _lock_offer_and_followers(offer_id, agent_id)
    except Gone:
        known = Assignment.objects.filter(offer=offer_id, agent=agent_id).first()
        if known is None:
            raise
        return known  # the same click twice
    if offer.expires_at <= now():
        raise _gone()
    load_before = agent.load
    end_offer(offer, OfferState.ACCEPTED)
    if offer.purpose == OfferPurpose.CONSULT:
        assignment = begin_assignment(
            conversation, agent, queue=None, role=AssignmentRole.CONSULT, offer=offer, note=offer.note
        )
        record_event(
            conversation, EventKind.CONSULT_STARTED, actor=agent.user, agent=str(agent), agent_user=agent.user_id
        )
        save_conversation(conversation)
    else:
        assert offer.entry is not None
        end_entry(offer.entry, Outcome.ANSWERED)
        assignment = begin_assignment(conversation, agent, queue=offer.entry.queue, offer=offer, note=offer.note)
        write_state(conversation, ConversationState.ACTIVE)
        record_event(
            conversation, EventKind.OFFER_ACCEPTED, actor=agent.user, agent=str(agent), agent_user=agent.user_id
        )
        save_conversation(conversation, "owner", *STATE_FIELDS)
        take_along(assignment, offer.entry, followers, agent)
    tell_agent(agent, "offer.changed", offer=offer.pk)
    if agent.load < load_before:  # their wrap-up of the same conversation is over
        room_came_free(agent)
    return assignment


@transaction.atomic(durable=True)
def decline_offer(*, offer_id: int, agent_id: int, reason: str) -> None:
    """The agent passes; the conversation keeps its place and is offered to the next. Raises Gone."""
    reason = clean_input(reason)[:100]
    conversation, agent, offer = _lock_offer(offer_id, agent_id)
    _return_offer(conversation, agent, offer, OfferState.DECLINED, reason=reason, actor=agent.user)
    agent.missed_in_row = 0
    agent.save(update_fields=["missed_in_row"])
    room_came_free(agent)


@transaction.atomic(durable=True)
def expire_offer(*, offer_id: int) -> bool:
    """RONA: nobody answered in time. The conversation goes on at its place; after the queue's number of misses in a
    row the agent is not responding, and supervisors hear of what is missed too often.

    Returns False if the offer was answered or is not due yet.
    """
    try:
        conversation, agent, offer = _lock_offer(offer_id)
    except Gone:
        return False
    if offer.expires_at > now():
        return False
    _return_offer(conversation, agent, offer, OfferState.EXPIRED)
    agent.missed_in_row += 1
    agent.save(update_fields=["missed_in_row"])
    allowed = MISSES_TO_NOT_RESPONDING
    if offer.entry is not None:
        allowed = offer.entry.queue.misses_allowed
        offer_was_missed(conversation, offer.entry)
    room_came_free(agent)
    # Somebody who was leaving has got the state they chose, and has missed nothing.
    is_leaving = bool(agent.next_state) or agent.state != AgentState.AVAILABLE
    if agent.missed_in_row >= allowed and not is_leaving:
        write_agent_state(agent, AgentState.NOT_RESPONDING)
    return True


@transaction.atomic(durable=True)
def revoke_offer(*, offer_id: int) -> bool:
    """Withdraw an offer whose agent is no longer there. Returns False if it was answered first."""
    try:
        conversation, agent, offer = _lock_offer(offer_id)
    except Gone:
        return False
    _return_offer(conversation, agent, offer, OfferState.REVOKED)
    room_came_free(agent)
    return True


_RETURN_EVENT = {
    OfferState.DECLINED: EventKind.OFFER_DECLINED,
    OfferState.EXPIRED: EventKind.OFFER_EXPIRED,
    OfferState.REVOKED: EventKind.OFFER_REVOKED,
}


def _return_offer(
    conversation: Conversation,
    agent: Agent,
    offer: Offer,
    to: OfferState,
    *,
    reason: str = "",
    actor: User | None = None,
) -> None:
    """End an offer without an assignment; waiting work goes back to the queue at its place."""
    end_offer(offer, to, reason=reason)
    if offer.purpose == OfferPurpose.WORK:
        entry = offer.entry
        assert entry is not None
        if entry.target_agent_id == agent.pk and to != OfferState.REVOKED:
            # Asked in person and not taken: now everybody's.
            entry.target_until = now()
            entry.save(update_fields=["target_until"])
        write_state(conversation, ConversationState.QUEUED)
        request_dispatch(conversation_id=conversation.pk)
    record_event(
        conversation,
        _RETURN_EVENT[to],
        actor=actor,
        offer=offer.pk,
        agent=str(agent),
        agent_user=agent.user_id,
        reason=reason,
    )
    save_conversation(conversation, *STATE_FIELDS)
    tell_agent(agent, "offer.changed", offer=offer.pk)

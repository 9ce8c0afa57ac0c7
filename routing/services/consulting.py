"""Asking a colleague: a second offer, the colleague beside the primary, then handing over or parting."""

from __future__ import annotations

from datetime import timedelta

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from contactcenter.accounts.models import User
from contactcenter.base.clock import now
from contactcenter.base.errors import Forbidden, Gone, Refused
from contactcenter.base.text import clean_input
from contactcenter.conversations.events import (
    EventKind,
    record_event,
    save_conversation,
)
from contactcenter.conversations.locking import lock_conversation
from contactcenter.conversations.models import Conversation, Message
from contactcenter.conversations.services.messages import add_message, find_by_client_id
from contactcenter.conversations.states import ConversationState, MessageKind
from routing.locking import lock_agents
from routing.models import Assignment, Offer
from routing.profiles import profile_of
from routing.selectors import primary_of
from routing.services.freeing import room_came_free
from routing.services.loads import has_room, offer_seconds, refresh_load
from routing.services.offering import tell_agent
from routing.services.records import (
    end_handling,
    finish_assignment,
    lock_everybody,
    revoke_offers,
)
from routing.services.targets import require_agent
from routing.states import AgentState, AssignmentRole, AssignmentState, OfferPurpose


def _own_primary(conversation: Conversation, actor: User) -> Assignment:
    primary = primary_of(conversation)
    if primary is None or primary.agent.user_id != actor.pk:
        raise Forbidden(_("Only the agent who handles this conversation can do that."))
    return primary


def _consult_of(conversation: Conversation, agent_id: int) -> Assignment:
    rows = Assignment.objects.filter(
        conversation=conversation, agent=agent_id, role=AssignmentRole.CONSULT, state=AssignmentState.HANDLING
    )
    row = rows.select_related("agent__user").first()
    if row is None:
        raise Gone(_("This colleague is no longer in the conversation."), code="not_consulted")
    return row


@transaction.atomic(durable=True)
def request_consult(*, conversation_id: int, actor: User, agent_id: int, note: str = "") -> Offer:
    """Ask a colleague to join; the conversation stays with its agent. Raises Forbidden, Gone, Refused."""
    conversation = lock_conversation(conversation_id)
    if conversation.state != ConversationState.ACTIVE:
        raise Gone(_("This conversation is no longer active."), code="not_active")
    primary = _own_primary(conversation, actor)
    if primary.agent_id == agent_id:
        raise Refused(_("Choose a colleague."), code="bad_target")
    require_agent(conversation, agent_id)
    agent = lock_agents([agent_id])[agent_id]
    if agent.state != AgentState.AVAILABLE:
        raise Refused(_("%s is not available.") % agent, code="not_available")
    if (
        Offer.objects.filter(conversation=conversation, agent=agent, state="pending").exists()
        or Assignment.objects.filter(conversation=conversation, agent=agent, state=AssignmentState.HANDLING).exists()
    ):
        raise Refused(_("%s has been asked already.") % agent, code="already_asked")
    profile = profile_of(conversation.channel)
    moment = now()
    offer = Offer.objects.create(
        conversation=conversation,
        agent=agent,
        purpose=OfferPurpose.CONSULT,
        # A colleague asks in person: beyond capacity it costs nothing.
        cost=profile.cost if has_room(agent, profile.cost) else 0,
        note=clean_input(note),
        sent_by=actor,
        created_at=moment,
        expires_at=moment + timedelta(seconds=offer_seconds(primary.queue, profile)),
    )
    refresh_load(agent)
    record_event(
        conversation,
        EventKind.CONSULT_REQUESTED,
        actor=actor,
        offer=offer.pk,
        agent=str(agent),
        agent_user=agent.user_id,
    )
    save_conversation(conversation)
    tell_agent(agent, "offer.changed", offer=offer.pk)
    return offer


@transaction.atomic(durable=True)
def cancel_consult(*, conversation_id: int, actor: User) -> None:
    """Withdraw a consult that nobody has accepted yet."""
    conversation = lock_conversation(conversation_id)
    _own_primary(conversation, actor)
    agents = lock_everybody(conversation)
    revoke_offers(conversation, agents, purpose=OfferPurpose.CONSULT)
    save_conversation(conversation)
    for agent in agents.values():
        room_came_free(agent)


@transaction.atomic(durable=True)
def join_conference(*, conversation_id: int, actor: User, agent_id: int) -> Assignment:
    """All three: the adviser takes part before the customer and may answer too; the conversation stays with its agent.
    The same click twice is one. Raises Forbidden, Gone."""
    conversation = lock_conversation(conversation_id)
    _own_primary(conversation, actor)
    consult = _consult_of(conversation, agent_id)
    if consult.joined_at is None:
        consult.joined_at = now()
        consult.save(update_fields=["joined_at"])
        record_event(
            conversation,
            EventKind.CONSULT_CONFERENCE,
            actor=actor,
            agent=str(consult.agent),
            agent_user=consult.agent.user_id,
        )
        save_conversation(conversation)
    return consult


@transaction.atomic(durable=True)
def say_in_consult(*, conversation_id: int, author: User, text: str, client_id: str) -> Message:
    """A word between the agent and the colleague they consult; the customer never sees it. The same `client_id` again
    returns the first. Raises Forbidden for everybody else, Gone once the consult is over."""
    conversation = lock_conversation(conversation_id)
    known = find_by_client_id(conversation, client_id)
    if known is not None:
        return known
    handling = Assignment.objects.filter(conversation=conversation, state=AssignmentState.HANDLING)
    if not handling.filter(agent__user=author).exists():
        raise Forbidden(_("Only those in the consultation can write here."))
    if not handling.filter(role=AssignmentRole.CONSULT).exists():
        raise Gone(_("The consultation is over."), code="not_consulted")
    return add_message(conversation, MessageKind.NOTE, text, author=author, client_id=client_id, is_consult=True)


@transaction.atomic(durable=True)
def complete_consult(*, conversation_id: int, actor: User, agent_id: int) -> Assignment:
    """Hand over to the consulted colleague: PRIMARY moves in this one transaction. Raises Forbidden, Gone."""
    conversation = lock_conversation(conversation_id)
    agents = lock_everybody(conversation)
    primary = _own_primary(conversation, actor)
    consult = _consult_of(conversation, agent_id)
    end_handling(conversation, primary, agents[primary.agent_id])
    consult.role = AssignmentRole.PRIMARY
    consult.queue = primary.queue
    consult.save(update_fields=["role", "queue"])
    receiver = agents[agent_id]
    conversation.owner = receiver.user
    record_event(
        conversation, EventKind.CONSULT_COMPLETED, actor=actor, agent=str(receiver), agent_user=receiver.user_id
    )
    save_conversation(conversation, "owner")
    room_came_free(agents[primary.agent_id])
    return consult


@transaction.atomic(durable=True)
def end_consult(*, conversation_id: int, actor: User, agent_id: int) -> None:
    """The colleague leaves: sent by the primary, or of their own accord. Raises Forbidden, Gone."""
    conversation = lock_conversation(conversation_id)
    consult = _consult_of(conversation, agent_id)
    primary = primary_of(conversation)
    agents = lock_everybody(conversation)
    agent = agents[agent_id]
    if actor.pk != agent.user_id and (primary is None or primary.agent.user_id != actor.pk):
        raise Forbidden(_("Only the agent who handles this conversation can do that."))
    finish_assignment(consult, agent)
    record_event(conversation, EventKind.CONSULT_ENDED, actor=actor, agent=str(agent), agent_user=agent.user_id)
    save_conversation(conversation)
    room_came_free(agent)

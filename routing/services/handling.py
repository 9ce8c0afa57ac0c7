"""What agents and supervisors do with a conversation: take, give, transfer, snooze, close, start."""

from __future__ import annotations

from datetime import datetime

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
from contactcenter.conversations.models import (
    ChannelAccount,
    Conversation,
    Customer,
    Identity,
)
from contactcenter.conversations.services.messages import open_conversation
from contactcenter.conversations.services.state import STATE_FIELDS, write_state
from contactcenter.conversations.states import ConversationState, SnoozeReason
from routing.models import Agent, Assignment, Queue
from routing.selectors import open_entry, primary_of, waited_seconds
from routing.services.duplicates import lock_with_pair
from routing.services.freeing import room_came_free
from routing.services.offering import tell_agent
from routing.services.queueing import enqueue, queue_of
from routing.services.records import (
    begin_assignment,
    end_all_handling,
    end_entry,
    lock_everybody,
    revoke_offers,
)
from routing.services.taking_along import take_along
from routing.services.targets import require_agent, require_queue, require_signed_in
from routing.states import Outcome, TargetReason

_WAITING = {ConversationState.QUEUED, ConversationState.OFFERED}
_TAKABLE = {*_WAITING, ConversationState.SNOOZED}


def _require_handler(conversation: Conversation, actor: User) -> Assignment | None:
    """The primary assignment that `actor` may act on: their own, or any for a supervisor. Raises Forbidden."""
    primary = primary_of(conversation)
    if not actor.is_supervisor and (primary is None or primary.agent.user_id != actor.pk):
        raise Forbidden(_("Only the agent who handles this conversation, or a supervisor, can do that."))
    return primary


def _take(conversation: Conversation, agents: dict[int, Agent], agent: Agent, queue: Queue | None) -> Assignment:
    """Give waiting, snoozed or new work to a locked agent."""
    entry = open_entry(conversation)
    revoke_offers(conversation, agents)
    if entry is not None:
        end_entry(entry, Outcome.ANSWERED)
    assignment = begin_assignment(conversation, agent, queue=queue, note=entry.note if entry else "")
    write_state(conversation, ConversationState.ACTIVE)
    return assignment


@transaction.atomic(durable=True)
def pull(*, conversation_id: int, agent_id: int) -> Assignment:
    """An agent takes a waiting or snoozed conversation themselves, beyond capacity if need be. The same click twice
    returns the first assignment. Raises Gone, Refused."""
    conversation, others = lock_with_pair(conversation_id)
    primary = primary_of(conversation)
    if primary is not None and primary.agent_id == agent_id:
        return primary
    agents, agent = _lock_takable(conversation, agent_id)
    load_before = agent.load
    entry = open_entry(conversation)
    assignment = _take(conversation, agents, agent, queue_of(conversation))
    record_event(
        conversation, EventKind.CONVERSATION_PULLED, actor=agent.user, agent=str(agent), agent_user=agent.user_id
    )
    save_conversation(conversation, "owner", *STATE_FIELDS)
    if entry is not None:
        take_along(assignment, entry, others, agent)
    _free(agents, taken_by=agent, load_before=load_before)
    return assignment


@transaction.atomic(durable=True)
def give(*, conversation_id: int, agent_id: int, actor: User) -> Assignment:
    """A supervisor hands a waiting or snoozed conversation to an agent. Raises Gone, Forbidden, Refused."""
    if not actor.is_supervisor:
        raise Forbidden(_("Only supervisors can give conversations to agents."))
    conversation, others = lock_with_pair(conversation_id)
    agents, agent = _lock_takable(conversation, agent_id)
    load_before = agent.load
    entry = open_entry(conversation)
    assignment = _take(conversation, agents, agent, queue_of(conversation))
    record_event(conversation, EventKind.CONVERSATION_GIVEN, actor=actor, agent=str(agent), agent_user=agent.user_id)
    save_conversation(conversation, "owner", *STATE_FIELDS)
    tell_agent(agent, "work.given", conversation=conversation.pk)
    if entry is not None:
        take_along(assignment, entry, others, agent)
    _free(agents, taken_by=agent, load_before=load_before)
    return assignment


def _lock_takable(conversation: Conversation, agent_id: int) -> tuple[dict[int, Agent], Agent]:
    """Everybody concerned and the agent who takes it, locked. Raises Gone, Refused."""
    if conversation.state not in _TAKABLE:
        raise Gone(_("Somebody else has taken this conversation, or it has ended."), code="not_waiting")
    require_agent(conversation, agent_id)
    agents = lock_everybody(conversation, agent_id)
    require_signed_in(conversation, agents[agent_id])
    return agents, agents[agent_id]


def _free(agents: dict[int, Agent], *, taken_by: Agent, load_before: int) -> None:
    """Those who have lost an offer have room; the taker too, if their wrap-up of it cost more than it does now."""
    for agent in agents.values():
        if agent.pk != taken_by.pk or agent.load < load_before:
            room_came_free(agent)


@transaction.atomic(durable=True)
def start_outbound(
    *, customer: Customer, account: ChannelAccount, identity: Identity, agent_id: int, subject: str = ""
) -> Assignment:
    """An agent begins a conversation with a customer. Raises Forbidden for another brand's account, Refused."""
    if customer.brand_id != account.brand_id:
        raise Forbidden(_("This customer belongs to another brand than the account."))
    conversation = open_conversation(customer=customer, account=account, identity=identity, subject=subject)
    return start_with(conversation, agent_id)


def start_with(conversation: Conversation, agent_id: int) -> Assignment:
    """NEW -> ACTIVE for a locked conversation that an agent begins. Raises Refused."""
    require_agent(conversation, agent_id)
    agents = lock_everybody(conversation, agent_id)
    agent = agents[agent_id]
    require_signed_in(conversation, agent)
    queue = queue_of(conversation)
    conversation.team = queue.team if queue else None
    assignment = _take(conversation, agents, agent, queue)
    record_event(
        conversation, EventKind.CONVERSATION_STARTED, actor=agent.user, agent=str(agent), agent_user=agent.user_id
    )
    save_conversation(conversation, "owner", "team", *STATE_FIELDS)
    return assignment


@transaction.atomic(durable=True)
def transfer(
    *, conversation_id: int, actor: User, queue: Queue | None = None, to_agent_id: int | None = None, note: str = ""
) -> None:
    """Hand a conversation to a queue, or to an agent who is asked first; the place in line is kept.

    Its agent does that, and a supervisor also while it waits. The receiver reads `note` before accepting.
    Raises Forbidden, Gone, Refused.
    """
    conversation = lock_conversation(conversation_id)
    if conversation.state not in {ConversationState.ACTIVE, *_WAITING}:
        raise Gone(_("This conversation is no longer active."), code="not_active")
    primary = _require_handler(conversation, actor)
    if (queue is None) == (to_agent_id is None):
        raise Refused(_("Choose either a queue or an agent to transfer to."), code="bad_target")
    target = require_agent(conversation, to_agent_id) if to_agent_id is not None else None
    if target is not None and primary is not None and target.pk == primary.agent_id:
        raise Refused(_("The conversation is already with this agent."), code="bad_target")
    queue = queue or queue_of(conversation)
    if queue is None:
        raise Refused(_("This conversation has no queue; choose one."), code="bad_target")
    require_queue(conversation, queue)
    entry = open_entry(conversation)
    if entry is not None and target is None and entry.queue_id == queue.pk:
        raise Refused(_("The conversation already waits in this queue."), code="bad_target")
    note = clean_input(note)
    waited = waited_seconds(conversation, now())
    agents = lock_everybody(conversation)
    revoke_offers(conversation, agents)
    if entry is not None:
        end_entry(entry, Outcome.TRANSFERRED)
    end_all_handling(conversation, agents)
    record_event(
        conversation,
        EventKind.CONVERSATION_TRANSFERRED,
        actor=actor,
        target=str(target or queue.name),
        note=note,
        agent_user=target.user_id if target else None,
    )
    enqueue(
        conversation,
        queue,
        waited_before=waited,
        target_agent=target,
        target_reason=TargetReason.TRANSFER,
        note=note,
        actor=actor,
    )
    for agent in agents.values():
        room_came_free(agent)


@transaction.atomic(durable=True)
def snooze(*, conversation_id: int, actor: User, reason: SnoozeReason, until: datetime | None = None) -> None:
    """Put work aside until a time, or until the customer writes; it keeps its owner and costs nothing.

    Raises Refused without a time to come where one is needed, Forbidden, Gone.
    """
    is_missing = until is None and reason != SnoozeReason.CUSTOMER
    if is_missing or (until is not None and until <= now()):
        raise Refused(_("Choose a time in the future."), code="bad_time")
    snooze_locked(lock_conversation(conversation_id), actor=actor, reason=reason, until=until)


def snooze_locked(
    conversation: Conversation, *, actor: User, reason: SnoozeReason, until: datetime | None = None
) -> None:
    """`snooze` inside the transaction of a caller who holds the conversation."""
    if conversation.state not in {ConversationState.ACTIVE, ConversationState.QUEUED}:
        raise Gone(_("This conversation is no longer active."), code="not_active")
    _require_handler(conversation, actor)
    agents = lock_everybody(conversation)
    revoke_offers(conversation, agents)
    entry = open_entry(conversation)
    if entry is not None:
        end_entry(entry, Outcome.CANCELLED, reason="snoozed")
    end_all_handling(conversation, agents, wrap_up=False)
    write_state(conversation, ConversationState.SNOOZED)
    conversation.snooze_reason = reason
    conversation.snoozed_until = until
    record_event(
        conversation,
        EventKind.CONVERSATION_SNOOZED,
        actor=actor,
        reason=reason.value,
        until=until.isoformat() if until else None,
    )
    save_conversation(conversation, *STATE_FIELDS)
    for agent in agents.values():
        room_came_free(agent)


@transaction.atomic(durable=True)
def close(*, conversation_id: int, actor: User | None = None) -> None:
    """End the conversation: by its agent, a supervisor, or the customer (`actor` None). Closing twice is no error.

    The primary goes into wrap-up. A customer who ends while waiting has abandoned. Raises Forbidden, and Refused with
    the code `unanswered` for a comment that nobody has answered.
    """
    close_locked(lock_conversation(conversation_id), actor=actor)


def close_locked(conversation: Conversation, *, actor: User | None = None) -> None:
    """`close` inside the transaction of a caller who holds the conversation."""
    if conversation.state == ConversationState.CLOSED:
        return
    if actor is not None:
        _require_handler_or_supervisor(conversation, actor)
        _require_answer(conversation)
    agents = lock_everybody(conversation)
    revoke_offers(conversation, agents)
    entry = open_entry(conversation) if conversation.state in _WAITING else None
    if entry is not None:
        end_entry(
            entry, Outcome.ABANDONED if actor is None else Outcome.CANCELLED, reason="" if actor is None else "closed"
        )
    end_all_handling(conversation, agents)
    write_state(conversation, ConversationState.CLOSED)
    conversation.unread_count = 0
    conversation.waiting_since = None
    by = actor.shown_name if actor else ""
    record_event(conversation, EventKind.CONVERSATION_CLOSED, actor=actor, by=by or "customer")
    save_conversation(conversation, "unread_count", "waiting_since", *STATE_FIELDS)
    for agent in agents.values():
        room_came_free(agent)


def _require_answer(conversation: Conversation) -> None:
    """What is said in public does not go unanswered by oversight: see `public.settle_public`."""
    if conversation.is_public and conversation.waiting_since is not None:
        raise Refused(
            _("Everybody can see that this comment has no answer: answer it, or say that no answer is needed."),
            code="unanswered",
        )


def _require_handler_or_supervisor(conversation: Conversation, actor: User) -> None:
    if conversation.state == ConversationState.SNOOZED and conversation.owner_id == actor.pk:
        return
    _require_handler(conversation, actor)

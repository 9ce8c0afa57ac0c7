"""Agents: declared states, the state they want next, presence, capacity, and what happens when one is gone."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

from django.conf import settings
from django.db import connection, transaction
from django.utils.translation import gettext_lazy as _

from contactcenter.accounts.models import User
from contactcenter.accounts.services import record_audit
from contactcenter.base.clock import now
from contactcenter.base.errors import Refused
from contactcenter.conversations import realtime
from contactcenter.conversations.events import EventKind
from contactcenter.conversations.states import LIVE_CHANNELS, Channel
from routing.hours import open_seconds
from routing.locking import lock_agent
from routing.models import Agent, AgentStateReason, Assignment, Offer
from routing.selectors import schedule_of
from routing.services.agent_states import write_agent_state
from routing.services.dispatching import dispatch_agent, request_dispatch
from routing.services.loads import is_idle, refresh_load
from routing.services.offers import revoke_offer
from routing.services.releasing import release
from routing.states import AgentState, AssignmentState, OfferState


@transaction.atomic(durable=True)
def set_agent_state(
    *, agent_id: int, to: AgentState, reason: AgentStateReason | None = None, actor: User | None = None
) -> Agent:
    """Available, on break or offline. A busy agent who wants to leave gets it as the next state: nothing new is
    offered, and it applies when the last work ends. Raises Refused for what people cannot choose."""
    if to == AgentState.NOT_RESPONDING:
        raise Refused(_("Nobody chooses this state; it follows from missed offers."), code="bad_state")
    agent = lock_agent(agent_id)
    if to in {AgentState.BREAK, AgentState.OFFLINE} and not is_idle(agent):
        agent.next_state = to
        agent.next_reason = reason if to == AgentState.BREAK else None
        agent.save(update_fields=["next_state", "next_reason"])
        realtime.announce_on_commit({"topic": f"user:{agent.user_id}", "kind": "agent.changed"})
        _revoke_offers_on_commit(agent)
    elif agent.state != to or to == AgentState.BREAK:
        write_agent_state(agent, to, reason=reason, actor=actor)
    elif agent.next_state:
        _clear_next(agent)
    if to == AgentState.AVAILABLE:
        request_dispatch(agent_id=agent.pk)
    return agent


def _clear_next(agent: Agent) -> None:
    agent.next_state, agent.next_reason = "", None
    agent.save(update_fields=["next_state", "next_reason"])
    realtime.announce_on_commit({"topic": f"user:{agent.user_id}", "kind": "agent.changed"})


def _revoke_offers_on_commit(agent: Agent) -> None:
    pending = list(Offer.objects.filter(agent=agent, state=OfferState.PENDING).values_list("pk", flat=True))

    def revoke() -> None:
        for pk in pending:
            revoke_offer(offer_id=pk)

    if pending:
        transaction.on_commit(revoke, robust=True)


@transaction.atomic(durable=True)
def set_channels(*, agent_id: int, off: Iterable[Channel]) -> Agent:
    """Switch channels off; work at hand stays, nothing new comes from them."""
    agent = lock_agent(agent_id)
    agent.off_channels = sorted(set(off))
    agent.save(update_fields=["off_channels"])
    realtime.announce_on_commit({"topic": f"user:{agent.user_id}", "kind": "agent.changed"})
    request_dispatch(agent_id=agent.pk)
    return agent


@transaction.atomic(durable=True)
def set_capacity(*, agent_id: int, capacity: int, actor: User) -> Agent:
    """Change the budget. What is above a lower one may stay; nothing more comes until it has sunk."""
    agent = lock_agent(agent_id)
    before = agent.capacity
    agent.load_at_capacity_change = refresh_load(agent)
    agent.capacity = capacity
    agent.save(update_fields=["capacity", "load_at_capacity_change"])
    record_audit(
        "agent.capacity_changed", actor=actor, target=f"agent:{agent.pk}", data={"from": before, "to": capacity}
    )
    request_dispatch(agent_id=agent.pk)
    return agent


_TOUCH = """
INSERT INTO routing_agentpresence (agent_id, seen_until)
SELECT id, %(until)s FROM unnest(%(ids)s::bigint[]) AS t(id)
ON CONFLICT (agent_id) DO UPDATE SET seen_until = GREATEST(routing_agentpresence.seen_until, EXCLUDED.seen_until)
"""


def touch_presence(agent_ids: Iterable[int]) -> None:
    """Extend the leases of all agents whose sockets a process holds, in one statement."""
    until = now() + timedelta(seconds=settings.PRESENCE_SECONDS)
    with connection.cursor() as cursor:
        cursor.execute(_TOUCH, {"until": until, "ids": sorted(set(agent_ids))})


def arrive(*, agent_id: int) -> None:
    """A console was opened: the lease begins at once, and work that waited for it is offered."""
    touch_presence([agent_id])
    dispatch_agent(agent_id)


def lose_agent(*, agent_id: int) -> bool:
    """No console for too long: offline; live work goes back to the queue. Returns False if they are back."""
    with transaction.atomic(durable=True):
        agent = lock_agent(agent_id)
        lost_since = now() - timedelta(seconds=settings.AGENT_LOST_SECONDS - settings.PRESENCE_SECONDS)
        presence = getattr(agent, "presence", None)
        if agent.state == AgentState.OFFLINE or (presence is not None and presence.seen_until > lost_since):
            return False
        write_agent_state(agent, AgentState.OFFLINE)
        record_audit("agent.lost", actor=None, target=f"agent:{agent.pk}")
    _hand_back(agent, signed_out=False)
    return True


def sign_out_agent(*, agent_id: int) -> None:
    """The agent leaves for good: offline now; live work goes back, mail and messages as their queue says."""
    with transaction.atomic(durable=True):
        agent = lock_agent(agent_id)
        if agent.state != AgentState.OFFLINE:
            write_agent_state(agent, AgentState.OFFLINE)
    _hand_back(agent, signed_out=True)


def _hand_back(agent: Agent, *, signed_out: bool) -> None:
    """Each piece of work in a transaction of its own: a conversation's lock may not follow the agent's."""
    for pk in Offer.objects.filter(agent=agent, state=OfferState.PENDING).values_list("pk", flat=True):
        revoke_offer(offer_id=pk)
    held = Assignment.objects.filter(agent=agent, state=AssignmentState.HANDLING).select_related("queue")
    for assignment in held:
        leaves = signed_out and assignment.queue is not None and assignment.queue.releases_at_sign_out
        if assignment.channel in LIVE_CHANNELS or leaves:
            release(assignment.conversation_id, agent.pk, kind=EventKind.AGENT_LOST)


def release_overdue_work(at: datetime) -> int:
    """Mail and messages of agents who are away go back after the queue's working hours. Returns how many."""
    held = (
        Assignment.objects.filter(
            state=AssignmentState.HANDLING, agent__state=AgentState.OFFLINE, queue__release_hours__isnull=False
        )
        .exclude(channel__in=LIVE_CHANNELS)
        .select_related("agent", "queue__calendar")
    )
    released = 0
    for assignment in held:
        queue = assignment.queue
        assert queue is not None and queue.release_hours is not None
        away_since = assignment.agent.state_since
        if queue.calendar is None:
            worked = (at - away_since).total_seconds()
        else:
            worked = open_seconds(schedule_of(queue.calendar), away_since, at)
        if worked >= queue.release_hours * 3600:
            released += release(assignment.conversation_id, assignment.agent_id, kind=EventKind.AGENT_LOST)
    return released

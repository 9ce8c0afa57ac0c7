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
from contactcenter.conversations.states import Channel
from routing.hours import Schedule, open_seconds
from routing.locking import lock_agent
from routing.models import Agent, AgentStateReason, Assignment, Offer
from routing.selectors import schedule_of
from routing.services.agent_states import write_agent_state
from routing.services.dispatching import request_dispatch
from routing.services.freeing import room_came_free
from routing.services.loads import HOLDING_CHANNELS, may_leave, refresh_load
from routing.services.offers import revoke_offer
from routing.services.releasing import release
from routing.states import AgentState, AssignmentState, OfferState


@transaction.atomic(durable=True)
def set_agent_state(
    *, agent_id: int, to: AgentState, reason: AgentStateReason | None = None, actor: User | None = None
) -> Agent:
    """Available, on break or offline. An agent who wants to leave with somebody on the line or a wrap-up at hand gets
    it as the next state: nothing new is offered, and it applies when the last of that ends. Mail and messages stay
    theirs. Raises Refused for what people cannot choose."""
    if to == AgentState.NOT_RESPONDING:
        raise Refused(_("Nobody chooses this state; it follows from missed offers."), code="bad_state")
    agent = lock_agent(agent_id)
    if to in {AgentState.BREAK, AgentState.OFFLINE} and not may_leave(agent):
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


@transaction.atomic(durable=True)
def cancel_next_state(*, agent_id: int) -> Agent:
    """The state chosen to come next is not wanted any more; new work is offered again."""
    agent = lock_agent(agent_id)
    if agent.next_state:
        _clear_next(agent)
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
    # What was paused comes before what is new.
    room_came_free(agent)
    return agent


_TOUCH = """
INSERT INTO routing_agentpresence AS presence (agent_id, seen_until)
SELECT id, %(until)s FROM unnest(%(ids)s::bigint[]) AS t(id)
ON CONFLICT (agent_id) DO UPDATE SET seen_until = GREATEST(presence.seen_until, EXCLUDED.seen_until)
RETURNING agent_id, COALESCE(old.seen_until <= %(now)s, TRUE)
"""


def touch_presence(agent_ids: Iterable[int]) -> None:
    """Extend the leases of all agents whose sockets a process holds, in one statement.

    Those whose lease had run out are there again: work that has waited for them is offered.
    """
    moment = now()
    until = moment + timedelta(seconds=settings.PRESENCE_SECONDS)
    with connection.cursor() as cursor:
        cursor.execute(_TOUCH, {"until": until, "now": moment, "ids": sorted(set(agent_ids))})
        back = [pk for pk, was_away in cursor.fetchall() if was_away]
    for pk in back:
        request_dispatch(agent_id=pk)


def arrive(*, agent_id: int) -> None:
    """A console was opened: the lease begins at once, and work that waited for it is offered."""
    touch_presence([agent_id])


def lose_agent(*, agent_id: int) -> bool:
    """No console for too long: offline; live work goes back to the queue. Returns False if they are back."""
    with transaction.atomic(durable=True):
        agent = lock_agent(agent_id)
        presence = getattr(agent, "presence", None)
        # Who has never had a console counts from when they said that they were there.
        seen = presence.seen_until if presence else agent.state_since + timedelta(seconds=settings.PRESENCE_SECONDS)
        if agent.state == AgentState.OFFLINE or seen >= lost_since():
            return False
        write_agent_state(agent, AgentState.OFFLINE)
        record_audit("agent.lost", actor=None, target=f"agent:{agent.pk}")
    _hand_back(agent, signed_out=False)
    return True


def lost_since() -> datetime:
    """A lease that ended before this moment belongs to a lost agent."""
    return now() - timedelta(seconds=settings.AGENT_LOST_SECONDS - settings.PRESENCE_SECONDS)


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
        if assignment.channel in HOLDING_CHANNELS or leaves:
            release(assignment.conversation_id, agent.pk, kind=EventKind.AGENT_LOST)


def find_overdue_work(at: datetime) -> list[tuple[int, int]]:
    """(conversation, agent) of what an offline agent no longer keeps: live work at once (the process that was handing
    it back has died), mail and messages after their queue's working hours."""
    held = Assignment.objects.filter(state=AssignmentState.HANDLING, agent__state=AgentState.OFFLINE)
    live = held.filter(channel__in=HOLDING_CHANNELS)
    found = list(live.values_list("conversation_id", "agent_id"))
    schedules: dict[int, Schedule] = {}
    kept = held.exclude(channel__in=HOLDING_CHANNELS).filter(queue__release_hours__isnull=False)
    for assignment in kept.select_related("agent", "queue__calendar"):
        queue, away_since = assignment.queue, assignment.agent.state_since
        assert queue is not None and queue.release_hours is not None
        if queue.calendar is None:
            worked = (at - away_since).total_seconds()
        else:
            if queue.calendar.pk not in schedules:
                schedules[queue.calendar.pk] = schedule_of(queue.calendar)
            worked = open_seconds(schedules[queue.calendar.pk], away_since, at)
        if worked >= queue.release_hours * 3600:
            found.append((assignment.conversation_id, assignment.agent_id))
    return found


def release_from_offline(*, conversation_id: int, agent_id: int) -> bool:
    """Take a conversation from an agent unless they are back. Returns whether it was taken."""
    return release(conversation_id, agent_id, kind=EventKind.AGENT_LOST, only_offline=True)

"""What work costs, and what interrupting work pauses. All under the agent's lock."""

from __future__ import annotations

from datetime import datetime

from django.db import connection
from django.db.models import Q

from contactcenter.base.clock import now
from contactcenter.conversations.states import LIVE_CHANNELS, Channel
from routing.locking import agent_is_locked
from routing.matching import mean_occupancy
from routing.models import Agent, Assignment, ChannelProfile, Offer, Queue
from routing.profiles import interruptible_channels, profile_of
from routing.states import AssignmentRole, AssignmentState, OfferState

# Somebody is on the line. Mail and messages stay with their owner when they take a break or go home.
HOLDING_CHANNELS = LIVE_CHANNELS | {Channel.CALLBACK}


def offer_seconds(queue: Queue | None, profile: ChannelProfile) -> int:
    return queue.offer_seconds if queue is not None and queue.offer_seconds is not None else profile.offer_seconds


def wrap_up_seconds(queue: Queue | None, channel: str) -> int:
    if queue is not None and queue.wrap_up_seconds is not None:
        return queue.wrap_up_seconds
    return profile_of(channel).wrap_up_seconds


_REFRESH = """
UPDATE routing_agent SET
    load = COALESCE((SELECT SUM(cost) FROM routing_offer WHERE agent_id = %(agent)s AND state = 'pending'), 0)
         + COALESCE((SELECT SUM(cost) FROM routing_assignment WHERE agent_id = %(agent)s AND state <> 'done'
                     AND role IN ('primary', 'consult') AND paused_at IS NULL), 0),
    occupancy = %(occupancy)s,
    load_since = GREATEST(load_since, %(now)s),
    last_contact_at = COALESCE(%(contact_at)s::timestamptz, last_contact_at)
WHERE id = %(agent)s
RETURNING load, load_since, last_contact_at
"""


def refresh_load(agent: Agent, *, contact_at: datetime | None = None) -> int:
    """Recompute and store the load of a locked agent: pending offers and unpaused open assignments.

    `contact_at` is when they last began or ended work, where that changes too. Every writer of an offer or an
    assignment calls this under the agent's lock, so the load that is read with the lock is right.
    """
    assert agent_is_locked(agent), "lock the agent first"
    moment = now()
    agent.occupancy = occupancy_at(agent, moment)
    values = {"agent": agent.pk, "contact_at": contact_at, "occupancy": agent.occupancy, "now": moment}
    with connection.cursor() as cursor:
        cursor.execute(_REFRESH, values)
        agent.load, agent.load_since, agent.last_contact_at = cursor.fetchone()
    return agent.load


LOAD_FIELDS = ("load", "occupancy", "load_since")


def add_load(agent: Agent, cost: int, at: datetime) -> None:
    """What an offer adds to the load of a locked agent; the caller stores `LOAD_FIELDS` together with the offer."""
    assert agent_is_locked(agent), "lock the agent first"
    agent.occupancy = occupancy_at(agent, at)
    agent.load += cost
    agent.load_since = max(agent.load_since, at)


def occupancy_at(agent: Agent, at: datetime) -> float:
    """0..1: what was stored with the last change of load, carried on with that load until `at`."""
    held = max((at - agent.load_since).total_seconds(), 0.0)
    return mean_occupancy(agent.occupancy, agent.load / max(agent.capacity, 1), held)


def has_room(agent: Agent, cost: int) -> bool:
    return agent.load + cost <= agent.capacity


def make_room(agent: Agent, channel: str, cost: int) -> list[int] | None:
    """Make sure a locked agent has room, pausing what this channel may interrupt, newest first, if that is enough.

    Returns the conversations paused, or None, with nothing changed, if there is no room.
    """
    if has_room(agent, cost):
        return []
    pausable = Assignment.objects.filter(
        agent=agent,
        state=AssignmentState.HANDLING,
        role=AssignmentRole.PRIMARY,
        paused_at=None,
        cost__gt=0,
        channel__in=interruptible_channels(channel),
    ).order_by("-started_at", "-pk")
    missing = agent.load + cost - agent.capacity
    chosen = []
    for assignment in pausable:
        if missing <= 0:
            break
        chosen.append(assignment)
        missing -= assignment.cost
    if missing > 0:
        return None
    moment = now()
    for assignment in chosen:
        assignment.paused_at = moment
        assignment.save(update_fields=["paused_at"])
    refresh_load(agent)
    return [assignment.conversation_id for assignment in chosen]


def resume_paused(agent: Agent) -> list[Assignment]:
    """Give room that has come free back to what was interrupted, oldest first."""
    paused = Assignment.objects.filter(agent=agent, paused_at__isnull=False).exclude(state=AssignmentState.DONE)
    resumed = []
    for assignment in paused.order_by("paused_at", "started_at", "pk"):
        if not has_room(agent, assignment.cost):
            break
        unpause(assignment, now())
        assignment.save(update_fields=["paused_at", "paused_seconds"])
        refresh_load(agent)
        resumed.append(assignment)
    return resumed


def unpause(assignment: Assignment, moment: datetime) -> None:
    """Add the pause to the assignment's paused time; the caller stores it."""
    if assignment.paused_at is not None:
        assignment.paused_seconds += (moment - assignment.paused_at).total_seconds()
        assignment.paused_at = None


def may_leave(agent: Agent) -> bool:
    """Whether a locked agent has nobody on the line, no wrap-up to finish and no offer to answer."""
    held = Assignment.objects.filter(agent=agent).filter(
        Q(state=AssignmentState.HANDLING, channel__in=HOLDING_CHANNELS) | Q(state=AssignmentState.WRAP_UP)
    )
    return not held.exists() and not Offer.objects.filter(agent=agent, state=OfferState.PENDING).exists()

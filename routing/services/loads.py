"""What work costs, and what interrupting work pauses. All under the agent's lock."""

from __future__ import annotations

from datetime import datetime
from functools import lru_cache

from django.db import connection
from django.db.models import Q

from contactcenter.base.clock import now
from contactcenter.conversations.states import LIVE_CHANNELS, Channel
from routing.locking import agent_is_locked
from routing.models import Agent, Assignment, ChannelProfile, Offer, Queue
from routing.states import AssignmentRole, AssignmentState, OfferState

# Somebody is on the line. Mail and messages stay with their owner when they take a break or go home.
HOLDING_CHANNELS = LIVE_CHANNELS | {Channel.CALLBACK}
# A change of a channel's profile counts within so long.
PROFILE_SECONDS = 5


@lru_cache(maxsize=1)
def _profiles_in(_period: int) -> dict[str, ChannelProfile]:
    return ChannelProfile.objects.in_bulk(field_name="channel")


# For tests: admin's changes count with the next period.
forget_profiles = _profiles_in.cache_clear


def _profiles() -> dict[str, ChannelProfile]:
    """By channel. Every decision needs them and they hardly ever change: each process reads them once a period."""
    return _profiles_in(int(now().timestamp()) // PROFILE_SECONDS)


def profile_of(channel: str) -> ChannelProfile:
    return _profiles()[channel]


def interruptible_channels(channel: str) -> list[str]:
    """The channels whose work this channel may pause."""
    return [name for name, profile in _profiles().items() if channel in profile.interrupted_by]


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
    last_contact_at = COALESCE(%(contact_at)s::timestamptz, last_contact_at)
WHERE id = %(agent)s
RETURNING load, last_contact_at
"""


def refresh_load(agent: Agent, *, contact_at: datetime | None = None) -> int:
    """Recompute and store the load of a locked agent: pending offers and unpaused open assignments.

    `contact_at` is when they last began or ended work, where that changes too. Every writer of an offer or an
    assignment calls this under the agent's lock, so the load that is read with the lock is right.
    """
    assert agent_is_locked(agent), "lock the agent first"
    with connection.cursor() as cursor:
        cursor.execute(_REFRESH, {"agent": agent.pk, "contact_at": contact_at})
        agent.load, agent.last_contact_at = cursor.fetchone()
    return agent.load


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

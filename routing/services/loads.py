"""What work costs, and what interrupting work pauses. All under the agent's lock."""

from __future__ import annotations

from datetime import datetime

from django.db.models import Q, Sum

from contactcenter.base.clock import now
from contactcenter.conversations.states import LIVE_CHANNELS, Channel
from routing.locking import agent_is_locked
from routing.models import Agent, Assignment, ChannelProfile, Offer, Queue
from routing.states import AssignmentRole, AssignmentState, OfferState

COSTING_ROLES = (AssignmentRole.PRIMARY, AssignmentRole.CONSULT)
# Somebody is on the line. Mail and messages stay with their owner when they take a break or go home.
HOLDING_CHANNELS = LIVE_CHANNELS | {Channel.CALLBACK}


def profile_of(channel: str) -> ChannelProfile:
    return ChannelProfile.objects.get(channel=channel)


def interruptible_channels(channel: str) -> list[str]:
    """The channels whose work this channel may pause."""
    return list(ChannelProfile.objects.filter(interrupted_by__contains=[channel]).values_list("channel", flat=True))


def offer_seconds(queue: Queue | None, profile: ChannelProfile) -> int:
    return queue.offer_seconds if queue is not None and queue.offer_seconds is not None else profile.offer_seconds


def wrap_up_seconds(queue: Queue | None, channel: str) -> int:
    if queue is not None and queue.wrap_up_seconds is not None:
        return queue.wrap_up_seconds
    return profile_of(channel).wrap_up_seconds


def refresh_load(agent: Agent) -> int:
    """Recompute and store the load of a locked agent: pending offers and unpaused open assignments."""
    assert agent_is_locked(agent), "lock the agent first"
    offered = Offer.objects.filter(agent=agent, state=OfferState.PENDING).aggregate(total=Sum("cost"))["total"] or 0
    held = (
        Assignment.objects.filter(agent=agent, role__in=COSTING_ROLES, paused_at=None)
        .exclude(state=AssignmentState.DONE)
        .aggregate(total=Sum("cost"))["total"]
        or 0
    )
    agent.load = offered + held
    agent.save(update_fields=["load"])
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
    refresh_load(agent)
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

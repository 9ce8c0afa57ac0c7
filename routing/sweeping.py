"""The sweeper's duties of routing: everything timed is a row found due here. Each may run twice at once.

Each returns how many rows it found; for the repairing ones that is normally zero.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable
from datetime import timedelta

from django.conf import settings
from django.db.models import F

from contactcenter.base.clock import now
from contactcenter.conversations.models import Conversation
from contactcenter.conversations.states import ConversationState
from routing.candidates import stranded_conversations
from routing.models import Agent, AgentPresence, Assignment, Offer, SweeperDuty
from routing.services.agents import lose_agent, release_overdue_work
from routing.services.arriving import wake_due
from routing.services.dispatching import dispatch_conversation
from routing.services.offers import expire_offer
from routing.services.wrapping import end_due_wrap_up
from routing.states import AgentState, AssignmentState, OfferState

logger = logging.getLogger(__name__)

BATCH = 200
# A pause of the sweeper longer than this was an outage of it, the database or the machine.
OUTAGE = timedelta(seconds=10)


def _each(ids: Iterable[int], act: Callable[[int], object]) -> int:
    """Call `act` for each; one failure is logged and does not keep the others from their turn."""
    found = 0
    for pk in ids:
        try:
            found += bool(act(pk))
        except Exception:
            logger.exception("sweep of %s failed", pk)
    return found


def extend_leases_after_outage() -> int:
    """After a pause in which nobody could renew, leases alive at its beginning count from its end."""
    moment = now()
    name = "routing.sweeping.extend_leases_after_outage"
    duty = SweeperDuty.objects.filter(name=name).first()
    if duty is None or moment - duty.last_run_at < OUTAGE:
        return 0
    alive = AgentPresence.objects.filter(
        seen_until__gt=duty.last_run_at, seen_until__lt=moment + timedelta(seconds=settings.PRESENCE_SECONDS)
    )
    return alive.update(seen_until=moment + timedelta(seconds=settings.PRESENCE_SECONDS))


def expire_due_offers() -> int:
    """Offers whose time is up: RONA."""
    due = Offer.objects.filter(state=OfferState.PENDING, expires_at__lte=now()).order_by("expires_at")
    return _each(list(due.values_list("pk", flat=True)[:BATCH]), lambda pk: expire_offer(offer_id=pk))


def end_due_wrap_ups() -> int:
    due = Assignment.objects.filter(state=AssignmentState.WRAP_UP, wrap_up_until__lte=now()).order_by("wrap_up_until")
    return _each(list(due.values_list("pk", flat=True)[:BATCH]), lambda pk: end_due_wrap_up(assignment_id=pk))


def wake_due_conversations() -> int:
    due = Conversation.objects.filter(state=ConversationState.SNOOZED, snoozed_until__lte=now()).order_by(
        "snoozed_until"
    )
    return _each(list(due.values_list("pk", flat=True)[:BATCH]), lambda pk: wake_due(conversation_id=pk))


def release_lost_agents() -> int:
    """Agents without a console for too long, and work of those away for longer than their queue allows."""
    lost_since = now() - timedelta(seconds=settings.AGENT_LOST_SECONDS - settings.PRESENCE_SECONDS)
    lost = Agent.objects.exclude(state=AgentState.OFFLINE).alias(seen=F("presence__seen_until"))
    ids = list(lost.filter(seen__lt=lost_since).values_list("pk", flat=True)[:BATCH])
    return _each(ids, lambda pk: lose_agent(agent_id=pk)) + release_overdue_work(now())


def repair_missed_dispatches() -> int:
    """Waiting, and an eligible agent with room: should not be; dispatch again."""
    ids = stranded_conversations(now())
    return _each(ids, lambda pk: dispatch_conversation(pk))

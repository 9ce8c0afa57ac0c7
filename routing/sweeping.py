"""The sweeper's duties of routing: everything timed is a row found due here. Each may run twice at once.

Each returns how many rows it found; for the repairing ones that is normally zero.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable
from datetime import timedelta
from typing import TypeVar

from django.conf import settings
from django.db import connection
from django.db.models import Q

from contactcenter.base.clock import now
from contactcenter.conversations.models import Conversation, ScheduledReply
from contactcenter.conversations.states import ConversationState
from routing.clocks import due_clocks, find_out_of_step
from routing.models import Agent, Assignment, Offer, QueueEntry, SweeperDuty
from routing.services.advancing import advance_step, reprice
from routing.services.agents import find_overdue_work, lose_agent, lost_since, release_from_offline
from routing.services.arriving import wake_due
from routing.services.clocks import sync_clocks, tell_due
from routing.services.dispatching import dispatch_conversation
from routing.services.groups import find_misplaced_offers
from routing.services.offers import expire_offer, revoke_offer
from routing.services.scheduling import send_due_replies
from routing.services.wrapping import end_due_wrap_up
from routing.states import AgentState, AssignmentState, OfferState
from routing.stranded import find_mispriced, find_stranded

logger = logging.getLogger(__name__)

BATCH = 200
# A pause of the sweeper longer than this was an outage of it, the database or the machine.
OUTAGE = timedelta(seconds=10)


_Item = TypeVar("_Item")


def each(items: Iterable[_Item], act: Callable[[_Item], object]) -> int:
    """Call `act` for each; one failure is logged and does not keep the others from their turn."""
    found = 0
    for item in items:
        try:
            found += bool(act(item))
        except Exception:
            logger.exception("sweep of %s failed", item)
    return found


_EXTEND = """
UPDATE routing_agentpresence SET seen_until = %(until)s
WHERE id IN (SELECT id FROM routing_agentpresence WHERE seen_until > %(last)s AND seen_until < %(until)s
             ORDER BY agent_id FOR UPDATE)
"""


def extend_leases_after_outage() -> int:
    """After a pause in which nobody could renew, leases alive at its beginning count from its end."""
    moment = now()
    name = "routing.sweeping.extend_leases_after_outage"
    duty = SweeperDuty.objects.filter(name=name).first()
    if duty is None or moment - duty.last_run_at < OUTAGE:
        return 0
    until = moment + timedelta(seconds=settings.PRESENCE_SECONDS)
    with connection.cursor() as cursor:
        # In the order in which the consoles' processes renew them, so that neither waits for the other.
        cursor.execute(_EXTEND, {"until": until, "last": duty.last_run_at})
        return int(cursor.rowcount)


def expire_due_offers() -> int:
    """Offers whose time is up: RONA."""
    due = Offer.objects.filter(state=OfferState.PENDING, expires_at__lte=now()).order_by("expires_at")
    return each(list(due.values_list("pk", flat=True)[:BATCH]), lambda pk: expire_offer(offer_id=pk))


def end_due_wrap_ups() -> int:
    due = Assignment.objects.filter(state=AssignmentState.WRAP_UP, wrap_up_until__lte=now()).order_by("wrap_up_until")
    return each(list(due.values_list("pk", flat=True)[:BATCH]), lambda pk: end_due_wrap_up(assignment_id=pk))


def wake_due_conversations() -> int:
    due = Conversation.objects.filter(state=ConversationState.SNOOZED, snoozed_until__lte=now()).order_by(
        "snoozed_until"
    )
    return each(list(due.values_list("pk", flat=True)[:BATCH]), lambda pk: wake_due(conversation_id=pk))


def send_due_scheduled_replies() -> int:
    """Replies whose seconds to be taken back are over, and those written for a later time."""
    due = ScheduledReply.objects.filter(state=ScheduledReply.State.PENDING, send_at__lte=now()).order_by("send_at")
    conversations = dict.fromkeys(due.values_list("conversation_id", flat=True)[:BATCH])
    return each(conversations, lambda pk: send_due_replies(conversation_id=pk))


def release_lost_agents() -> int:
    """Agents without a console for too long, and what those who are away no longer keep."""
    gone = Q(presence__seen_until__lt=lost_since()) | Q(presence=None, state_since__lt=lost_since())
    lost = Agent.objects.exclude(state=AgentState.OFFLINE).filter(gone)
    found = each(list(lost.values_list("pk", flat=True)[:BATCH]), lambda pk: lose_agent(agent_id=pk))
    return found + each(
        find_overdue_work(now())[:BATCH], lambda pair: release_from_offline(conversation_id=pair[0], agent_id=pair[1])
    )


def keep_clocks() -> int:
    """Promises to customers: what is out of step with its conversation, what is about to be due, what is overdue."""
    found = each(find_out_of_step(most=BATCH), lambda pk: sync_clocks(conversation_id=pk))
    due = list(due_clocks(now()).order_by("due_at").values_list("pk", flat=True)[:BATCH])
    return found + each(due, lambda pk: tell_due(clock_id=pk))


def advance_due_steps() -> int:
    """What waits and has reached the next step of its queue."""
    due = QueueEntry.objects.filter(left_at=None, is_offered=False, step_due_at__lte=now()).order_by("step_due_at")
    pks = list(due.values_list("conversation_id", flat=True)[:BATCH])
    return each(pks, lambda pk: advance_step(conversation_id=pk))


def reprice_waiting() -> int:
    """What waits and costs something else now: it was tagged, or the costs were changed."""
    return each(find_mispriced(most=BATCH), lambda pk: reprice(conversation_id=pk))


def repair_missed_dispatches() -> int:
    """Dispatch what waits although an eligible agent has room, and withdraw offers from agents who have lost the skill.

    Found are those that should not be; who is asked again because a time has passed is no repair.
    """
    stranded = {row.conversation_id: row.is_due for row in find_stranded(now())}
    each([pk for pk, is_due in stranded.items() if is_due], dispatch_conversation)
    missed = [pk for pk, is_due in stranded.items() if not is_due]
    for pk in missed:
        logger.warning("a dispatch was missed", extra={"fields": {"conversation": pk}})
    each(missed, dispatch_conversation)
    return len(missed) + each(find_misplaced_offers(), lambda pk: revoke_offer(offer_id=pk))

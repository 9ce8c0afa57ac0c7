"""Which step of its queue a stay is at: what it asks for now, what boost it has, when the next step begins."""

from __future__ import annotations

from datetime import datetime, timedelta

from contactcenter.base.clock import now
from contactcenter.base.prepared import Prepared
from contactcenter.conversations.models import Conversation
from contactcenter.conversations.states import ConversationState
from routing.models import Queue, QueueEntry, QueueStep, SkillGroup
from routing.selectors import group_is_staffed, stays_since_reopening
from routing.services.groups import demand_of, find_group

# A step of priority is worth a minute of waiting.
SECONDS_PER_PRIORITY = 60


def seconds_in_queue(entry: QueueEntry, at: datetime) -> float:
    """Waited in this queue up to the end of the stay, or up to `at`: what steps and the delays of members count by."""
    return entry.in_queue_before_seconds + max(((entry.left_at or at) - entry.entered_at).total_seconds(), 0.0)


def seconds_brought(conversation: Conversation, queue: Queue) -> float:
    """Waited in this queue in the stay that this one goes on from: a return to it; another queue begins at 0."""
    if conversation.state == ConversationState.NEW:  # which has never waited
        return 0.0
    last = stays_since_reopening(conversation).order_by("-pk").first()
    return seconds_in_queue(last, now()) if last is not None and last.queue_id == queue.pk else 0.0


_steps = Prepared(lambda queue: QueueStep.objects.filter(queue=queue).order_by("after_seconds"))


def place_at_step(entry: QueueEntry, conversation: Conversation) -> int:
    """Set the step in force of an open stay with its group, boost, place and the moment of the next step; the caller
    stores `STEP_FIELDS`. Returns the number of the step, 0 before the first.

    A step that nobody suitable is signed in for begins the next one at once, where it says so; once a stay is that
    far, it does not go back.
    """
    moment = now()
    waited = seconds_in_queue(entry, moment)
    steps = _steps.objects(entry.queue_id)
    number = max(
        sum(step.after_seconds <= waited for step in steps),
        next((place for place, step in enumerate(steps, 1) if step.pk == entry.step_id), 0),
    )
    group = _group_at(entry, conversation, steps, number)
    while 0 < number < len(steps) and steps[number - 1].skip_if_unstaffed and not group_is_staffed(group.pk, moment):
        number += 1
        group = _group_at(entry, conversation, steps, number)
    entry.step = steps[number - 1] if number else None
    entry.group = group
    # What a step has given, a later one without a boost of its own does not take back.
    boost = max((step.boost_seconds for step in steps[:number]), default=0)
    entry.boost_seconds = float(conversation.priority * SECONDS_PER_PRIORITY + boost)
    entry.rank_key = entry.entered_at.timestamp() - entry.waited_before_seconds - entry.boost_seconds
    entry.step_due_at = None
    if number < len(steps):
        left = steps[number].after_seconds - entry.in_queue_before_seconds
        entry.step_due_at = entry.entered_at + timedelta(seconds=left)
    return number


STEP_FIELDS = ("step", "group", "boost_seconds", "rank_key", "step_due_at")


def _group_at(entry: QueueEntry, conversation: Conversation, steps: list[QueueStep], number: int) -> SkillGroup:
    demand = demand_of(conversation, entry.queue, steps[number - 1] if number else None)
    return find_group(entry.queue, entry.channel, demand.requirements, optional=demand.optional, joins=demand.joins)

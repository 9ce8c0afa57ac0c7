"""What waits moves on to the next step of its queue when its time has come, or when the steps have changed."""

from __future__ import annotations

from django.db import transaction

from contactcenter.base.clock import now
from contactcenter.conversations.events import EventKind, record_event, save_conversation
from contactcenter.conversations.locking import lock_conversation
from routing.models import Queue, QueueEntry
from routing.profiles import cost_of
from routing.selectors import open_entry
from routing.services.dispatching import request_dispatch
from routing.services.stepping import STEP_FIELDS, place_at_step


@transaction.atomic(durable=True)
def advance_step(*, conversation_id: int) -> bool:
    """Bring a waiting stay to the step that is in force now, and dispatch it.

    While it is offered it stays where it is: whoever answers is not to lose it. Returns False if nothing was due.
    """
    conversation = lock_conversation(conversation_id)
    entry = open_entry(conversation)
    if entry is None or entry.is_offered or entry.step_due_at is None or entry.step_due_at > now():
        return False
    before = (entry.step_id, entry.group_id, entry.rank_key)
    number = place_at_step(entry, conversation)
    entry.save(update_fields=STEP_FIELDS)
    if (entry.step_id, entry.group_id, entry.rank_key) == before:
        return True
    if number and entry.step_id != before[0]:
        record_event(conversation, EventKind.STEP_BEGUN, number=number, step=entry.step_id, queue=entry.queue.name)
        save_conversation(conversation)
    request_dispatch(conversation_id=conversation.pk)
    return True


def regroup_waiting(*queues: Queue) -> None:
    """What these queues ask for has changed: what waits in them is placed anew by the sweeper."""
    QueueEntry.objects.filter(queue__in=queues, left_at=None).update(step_due_at=now())


@transaction.atomic(durable=True)
def reprice(*, conversation_id: int) -> bool:
    """Keep what a waiting conversation costs, which its tags or the settings have changed. False if it is right."""
    conversation = lock_conversation(conversation_id)
    entry = open_entry(conversation)
    cost = cost_of(conversation)
    if entry is None or entry.is_offered or entry.cost == cost:
        return False
    entry.cost = cost
    entry.save(update_fields=["cost"])
    request_dispatch(conversation_id=conversation.pk)
    return True

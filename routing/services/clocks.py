"""The clocks of promises: started, paused, stopped and told of under their conversation's lock.

What they follow is stored with the conversation, so messages and closing cost nothing here: the sweeper finds what is
out of step within a second, and after an outage all that was missed, with the moments at which it happened.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.db.models import Min, QuerySet

from contactcenter.base.clock import now
from contactcenter.conversations import realtime
from contactcenter.conversations.events import EventKind, record_event, save_conversation
from contactcenter.conversations.locking import lock_conversation
from contactcenter.conversations.models import Conversation, Message
from contactcenter.conversations.states import ConversationState, MessageKind
from routing.clocks import counting_key, is_customers_turn, is_running, seconds_of, target_of
from routing.hours import Schedule
from routing.models import Queue, QueueEntry, SLAClock, SLAKind, SLATarget
from routing.selectors import schedule_of
from routing.services.alerting import announce_alerts
from routing.sla import deadline, used_seconds


@dataclass(frozen=True, slots=True, kw_only=True)
class _Promise:
    """What a queue promises on a channel, and what its moments are counted by."""

    queue: Queue
    target: SLATarget
    counted_by: str
    schedule: Schedule | None


def _promise_of(entry: QueueEntry, conversation: Conversation) -> _Promise | None:
    target = target_of(entry.queue, entry.channel, is_public=conversation.is_public)
    if target is None:
        return None
    # The key first: hours that change before they are read are found by the next sweep.
    counted_by = counting_key(entry.queue, target)
    return _Promise(queue=entry.queue, target=target, counted_by=counted_by, schedule=_hours(entry.queue))


def _hours(queue: Queue) -> Schedule | None:
    return schedule_of(queue.calendar) if queue.calendar is not None else None


@transaction.atomic(durable=True)
def sync_clocks(*, conversation_id: int) -> bool:
    """Bring the clocks of a conversation into step with it. Returns whether anything had to be done."""
    conversation = lock_conversation(conversation_id)
    entry = QueueEntry.objects.filter(conversation=conversation).select_related("queue").last()
    if entry is None:
        return False
    promise = _promise_of(entry, conversation)
    changed = False
    if promise is not None and conversation.state != ConversationState.CLOSED:
        changed = _start_missing(conversation, entry, promise)
    for clock in SLAClock.objects.filter(conversation=conversation, stopped_at=None).order_by("pk"):
        changed |= _follow(clock, conversation, promise)
    return changed


def _follow(clock: SLAClock, conversation: Conversation, promise: _Promise | None) -> bool:
    """Stop, pause, resume or move one running clock."""
    is_paused = clock.kind == SLAKind.RESOLUTION and is_customers_turn(conversation)
    if not is_paused and not is_running(clock, conversation):
        _stop(clock, conversation, _ended_at(clock, conversation))
        return True
    seconds = seconds_of(promise.target, clock.kind) if promise is not None else None
    if promise is None or seconds is None:
        _write(clock, stopped_at=now(), is_met=None)
        return True
    # What is overdue stays so, whatever moves the clock now.
    if clock.breached_at is None and clock.due_at is not None and clock.due_at <= now():
        _breach(clock, conversation)
    if clock.queue_id != promise.queue.pk or clock.target_seconds != seconds:
        _retarget(clock, conversation, promise, seconds)
    elif is_paused and clock.paused_at is None:
        _write(clock, left_seconds=_left(clock), paused_at=now(), due_at=None, warn_at=None)
    elif not is_paused and clock.paused_at is not None:
        _run_from(clock, conversation, promise, now(), _left(clock))
    elif not is_paused and clock.counted_by != promise.counted_by:
        _run_from(clock, conversation, promise, clock.counted_at or clock.started_at, _left_at_first(clock))
    else:
        return False
    return True


def _left_at_first(clock: SLAClock) -> float:
    return clock.left_seconds if clock.left_seconds is not None else float(clock.target_seconds)


def _left(clock: SLAClock) -> float:
    """Opening seconds until it is due, by the hours of its queue as they are; negative once that is over."""
    if clock.paused_at is not None:
        return _left_at_first(clock)
    gone = used_seconds(_hours(clock.queue), clock.counted_at or clock.started_at, now())
    return _left_at_first(clock) - gone


def _retarget(clock: SLAClock, conversation: Conversation, promise: _Promise, seconds: int) -> None:
    """Another promise holds now; the time that has gone stays gone."""
    left = seconds - (clock.target_seconds - _left(clock))
    clock.queue, clock.target_seconds = promise.queue, seconds
    if clock.paused_at is not None:
        _write(clock, queue=promise.queue, target_seconds=seconds, left_seconds=left)
        return
    _run_from(clock, conversation, promise, now(), left)


def _run_from(clock: SLAClock, conversation: Conversation, promise: _Promise, start: datetime, left: float) -> None:
    """Count anew from `start`. A warning that came too early then is taken back."""
    moment = now()
    ends = deadline(
        promise.schedule,
        start,
        left_seconds=left,
        target_seconds=clock.target_seconds,
        warn_percent=promise.target.warn_percent,
    )
    # Hours that are changed afterwards break no promise in the past.
    due_at = max(ends.due_at, moment) if ends.due_at is not None else None
    is_told = clock.breached_at is not None or (ends.warn_at is not None and ends.warn_at <= moment)
    taken_back = clock.warned_at is not None and not is_told
    _write(
        clock,
        queue=promise.queue,
        target_seconds=clock.target_seconds,
        warn_at=ends.warn_at,
        due_at=clock.breached_at or due_at,
        warned_at=clock.warned_at if is_told else None,
        paused_at=None,
        left_seconds=left,
        counted_at=start,
        counted_by=promise.counted_by,
    )
    if taken_back:
        _tell_people(clock, conversation, "bell.changed")


def _start_missing(conversation: Conversation, entry: QueueEntry, promise: _Promise) -> bool:
    """Start the clocks that should run and have never run for this wait."""
    started = False
    if conversation.waiting_since is not None:
        kind = SLAKind.NEXT if _was_answered(conversation) else SLAKind.FIRST
        rows = SLAClock.objects.filter(conversation=conversation, started_at=conversation.waiting_since)
        if not rows.exclude(kind=SLAKind.RESOLUTION).exists():
            started |= _start(conversation, entry, promise, kind, conversation.waiting_since)
    running = SLAClock.objects.filter(conversation=conversation, kind=SLAKind.RESOLUTION, stopped_at=None)
    if not running.exists():
        began = conversation.waiting_since if conversation.reopened_count else conversation.created_at
        started |= _start(conversation, entry, promise, SLAKind.RESOLUTION, began or now())
    return started


def _start(
    conversation: Conversation, entry: QueueEntry, promise: _Promise, kind: SLAKind, started_at: datetime
) -> bool:
    seconds = seconds_of(promise.target, kind)
    if seconds is None:
        return False
    ends = deadline(
        promise.schedule,
        started_at,
        left_seconds=seconds,
        target_seconds=seconds,
        warn_percent=promise.target.warn_percent,
    )
    SLAClock.objects.create(
        conversation=conversation,
        queue=entry.queue,
        channel=entry.channel,
        kind=kind,
        target_seconds=seconds,
        started_at=started_at,
        warn_at=ends.warn_at,
        due_at=ends.due_at,
        counted_by=promise.counted_by,
    )
    return True


def _answers(conversation: Conversation) -> QuerySet[Message]:
    """What agents wrote: automatic messages are nobody's answer."""
    return Message.objects.filter(conversation=conversation, kind=MessageKind.OUT, author__isnull=False)


def _was_answered(conversation: Conversation) -> bool:
    return _answers(conversation).exists()


def _ended_at(clock: SLAClock, conversation: Conversation) -> datetime:
    """When the promise was kept: the answer to it, or the close."""
    if clock.kind != SLAKind.RESOLUTION:
        answers = _answers(conversation).filter(created_at__gte=clock.started_at)
        first: datetime | None = answers.aggregate(first=Min("created_at"))["first"]
        if first is not None:
            return first
    return conversation.closed_at or now()


def _stop(clock: SLAClock, conversation: Conversation, at: datetime) -> None:
    """Kept or not: what was too late and had not been told is told now."""
    is_late = clock.breached_at is not None
    if clock.paused_at is not None:
        is_late |= (clock.left_seconds or 0.0) < 0
    else:
        is_late |= clock.due_at is not None and at > clock.due_at
    if is_late and clock.breached_at is None:
        _breach(clock, conversation)
    _write(clock, stopped_at=at, is_met=not is_late)
    if clock.warned_at is not None:
        _tell_people(clock, conversation, "bell.changed")


def _write(clock: SLAClock, **fields: object) -> None:
    for name, value in fields.items():
        setattr(clock, name, value)
    clock.save(update_fields=list(fields))


def _breach(clock: SLAClock, conversation: Conversation) -> None:
    at = clock.due_at or now()
    _write(clock, breached_at=at, warned_at=clock.warned_at or at)
    _tell(clock, conversation, EventKind.SLA_BREACHED)


def _tell(clock: SLAClock, conversation: Conversation, kind: EventKind) -> None:
    record_event(conversation, kind, promise=clock.kind, clock=clock.pk, queue=clock.queue.name)
    save_conversation(conversation)
    _tell_people(clock, conversation, kind.value)


def _tell_people(clock: SLAClock, conversation: Conversation, kind: str) -> None:
    """The owner hears of warning and breach, supervisors of the breach; both of the end of what they heard of."""
    if conversation.owner_id is not None:
        told = {"conversation": conversation.pk, "who": str(conversation.customer)}
        realtime.announce_on_commit({"topic": f"user:{conversation.owner_id}", "kind": kind, **told})
    if clock.breached_at is not None:
        announce_alerts(conversation.brand_id)


@transaction.atomic(durable=True)
def tell_due(*, clock_id: int) -> bool:
    """Warn of a clock that is about to be due, or say that it is overdue. False if it was stopped or told before."""
    conversation = lock_conversation(SLAClock.objects.values_list("conversation_id", flat=True).get(pk=clock_id))
    clock = SLAClock.objects.select_related("queue").get(pk=clock_id)
    moment = now()
    if clock.stopped_at is not None or clock.paused_at is not None or not is_running(clock, conversation):
        return False
    if clock.due_at is not None and clock.due_at <= moment:
        if clock.breached_at is not None:
            return False
        _breach(clock, conversation)
        return True
    if clock.warned_at is not None or clock.warn_at is None or clock.warn_at > moment:
        return False
    _write(clock, warned_at=moment)
    _tell(clock, conversation, EventKind.SLA_WARNED)
    return True

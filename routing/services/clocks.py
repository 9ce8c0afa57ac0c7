"""The clocks of promises: started, paused, stopped and told of under their conversation's lock.

What they follow is stored with the conversation, so messages and closing cost nothing here: the sweeper finds what is
out of step within a second, and after an outage all that was missed, with the moments at which it happened.
"""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.db.models import Min, QuerySet

from contactcenter.base.clock import now
from contactcenter.conversations import realtime
from contactcenter.conversations.events import EventKind, record_event, save_conversation
from contactcenter.conversations.locking import lock_conversation
from contactcenter.conversations.models import Conversation, Message
from contactcenter.conversations.states import ConversationState, MessageKind
from routing.clocks import is_customers_turn, is_running, seconds_of, target_of
from routing.hours import Schedule
from routing.models import Queue, QueueEntry, SLAClock, SLAKind, SLATarget
from routing.selectors import schedule_of
from routing.services.alerting import announce_alerts
from routing.sla import deadline, used_seconds


@transaction.atomic(durable=True)
def sync_clocks(*, conversation_id: int) -> bool:
    """Bring the clocks of a conversation into step with it. Returns whether anything had to be done."""
    conversation = lock_conversation(conversation_id)
    entry = QueueEntry.objects.filter(conversation=conversation).select_related("queue__calendar").last()
    if entry is None:
        return False
    target = target_of(entry.queue, entry.channel)
    changed = False
    if target is not None and conversation.state != ConversationState.CLOSED:
        changed = _start_missing(conversation, entry, target)
    for clock in SLAClock.objects.filter(conversation=conversation, stopped_at=None).order_by("pk"):
        changed |= _follow(clock, conversation, entry.queue, target)
    return changed


def _follow(clock: SLAClock, conversation: Conversation, queue: Queue, target: SLATarget | None) -> bool:
    """Stop, pause, resume or move one running clock."""
    is_paused = clock.kind == SLAKind.RESOLUTION and is_customers_turn(conversation)
    if not is_paused and not is_running(clock, conversation):
        _stop(clock, conversation, _ended_at(clock, conversation))
        return True
    seconds = seconds_of(target, clock.kind) if target is not None else None
    if target is None or seconds is None:
        _write(clock, stopped_at=now(), is_met=None)
        return True
    if clock.queue_id != queue.pk or clock.target_seconds != seconds:
        _retarget(clock, queue, target, seconds)
        return True
    if is_paused and clock.paused_at is None:
        _write(clock, left_seconds=_left(clock, queue), paused_at=now(), due_at=None, warn_at=None)
        return True
    if not is_paused and clock.paused_at is not None:
        _run_from(clock, queue, now(), clock.left_seconds or 0.0, target.warn_percent)
        return True
    return False


def _hours(queue: Queue) -> Schedule | None:
    return schedule_of(queue.calendar) if queue.calendar is not None else None


def _left(clock: SLAClock, queue: Queue) -> float:
    """Opening seconds until it is due; negative once that is over."""
    if clock.due_at is None:
        return clock.left_seconds if clock.left_seconds is not None else float(clock.target_seconds)
    moment = now()
    if clock.due_at >= moment:
        return used_seconds(_hours(queue), moment, clock.due_at)
    return -used_seconds(_hours(queue), clock.due_at, moment)


def _retarget(clock: SLAClock, queue: Queue, target: SLATarget, seconds: int) -> None:
    """Another promise holds now; the time that has gone stays gone."""
    gone = clock.target_seconds - _left(clock, clock.queue)
    clock.queue, clock.target_seconds = queue, seconds
    if clock.paused_at is not None:
        _write(clock, queue=queue, target_seconds=seconds, left_seconds=seconds - gone)
        return
    _run_from(clock, queue, now(), seconds - gone, target.warn_percent)


def _run_from(clock: SLAClock, queue: Queue, start: datetime, left: float, warn_percent: int) -> None:
    ends = deadline(
        _hours(queue), start, left_seconds=left, target_seconds=clock.target_seconds, warn_percent=warn_percent
    )
    running = {"warn_at": ends.warn_at, "due_at": ends.due_at, "paused_at": None, "left_seconds": left}
    _write(clock, queue=queue, target_seconds=clock.target_seconds, **running)


def _start_missing(conversation: Conversation, entry: QueueEntry, target: SLATarget) -> bool:
    """Start the clocks that should run and have never run for this wait."""
    started = False
    if conversation.waiting_since is not None:
        kind = SLAKind.NEXT if _was_answered(conversation) else SLAKind.FIRST
        rows = SLAClock.objects.filter(conversation=conversation, started_at=conversation.waiting_since)
        if not rows.exclude(kind=SLAKind.RESOLUTION).exists():
            started |= _start(conversation, entry, target, kind, conversation.waiting_since)
    running = SLAClock.objects.filter(conversation=conversation, kind=SLAKind.RESOLUTION, stopped_at=None)
    if not running.exists():
        began = conversation.waiting_since if conversation.reopened_count else conversation.created_at
        started |= _start(conversation, entry, target, SLAKind.RESOLUTION, began or now())
    return started


def _start(
    conversation: Conversation, entry: QueueEntry, target: SLATarget, kind: SLAKind, started_at: datetime
) -> bool:
    seconds = seconds_of(target, kind)
    if seconds is None:
        return False
    ends = deadline(
        _hours(entry.queue),
        started_at,
        left_seconds=seconds,
        target_seconds=seconds,
        warn_percent=target.warn_percent,
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

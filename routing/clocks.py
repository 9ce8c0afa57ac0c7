"""Which promises run for which conversations: read from what is stored, so that nothing has to be told to them."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import datetime

from django.db import connection
from django.db.models import Exists, F, OuterRef, Q, QuerySet

from contactcenter.accounts.selectors import Viewer
from contactcenter.base.prepared import Prepared
from contactcenter.conversations.models import Conversation
from contactcenter.conversations.selectors import visible_conversations
from contactcenter.conversations.states import ConversationState, SnoozeReason
from routing.models import Queue, SLAClock, SLAKind, SLATarget
from routing.states import PromiseState

# Without rows of their own: what is said in public is answered within the hour.
PUBLIC_FIRST_SECONDS = 3600


def target_of(queue: Queue, channel: str, *, is_public: bool) -> SLATarget | None:
    """The row of the channel, else the queue's for all others, else what holds without rows."""
    rows = {row.channel: row for row in queue.sla_targets.all()}
    found = rows.get(channel) or rows.get("")
    if found is None and is_public:
        return SLATarget(queue=queue, channel=channel, first_seconds=PUBLIC_FIRST_SECONDS)
    return found


def seconds_of(target: SLATarget, kind: str) -> int | None:
    return {
        SLAKind.FIRST: target.first_seconds,
        SLAKind.NEXT: target.next_seconds,
        SLAKind.RESOLUTION: target.resolution_seconds,
    }[SLAKind(kind)]


# What moments are counted by, as one short text for each calendar: its zone, its times, its holidays.
_HOURS = """
SELECT c.id, md5(concat_ws('|', c.time_zone,
    (SELECT string_agg(concat_ws(' ', weekday, opens_at, closes_at), ',' ORDER BY weekday, opens_at, closes_at)
     FROM routing_calendarinterval WHERE calendar_id = c.id),
    (SELECT string_agg(concat_ws(' ', day, opens_at, closes_at), ',' ORDER BY day)
     FROM routing_holiday WHERE calendar_id = c.id))) AS key
FROM routing_calendar c
"""


def counting_key(queue: Queue, target: SLATarget) -> str:
    """Becomes another when the queue gets other opening hours, or these change, or the share that warns."""
    with connection.cursor() as cursor:
        cursor.execute(_HOURS + "WHERE c.id = %s", [queue.calendar_id])
        hours = cursor.fetchone()
    return f"{hours[1] if hours else ''}/{target.warn_percent}"


# Conversations whose clocks do not say what their columns say: a customer waits without a clock of that wait or has
# been answered with one; it was closed, put aside or taken up again; it is in another queue now, or promises or opening
# hours changed.
_OUT_OF_STEP = f"""
WITH hours AS MATERIALIZED ({_HOURS}), target AS (
    SELECT queue_id, channel, first_seconds, next_seconds, resolution_seconds, warn_percent FROM routing_slatarget
), served AS MATERIALIZED (
    SELECT c.id, c.waiting_since, c.state, c.snooze_reason, e.queue_id,
           CASE WHEN t.queue_id IS NULL THEN %(public_seconds)s ELSE t.first_seconds END AS first_seconds,
           t.next_seconds, t.resolution_seconds, COALESCE(t.warn_percent, %(warn_percent)s) AS warn_percent
    FROM conversations_conversation c
    CROSS JOIN LATERAL (SELECT queue_id, channel FROM routing_queueentry WHERE conversation_id = c.id
                        ORDER BY id DESC LIMIT 1) e
    LEFT JOIN LATERAL (SELECT * FROM target WHERE target.queue_id = e.queue_id AND target.channel IN (e.channel, '')
                       ORDER BY target.channel DESC LIMIT 1) t ON TRUE
    WHERE c.state <> 'closed' AND (t.queue_id IS NOT NULL OR c.is_public)
)
SELECT s.id FROM served s
WHERE s.waiting_since IS NOT NULL
  AND CASE WHEN EXISTS (SELECT 1 FROM conversations_message m
                        WHERE m.conversation_id = s.id AND m.kind = 'out' AND m.author_id IS NOT NULL)
           THEN s.next_seconds ELSE s.first_seconds END IS NOT NULL
  AND NOT EXISTS (SELECT 1 FROM routing_slaclock k WHERE k.conversation_id = s.id AND k.kind <> 'resolution'
                  AND k.started_at = s.waiting_since)
UNION
SELECT s.id FROM served s
WHERE s.resolution_seconds IS NOT NULL
  AND NOT EXISTS (SELECT 1 FROM routing_slaclock k WHERE k.conversation_id = s.id AND k.kind = 'resolution'
                  AND k.stopped_at IS NULL)
UNION
SELECT k.conversation_id FROM routing_slaclock k
JOIN conversations_conversation c ON c.id = k.conversation_id
LEFT JOIN served s ON s.id = c.id
LEFT JOIN routing_queue q ON q.id = s.queue_id
LEFT JOIN hours h ON h.id = q.calendar_id
WHERE k.stopped_at IS NULL AND (
    s.id IS NULL
    OR k.queue_id <> s.queue_id
    OR (k.kind <> 'resolution' AND k.started_at IS DISTINCT FROM c.waiting_since)
    OR (k.kind = 'resolution'
        AND (c.state = 'snoozed' AND c.snooze_reason = 'customer') <> (k.paused_at IS NOT NULL))
    OR (k.paused_at IS NULL AND k.counted_by <> COALESCE(h.key, '') || '/' || s.warn_percent)
    OR k.target_seconds IS DISTINCT FROM
        CASE k.kind WHEN 'first' THEN s.first_seconds WHEN 'next' THEN s.next_seconds ELSE s.resolution_seconds END)
ORDER BY 1 LIMIT %(most)s
"""  # noqa: S608 - both are constants


def find_out_of_step(*, most: int) -> list[int]:
    """Conversations whose clocks have to be looked at."""
    public: dict[str, int] = {
        "public_seconds": PUBLIC_FIRST_SECONDS,
        "warn_percent": SLATarget().warn_percent,
    }
    with connection.cursor() as cursor:
        cursor.execute(_OUT_OF_STEP, public | {"most": most})
        return [row[0] for row in cursor.fetchall()]


def due_clocks(at: datetime) -> QuerySet[SLAClock]:
    """Running clocks that have reached their warning or their end and have not been told."""
    running = SLAClock.objects.filter(stopped_at=None)
    return running.filter(Q(due_at__lte=at, breached_at=None) | Q(warn_at__lte=at, warned_at=None, breached_at=None))


def clocks_of(conversations: Iterable[Conversation]) -> dict[int, list[SLAClock]]:
    """The promises that run for each conversation and are not paused, the next due first.

    A clock whose customer has been answered, or whose conversation has ended, is over, also in the second in which
    nobody has stopped it yet.
    """
    open_ones = {row.pk: row for row in conversations if row.state != ConversationState.CLOSED}
    found: dict[int, list[SLAClock]] = {}
    for clock in _running.objects(list(open_ones)) if open_ones else ():
        if is_running(clock, open_ones[clock.conversation_id]):
            found.setdefault(clock.conversation_id, []).append(clock)
    return found


_running = Prepared(
    lambda ids: SLAClock.objects.filter(conversation__in=ids, stopped_at=None, due_at__isnull=False).order_by("due_at")
)


def is_running(clock: SLAClock, conversation: Conversation) -> bool:
    """Whether the conversation is still what the clock was started for."""
    if conversation.state == ConversationState.CLOSED:
        return False
    if clock.kind != SLAKind.RESOLUTION:
        return clock.started_at == conversation.waiting_since
    return not is_customers_turn(conversation)


def is_customers_turn(conversation: Conversation) -> bool:
    return conversation.state == ConversationState.SNOOZED and conversation.snooze_reason == SnoozeReason.CUSTOMER.value


def visible_clocks(viewer: Viewer) -> QuerySet[SLAClock]:
    return SLAClock.objects.filter(conversation__in=visible_conversations(viewer))


def running_clocks(viewer: Viewer, conversation: Conversation) -> list[SLAClock]:
    """All promises that run for one conversation, the next due first."""
    rows = visible_clocks(viewer).filter(conversation=conversation, stopped_at=None)
    return [clock for clock in rows.order_by(F("due_at").asc(nulls_last=True)) if is_running(clock, conversation)]


def state_of(clock: SLAClock, conversation: Conversation) -> PromiseState:
    """How a promise stands; one whose end has come is over also in the second in which nobody has stopped it yet."""
    is_over = clock.stopped_at is not None or conversation.state == ConversationState.CLOSED
    rests = clock.kind == SLAKind.RESOLUTION and is_customers_turn(conversation)
    if is_over or not (rests or is_running(clock, conversation)):
        return PromiseState.MET if clock.breached_at is None else PromiseState.BREACHED
    if rests:
        return PromiseState.PAUSED
    if clock.breached_at is not None:
        return PromiseState.OVERDUE
    return PromiseState.RUNNING if clock.warned_at is None else PromiseState.AT_RISK


def last_promises() -> QuerySet[SLAClock]:
    """For each conversation the last promise of each kind; what was taken back is none."""
    rows = SLAClock.objects.exclude(stopped_at__isnull=False, is_met=None)
    return rows.order_by("conversation", "kind", "-started_at").distinct("conversation", "kind")


def running_promises() -> QuerySet[SLAClock]:
    """Within a query of conversations: the promises that run for each, as `is_running` says of one that is open."""
    waits = Q(started_at=OuterRef("waiting_since")) & ~Q(kind=SLAKind.RESOLUTION)
    rows = SLAClock.objects.filter(waits | Q(kind=SLAKind.RESOLUTION), conversation=OuterRef("pk"))
    return rows.filter(stopped_at=None, due_at__isnull=False)


def with_promises_in(rows: QuerySet[Conversation], states: Collection[str]) -> QuerySet[Conversation]:
    """The open ones with a promise overdue, or with one at risk and none overdue."""
    told = Exists(running_promises().filter(warned_at__isnull=False))
    overdue = Exists(running_promises().filter(breached_at__isnull=False))
    rows = rows.exclude(state=ConversationState.CLOSED)
    if PromiseState.AT_RISK not in states:
        return rows.filter(overdue)
    return rows.filter(told) if PromiseState.OVERDUE in states else rows.filter(told, ~overdue)

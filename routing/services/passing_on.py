"""What becomes of waiting work whose queue has closed, lost its people or spent its steps meanwhile."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import DateTimeField, DurationField, Exists, ExpressionWrapper, F, OuterRef, Q, Value

from contactcenter.base.clock import now
from contactcenter.conversations.locking import try_lock_conversation
from contactcenter.conversations.states import ConversationState
from routing.models import Fallback, FallbackAction, FallbackCondition, QueueEntry
from routing.selectors import open_entry, queue_is_open, signed_in_members
from routing.services.fallbacks import find_fallback
from routing.services.queueing import carry_out


def find_due_fallbacks(*, most: int = 200) -> list[int]:
    """Conversations for which a condition with something configured has come to hold while they waited."""
    moment = now()
    found: dict[int, None] = {}
    rows = Fallback.objects.exclude(condition=FallbackCondition.FULL).filter(queue__entries__left_at=None)
    for fallback in rows.select_related("queue__calendar").distinct():
        found.update(dict.fromkeys(_due(fallback, moment, most)))
    return list(found)


def _due(fallback: Fallback, at: datetime, most: int) -> list[int]:
    queue, condition = fallback.queue, fallback.condition
    rows = QueueEntry.objects.filter(queue=queue, left_at=None, is_offered=False, joined_to=None)
    rows = rows.filter(Q(target_until=None) | Q(target_until__lte=at)).exclude(fallback=condition)
    if fallback.action != FallbackAction.QUEUE:
        rows = rows.filter(fallback="")
    if fallback.channel:
        rows = rows.filter(channel=fallback.channel)
    else:
        others = Fallback.objects.filter(queue=queue, condition=condition).exclude(channel="")
        rows = rows.exclude(channel__in=others.values("channel"))
    if condition == FallbackCondition.CLOSED and queue_is_open(queue, at):
        return []
    if condition == FallbackCondition.UNSTAFFED:
        rows = rows.filter(~Exists(signed_in_members(at).filter(group=OuterRef("group"))))
    if condition == FallbackCondition.SPENT:
        if queue.spent_seconds is None:
            return []
        before = ExpressionWrapper(
            F("in_queue_before_seconds") * Value(timedelta(seconds=1), DurationField()), DurationField()
        )
        limit = Value(at - timedelta(seconds=queue.spent_seconds), DateTimeField())
        rows = rows.filter(entered_at__lte=ExpressionWrapper(limit + before, DateTimeField()))
    return list(rows.order_by("rank_key").values_list("conversation_id", flat=True)[:most])


@transaction.atomic(durable=True)
def apply_due_fallback(*, conversation_id: int) -> bool:
    """Do what is configured, if it still is to be done. Returns False if not, or if somebody holds the conversation."""
    conversation = try_lock_conversation(conversation_id)
    if conversation is None or conversation.state != ConversationState.QUEUED:
        return False
    entry = open_entry(conversation)
    fallback = find_fallback(entry, is_entering=False) if entry is not None else None
    if entry is None or fallback is None:
        return False
    carry_out(conversation, entry, fallback)
    return True

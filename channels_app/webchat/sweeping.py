"""The sweeper's duty of the widget: customers whose pages are gone, and those who did not come back."""

from __future__ import annotations

import logging
from datetime import timedelta

from django.conf import settings
from django.db.models import Exists, OuterRef

from channels_app.webchat.access import KIND
from channels_app.webchat.models import CustomerPresence, LeftMessage
from channels_app.webchat.presence import notice
from contactcenter.base.clock import now
from contactcenter.conversations.models import Conversation
from contactcenter.conversations.states import ConversationState
from routing.selectors import open_entry, queue_is_open
from routing.services.queueing import abandon

logger = logging.getLogger(__name__)

BATCH = 200


def end_left_conversations() -> int:
    """Who left while waiting and is not back in `CUSTOMER_RETURN_SECONDS` has abandoned; active ones stay with their
    agent. Leases of killed processes run out here too. Returns how many conversations changed."""
    return _notice_changes() + _abandon_overdue()


def _notice_changes() -> int:
    moment = now()
    expired = CustomerPresence.objects.filter(seen_until__lte=moment)
    gone = list(expired.order_by("seen_until").values_list("pk", "conversation_id")[:BATCH])
    alive = CustomerPresence.objects.filter(conversation=OuterRef("pk"), seen_until__gt=moment)
    # Leases that came to life again: the database or this machine had paused longer than they last.
    left = Conversation.objects.filter(customer_left_at__isnull=False).exclude(state=ConversationState.CLOSED)
    back = list(left.filter(Exists(alive)).values_list("pk", flat=True)[:BATCH])
    changed = 0
    for conversation_id in {*(pk for _page, pk in gone), *back}:
        try:
            changed += notice(conversation_id=conversation_id)
        except Exception:
            logger.exception("presence not noticed", extra={"fields": {"conversation": conversation_id}})
    CustomerPresence.objects.filter(pk__in=[page for page, _pk in gone], seen_until__lte=moment).delete()
    return changed


def _abandon_overdue() -> int:
    overdue = Conversation.objects.filter(
        account__kind=KIND,
        customer_left_at__lt=now() - timedelta(seconds=settings.CUSTOMER_RETURN_SECONDS),
        state__in=[ConversationState.QUEUED, ConversationState.OFFERED],
    )
    ended = 0
    for conversation in overdue.order_by("customer_left_at")[:BATCH]:
        try:
            ended += not _waits_on(conversation) and abandon(conversation_id=conversation.pk)
        except Exception:
            logger.exception("not abandoned", extra={"fields": {"conversation": conversation.pk}})
    return ended


def _waits_on(conversation: Conversation) -> bool:
    """Who left a message, was promised an answer or left while we were closed was told that the answer comes later: it
    stays in line."""
    if LeftMessage.objects.filter(conversation=conversation).exists():
        return True
    entry = open_entry(conversation)
    assert conversation.customer_left_at is not None
    if entry is None:
        return False
    return bool(entry.fallback) or not queue_is_open(entry.queue, conversation.customer_left_at)

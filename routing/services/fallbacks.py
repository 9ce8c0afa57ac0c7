"""When nobody in a queue can answer: what is configured for that, and what the customer is told.

`queueing.enqueue` asks on entering, `passing_on.py` while it waits; both hold the conversation.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db.models import QuerySet
from django.utils import translation
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from contactcenter.base.clock import now
from contactcenter.base.prepared import Prepared
from contactcenter.conversations.events import EventKind, record_event, save_conversation
from contactcenter.conversations.models import Conversation
from contactcenter.conversations.services.messages import add_message
from contactcenter.conversations.services.state import STATE_FIELDS, write_state
from contactcenter.conversations.states import (
    LIVE_CHANNELS,
    LOGGED_CHANNELS,
    Channel,
    ConversationState,
    Delivery,
    MessageKind,
)
from routing.models import Assignment, Fallback, FallbackAction, FallbackCondition, Queue, QueueEntry
from routing.selectors import group_is_staffed, queue_is_open, queue_opens_at
from routing.services.records import end_entry
from routing.services.stepping import seconds_in_queue
from routing.states import Outcome

# Nothing written reaches whoever is on the line.
_SPOKEN = frozenset({Channel.VOICE, Channel.VIDEO, Channel.CALLBACK})
# A machine that answers our words is not answered again and again.
_TOLD_AGAIN_AFTER = timedelta(hours=24)

_configured = Prepared(
    lambda queue, channel: Fallback.objects.filter(queue=queue, channel__in=["", channel]).select_related("to_queue")
)


def find_fallback(entry: QueueEntry, *, is_entering: bool) -> Fallback | None:
    """What is to be done with an open stay now, by the first condition that holds and has something configured.

    What waits for one person, is being offered or is joined to another stay is left alone.
    """
    rows = _configured.objects(entry.queue_id, entry.channel)
    if not rows or entry.is_offered or entry.joined_to_id is not None:
        return None
    moment = now()
    if entry.target_until is not None and entry.target_until > moment:
        return None
    # The channel's own after the one for all others, so that it stays.
    by_condition = {row.condition: row for row in sorted(rows, key=lambda row: row.channel)}
    for condition, holds in _HOLDS.items():
        row = by_condition.get(condition)
        if row is None or entry.fallback == condition or (condition == FallbackCondition.FULL and not is_entering):
            continue
        # Once a customer has been promised an answer, only another queue is better.
        if entry.fallback and row.action != FallbackAction.QUEUE:
            continue
        if holds(entry, moment):
            return row
    return None


def _is_closed(entry: QueueEntry, at: datetime) -> bool:
    return not queue_is_open(entry.queue, at)


def _is_unstaffed(entry: QueueEntry, at: datetime) -> bool:
    return not group_is_staffed(entry.group_id, at)


def _is_full(entry: QueueEntry, at: datetime) -> bool:
    most = entry.queue.max_waiting
    if most is None:
        return False
    ahead = QueueEntry.objects.filter(queue=entry.queue_id, left_at=None, joined_to=None).exclude(pk=entry.pk)
    return ahead.filter(rank_key__lte=entry.rank_key).count() >= most


def _is_spent(entry: QueueEntry, at: datetime) -> bool:
    spent = entry.queue.spent_seconds
    return spent is not None and seconds_in_queue(entry, at) >= spent


_HOLDS: dict[FallbackCondition, Callable[[QueueEntry, datetime], bool]] = {
    FallbackCondition.CLOSED: _is_closed,
    FallbackCondition.UNSTAFFED: _is_unstaffed,
    FallbackCondition.FULL: _is_full,
    FallbackCondition.SPENT: _is_spent,
}


def next_queue(conversation: Conversation, entry: QueueEntry, fallback: Fallback) -> Queue | None:
    """The queue that it is passed on to; None where the way would lead in a circle, or that queue takes nothing."""
    queue = fallback.to_queue
    if fallback.action != FallbackAction.QUEUE or queue is None:
        return None
    if not queue.is_active or queue.brand_id != conversation.brand_id:
        return None
    visited = {entry.queue_id}
    for queue_id, outcome in _stays_before(entry).values_list("queue_id", "outcome"):
        if outcome != Outcome.OVERFLOWED:
            break
        visited.add(queue_id)
    return None if queue.pk in visited else queue


def _stays_before(entry: QueueEntry) -> QuerySet[QueueEntry]:
    return QueueEntry.objects.filter(conversation=entry.conversation_id, pk__lt=entry.pk).order_by("-pk")


def settle(conversation: Conversation, entry: QueueEntry, fallback: Fallback) -> None:
    """Without another queue: the customer is told that we are closed, or promised an answer, and the stay goes on.

    Closing is for who is there live and has not been talked to; what was written is never thrown away.
    """
    turns_away = (
        fallback.action == FallbackAction.CLOSE
        and conversation.channel in LIVE_CHANNELS
        and not Assignment.objects.filter(conversation=conversation).exists()
    )
    is_news = not entry.fallback
    entry.fallback = fallback.condition
    entry.save(update_fields=["fallback"])
    if turns_away:
        _tell(conversation, _words(conversation, entry, fallback, turns_away=True))
        end_entry(entry, Outcome.CANCELLED, reason=fallback.condition)
        write_state(conversation, ConversationState.CLOSED)
        conversation.unread_count = 0
        conversation.waiting_since = None
        record_event(conversation, EventKind.WAIT_TURNED_AWAY, condition=fallback.condition)
        save_conversation(conversation, "unread_count", "waiting_since", *STATE_FIELDS)
    elif is_news:
        _tell(conversation, _words(conversation, entry, fallback, turns_away=False))
        record_event(conversation, EventKind.WAIT_PROMISED, condition=fallback.condition)
        save_conversation(conversation)


def _tell(conversation: Conversation, text: str) -> None:
    """A system message: on our own pages at once, elsewhere by the provider and past the gate, once a day."""
    if conversation.channel in _SPOKEN or conversation.channel in LOGGED_CHANNELS:
        return
    if conversation.account.kind in settings.PUSHED_KINDS:
        add_message(conversation, MessageKind.SYSTEM, text)
        return
    told = conversation.messages.filter(kind=MessageKind.SYSTEM, created_at__gt=now() - _TOLD_AGAIN_AFTER)
    if conversation.identity_id is not None and not told.exclude(delivery="").exists():
        add_message(conversation, MessageKind.SYSTEM, text, identity=conversation.identity, delivery=Delivery.PENDING)


def _words(conversation: Conversation, entry: QueueEntry, fallback: Fallback, *, turns_away: bool) -> str:
    """In the customer's language, the admin's text (`{opens_at}` in it is the next opening) or our own."""
    brand = conversation.brand
    language = conversation.language or conversation.customer.language or brand.default_language
    given = fallback.texts.get(language) or fallback.texts.get(brand.default_language)
    moment = now()
    opens_at = queue_opens_at(entry.queue, moment)
    with translation.override(language):
        when = _moment(opens_at, conversation, entry.queue) if opens_at is not None and opens_at > moment else ""
        if given:
            return str(given).replace("{opens_at}", when)
        if turns_away and when:
            return _("We are closed now and open again on %s. Please write to us then.") % when
        if turns_away:
            return _("Nobody can answer now. Please try again later.")
        if when:
            return _("We are closed now. We have got your message and will answer after we open, on %s.") % when
        return _("Nobody can answer right away. We have got your message, it keeps its place, and we will answer it.")


def _moment(at: datetime, conversation: Conversation, queue: Queue) -> str:
    """Day and time on the customer's clock; where that is not known on the queue's, which is then named."""
    own = conversation.customer.time_zone
    zone = own or (queue.calendar.time_zone if queue.calendar else conversation.brand.time_zone)
    local = at.astimezone(ZoneInfo(zone))
    return f"{date_format(local, 'DATE_FORMAT')} {local:%H:%M}" + ("" if own else f" ({zone})")

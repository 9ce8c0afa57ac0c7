"""Nothing may wait unseen: what nobody is going to take is told to the supervisors of its queue, once.

An alert ends by itself when the conversation is taken or gone, and when its reason is over.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django.db import connection, transaction

from contactcenter.accounts.models import User
from contactcenter.base.clock import now
from contactcenter.conversations import realtime
from contactcenter.conversations.events import EventKind, record_event, save_conversation
from contactcenter.conversations.locking import try_lock_conversation
from contactcenter.conversations.models import Conversation
from routing.hours import moment_before
from routing.models import Offer, Queue, QueueEntry, WaitAlert
from routing.selectors import group_is_staffed, open_entry, schedule_of
from routing.states import OfferState

Reason = WaitAlert.Reason
# Without a limit of its own a queue is told of at so many times its target.
TARGETS_WAITED = 2


def raise_alert(conversation: Conversation, entry: QueueEntry, reason: str) -> bool:
    """Tell the supervisors, once for each reason; the conversation is locked. Returns whether it is news."""
    _alert, is_new = WaitAlert.objects.get_or_create(
        entry=entry, reason=reason, ended_at=None, defaults={"raised_at": now()}
    )
    if is_new:
        record_event(conversation, EventKind.WAIT_ALERTED, reason=reason)
        save_conversation(conversation)
        announce_alerts(conversation.brand_id)
    return is_new


def announce_alerts(brand_id: int) -> None:
    """The consoles of those who watch the brand's queues fetch the alerts again."""
    realtime.announce_on_commit({"topic": f"alerts:{brand_id}", "brand": brand_id})


def offer_was_missed(conversation: Conversation, entry: QueueEntry) -> None:
    """One more offer of a locked conversation was not answered: too many are told."""
    missed = Offer.objects.filter(entry=entry, state=OfferState.EXPIRED).count()
    if missed >= entry.queue.alert_offers:
        raise_alert(conversation, entry, Reason.MISSED)


_UNSEEN = """
SELECT e.conversation_id
FROM routing_queueentry e
WHERE e.queue_id = %(queue)s AND e.left_at IS NULL AND NOT e.is_offered AND e.joined_to_id IS NULL
  AND e.entered_at <= %(since)s
  AND NOT EXISTS (SELECT 1 FROM routing_offer o WHERE o.entry_id = e.id AND o.answered_at > %(since)s)
  AND NOT EXISTS (SELECT 1 FROM routing_waitalert a WHERE a.entry_id = e.id AND a.ended_at IS NULL
                  AND a.reason = 'unseen')
ORDER BY e.rank_key LIMIT %(most)s
"""
_UNSTAFFED = """
SELECT e.conversation_id
FROM routing_queueentry e
WHERE e.queue_id = %(queue)s AND e.left_at IS NULL AND NOT e.is_offered AND e.joined_to_id IS NULL
  AND (e.target_until IS NULL OR e.target_until <= %(now)s)
  AND NOT EXISTS (SELECT 1 FROM routing_waitalert a WHERE a.entry_id = e.id AND a.ended_at IS NULL
                  AND a.reason = 'unstaffed')
  AND NOT EXISTS (
    SELECT 1 FROM routing_skillgroupagent ga
    JOIN routing_agent a ON a.id = ga.agent_id AND a.state <> 'offline'
    JOIN accounts_user u ON u.id = a.user_id AND u.is_active
    JOIN routing_agentpresence p ON p.agent_id = a.id AND p.seen_until > %(now)s
    WHERE ga.group_id = e.group_id)
ORDER BY e.rank_key LIMIT %(most)s
"""


def find_unseen(*, most: int = 100) -> list[tuple[int, str]]:
    """(conversation, reason) of what is to be told now, in queues that are open: at night nobody is to come."""
    moment = now()
    found: list[tuple[int, str]] = []
    queues = Queue.objects.filter(entries__left_at=None).select_related("calendar").distinct()
    for queue in queues:
        since = _waited_since(queue, moment)
        if since is None:
            continue
        parameters: dict[str, Any] = {"queue": queue.pk, "since": since, "now": moment, "most": most}
        with connection.cursor() as cursor:
            for reason, question in ((Reason.UNSEEN, _UNSEEN), (Reason.UNSTAFFED, _UNSTAFFED)):
                cursor.execute(question, parameters)
                found += [(row[0], reason.value) for row in cursor.fetchall()]
    return found


def _waited_since(queue: Queue, at: datetime) -> datetime | None:
    """What has waited since this moment has waited too long, counted in opening hours; None while closed."""
    limit = queue.alert_seconds if queue.alert_seconds is not None else TARGETS_WAITED * queue.target_seconds
    if queue.calendar is None:
        return at - timedelta(seconds=limit)
    return moment_before(schedule_of(queue.calendar), at, limit)


@transaction.atomic(durable=True)
def alert_about(*, conversation_id: int, reason: str) -> bool:
    """Raise an alert that was found due. Returns False if somebody holds the conversation or it is over."""
    conversation = try_lock_conversation(conversation_id)
    entry = open_entry(conversation) if conversation is not None else None
    if conversation is None or entry is None or entry.is_offered:
        return False
    return raise_alert(conversation, entry, reason)


def end_settled_alerts() -> int:
    """End what is over: taken or gone; offered to somebody, where nobody had been asked; staffed again."""
    ended = 0
    moment = now()
    brands: set[int] = set()
    rows = WaitAlert.objects.filter(ended_at=None).select_related("entry__queue")
    for alert in rows:
        if _is_over(alert, moment):
            ended += WaitAlert.objects.filter(pk=alert.pk, ended_at=None).update(ended_at=moment)
            brands.add(alert.entry.queue.brand_id)
    for brand_id in brands:
        announce_alerts(brand_id)
    return ended


def _is_over(alert: WaitAlert, at: datetime) -> bool:
    entry = alert.entry
    if entry.left_at is not None or entry.joined_to_id is not None:
        return True
    if alert.reason == Reason.UNSEEN:
        return entry.is_offered
    return alert.reason == Reason.UNSTAFFED and group_is_staffed(entry.group_id, at)


@transaction.atomic
def mark_alert_seen(*, alert: WaitAlert, actor: User) -> None:
    """Somebody looks after it: nobody is told of this stay any more. The second click changes nothing."""
    if WaitAlert.objects.filter(entry=alert.entry_id, ended_at=None, seen_at=None).update(seen_by=actor, seen_at=now()):
        announce_alerts(alert.entry.queue.brand_id)

"""Duplicate demand: one customer who waits on several channels is one piece of work.

One stay leads: it is offered, and whoever takes it gets the others in the same transaction (`taking_along.py`). The
others are `joined_to` it, keep their own places and are offered to nobody; when the leader ends otherwise, they are
free again. Joining follows the commit that made it necessary, because it locks conversations in their order; what a
killed process has left undone, the sweeper finds.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from django.db import connection, transaction
from django.db.models import Q

from contactcenter.base.clock import now
from contactcenter.base.prepared import Prepared
from contactcenter.conversations.events import EventKind, record_event, save_conversation
from contactcenter.conversations.locking import lock_conversation, lock_conversations
from contactcenter.conversations.models import Conversation
from contactcenter.conversations.states import LIVE_CHANNELS
from routing.models import QueueEntry
from routing.services.dispatching import request_dispatch
from routing.states import TargetReason

# Somebody chose who is to have this: it waits for them on its own.
_PERSONAL = (TargetReason.OWNER, TargetReason.TRANSFER)

_stays = Prepared(
    lambda customer_id: QueueEntry.objects.filter(left_at=None, conversation__customer=customer_id).values_list(
        "conversation_id"
    )
)
_followers = Prepared(
    lambda entry_id: QueueEntry.objects.filter(left_at=None, joined_to=entry_id).values_list("conversation_id")
)


def followers_of(entry_id: int) -> list[int]:
    """The conversations whose stays are joined to this one, read without locks."""
    return [row[0] for row in _followers.tuples(entry_id)]


def request_joining(customer_id: int) -> None:
    """Arrange what a customer waits for once this transaction has committed."""
    transaction.on_commit(lambda: join_waiting(customer_id=customer_id), robust=True)


def join_waiting(*, customer_id: int) -> bool:
    """Join what one customer waits for on several channels, and free what no longer has a leader.

    Returns whether anything changed.
    """
    stays = _stays.tuples(customer_id)
    if not stays:
        return False
    if len(stays) == 1 and not QueueEntry.objects.filter(
        conversation=stays[0][0], left_at=None, joined_to__isnull=False
    ):
        return False
    return _join(customer_id, [row[0] for row in stays])


@transaction.atomic(durable=True)
def _join(customer_id: int, conversation_ids: Sequence[int]) -> bool:
    conversations = lock_conversations(*conversation_ids)
    entries = list(
        QueueEntry.objects.filter(
            conversation__in=conversation_ids, conversation__customer=customer_id, left_at=None
        ).order_by("pk")
    )
    changed = False
    for entry, leader in arrange(entries):
        if entry.joined_to_id == (leader.pk if leader else None):
            continue
        changed = True
        entry.joined_to = leader
        entry.save(update_fields=["joined_to"])
        conversation = conversations[entry.conversation_id]
        if leader is None:
            record_event(conversation, EventKind.WAIT_PARTED)
            request_dispatch(conversation_id=conversation.pk)
        else:
            _tell_joined(conversation, conversations[leader.conversation_id])
        save_conversation(conversation)
    return changed


def _tell_joined(conversation: Conversation, leader: Conversation) -> None:
    """Both rows show it. The follower's event number is stored by the caller."""
    record_event(conversation, EventKind.WAIT_JOINED, other=leader.pk, channel=leader.channel)
    record_event(leader, EventKind.WAIT_JOINED, other=conversation.pk, channel=conversation.channel)
    save_conversation(leader)


def arrange(entries: Iterable[QueueEntry]) -> list[tuple[QueueEntry, QueueEntry | None]]:
    """Each stay with the one that it is joined to, or None.

    What is being offered leads; else what is live, then what is nearer to the front. Two conversations on one channel
    are two pieces of work, and so is what somebody gave to a person as long as it waits for them.
    """
    entries, moment = list(entries), now()
    joinable = [
        entry
        for entry in entries
        if not (entry.target_reason in _PERSONAL and entry.target_until and entry.target_until > moment)
    ]
    if not joinable:
        return [(entry, None) for entry in entries]
    leader = min(
        joinable, key=lambda entry: (not entry.is_offered, entry.channel not in LIVE_CHANNELS, entry.rank_key, entry.pk)
    )
    return [
        (entry, leader if entry in joinable and entry.channel != leader.channel and not entry.is_offered else None)
        for entry in entries
    ]


def lock_with_pair(conversation_id: int) -> tuple[Conversation, dict[int, Conversation]]:
    """The conversation, and all that waits as one piece of work with it, locked in the one order."""
    own = QueueEntry.objects.filter(conversation=conversation_id, left_at=None).values_list("pk", "joined_to").first()
    if own is None:
        return lock_conversation(conversation_id), {}
    lead = own[1] or own[0]
    pair = QueueEntry.objects.filter(Q(pk=lead) | Q(joined_to=lead), left_at=None)
    locked = lock_conversations(conversation_id, *pair.values_list("conversation_id", flat=True))
    return locked.pop(conversation_id), locked


_UNSETTLED = """
SELECT v.customer_id
FROM routing_queueentry e JOIN conversations_conversation v ON v.id = e.conversation_id
WHERE e.left_at IS NULL AND e.joined_to_id IS NULL AND v.customer_id IN (
    SELECT w.customer_id FROM routing_queueentry f JOIN conversations_conversation w ON w.id = f.conversation_id
    WHERE f.left_at IS NULL GROUP BY w.customer_id HAVING COUNT(DISTINCT f.channel) > 1)
  AND NOT (e.target_reason IN ('owner', 'transfer') AND e.target_until > %(now)s)
GROUP BY v.customer_id
HAVING COUNT(DISTINCT e.channel) > 1 AND COUNT(*) FILTER (WHERE NOT e.is_offered) > 0
UNION
SELECT v.customer_id
FROM routing_queueentry e
JOIN conversations_conversation v ON v.id = e.conversation_id
JOIN routing_queueentry l ON l.id = e.joined_to_id
JOIN conversations_conversation w ON w.id = l.conversation_id
WHERE e.left_at IS NULL AND (l.left_at IS NOT NULL OR w.customer_id <> v.customer_id)
LIMIT %(most)s
"""


def find_unsettled(*, most: int = 200) -> list[int]:
    """Customers who wait on several channels that are not joined, and those whose stays hang on one that is over."""
    with connection.cursor() as cursor:
        cursor.execute(_UNSETTLED, {"now": now(), "most": most})
        return [row[0] for row in cursor.fetchall()]

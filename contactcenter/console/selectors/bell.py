"""What waits for a person's eye: work nobody is going to take, promises that run out, mentions, what did not arrive."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from django.db.models import Exists, OuterRef, Q

from contactcenter.accounts.selectors import Viewer
from contactcenter.base.clock import now
from contactcenter.conversations.models import Mention, Message, ScheduledReply
from contactcenter.conversations.selectors import visible_mentions, visible_messages, visible_scheduled_replies
from contactcenter.conversations.states import ConversationState, Delivery, MessageKind
from routing.clocks import is_running, visible_clocks
from routing.models import SLAClock, WaitAlert
from routing.selectors import visible_wait_alerts

MOST = 30
# Older failures are history.
FAILED_FOR = timedelta(days=7)


@dataclass(frozen=True, slots=True, kw_only=True)
class Bell:
    # One for each conversation, for its supervisors.
    waits: list[WaitAlert]
    # Of one's own work those that run out, and for supervisors those that have.
    promises: list[SLAClock]
    mentions: list[Mention]
    refused: list[ScheduledReply]
    failed: list[Message]

    @property
    def count(self) -> int:
        return len(self.waits) + len(self.promises) + len(self.mentions) + len(self.refused) + len(self.failed)


def bell_of(viewer: Viewer) -> Bell:
    """The newest first. A failed message is settled once somebody has written again or it is closed."""
    mentions = visible_mentions(viewer).filter(seen_at=None).order_by("-pk")
    refused = visible_scheduled_replies(viewer).filter(state=ScheduledReply.State.REFUSED).order_by("-send_at", "-pk")
    later = Message.objects.filter(conversation=OuterRef("conversation"), kind=MessageKind.OUT, seq__gt=OuterRef("seq"))
    failed = visible_messages(viewer).filter(
        author=viewer.user_id,
        kind=MessageKind.OUT,
        delivery__in=[Delivery.FAILED, Delivery.UNKNOWN],
        created_at__gt=now() - FAILED_FOR,
    )
    failed = failed.exclude(conversation__state=ConversationState.CLOSED).exclude(Exists(later)).order_by("-pk")
    return Bell(
        waits=_waits(viewer),
        promises=_promises(viewer),
        mentions=list(mentions.select_related("message__author", "message__conversation__customer")[:MOST]),
        refused=list(refused.select_related("conversation__customer")[:MOST]),
        failed=list(failed.select_related("conversation__customer")[:MOST]),
    )


def _waits(viewer: Viewer) -> list[WaitAlert]:
    """The longest told first; nobody is looking after them yet."""
    rows = visible_wait_alerts(viewer).filter(ended_at=None, seen_at=None, entry__left_at=None).order_by("raised_at")
    found = rows.select_related("entry__conversation__customer", "entry__queue")[: 2 * MOST]
    return list({alert.entry_id: alert for alert in reversed(found)}.values())[::-1][:MOST]


def _promises(viewer: Viewer) -> list[SLAClock]:
    """The soonest due first."""
    told = Q(conversation__owner=viewer.user_id, warned_at__isnull=False)
    if viewer.is_supervisor:
        told |= Q(breached_at__isnull=False)
    rows = visible_clocks(viewer).filter(told, stopped_at=None, due_at__isnull=False).order_by("due_at")
    found = rows.select_related("conversation__customer")[: 2 * MOST]
    return [clock for clock in found if is_running(clock, clock.conversation)][:MOST]

"""What the place for writing offers: ways to the customer, files begun, colleagues, replies that wait, times."""

from __future__ import annotations

import zoneinfo
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta

from django.db.models import QuerySet

from channels_app.reach import Way, ways_to
from contactcenter.accounts.models import User
from contactcenter.accounts.selectors import Viewer, visible_users
from contactcenter.base.clock import now
from contactcenter.console.selectors.drafts import own_drafts
from contactcenter.conversations.models import Attachment, Conversation, Draft, ScheduledReply
from contactcenter.conversations.selectors import visible_attachments, visible_scheduled_replies

DAY_BEGINS = time(9)
AFTERNOON = time(14)


@dataclass(frozen=True, slots=True, kw_only=True)
class Writing:
    """All that the composer of one conversation is filled with."""

    drafts: dict[str, Draft]
    ways: list[Way]
    way: Way
    uploads: list[Attachment]
    scheduled: list[ScheduledReply]

    @property
    def pending(self) -> list[ScheduledReply]:
        return [reply for reply in self.scheduled if reply.state == ScheduledReply.State.PENDING]

    @property
    def refused(self) -> ScheduledReply | None:
        """The last reply that did not go out and that its author has not settled."""
        refused = [reply for reply in self.scheduled if reply.state == ScheduledReply.State.REFUSED]
        return refused[-1] if refused else None


def writing_of(viewer: Viewer, conversation: Conversation) -> Writing:
    drafts = own_drafts(viewer, conversation)
    ways = ways_to(conversation)
    begun = drafts.get("reply")
    chosen = (begun.account_id, begun.identity_id) if begun is not None and begun.account_id else None
    way = next((row for row in ways if chosen == (row.account.pk, row.identity and row.identity.pk)), ways[0])
    scheduled = own_scheduled(viewer, conversation)
    waiting = {pk for reply in scheduled if reply.state == ScheduledReply.State.PENDING for pk in reply.attachment_ids}
    begun_files = visible_attachments(viewer).filter(
        conversation=conversation, uploaded_by=viewer.user_id, message=None
    )
    return Writing(
        drafts=drafts,
        ways=ways,
        way=way,
        uploads=list(begun_files.exclude(pk__in=waiting).order_by("pk")),
        scheduled=scheduled,
    )


def own_scheduled(viewer: Viewer, conversation: Conversation) -> list[ScheduledReply]:
    """The viewer's replies that wait, and those that did not go out, in their order."""
    state = ScheduledReply.State
    rows = visible_scheduled_replies(viewer).filter(conversation=conversation)
    rows = rows.filter(state__in=[state.PENDING, state.REFUSED])
    return list(rows.select_related("account").order_by("send_at", "pk"))


def mentionable(user: User, conversation: Conversation) -> QuerySet[User]:
    """Colleagues who may see conversations of this brand."""
    return visible_users(user).filter(brands=conversation.brand_id, is_active=True).exclude(pk=user.pk)


def find_colleagues(user: User, conversation: Conversation, ids: Sequence[str]) -> list[User]:
    """Those of these ids who may be mentioned; others are passed over: rights may have changed since."""
    wanted = [int(pk) for pk in ids if pk.isdecimal()][:50]
    return list(mentionable(user, conversation).filter(pk__in=wanted)) if wanted else []


@dataclass(frozen=True, slots=True, kw_only=True)
class Times:
    """Moments to send at, as an agent's clock shows them; those already past today are None."""

    in_an_hour: datetime
    this_afternoon: datetime | None
    tomorrow: datetime
    monday: datetime | None


def times_of(viewer: Viewer) -> Times:
    zone = zoneinfo.ZoneInfo(viewer.time_zone)
    local = now().astimezone(zone)
    today = local.date()
    afternoon = datetime.combine(today, AFTERNOON, zone)
    monday = today + timedelta(days=7 - today.weekday())
    return Times(
        in_an_hour=local + timedelta(hours=1),
        this_afternoon=afternoon if afternoon > local + timedelta(hours=1) else None,
        tomorrow=datetime.combine(today + timedelta(days=1), DAY_BEGINS, zone),
        # On a Sunday tomorrow is Monday.
        monday=datetime.combine(monday, DAY_BEGINS, zone) if monday != today + timedelta(days=1) else None,
    )

"""When a customer can be answered on an account, and how: providers take answers for so long, then only templates.

Below a post everything can be said in public at any time; in private the author of a comment is answered once, within
a week, and more often only after they have written in private themselves.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.utils.translation import gettext as _

from channels_app.base import ChannelAdapter
from channels_app.types import Capability
from contactcenter.base.clock import now
from contactcenter.conversations.models import ChannelAccount, Conversation, Identity, Message, MessageTemplate
from contactcenter.conversations.states import Delivery, MessageKind

PRIVATE_ANSWER = timedelta(days=7)


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """What can be sent now. `closes_at` is empty where it never closes; `closed` says why nothing can be."""

    closes_at: datetime | None = None
    templates: Sequence[MessageTemplate] = ()
    needs_template: bool = False
    # The comment that a private answer goes by.
    comment: Message | None = None
    closed: str = ""


ALWAYS = Window()


def window_of(
    adapter: type[ChannelAdapter], account: ChannelAccount, conversation: Conversation, identity: Identity
) -> Window:
    """How the customer can be written to in private on this account."""
    limits = adapter.limits
    if not limits.window_hours:
        return ALWAYS
    last = _last_private(account, conversation)
    if last is None and (comment := last_comment(conversation, identity)) is not None:
        return _by_comment(account, comment)
    hours = max(limits.window_hours, limits.person_hours)
    closes_at = last.created_at + timedelta(hours=hours) if last is not None else None
    if closes_at is not None and now() < closes_at:
        return Window(closes_at=closes_at)
    templates = _templates(adapter, account)
    if templates:
        return Window(templates=templates, needs_template=True)
    return Window(closed=_("The window for answers has closed: the customer has to write first."))


def _templates(adapter: type[ChannelAdapter], account: ChannelAccount) -> list[MessageTemplate]:
    if Capability.TEMPLATES not in adapter.capabilities:
        return []
    return list(MessageTemplate.objects.filter(account=account, is_active=True))


def _last_private(account: ChannelAccount, conversation: Conversation) -> Message | None:
    rows = Message.objects.filter(
        kind=MessageKind.IN, account=account, is_public=False, identity__customer=conversation.customer_id
    )
    return rows.order_by("-pk").first()


def last_comment(conversation: Conversation, identity: Identity) -> Message | None:
    """What this person last said in public here, and has not deleted."""
    rows = conversation.messages.filter(kind=MessageKind.IN, identity=identity, is_public=True, deleted_at=None)
    return rows.order_by("-pk").first()


def _by_comment(account: ChannelAccount, comment: Message) -> Window:
    closes_at = comment.created_at + PRIVATE_ANSWER
    if now() >= closes_at:
        return Window(closed=_("A comment can be answered in private for seven days only."))
    answers = Message.objects.filter(kind=MessageKind.OUT, account=account, reply_to=comment, is_public=False)
    if answers.exclude(delivery=Delivery.FAILED).exists():
        return Window(closed=_("The one private answer to this comment has been sent; now the customer has to write."))
    return Window(closes_at=closes_at, comment=comment)

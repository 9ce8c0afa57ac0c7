"""What the page itself said below a post: from here, and now it comes back, or from the provider's own pages."""

from __future__ import annotations

from channels_app.models import InboundOutcome
from channels_app.posts import keep_bystander
from channels_app.quiet import expect_files, origin_of
from channels_app.types import InboundEvent
from contactcenter.base.clock import now
from contactcenter.conversations.locking import lock_merged_into
from contactcenter.conversations.models import ChannelAccount, Message
from contactcenter.conversations.services.messages import MAX_TEXT, add_message, record_delivery
from contactcenter.conversations.states import Delivery, MessageKind


def record_own_comment(account: ChannelAccount, event: InboundEvent) -> InboundOutcome:
    """Ours is known by its id, or by its words where the answer to our request has not come yet. One from elsewhere
    answers the comment that it stands below; else it is context."""
    sent = Message.objects.filter(account=account, kind=MessageKind.OUT, is_public=True)
    if sent.filter(external_id=event.external_id).exists():
        return InboundOutcome.IGNORED
    unanswered = sent.filter(
        external_id="", delivery__in=[Delivery.PENDING, Delivery.UNKNOWN], text=event.text.strip(),
        conversation__thread_key=event.thread_key,
    )  # fmt: skip
    mine = unanswered.order_by("pk").values_list("pk", flat=True).first()
    if mine is not None:
        record_delivery(message_id=mine, delivery=Delivery.ACCEPTED, external_id=event.external_id)
        return InboundOutcome.QUIET
    origin = origin_of(account, event)
    if origin.reply_to is None or not (event.text.strip() or event.files):
        keep_bystander(account, event)
        return InboundOutcome.QUIET
    message = add_message(
        lock_merged_into(origin.reply_to.conversation_id),
        MessageKind.OUT,
        event.text[:MAX_TEXT],
        identity=origin.reply_to.identity,
        account=account,
        external_id=event.external_id,
        delivery=Delivery.ACCEPTED,
        at=min(event.occurred_at, now()),
        origin=origin,
    )
    expect_files(account, message, event)
    return InboundOutcome.RECORDED

"""A bystander's comment that is to be answered after all."""

from __future__ import annotations

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from channels_app.inbound import handle
from channels_app.models import BystanderComment
from channels_app.types import event_from_json
from contactcenter.base.clock import now
from contactcenter.base.errors import Gone
from contactcenter.conversations.models import Message


@transaction.atomic(durable=True)
def take_up(*, comment_id: int) -> Message | None:
    """Make a conversation of it, as if it had been said to us. Twice is once. Raises Gone for what is kept no more."""
    comment = BystanderComment.objects.select_related("delivery", "post__account__brand").get(pk=comment_id)
    if comment.delivery is None or not comment.delivery.event:
        raise Gone(_("This comment is no longer kept."))
    if not BystanderComment.objects.filter(pk=comment.pk, taken_up_at=None, deleted_at=None).update(taken_up_at=now()):
        return None
    handled = handle(comment.post.account, event_from_json(comment.delivery.event), is_for_us=True)
    return handled.message

"""Events that never reopen a conversation: receipts, reactions, edits, words that withdraw consent."""

from __future__ import annotations

from django.utils import translation
from django.utils.translation import gettext as _

from channels_app.models import InboundOutcome
from channels_app.types import InboundEvent, InboundKind
from contactcenter.base.clock import now
from contactcenter.base.text import preview
from contactcenter.conversations.locking import lock_conversation
from contactcenter.conversations.models import ChannelAccount, ConsentEntry, Identity, Message
from contactcenter.conversations.services.messages import add_message, record_delivery
from contactcenter.conversations.states import MessageKind


class NotYet(Exception):
    """The event speaks of a message that is not known yet: a receipt can overtake the answer to our own request."""


def record_receipt(account: ChannelAccount, event: InboundEvent) -> InboundOutcome:
    """What became of a message of ours; receipts out of order change nothing. Raises NotYet."""
    about = Message.objects.filter(account=account, external_id=event.about, kind=MessageKind.OUT)
    message_id = about.values_list("pk", flat=True).first()
    if message_id is None:
        raise NotYet(f"receipt for unknown message {event.about}")
    if event.delivery is not None:
        record_delivery(message_id=message_id, delivery=event.delivery, error=event.error)
    return InboundOutcome.QUIET


def record_change(account: ChannelAccount, event: InboundEvent) -> InboundOutcome:
    """A reaction to a message, or another text for one: a line of its own, the message stays as it was."""
    message = Message.objects.filter(account=account, external_id=event.about).first() if event.about else None
    if message is None:
        return InboundOutcome.IGNORED
    with translation.override(account.brand.default_language):
        line = _("Changed to: %s") if event.kind == InboundKind.EDIT else _("Reacted: %s")
    conversation = lock_conversation(message.conversation_id)
    add_message(conversation, MessageKind.SYSTEM, line % preview(event.text, 500), account=account)
    return InboundOutcome.QUIET


def record_consent(account: ChannelAccount, identity: Identity, word: str, *, is_granted: bool) -> None:
    """The customer's word about what may go to this address on this channel: STOP until they say START."""
    for purpose in ("service", "marketing") if not is_granted else ("service",):
        ConsentEntry.objects.create(
            customer=identity.customer,
            purpose=purpose,
            channel=account.channel,
            address=identity.address,
            account=account,
            is_granted=is_granted,
            source="opt_in_word" if is_granted else "opt_out_word",
            proof=preview(word),
            at=now(),
        )

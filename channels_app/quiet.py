"""Events that never reopen a conversation: receipts, changes, echoes, words that withdraw consent."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from django.utils import translation

from channels_app.models import InboundOutcome
from channels_app.people import identity_of, known_identity
from channels_app.posts import change_bystander
from channels_app.registry import adapter_class
from channels_app.types import Capability, InboundEvent, InboundKind
from channels_app.watermarks import apply_watermarks, move_watermark
from contactcenter.base.clock import now
from contactcenter.base.text import preview
from contactcenter.conversations.locking import lock_merged_into
from contactcenter.conversations.models import (
    ChannelAccount,
    ConsentEntry,
    Conversation,
    Identity,
    Message,
    MessageChange,
)
from contactcenter.conversations.services.changes import CUSTOMER, US, change_message
from contactcenter.conversations.services.fetching import expect_file
from contactcenter.conversations.services.messages import (
    MAX_TEXT,
    Origin,
    add_message,
    record_delivery,
)
from contactcenter.conversations.states import Delivery, MessageKind

CHANGES: Mapping[InboundKind, MessageChange.Kind] = {
    InboundKind.EDIT: MessageChange.Kind.EDITED,
    InboundKind.DELETION: MessageChange.Kind.DELETED,
    InboundKind.HIDDEN: MessageChange.Kind.HIDDEN,
    InboundKind.SHOWN: MessageChange.Kind.SHOWN,
    InboundKind.REACTION: MessageChange.Kind.REACTED,
}
_PROOF = 2_000


class NotYet(Exception):
    """The event speaks of a message that is not known yet: a receipt can overtake the answer to our own request."""


def own_key(message_id: int) -> str:
    """How we name a message to providers that hand the name back."""
    return f"message-{message_id}"


def record_receipt(account: ChannelAccount, event: InboundEvent) -> InboundOutcome:
    """What became of a message of ours; receipts out of order change nothing. Raises NotYet."""
    if event.up_to is not None:
        return _record_until(account, event)
    message_id = _own_message(account, event)
    if message_id is None:
        raise NotYet(f"receipt for unknown message {event.about}")
    if event.delivery is not None:
        record_delivery(
            message_id=message_id, delivery=event.delivery, error=event.error, external_id=event.about[:250]
        )
    return InboundOutcome.QUIET


def _own_message(account: ChannelAccount, event: InboundEvent) -> int | None:
    rows = Message.objects.filter(account=account, kind=MessageKind.OUT)
    found = rows.filter(external_id=event.about).values_list("pk", flat=True).first() if event.about else None
    if found is not None:
        return found
    prefix, _hyphen, number = event.own_key.rpartition("-")
    if prefix != "message" or not (number.isascii() and number.isdecimal() and len(number) < 19):
        return None
    return rows.filter(pk=int(number), external_id="").values_list("pk", flat=True).first()


def _record_until(account: ChannelAccount, event: InboundEvent) -> InboundOutcome:
    sender = event.sender
    assert event.up_to is not None
    identity = known_identity(account, sender.kind, sender.address, sender.scope) if sender else None
    if identity is None or event.delivery is None:
        return InboundOutcome.IGNORED
    move_watermark(account, identity, event.up_to, event.delivery)
    return InboundOutcome.QUIET


def record_change(account: ChannelAccount, event: InboundEvent) -> InboundOutcome:
    """An edit, deletion, reaction or change of sight, kept with what was before. Raises NotYet."""
    rows = Message.objects.filter(account=account, external_id=event.about).exclude(external_id="")
    message_id = rows.order_by("pk").values_list("pk", flat=True).first()
    if message_id is None and change_bystander(account, event):
        return InboundOutcome.QUIET
    if message_id is None:
        raise NotYet(f"{event.kind} of unknown message {event.about}")
    change_message(
        message_id=message_id,
        kind=CHANGES[event.kind],
        at=event.occurred_at,
        text=event.text[:MAX_TEXT],
        who=US if event.by_us else CUSTOMER,
        revision=min(max(event.revision, 0), 2**31 - 1),
        erase=Capability.ERASES in adapter_class(account.kind).capabilities,
    )
    return InboundOutcome.QUIET


def record_echo(account: ChannelAccount, event: InboundEvent) -> InboundOutcome:
    """What went to the customer from elsewhere: it stands in the conversation, and nobody answers it again.

    An echo of our own message is known by its id, or by its words where the provider's answer has not arrived yet.
    Raises NotYet.
    """
    sent = Message.objects.filter(account=account, kind=MessageKind.OUT)
    if sent.filter(external_id=event.external_id).exists():
        return InboundOutcome.IGNORED
    assert event.sender is not None
    identity = identity_of(account, event.sender)
    unanswered = sent.filter(
        identity=identity, external_id="", delivery__in=[Delivery.PENDING, Delivery.UNKNOWN], text=event.text.strip()
    )
    mine = unanswered.order_by("pk").values_list("pk", flat=True).first()
    if mine is not None:
        record_delivery(message_id=mine, delivery=Delivery.ACCEPTED, external_id=event.external_id)
        return InboundOutcome.QUIET
    rows = Conversation.objects.filter(account=account, customer=identity.customer_id, thread_key=event.thread_key)
    last = rows.order_by("-pk").values_list("pk", flat=True).first()
    if last is None:
        # What it answers may still be on its way.
        raise NotYet(f"echo {event.external_id} to somebody who has not written yet, an unknown message")
    message = add_message(
        lock_merged_into(last),
        MessageKind.OUT,
        event.text[:MAX_TEXT],
        identity=identity,
        account=account,
        external_id=event.external_id,
        delivery=Delivery.ACCEPTED,
        at=min(event.occurred_at, now()),
        origin=origin_of(account, event),
    )
    expect_files(account, message, event)
    apply_watermarks(account, identity)
    return InboundOutcome.RECORDED


def origin_of(account: ChannelAccount, event: InboundEvent) -> Origin:
    """Where an event's message stands among others."""
    reply_to = None
    if event.reply_to:
        reply_to = Message.objects.filter(account=account, external_id=event.reply_to).order_by("pk").first()
    return Origin(
        thread_key=event.thread_key,
        reply_to=reply_to,
        is_public=event.is_public,
        unsupported=event.unsupported,
        coming=tuple(file.name for file in event.files),
    )


def expect_files(account: ChannelAccount, message: Message, event: InboundEvent) -> None:
    """Rows for the event's files, to be fetched by workers; what is too big stays with its name and the reason."""
    most = adapter_class(account.kind).limits.receive_bytes
    with translation.override(account.brand.default_language):
        for file in event.files:
            expect_file(
                message,
                name=file.name,
                reference=file.reference,
                content_type=file.content_type,
                size=file.size,
                most=most,
            )


def record_consent(
    account: ChannelAccount, identity: Identity, word: str | Mapping[str, Any], *, is_granted: bool, purpose: str = ""
) -> None:
    """The customer's word, or the provider's event, about what may go to this address on this channel.

    Without a `purpose` STOP ends everything, and START allows answers again.
    """
    purposes = [purpose] if purpose else ["service"] if is_granted else ["service", "marketing"]
    proof = preview(word) if isinstance(word, str) else json.dumps(word, ensure_ascii=False, default=str)[:_PROOF]
    for purpose in purposes:
        ConsentEntry.objects.create(
            customer=identity.customer,
            purpose=purpose,
            channel=account.channel,
            address=identity.address,
            account=account,
            is_granted=is_granted,
            source="opt_in_word" if is_granted else "opt_out_word",
            proof=proof,
            at=now(),
        )

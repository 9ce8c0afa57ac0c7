"""One message on its way to its provider: gate, send, record. The work of a `deliver_message` effect."""

from __future__ import annotations

from django.utils.translation import gettext as _

from channels_app.base import ChannelAdapter, SendTimedOut, TemporaryFailure
from channels_app.registry import UnknownKind, adapter_for
from channels_app.types import Capability, DeliveryStatus, OutboundFile, OutboundMessage
from contactcenter.base.clock import now
from contactcenter.base.errors import Refused
from contactcenter.conversations.effects import RetryLater
from contactcenter.conversations.gate import check_outbound
from contactcenter.conversations.models import Attachment, Effect, Message
from contactcenter.conversations.services.messages import record_delivery
from contactcenter.conversations.states import Delivery


def deliver(effect: Effect) -> None:
    """Send once. A definite no is recorded for the agent; raises RetryLater for a maybe.

    What was begun and never recorded (a killed worker, a time-out) is sent again only where the provider takes
    the same key once; elsewhere it becomes UNKNOWN, and a person decides.
    """
    message = _load(effect.target_id)
    if message is None or message.delivery != Delivery.PENDING:
        return
    try:
        assert message.account is not None
        adapter = adapter_for(message.account)
    except UnknownKind as error:
        record_delivery(message_id=message.pk, delivery=Delivery.FAILED, error=f"no adapter for {error}")
        return
    if effect.began_at is not None and Capability.IDEMPOTENT not in adapter.capabilities:
        record_delivery(message_id=message.pk, delivery=Delivery.UNKNOWN, error=_("Sending was interrupted."))
        return
    identity = message.identity or message.conversation.identity
    try:
        if identity is None:
            raise Refused(_("There is no address to send to."), code="no_address")
        check_outbound(
            account=message.account,
            customer=message.conversation.customer,
            kind=identity.kind,
            address=identity.address,
        )
    except Refused as refusal:
        record_delivery(message_id=message.pk, delivery=Delivery.FAILED, error=str(refusal.text))
        return
    _send(effect, message, adapter, _outbound(message, identity.address))


def _load(message_id: int) -> Message | None:
    rows = Message.objects.select_related("account__brand", "identity", "reply_to", "conversation__identity")
    return rows.select_related("conversation__customer").filter(pk=message_id).first()


def _send(effect: Effect, message: Message, adapter: ChannelAdapter, outbound: OutboundMessage) -> None:
    effect.began_at = now()
    effect.save(update_fields=["began_at"])
    try:
        result = adapter.send(outbound)
    except TemporaryFailure as error:
        effect.began_at = None
        effect.save(update_fields=["began_at"])
        raise RetryLater(str(error)) from error
    except SendTimedOut as error:
        if Capability.IDEMPOTENT in adapter.capabilities:
            raise RetryLater(str(error)) from error
        record_delivery(message_id=message.pk, delivery=Delivery.UNKNOWN, error=_("The provider did not answer."))
        return
    record_delivery(
        message_id=message.pk,
        delivery=Delivery.ACCEPTED if result.status == DeliveryStatus.ACCEPTED else Delivery.FAILED,
        error=result.reason,
        external_id=result.external_id,
    )


def _outbound(message: Message, address: str) -> OutboundMessage:
    # A reply that goes another way than the conversation came begins a thread of its own there.
    is_own_way = message.account_id == message.conversation.account_id
    return OutboundMessage(
        key=f"message-{message.pk}",
        recipient=address,
        text=message.text,
        thread_key=message.thread_key or (message.conversation.thread_key if is_own_way else ""),
        reply_to=message.reply_to.external_id if message.reply_to else "",
        files=tuple(_file(attachment) for attachment in message.attachments.all()),
    )


def _file(attachment: Attachment) -> OutboundFile:
    def read() -> bytes:
        with attachment.file.open("rb") as file:
            content: bytes = file.read()
        return content

    return OutboundFile(name=attachment.name, content_type=attachment.content_type, size=attachment.size, read=read)


def give_up(effect: Effect, error: str) -> None:
    """The last attempt has failed: the agent reads why."""
    record_delivery(
        message_id=effect.target_id, delivery=Delivery.FAILED, error=error or _("The provider cannot be reached.")
    )

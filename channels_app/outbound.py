"""One message on its way to its provider: its turn, the gate, send, record. The work of a `deliver_message` effect."""

from __future__ import annotations

from datetime import timedelta

from django.conf import settings
from django.utils import translation
from django.utils.translation import gettext as _

from channels_app.base import ChannelAdapter, SendTimedOut, TemporaryFailure
from channels_app.health import record_success, record_trouble
from channels_app.pace import seconds_to_wait
from channels_app.parts import part, words_of
from channels_app.providers import HostNotAllowed
from channels_app.registry import UnknownKind, adapter_for
from channels_app.types import Capability, DeliveryResult, DeliveryStatus, OutboundMessage
from channels_app.watermarks import apply_watermarks
from contactcenter.base.clock import now
from contactcenter.base.errors import Refused
from contactcenter.conversations.effects import RetryLater
from contactcenter.conversations.gate import check_outbound
from contactcenter.conversations.models import Effect, Message, OutboundUse
from contactcenter.conversations.services.customers import find_or_create_identity
from contactcenter.conversations.services.messages import record_delivery
from contactcenter.conversations.states import Delivery, IdentityLevel, MessageKind

# How often one looks again for what only has to wait.
_TURN_SECONDS = 1.0
_PAUSE_SECONDS = 60.0


def deliver(effect: Effect) -> None:
    """Send once. A definite no is recorded for the agent; raises RetryLater for a maybe.

    What was begun and never recorded (a killed worker, a time-out) is sent again only where the provider takes
    the same key once; elsewhere it becomes UNKNOWN, and a person decides.
    """
    message = _load(effect.target_id)
    if message is None or message.delivery != Delivery.PENDING:
        return
    assert message.account is not None
    with translation.override(_language(message)):
        try:
            adapter = adapter_for(message.account)
        except UnknownKind as error:
            record_delivery(message_id=message.pk, delivery=Delivery.FAILED, error=f"no adapter for {error}")
            return
        if effect.began_at is not None and Capability.IDEMPOTENT not in adapter.capabilities:
            record_delivery(message_id=message.pk, delivery=Delivery.UNKNOWN, error=_("Sending was interrupted."))
            return
        if _is_too_late(effect, message):
            return
        _wait_for_turn(message, adapter)
        part(message, adapter.limits)
        use = _pass_gate(message)
        if use is not None:
            _send(effect, message, adapter, use)


def _language(message: Message) -> str:
    """Why it failed is read by its author."""
    author = message.author
    return author.language if author is not None else message.conversation.brand.default_language


def _load(message_id: int) -> Message | None:
    rows = Message.objects.select_related("account__brand", "author", "identity", "reply_to", "template")
    rows = rows.select_related("conversation__identity", "conversation__customer", "conversation__brand")
    return rows.filter(pk=message_id).first()


def _is_too_late(effect: Effect, message: Message) -> bool:
    """What could not go for so long is not sent any more: its author reads that, and decides."""
    if now() - effect.created_at < timedelta(minutes=settings.SEND_EXPIRES_MINUTES):
        return False
    reason = effect.last_error or _("The provider cannot be reached.")
    record_delivery(message_id=message.pk, delivery=Delivery.FAILED, error=_("Not sent in time: %s") % reason)
    return True


def _wait_for_turn(message: Message, adapter: ChannelAdapter) -> None:
    """Raises RetryLater while the account is paused, an earlier message to the same address is under way, or the
    account has sent enough for this moment."""
    account = message.account
    assert account is not None
    if account.paused_at is not None:
        raise RetryLater(_("Sending is paused."), seconds=_PAUSE_SECONDS, counts=False)
    before = Message.objects.filter(conversation=message.conversation_id, kind=MessageKind.OUT, pk__lt=message.pk)
    if before.filter(account=account, identity=message.identity_id, delivery=Delivery.PENDING).exists():
        raise RetryLater("an earlier message is under way", seconds=_TURN_SECONDS, counts=False)
    if wait := seconds_to_wait(account, adapter.limits.per_second):
        raise RetryLater("pace of the account", seconds=wait, counts=False)


def _pass_gate(message: Message) -> OutboundUse | None:
    identity = message.identity or message.conversation.identity
    assert message.account is not None
    try:
        if identity is None:
            raise Refused(_("There is no address to send to."), code="no_address")
        return check_outbound(
            account=message.account,
            customer=message.conversation.customer,
            kind=identity.kind,
            address=identity.address,
        )
    except Refused as refusal:
        record_delivery(message_id=message.pk, delivery=Delivery.FAILED, error=str(refusal.text))
        return None


def _send(effect: Effect, message: Message, adapter: ChannelAdapter, use: OutboundUse) -> None:
    assert message.account is not None
    outbound: OutboundMessage = words_of(message, use.address)
    effect.began_at = now()
    effect.save(update_fields=["began_at"])
    try:
        result = adapter.send(outbound)
    except TemporaryFailure as error:
        effect.began_at = None
        effect.save(update_fields=["began_at"])
        use.delete()  # nothing went out
        record_trouble(message.account, str(error))
        raise RetryLater(str(error), seconds=error.seconds) from error
    except HostNotAllowed:
        _record(message, _not_allowed())
        return
    except SendTimedOut as error:
        record_trouble(message.account, str(error))
        if Capability.IDEMPOTENT in adapter.capabilities:
            raise RetryLater(str(error)) from error
        record_delivery(message_id=message.pk, delivery=Delivery.UNKNOWN, error=_("The provider did not answer."))
        return
    _record(message, result)


def _not_allowed() -> DeliveryResult:
    reason = _("The provider's address may not be asked: an administrator must check it.")
    return DeliveryResult(status=DeliveryStatus.REJECTED, reason=reason, blames_account=True)


def _record(message: Message, result: DeliveryResult) -> None:
    assert message.account is not None
    record_delivery(
        message_id=message.pk,
        delivery=Delivery.ACCEPTED if result.status == DeliveryStatus.ACCEPTED else Delivery.FAILED,
        error=result.reason,
        external_id=result.external_id,
    )
    if result.blames_account:
        record_trouble(message.account, result.reason)
    else:
        record_success(message.account)
        if message.identity is not None:
            apply_watermarks(message.account, message.identity)
    if result.reached is not None:
        kind, address, scope = result.reached
        find_or_create_identity(
            brand=message.account.brand,
            kind=kind,
            address=address,
            level=IdentityLevel.RECOGNISED,
            scope=scope,
            customer=message.conversation.customer,
        )


def give_up(effect: Effect, error: str) -> None:
    """The last attempt has failed: the agent reads why."""
    message = _load(effect.target_id)
    if message is not None:
        with translation.override(_language(message)):
            reason = error or _("The provider cannot be reached.")
            record_delivery(message_id=message.pk, delivery=Delivery.FAILED, error=reason)

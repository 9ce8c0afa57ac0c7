"""What can be done with a customer's comment besides answering: hide it, show it again, like it.

It is shown as done at once; what the provider refuses is taken back, with its reason.
"""

from __future__ import annotations

from django.db import transaction
from django.utils import translation
from django.utils.translation import gettext as _

from channels_app.base import HidesComments, LikesComments, SendTimedOut, TemporaryFailure
from channels_app.registry import adapter_class, adapter_for
from channels_app.types import DeliveryResult, DeliveryStatus
from contactcenter.accounts.models import User
from contactcenter.base.clock import now
from contactcenter.base.errors import Refused
from contactcenter.conversations.effects import RetryLater, add_effect
from contactcenter.conversations.locking import lock_conversation
from contactcenter.conversations.models import Effect, Message, MessageChange
from contactcenter.conversations.services.changes import US, change_message
from contactcenter.conversations.services.messages import add_message
from contactcenter.conversations.states import MessageKind

Kind = MessageChange.Kind
LIKE = "👍"
# Action -> (effect, what it makes of the message, what takes it back).
ACTIONS = {
    "hide": ("hide_comment", (Kind.HIDDEN, ""), (Kind.SHOWN, "")),
    "show": ("show_comment", (Kind.SHOWN, ""), (Kind.HIDDEN, "")),
    "like": ("like_comment", (Kind.REACTED, LIKE), (Kind.REACTED, "")),
}
_BY_EFFECT = {effect: (done, undone) for effect, done, undone in ACTIONS.values()}


def can_moderate(message: Message, action: str) -> bool:
    """Whether the channel of a customer's comment offers this."""
    if message.kind != MessageKind.IN or not message.is_public or message.account is None or message.deleted_at:
        return False
    adapter = adapter_class(message.account.kind)
    if action == "like":
        return issubclass(adapter, LikesComments) and not message.reactions.get(US)
    return issubclass(adapter, HidesComments) and (message.hidden_at is None) == (action == "hide")


@transaction.atomic
def moderate(*, message_id: int, action: str, actor: User) -> Message:
    """Show it as done and plan the request. Raises Refused for what this channel does not offer."""
    message = Message.objects.select_related("account").get(pk=message_id)
    if not can_moderate(message, action):
        raise Refused(_("This cannot be done with the comment, or has been done already."), code="not_possible")
    name, (kind, text), _undone = ACTIONS[action]
    moment = now()
    change_message(message_id=message_id, kind=kind, at=moment, text=text, who=US, actor=actor)
    add_effect(name, message_id, key=f"{name}:{message_id}:{moment.isoformat()}")
    return message


def carry_out(effect: Effect) -> None:
    """The request itself. Raises RetryLater."""
    message = Message.objects.select_related("account__brand").get(pk=effect.target_id)
    assert message.account is not None
    adapter = adapter_for(message.account)
    with translation.override(message.account.brand.default_language):
        try:
            if effect.name == "like_comment":
                assert isinstance(adapter, LikesComments)
                result = adapter.like(message.external_id)
            else:
                assert isinstance(adapter, HidesComments)
                result = adapter.set_hidden(message.external_id, is_hidden=effect.name == "hide_comment")
        except (TemporaryFailure, SendTimedOut) as error:
            # The same asked twice is the same.
            raise RetryLater(str(error)) from error
        if result.status != DeliveryStatus.ACCEPTED:
            _take_back(effect, message, result)


def _take_back(effect: Effect, message: Message, result: DeliveryResult) -> None:
    kind, text = _BY_EFFECT[effect.name][1]
    change_message(message_id=message.pk, kind=kind, at=now(), text=text, who=US)
    with transaction.atomic():
        conversation = lock_conversation(Message.objects.values_list("conversation_id", flat=True).get(pk=message.pk))
        words = _("The provider refused this for the comment: %s") % result.reason
        add_message(conversation, MessageKind.SYSTEM, words, account=message.account)


def give_up(effect: Effect, error: str) -> None:
    """After the last attempt it is as if it had been refused."""
    message = Message.objects.select_related("account__brand").get(pk=effect.target_id)
    assert message.account is not None
    with translation.override(message.account.brand.default_language):
        _take_back(effect, message, DeliveryResult(status=DeliveryStatus.REJECTED, reason=error))

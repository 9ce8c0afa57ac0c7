"""An agent's words to the customer, and what is done with the conversation in the same breath."""

from __future__ import annotations

from collections.abc import Sequence

from django.db import transaction
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from contactcenter.accounts.models import User
from contactcenter.base.errors import Forbidden, Gone, Refused
from contactcenter.base.text import preview
from contactcenter.conversations.effects import add_effect
from contactcenter.conversations.events import EventKind, record_event, save_conversation
from contactcenter.conversations.locking import lock_conversation
from contactcenter.conversations.models import (
    Attachment,
    ChannelAccount,
    Conversation,
    Draft,
    Identity,
    Message,
    ScheduledReply,
)
from contactcenter.conversations.services.messages import NO_ORIGIN, Origin, add_message, find_by_client_id
from contactcenter.conversations.states import ConversationState, Delivery, MessageKind, SnoozeReason
from routing.models import Assignment
from routing.services.handling import close_locked, snooze_locked
from routing.states import AssignmentRole, AssignmentState

Then = ScheduledReply.Then


class AnsweredMeanwhile(Refused):
    """Somebody wrote since the draft was begun; the writer looks first, then sends."""

    code = "answered_meanwhile"
    status = 409


@transaction.atomic
def send_reply(
    *,
    conversation_id: int,
    author: User,
    text: str,
    client_id: str,
    attachments: Sequence[Attachment] = (),
    seen_seq: int | None = None,
    account: ChannelAccount | None = None,
    identity: Identity | None = None,
    origin: Origin = NO_ORIGIN,
    then: str = Then.NOTHING,
) -> Message:
    """Answer the customer. The same `client_id` again returns the first message.

    `seen_seq` is the last event the author had on screen; a colleague's answer after it refuses the reply. `account`
    and `identity` are the way it goes, where that is not the conversation's own, `origin` what is known of the place
    it goes to; `then` waits or closes in the same transaction. Raises Forbidden, Gone, AnsweredMeanwhile, Refused.
    """
    conversation = lock_conversation(conversation_id)
    known = find_by_client_id(conversation, client_id)
    if known is not None:
        return known
    check_may_reply(conversation, author, seen_seq=seen_seq, account=account, identity=identity)
    message = post_reply(
        conversation,
        author,
        text,
        client_id=client_id,
        attachments=attachments,
        account=account,
        identity=identity,
        origin=origin,
        then=then,
    )
    forget_draft(conversation, author)
    return message


def check_may_reply(
    conversation: Conversation,
    author: User,
    *,
    seen_seq: int | None = None,
    account: ChannelAccount | None = None,
    identity: Identity | None = None,
) -> None:
    """Raise Gone, Forbidden or AnsweredMeanwhile unless `author` may answer this way now.

    Who has put it aside may still add to what they said: it stays aside.
    """
    is_own_snoozed = conversation.state == ConversationState.SNOOZED and conversation.owner_id == author.pk
    if conversation.state != ConversationState.ACTIVE and not is_own_snoozed:
        raise Gone(_("This conversation is no longer active; reopen or take it first."), code="not_active")
    handles = Assignment.objects.filter(conversation=conversation, agent__user=author, state=AssignmentState.HANDLING)
    # An adviser answers once the agent has asked them to take part: all three.
    handles = handles.exclude(role=AssignmentRole.CONSULT, joined_at=None)
    if not (author.is_supervisor or is_own_snoozed or handles.exists()):
        raise Forbidden(_("Take the conversation first, then answer."), code="not_yours")
    if account is not None and (account.brand_id != conversation.brand_id or not account.is_active):
        raise Refused(_("The account “%s” cannot be used here; choose another way.") % account, code="bad_way")
    if identity is not None and identity.customer_id != conversation.customer_id:
        raise Refused(_("This address is not the customer's; choose another."), code="bad_way")
    if seen_seq is not None:
        _check_answered(conversation, author, seen_seq)


def _check_answered(conversation: Conversation, author: User, seen_seq: int) -> None:
    others = conversation.messages.filter(kind=MessageKind.OUT, seq__gt=seen_seq).exclude(author=author)
    answers = list(others.select_related("author").order_by("-seq")[:20])
    if not answers:
        return
    last = answers[0]
    names = dict.fromkeys(answer.author.shown_name for answer in reversed(answers) if answer.author is not None)
    raise AnsweredMeanwhile(
        ngettext(
            "%(names)s answered while you were writing: “%(text)s”",
            "%(names)s wrote %(count)s answers while you were writing, the last: “%(text)s”",
            len(answers),
        )
        % {"names": ", ".join(names), "count": len(answers), "text": preview(last.text, 60)}
    )


def post_reply(
    conversation: Conversation,
    author: User,
    text: str,
    *,
    client_id: str,
    attachments: Sequence[Attachment],
    account: ChannelAccount | None,
    identity: Identity | None,
    origin: Origin = NO_ORIGIN,
    then: str,
) -> Message:
    """Write a reply that has been checked into a locked conversation, and wait or close."""
    message = add_message(
        conversation,
        MessageKind.OUT,
        text,
        author=author,
        account=account,
        identity=identity or conversation.identity,
        client_id=client_id,
        attachments=attachments,
        origin=origin,
    )
    if then == Then.CLOSE:
        close_locked(conversation, actor=author)
    elif then == Then.WAIT and conversation.state == ConversationState.ACTIVE:
        snooze_locked(conversation, actor=author, reason=SnoozeReason.CUSTOMER)
    return message


def forget_draft(conversation: Conversation, author: User) -> None:
    """What was begun is sent, and what had been refused with it is settled."""
    Draft.objects.filter(user=author, conversation=conversation, mode="reply").delete()
    dismiss_refused(conversation, author)


def dismiss_refused(conversation: Conversation, author: User) -> None:
    """The author has seen that these were not sent."""
    refused = ScheduledReply.objects.filter(conversation=conversation, author=author)
    refused.filter(state=ScheduledReply.State.REFUSED).update(state=ScheduledReply.State.CANCELLED)


@transaction.atomic
def retry_message(*, message_id: int, actor: User) -> Message:
    """A person has another try at what failed or perhaps failed. A second click finds it on its way.

    Raises Forbidden, Gone.
    """
    conversation = lock_conversation(Message.objects.values_list("conversation_id", flat=True).get(pk=message_id))
    message = Message.objects.get(pk=message_id)
    if message.delivery not in {Delivery.FAILED, Delivery.UNKNOWN}:
        return message
    check_may_reply(conversation, actor)
    message.delivery = Delivery.PENDING
    message.delivery_error = ""
    # The provider will give it another id; what it says of the earlier try is past.
    message.external_id = ""
    message.save(update_fields=["delivery", "delivery_error", "external_id"])
    event = record_event(
        conversation, EventKind.MESSAGE_DELIVERY, actor=actor, messages=[message.pk], delivery=Delivery.PENDING.value
    )
    save_conversation(conversation)
    add_effect("deliver_message", message.pk, key=f"deliver_message:{message.pk}:{event.seq}")
    return message

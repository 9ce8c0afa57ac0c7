"""Replies that go out later: in a few seconds, so that they can be taken back, or at a chosen time.

A row is all there is of them until then; the sweeper finds what is due and sends it as any reply is sent.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from django.db import transaction
from django.utils import translation
from django.utils.translation import gettext_lazy as _

from contactcenter.accounts.models import User
from contactcenter.base.clock import now
from contactcenter.base.errors import Gone, Refused
from contactcenter.conversations import realtime
from contactcenter.conversations.events import EventKind
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
from contactcenter.conversations.services.messages import (
    NO_ORIGIN,
    Origin,
    check_text,
    find_by_client_id,
    save_draft,
)
from routing.services.replies import check_may_reply, dismiss_refused, forget_draft, post_reply

State = ScheduledReply.State
LONGEST = timedelta(days=365)


@transaction.atomic
def schedule_reply(
    *,
    conversation_id: int,
    author: User,
    text: str,
    client_id: str,
    send_at: datetime,
    attachments: Sequence[Attachment] = (),
    seen_seq: int | None = None,
    account: ChannelAccount | None = None,
    identity: Identity | None = None,
    origin: Origin = NO_ORIGIN,
    then: str = "",
) -> ScheduledReply:
    """Keep a reply until `send_at`. The same `client_id` again returns the first row, whatever became of it.

    What would be refused now is refused at once. Raises Forbidden, Gone, AnsweredMeanwhile, Refused.
    """
    conversation = lock_conversation(conversation_id)
    known = ScheduledReply.objects.filter(conversation=conversation, client_id=client_id).first()
    if known is not None:
        return known
    moment = now()
    if not moment < send_at <= moment + LONGEST:
        raise Refused(_("Choose a time in the future, at most a year ahead."), code="bad_time")
    check_may_reply(conversation, author, seen_seq=seen_seq, account=account, identity=identity)
    reply = ScheduledReply.objects.create(
        conversation=conversation,
        author=author,
        text=check_text(text, has_files=bool(attachments)),
        attachment_ids=[attachment.pk for attachment in attachments],
        account=account,
        identity=identity,
        is_public=origin.is_public,
        reply_to=origin.reply_to,
        then=then,
        client_id=client_id,
        seen_seq=seen_seq,
        send_at=send_at,
        created_at=moment,
    )
    forget_draft(conversation, author)
    _tell(reply)
    return reply


def send_due_replies(*, conversation_id: int) -> int:
    """Send what is due in one conversation, in its order, each in a transaction of its own. Returns how many went."""
    sent = 0
    while True:
        with transaction.atomic():
            conversation = lock_conversation(conversation_id)
            due = ScheduledReply.objects.filter(conversation=conversation, state=State.PENDING, send_at__lte=now())
            reply = due.select_related("author", "account", "identity", "reply_to").order_by("send_at", "pk").first()
            if reply is None:
                return sent
            sent += _send(conversation, reply)


def send_now(*, reply_id: int, author: User) -> ScheduledReply:
    """Do not wait any longer. A second click finds it sent. Raises Gone if it was taken back or refused."""
    with transaction.atomic():
        reply = _lock_own(reply_id, author)
        if reply.state == State.PENDING:
            reply.send_at = min(reply.send_at, now())
            reply.save(update_fields=["send_at"])
    send_due_replies(conversation_id=reply.conversation_id)
    reply.refresh_from_db()
    if reply.state == State.REFUSED:
        raise Refused(reply.error, code="reply_refused")
    if reply.state == State.CANCELLED:
        raise Gone(_("This reply was taken back."), code="taken_back")
    return reply


@transaction.atomic
def take_back(*, reply_id: int, author: User) -> ScheduledReply:
    """Not sent after all; what was written is a draft again. Raises Gone if it has gone out."""
    reply = _lock_own(reply_id, author)
    if reply.state == State.SENT:
        raise Gone(_("This reply has already gone out."), code="sent")
    if reply.state == State.PENDING:
        _end(reply, State.CANCELLED)
        _restore_draft(reply)
    return reply


@transaction.atomic
def settle_refused(*, conversation_id: int, author: User) -> None:
    """The author has decided what becomes of replies that were not sent."""
    dismiss_refused(lock_conversation(conversation_id), author)


def _lock_own(reply_id: int, author: User) -> ScheduledReply:
    lock_conversation(ScheduledReply.objects.values_list("conversation_id", flat=True).get(pk=reply_id, author=author))
    return ScheduledReply.objects.select_related("account", "identity", "conversation").get(pk=reply_id)


def _send(conversation: Conversation, reply: ScheduledReply) -> bool:
    """Through the same checks as any reply; one that does not pass is kept with the reason and is a draft again."""
    try:
        # The reason is for the author, whoever's process finds it.
        with translation.override(reply.author.language), transaction.atomic():
            reply.message = _post(conversation, reply)
    except Refused as refusal:
        conversation.refresh_from_db()
        with translation.override(reply.author.language):
            reply.error = str(refusal.text)[:300]
        _end(reply, State.REFUSED)
        _restore_draft(reply)
        return False
    _end(reply, State.SENT)
    return True


def _post(conversation: Conversation, reply: ScheduledReply) -> Message:
    known = find_by_client_id(conversation, reply.client_id)
    if known is not None:
        return known
    check_may_reply(conversation, reply.author, seen_seq=reply.seen_seq, account=reply.account, identity=reply.identity)
    return post_reply(
        conversation,
        reply.author,
        reply.text,
        client_id=reply.client_id,
        attachments=list(Attachment.objects.filter(pk__in=reply.attachment_ids, message=None)),
        account=reply.account,
        identity=reply.identity,
        origin=Origin(is_public=reply.is_public, reply_to=reply.reply_to),
        # The customer wrote while it waited: neither put aside nor closed unread.
        then="" if _customer_wrote_since(conversation, reply.created_at) else reply.then,
    )


def _customer_wrote_since(conversation: Conversation, moment: datetime) -> bool:
    return conversation.events.filter(kind=EventKind.MESSAGE_RECEIVED, at__gt=moment).exists()


def _restore_draft(reply: ScheduledReply) -> None:
    """Before what has been begun since."""
    begun = Draft.objects.filter(user=reply.author_id, conversation=reply.conversation_id, mode="reply").first()
    save_draft(
        user=reply.author,
        conversation=reply.conversation,
        mode="reply",
        text="\n".join(part for part in (reply.text, begun.text if begun else "") if part),
        seen_seq=reply.seen_seq or 0,
        account=reply.account,
        identity=reply.identity,
    )


def _end(reply: ScheduledReply, state: str) -> None:
    reply.state = state
    reply.save(update_fields=["state", "error", "message"])
    _tell(reply)


def _tell(reply: ScheduledReply) -> None:
    """The author's own screens show it waiting, gone or back."""
    realtime.announce_on_commit(
        {
            "topic": f"user:{reply.author_id}",
            "kind": "reply.changed",
            "conversation": reply.conversation_id,
            "client": reply.client_id,
            "state": reply.state,
            "text": reply.error,
        }
    )

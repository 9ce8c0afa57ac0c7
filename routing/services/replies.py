"""An agent's words to the customer, and what is done with the conversation in the same breath."""

from __future__ import annotations

from collections.abc import Sequence

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from contactcenter.accounts.models import User
from contactcenter.base.errors import Forbidden, Gone, Refused
from contactcenter.conversations.locking import lock_conversation
from contactcenter.conversations.models import Attachment, Conversation, Draft, Message
from contactcenter.conversations.services.messages import add_message, find_by_client_id
from contactcenter.conversations.states import ConversationState, MessageKind
from routing.models import Assignment
from routing.states import AssignmentState


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
) -> Message:
    """Answer the customer. The same `client_id` again returns the first message.

    `seen_seq` is the last event the author had on screen; a colleague's answer after it refuses the reply.
    Raises Forbidden, Gone, AnsweredMeanwhile, Refused.
    """
    conversation = lock_conversation(conversation_id)
    known = find_by_client_id(conversation, client_id)
    if known is not None:
        return known
    if conversation.state != ConversationState.ACTIVE:
        raise Gone(_("This conversation is no longer active; reopen or take it first."), code="not_active")
    _require_handling(conversation, author)
    if seen_seq is not None:
        others = conversation.messages.filter(kind=MessageKind.OUT, seq__gt=seen_seq).exclude(author=author)
        if count := others.count():
            raise AnsweredMeanwhile(
                _("%(count)s new answers by colleagues since you began: look at them, then send.") % {"count": count}
            )
    message = add_message(
        conversation,
        MessageKind.OUT,
        text,
        author=author,
        identity=conversation.identity,
        client_id=client_id,
        attachments=attachments,
    )
    Draft.objects.filter(user=author, conversation=conversation, mode="reply").delete()
    return message


def _require_handling(conversation: Conversation, author: User) -> None:
    handles = Assignment.objects.filter(conversation=conversation, agent__user=author, state=AssignmentState.HANDLING)
    if not author.is_supervisor and not handles.exists():
        raise Forbidden(_("Take the conversation first, then answer."), code="not_yours")

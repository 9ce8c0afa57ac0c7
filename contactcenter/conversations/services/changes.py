"""What becomes of a message after it was said: edited, deleted, hidden, reacted to.

Providers tell of it in any order and more than once. Every change is kept with its own moment, and what is shown
follows from all of them, so that the same changes give the same message however they arrive.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import transaction

from contactcenter.accounts.models import User
from contactcenter.base.text import clean_input, fold, preview
from contactcenter.conversations.events import EventKind, record_event, save_conversation
from contactcenter.conversations.models import Conversation, Message, MessageChange
from contactcenter.conversations.services.messages import lock_message

Kind = MessageChange.Kind
CUSTOMER, US = "customer", "us"


@transaction.atomic
def change_message(
    *,
    message_id: int,
    kind: MessageChange.Kind,
    at: datetime,
    text: str = "",
    who: str = CUSTOMER,
    revision: int = 0,
    actor: User | None = None,
    erase: bool = False,
) -> bool:
    """Write one change down and show what follows from it. The same change again does nothing.

    `text` is the new text of an edit, or the reaction (empty: taken back). `erase`: the words of what is deleted are
    not kept, as some providers demand. Returns whether it was new.
    """
    conversation, message = lock_message(message_id)
    text = clean_input(text)
    known = message.changes.filter(kind=kind, at=at, who=who, revision=revision, text=text)
    if known.exists():
        return False
    if kind == Kind.EDITED and not message.changes.filter(kind=Kind.WRITTEN).exists():
        # An edit that bears the moment of the message itself is still later than the message.
        written_at = min(message.created_at, at - timedelta(microseconds=1))
        MessageChange.objects.create(message=message, kind=Kind.WRITTEN, text=message.text, who=who, at=written_at)
    MessageChange.objects.create(message=message, kind=kind, text=text, who=who, actor=actor, revision=revision, at=at)
    if erase and kind == Kind.DELETED:
        message.text = ""
        message.changes.exclude(kind=Kind.REACTED).update(text="")
    _show(message)
    _keep_preview(conversation, message)
    record_event(conversation, EventKind.MESSAGE_CHANGED, actor=actor, messages=[message.pk], change=kind.value)
    save_conversation(conversation, "last_message_text")
    return True


def _show(message: Message) -> None:
    """Bring the message's columns to what all its changes together say."""
    latest = {change.kind: change for change in message.changes.all()}
    if (edited := latest.get(Kind.EDITED)) is not None:
        message.text, message.edited_at = edited.text, edited.at
        message.search_text = fold(edited.text)
    if (deleted := latest.get(Kind.DELETED)) is not None:
        message.deleted_at = deleted.at
        message.search_text = ""
    sight = [change for change in message.changes.all() if change.kind in {Kind.HIDDEN, Kind.SHOWN}]
    message.hidden_at = sight[-1].at if sight and sight[-1].kind == Kind.HIDDEN else None
    message.reactions = {change.who: change.text for change in message.changes.all() if change.kind == Kind.REACTED}
    message.save(update_fields=["text", "search_text", "edited_at", "deleted_at", "hidden_at", "reactions"])


def _keep_preview(conversation: Conversation, message: Message) -> None:
    if message.kind == conversation.last_message_kind and message.created_at == conversation.last_message_at:
        conversation.last_message_text = "" if message.deleted_at else preview(message.text)

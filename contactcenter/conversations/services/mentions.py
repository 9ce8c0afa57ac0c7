"""Colleagues named in a note: told at once, listed until they have looked."""

from __future__ import annotations

from collections.abc import Iterable

from contactcenter.accounts.models import User
from contactcenter.base.clock import now
from contactcenter.base.text import preview
from contactcenter.conversations import realtime
from contactcenter.conversations.models import Mention, Message


def add_mentions(note: Message, users: Iterable[User]) -> None:
    """Write down who is named in a note and tell them on commit; in the transaction that added it."""
    for user in users:
        Mention.objects.get_or_create(message=note, user=user, defaults={"created_at": now()})
        realtime.announce_on_commit(
            {
                "topic": f"user:{user.pk}",
                "kind": "mention",
                "conversation": note.conversation_id,
                "who": note.author.shown_name if note.author is not None else "",
                "text": preview(note.text),
            }
        )


def mark_mentions_seen(*, user: User, conversation_id: int) -> int:
    """The user has opened the conversation. Returns how many mentions that settles."""
    unseen = Mention.objects.filter(user=user, message__conversation=conversation_id, seen_at=None)
    return unseen.update(seen_at=now())

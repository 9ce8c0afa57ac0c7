"""What a conversation is about: subject, topic, priority and tags, changed by people and written in the log."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from contactcenter.accounts.models import User
from contactcenter.base.errors import Forbidden, Refused
from contactcenter.base.text import clean_input
from contactcenter.conversations.events import EventKind, record_event, save_conversation
from contactcenter.conversations.locking import lock_conversation
from contactcenter.conversations.models import Conversation
from contactcenter.conversations.states import ConversationState, Priority

MOST_TAGS = 20
MOST_TAG = 50


def _lock_for(conversation_id: int, actor: User) -> Conversation:
    """The conversation, locked, if `actor` may change it: what somebody handles is theirs and the supervisors'."""
    conversation = lock_conversation(conversation_id)
    is_anothers = conversation.owner_id not in {None, actor.pk} and conversation.state != ConversationState.CLOSED
    if is_anothers and not actor.is_supervisor:
        raise Forbidden(_("Only the agent who handles this conversation, or a supervisor, can do that."))
    return conversation


@transaction.atomic
def change_details(
    *,
    conversation_id: int,
    actor: User,
    subject: str | None = None,
    topic: str | None = None,
    priority: Priority | None = None,
) -> Conversation:
    """Change what is given; the same again changes nothing. Raises Forbidden."""
    conversation = _lock_for(conversation_id, actor)
    wanted: dict[str, Any] = {
        "subject": None if subject is None else clean_input(subject)[:200],
        "topic": None if topic is None else clean_input(topic)[:50],
        "priority": None if priority is None else int(priority),
    }
    changes = {
        name: [getattr(conversation, name), value]
        for name, value in wanted.items()
        if value is not None and value != getattr(conversation, name)
    }
    _change(conversation, actor, changes)
    return conversation


def spell_tag(tag: str) -> str:
    """As it is kept: on one line, with single spaces."""
    return " ".join(clean_input(tag).split())[:MOST_TAG]


@transaction.atomic
def change_tags(
    *, conversation_id: int, actor: User, add: Iterable[str] = (), remove: Iterable[str] = ()
) -> Conversation:
    """Add and remove tags, in the order in which they came; one that is there is not added again, whatever its case.

    Raises Forbidden, Refused for too many.
    """
    conversation = _lock_for(conversation_id, actor)
    removed = {tag.casefold() for tag in remove}
    tags = [tag for tag in conversation.tags if tag.casefold() not in removed]
    for tag in add:
        spelled = spell_tag(tag)
        if spelled and spelled.casefold() not in {known.casefold() for known in tags}:
            tags.append(spelled)
    if len(tags) > MOST_TAGS:
        raise Refused(_("At most %(most)s tags.") % {"most": MOST_TAGS}, code="too_many_tags")
    if tags != conversation.tags:
        _change(conversation, actor, {"tags": [conversation.tags, tags]})
    return conversation


def _change(conversation: Conversation, actor: User, changes: dict[str, list[Any]]) -> None:
    if not changes:
        return
    for name, (_before, after) in changes.items():
        setattr(conversation, name, after)
    record_event(conversation, EventKind.CONVERSATION_CHANGED, actor=actor, changes=changes)
    save_conversation(conversation, *changes)

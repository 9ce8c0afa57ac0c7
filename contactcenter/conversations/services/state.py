"""The one writer of a conversation's state, for `routing.services` alone (a test refuses other callers)."""

from __future__ import annotations

from contactcenter.base.clock import now
from contactcenter.conversations.locking import CONVERSATION_RANK, is_locked
from contactcenter.conversations.models import Conversation
from contactcenter.conversations.states import (
    ALLOWED,
    ConversationState,
    check_transition,
)


def write_state(conversation: Conversation, to: ConversationState) -> None:
    """Set the state of a locked conversation, with the columns that belong to it.

    Raises InvalidTransition. The caller records the event and stores `STATE_FIELDS` with `save_conversation`.
    """
    assert is_locked(CONVERSATION_RANK, conversation.pk), "lock the conversation first"
    check_transition(ALLOWED, conversation.state, to)
    conversation.state = to
    conversation.closed_at = now() if to == ConversationState.CLOSED else None
    if to != ConversationState.SNOOZED:
        conversation.snooze_reason = ""
        conversation.snoozed_until = None


STATE_FIELDS = ("state", "closed_at", "snooze_reason", "snoozed_until")

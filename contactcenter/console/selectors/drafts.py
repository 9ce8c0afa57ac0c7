"""What the viewer has begun to write."""

from __future__ import annotations

from contactcenter.accounts.selectors import Viewer
from contactcenter.conversations.models import Conversation, Draft
from contactcenter.conversations.selectors import (
    visible_drafts,
)


def own_drafts(viewer: Viewer, conversation: Conversation) -> dict[str, Draft]:
    return {draft.mode: draft for draft in visible_drafts(viewer).filter(conversation=conversation)}


def own_draft_ids(viewer: Viewer) -> list[int]:
    """The conversations in which the viewer has begun to write."""
    return list(visible_drafts(viewer).values_list("conversation_id", flat=True).distinct()[:200])

"""What waits for the viewer's eyes: the number in the tab's title and on its icon."""

from __future__ import annotations

from typing import Any

from contactcenter.accounts.selectors import Viewer
from contactcenter.console.selectors.list_query import tab_conversations
from contactcenter.conversations.selectors import visible_mentions

MOST = 200


def own_alerts(viewer: Viewer) -> dict[str, Any]:
    """Unread messages in one's own conversations, by conversation, and where one was mentioned and has not looked."""
    unread = tab_conversations(viewer, "mine").filter(unread_count__gt=0)
    mentions = visible_mentions(viewer).filter(seen_at=None)
    return {
        "unread": dict(unread.values_list("pk", "unread_count")[:MOST]),
        "mentions": list(mentions.values_list("message__conversation_id", flat=True).distinct()[:MOST]),
    }

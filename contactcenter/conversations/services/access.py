"""What somebody may see has changed: their open pages follow at once."""

from __future__ import annotations

from collections.abc import Iterable

from contactcenter.conversations.realtime import announce_on_commit


def announce_access(user_ids: Iterable[int]) -> None:
    """Tell these users' open consoles to read their rights anew, once the change has been committed."""
    for user_id in user_ids:
        announce_on_commit({"topic": f"user:{user_id}", "kind": "access.changed"})

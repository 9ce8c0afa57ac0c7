"""PURE: what Meta tells of comments below posts, `entry[].changes[]`.

Sources: developers.facebook.com/docs/graph-api/webhooks/reference/page (field feed) and
developers.facebook.com/docs/instagram-platform/webhooks/examples (fields comments, live_comments, mentions).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from channels_app.lenient import items, moment, obj, text
from channels_app.types import POST, InboundEvent, InboundFile, InboundKind, Sender
from contactcenter.conversations.states import IdentityKind, IdentityLevel

_POSTS = frozenset({"post", "status", "photo", "video", "share", "album", "event"})
_IG_COMMENTS = frozenset({"comments", "live_comments", "mentions"})
_CHANGES = {"remove": InboundKind.DELETION, "hide": InboundKind.HIDDEN, "unhide": InboundKind.SHOWN}


def changes_of(entry: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """The changes of an entry; some apps get field and value in the entry itself."""
    return items(entry, "changes") or ([entry] if text(entry, "field") else [])


def feed_events(page_id: str, entry: Mapping[str, Any], received_at: datetime) -> Iterator[InboundEvent]:
    """Comments and posts of a Facebook page."""
    for change in changes_of(entry):
        value = obj(change, "value")
        is_feed = text(change, "field") in {"feed", "mention"}
        yield _feed_event(page_id, value, received_at, is_feed=is_feed)


def _feed_event(page_id: str, value: Mapping[str, Any], received_at: datetime, *, is_feed: bool) -> InboundEvent:
    item, verb = text(value, "item"), text(value, "verb")
    post_id, comment_id = text(value, "post_id"), text(value, "comment_id")
    at = moment(value.get("created_time"), received_at)
    event = InboundEvent(
        kind=InboundKind.UNSUPPORTED,
        external_id=f"{item}:{verb}:{comment_id or post_id}:{text(value, 'created_time')}:{text(value, 'from', 'id')}",
        occurred_at=at,
        target=("facebook", page_id),
        text=text(value, "message"),
        thread_key=f"{POST}{post_id}" if post_id else "",
        is_public=True,
        raw=value,
    )
    if not is_feed or not post_id:
        return event
    if item == "comment" and comment_id:
        return _comment(event, value, page_id, comment_id)
    is_ours = text(value, "from", "id") in {page_id, ""}
    if item in _POSTS and verb in {"add", "edited", "edit"} and is_ours:
        return replace(
            event, kind=InboundKind.POST, subject=text(value, "link") or text(value, "post", "permalink_url")
        )
    return event


def _comment(event: InboundEvent, value: Mapping[str, Any], page_id: str, comment_id: str) -> InboundEvent:
    verb = text(value, "verb")
    if verb in _CHANGES:
        return replace(event, kind=_CHANGES[verb], about=comment_id)
    if verb in {"edited", "edit"}:
        return replace(event, kind=InboundKind.EDIT, about=comment_id, external_id=f"{event.external_id}:{event.text}")
    author = text(value, "from", "id")
    parent = text(value, "parent_id")
    event = replace(
        event,
        kind=InboundKind.OWN_COMMENT if author == page_id else InboundKind.MESSAGE,
        external_id=comment_id,
        reply_to="" if parent == text(value, "post_id") else parent,
        files=_pictures(value),
        by_us=author == page_id,
    )
    if not author:
        return replace(event, kind=InboundKind.UNSUPPORTED)
    return replace(
        event,
        sender=Sender(
            kind=IdentityKind.FACEBOOK,
            address=author,
            level=IdentityLevel.RECOGNISED,
            scope=page_id,
            name=text(value, "from", "name"),
        ),
    )


def _pictures(value: Mapping[str, Any]) -> tuple[InboundFile, ...]:
    names = {"photo": "picture.jpg", "video": "video.mp4"}
    return tuple(InboundFile(name=name, reference=url) for field, name in names.items() if (url := text(value, field)))


def instagram_comment_events(
    account_id: str, entry: Mapping[str, Any], received_at: datetime
) -> Iterator[InboundEvent]:
    """Comments below an Instagram account's posts, and mentions of it."""
    at = moment(entry.get("time"), received_at)
    for change in changes_of(entry):
        value = obj(change, "value")
        comment_id = text(value, "id") or text(value, "comment_id")
        media = text(value, "media", "id") or text(value, "media_id")
        author, name = text(value, "from", "id"), text(value, "from", "username")
        event = InboundEvent(
            kind=InboundKind.UNSUPPORTED,
            external_id=comment_id or f"{text(change, 'field')}:{media}:{text(entry, 'time')}",
            occurred_at=at,
            target=("instagram", account_id),
            text=text(value, "text"),
            thread_key=f"{POST}{media}" if media else "",
            reply_to=text(value, "parent_id"),
            is_public=True,
            raw=change,
        )
        if text(change, "field") not in _IG_COMMENTS or not (comment_id and media and author):
            yield event
            continue
        is_ours = author == account_id
        yield replace(
            event,
            kind=InboundKind.OWN_COMMENT if is_ours else InboundKind.MESSAGE,
            by_us=is_ours,
            sender=Sender(
                kind=IdentityKind.INSTAGRAM,
                address=author,
                level=IdentityLevel.RECOGNISED,
                scope=account_id,
                name=name,
                handle=f"@{name}" if name else "",
            ),
        )

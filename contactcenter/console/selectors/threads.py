"""What is said below a post: our conversations there, our answers, and bystanders for context."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Exists, Max, OuterRef, Q, QuerySet

from channels_app.models import BystanderComment, Post
from channels_app.types import POST
from contactcenter.accounts.selectors import Viewer
from contactcenter.conversations.models import Conversation, Message
from contactcenter.conversations.selectors import visible_accounts, visible_conversations, visible_messages
from contactcenter.conversations.states import MessageKind

SHOWN = 100
FILTERS = ("waiting", "hidden", "all")


@dataclass(frozen=True, slots=True, kw_only=True)
class Comment:
    """One comment. Without a message it is a bystander's."""

    author: str
    text: str
    said_at: datetime
    message: Message | None = None
    bystander: BystanderComment | None = None
    is_ours: bool = False
    is_here: bool = False
    needs_answer: bool = False
    is_hidden: bool = False
    is_deleted: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Thread:
    """A post and the newest comments below it, oldest first."""

    post: Post
    comments: list[Comment]
    hidden: int
    waiting: int


def visible_posts(viewer: Viewer) -> QuerySet[Post]:
    """Posts of the viewer's brands."""
    return Post.objects.filter(account__in=visible_accounts(viewer))


def thread_of(viewer: Viewer, conversation: Conversation) -> Thread | None:
    """The thread that a public conversation belongs to."""
    post = visible_posts(viewer).filter(
        account=conversation.account_id, external_id=conversation.thread_key.removeprefix(POST)
    )
    found = post.select_related("account").first()
    return _thread(viewer, found, conversation) if found is not None else None


def _thread(viewer: Viewer, post: Post, here: Conversation | None) -> Thread:
    rows = visible_messages(viewer).filter(
        account=post.account_id, is_public=True, conversation__thread_key=f"{POST}{post.external_id}"
    )
    messages = rows.select_related("conversation__customer", "author", "identity").order_by("-created_at", "-pk")[
        :SHOWN
    ]
    bystanders = post.bystanders.filter(taken_up_at=None).order_by("-said_at", "-pk")[:SHOWN]
    comments = [*_said(messages, here), *_overheard(bystanders)]
    comments.sort(key=lambda comment: comment.said_at)
    return Thread(
        post=post,
        comments=comments[-SHOWN:],
        hidden=sum(comment.is_hidden for comment in comments),
        waiting=len({c.message.conversation_id for c in comments if c.message is not None and c.needs_answer}),
    )


def _said(messages: Iterable[Message], here: Conversation | None) -> Iterable[Comment]:
    for message in messages:
        waiting_since = message.conversation.waiting_since
        is_ours = message.kind == MessageKind.OUT
        yield Comment(
            author=str(message.account if is_ours else message.identity or message.conversation.customer),
            text=message.text,
            said_at=message.created_at,
            message=message,
            is_ours=is_ours,
            is_here=here is not None and message.conversation_id == here.pk,
            needs_answer=not is_ours and waiting_since is not None and message.created_at >= waiting_since,
            is_hidden=message.hidden_at is not None,
            is_deleted=message.deleted_at is not None,
        )


def _overheard(rows: Iterable[BystanderComment]) -> Iterable[Comment]:
    for row in rows:
        yield Comment(
            author=row.author,
            text=row.text,
            said_at=row.said_at,
            bystander=row,
            is_ours=row.is_ours,
            is_hidden=row.hidden_at is not None,
            is_deleted=row.deleted_at is not None,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class PostRow:
    """A post in the list, with what the viewer sees of its conversations."""

    post: Post
    conversations: list[Conversation]
    waiting: int


def public_conversations(viewer: Viewer, chosen: str) -> QuerySet[Conversation]:
    """What began below posts: waiting for an answer, with something hidden, or all."""
    rows = visible_conversations(viewer).filter(is_public=True)
    if chosen == "waiting":
        rows = rows.filter(waiting_since__isnull=False)
    elif chosen == "hidden":
        rows = rows.filter(Exists(Message.objects.filter(conversation=OuterRef("pk"), hidden_at__isnull=False)))
    return rows


def posts_of(viewer: Viewer, chosen: str, *, most: int = 50) -> list[PostRow]:
    """Posts with the newest conversations first; below each those who wait longest first."""
    keys = public_conversations(viewer, chosen).values("account_id", "thread_key").annotate(last=Max("last_message_at"))
    newest = list(keys.order_by("-last")[:most])
    wanted = Q(pk__in=[])
    for key in newest:
        wanted |= Q(account=key["account_id"], external_id=key["thread_key"].removeprefix(POST))
    posts = {
        (post.account_id, post.external_id): post
        for post in visible_posts(viewer).filter(wanted).select_related("account")
    }
    found = []
    for key in newest:
        post = posts.get((key["account_id"], key["thread_key"].removeprefix(POST)))
        if post is None:
            continue
        rows = public_conversations(viewer, chosen).filter(account=post.account_id, thread_key=key["thread_key"])
        conversations = list(
            rows.select_related("customer", "owner").order_by("waiting_since", "-last_message_at")[:SHOWN]
        )
        waiting = sum(row.waiting_since is not None for row in conversations)
        found.append(PostRow(post=post, conversations=conversations, waiting=waiting))
    return found

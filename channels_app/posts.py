"""Posts, and what people say to each other below them.

A comment addresses us when it stands right below our post, answers a comment of ours, comes from somebody whom we
talk to there, or calls us by name. Every other one is a bystander's: shown as context, and waiting for nobody.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.core.files.base import ContentFile
from django.db.models import QuerySet

from channels_app.base import (
    ChannelAdapter,
    DescribesPosts,
    FetchesFiles,
    FileRefused,
    SendTimedOut,
    TemporaryFailure,
)
from channels_app.models import BystanderComment, InboundDelivery, Post
from channels_app.registry import adapter_for
from channels_app.types import POST, InboundEvent, InboundKind
from contactcenter.base.clock import now
from contactcenter.base.text import fold
from contactcenter.conversations.effects import RetryLater, add_effect
from contactcenter.conversations.models import ChannelAccount, Conversation, Effect, Message
from contactcenter.conversations.services.attachments import PICTURE_TYPES, sniff_type
from contactcenter.conversations.states import MessageKind


def keep_post(account: ChannelAccount, event: InboundEvent) -> Post:
    """Our own post, as the provider tells of it."""
    post = post_of(account, event.thread_key)
    Post.objects.filter(pk=post.pk).update(text=event.text, link=_link(event.subject), published_at=event.occurred_at)
    return post


def post_of(account: ChannelAccount, thread_key: str) -> Post:
    """The post of a thread; one that is new here is asked after."""
    post, is_new = Post.objects.get_or_create(account=account, external_id=thread_key.removeprefix(POST)[:200])
    if is_new:
        add_effect("describe_post", post.pk, key=f"describe_post:{post.pk}")
    return post


def _link(url: str) -> str:
    return url if url.startswith("https://") and len(url) <= 500 else ""


def addresses_us(account: ChannelAccount, event: InboundEvent) -> bool:
    """Whether a comment is for us to answer."""
    if not event.reply_to:
        return True
    answered = Message.objects.filter(account=account, external_id=event.reply_to, kind=MessageKind.OUT)
    below_ours = BystanderComment.objects.filter(post__account=account, external_id=event.reply_to, is_ours=True)
    if (
        answered.exists()
        or below_ours.exists()
        or fold(account.name) in fold(event.text)
        or f"@{fold(account.slug)}" in fold(event.text)
    ):
        return True
    assert event.sender is not None
    return Conversation.objects.filter(
        account=account,
        thread_key=event.thread_key,
        identity__kind=event.sender.kind,
        identity__scope=event.sender.scope,
        identity__address=event.sender.address,
    ).exists()


def keep_bystander(account: ChannelAccount, event: InboundEvent) -> BystanderComment:
    """What was said to somebody else; told again it is the same."""
    assert event.sender is not None
    delivery = InboundDelivery.objects.filter(account=account, external_id=event.external_id).first()
    return BystanderComment.objects.get_or_create(
        post=post_of(account, event.thread_key),
        external_id=event.external_id[:200],
        defaults={
            "parent_id": event.reply_to[:200],
            "author": account.name if event.by_us else (event.sender.handle or event.sender.name)[:200],
            "is_ours": event.by_us,
            "text": event.text,
            "delivery": delivery,
            "said_at": event.occurred_at,
        },
    )[0]


def change_bystander(account: ChannelAccount, event: InboundEvent) -> bool:
    """An edit, deletion or change of sight of a bystander's comment; False where there is none."""
    rows = BystanderComment.objects.filter(post__account=account, external_id=event.about)
    fields: dict[InboundKind, dict[str, Any]] = {
        InboundKind.EDIT: {"text": event.text, "edited_at": event.occurred_at},
        InboundKind.DELETION: {"deleted_at": event.occurred_at},
        InboundKind.HIDDEN: {"hidden_at": event.occurred_at},
        InboundKind.SHOWN: {"hidden_at": None},
    }
    return event.kind in fields and bool(rows.update(**fields[event.kind]))


def describe(effect: Effect) -> None:
    """Ask the provider what the post says: the work of a `describe_post` effect. Raises RetryLater."""
    post = Post.objects.select_related("account__brand").filter(pk=effect.target_id).first()
    if post is None:
        return
    adapter = adapter_for(post.account)
    found: dict[str, Any] = {}
    if isinstance(adapter, DescribesPosts):
        try:
            description = adapter.describe_post(post.external_id)
        except (TemporaryFailure, SendTimedOut) as error:
            raise RetryLater(str(error)) from error
        if description is not None:
            found = {
                "text": description.text,
                "link": _link(description.link),
                "published_at": description.published_at,
            }
            _keep_picture(post, adapter, description.picture)
    found = {name: value for name, value in found.items() if value}
    Post.objects.filter(pk=post.pk).update(described_at=now(), **found)


def _keep_picture(post: Post, adapter: ChannelAdapter, url: str) -> None:
    """The provider's address of it does not last; without it the words are enough."""
    if not url or post.picture or not isinstance(adapter, FetchesFiles):
        return
    try:
        content = adapter.fetch_file(url)
    except (FileRefused, TemporaryFailure):
        return
    if sniff_type(content[:4096]) in PICTURE_TYPES:
        post.picture.save(f"{post.pk}", ContentFile(content))


def bystanders_of(post: Post, since: datetime | None = None) -> QuerySet[BystanderComment]:
    """What is still context below a post, in its order."""
    rows = post.bystanders.filter(taken_up_at=None)
    return (rows.filter(said_at__gte=since) if since else rows).order_by("said_at", "pk")

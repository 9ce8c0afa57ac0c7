"""Rows that some addresses need, made when they are asked for."""

from __future__ import annotations

from typing import Any

from django.core.files.base import ContentFile

from channels_app.models import BystanderComment, Post
from contactcenter.base.clock import now
from contactcenter.conversations.models import Attachment
from tests.permissions.world import World


def file_coming(world: World) -> dict[str, Any]:
    state = Attachment.State.FAILED
    row = Attachment.objects.create(conversation=world.conversation, message=world.sent, name="a", size=1, state=state)
    return {"public_id": row.public_id}


def post(world: World) -> dict[str, Any]:
    post = Post.objects.get_or_create(account=world.conversation.account, external_id="1")[0]
    if not post.picture:
        post.picture.save("1", ContentFile(b"GIF89a"))
    return {"pk": post.pk}


def bystander(world: World) -> dict[str, Any]:
    post = Post.objects.get_or_create(account=world.conversation.account, external_id="1")[0]
    return {"pk": BystanderComment.objects.get_or_create(post=post, external_id="2", defaults={"said_at": now()})[0].pk}

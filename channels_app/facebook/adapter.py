"""Page comments through Meta's Graph API. Address: the page's id; secrets: `access_token`, `app_secret`.

Source: developers.facebook.com/docs/graph-api/reference/object/comments and .../reference/comment.
"""

from __future__ import annotations

from typing import Any, ClassVar

from channels_app.lenient import text, time_of
from channels_app.meta.door import MetaDoor
from channels_app.meta.graph import GraphClient, rejection
from channels_app.providers import Answer
from channels_app.types import (
    POST,
    Capability,
    DeliveryResult,
    DeliveryStatus,
    Limits,
    OutboundMessage,
    PostDescription,
)
from contactcenter.conversations.states import IdentityKind


class FacebookAdapter(MetaDoor):
    """One page's public side."""

    kind: ClassVar[str] = "facebook"
    capabilities: ClassVar[Capability] = Capability.TEXT | Capability.FILES | Capability.COMMENTS
    identity_kinds: ClassVar[frozenset[IdentityKind]] = frozenset({IdentityKind.FACEBOOK})
    limits: ClassVar[Limits] = Limits(
        text=8000, text_each=8000, files=1, files_each=1, file_bytes=8 * 1024 * 1024, per_second=5
    )

    def send(self, message: OutboundMessage) -> DeliveryResult:
        """An answer below the comment, or below the post where no comment is answered."""
        parent = message.reply_to or message.thread_key.removeprefix(POST)
        fields: dict[str, Any] = {"message": message.text} if message.text else {}
        if message.files:
            fields["attachment_url"] = message.files[0].link()
        return _result(GraphClient(self.account).post(f"{parent}/comments", json=fields))

    def set_hidden(self, comment: str, *, is_hidden: bool) -> DeliveryResult:
        return _result(GraphClient(self.account).post(comment, json={"is_hidden": is_hidden}))

    def like(self, comment: str) -> DeliveryResult:
        return _result(GraphClient(self.account).post(f"{comment}/likes"))

    def describe_post(self, post: str) -> PostDescription | None:
        fields = "message,permalink_url,full_picture,created_time"
        answer = GraphClient(self.account).get(post, fields=fields)
        if not answer.is_success:
            return None
        return PostDescription(
            text=text(answer.data, "message"),
            link=text(answer.data, "permalink_url"),
            picture=text(answer.data, "full_picture"),
            published_at=time_of(text(answer.data, "created_time")),
        )

    def fetch_file(self, reference: str) -> bytes:
        return GraphClient(self.account).fetch(reference, most=self.limits.receive_bytes)

    def check_connection(self) -> str:
        return text(GraphClient(self.account).check(self.account.address, fields="name").data, "name")


def _result(answer: Answer) -> DeliveryResult:
    return rejection(answer) or DeliveryResult(status=DeliveryStatus.ACCEPTED, external_id=text(answer.data, "id"))

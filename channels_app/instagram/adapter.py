"""Instagram through Meta's Graph API. Address: the account's id; secrets: `access_token`, `app_secret`.

With `login` set to `instagram` the token is the Instagram user's and graph.instagram.com is asked, else the page's.
Source: developers.facebook.com/docs/instagram-platform.
"""

from __future__ import annotations

from typing import Any, ClassVar

from channels_app.lenient import text, time_of
from channels_app.meta.door import MetaDoor
from channels_app.meta.graph import API, GraphClient, rejection
from channels_app.meta.sending import PERSON_HOURS, WINDOW_HOURS, send_private
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

_INSTAGRAM_API = "https://graph.instagram.com"


class InstagramAdapter(MetaDoor):
    """One account's inbox, and what is said below its posts."""

    kind: ClassVar[str] = "instagram"
    capabilities: ClassVar[Capability] = (
        Capability.TEXT
        | Capability.FILES
        | Capability.CHOICES
        | Capability.READ
        | Capability.ERASES
        | Capability.COMMENTS
    )
    identity_kinds: ClassVar[frozenset[IdentityKind]] = frozenset({IdentityKind.INSTAGRAM})
    limits: ClassVar[Limits] = Limits(
        text_each=1000,
        in_bytes=True,
        files_each=1,
        file_bytes=25 * 1024 * 1024,
        together=False,
        receive_bytes=25 * 1024 * 1024,
        window_hours=WINDOW_HOURS,
        person_hours=PERSON_HOURS,
        per_second=40,
    )

    def _client(self) -> GraphClient:
        is_direct = self.account.config.get("login") == "instagram"
        return GraphClient(self.account, api=_INSTAGRAM_API if is_direct else API)

    def send(self, message: OutboundMessage) -> DeliveryResult:
        if not message.is_public:
            return send_private(self._client(), self.account.address, message, kind=IdentityKind.INSTAGRAM)
        comment = message.reply_to
        path = f"{comment}/replies" if comment else f"{message.thread_key.removeprefix(POST)}/comments"
        answer = self._client().post(path, json={"message": message.text})
        accepted = DeliveryResult(status=DeliveryStatus.ACCEPTED, external_id=text(answer.data, "id"))
        return rejection(answer) or accepted

    def set_hidden(self, comment: str, *, is_hidden: bool) -> DeliveryResult:
        fields: dict[str, Any] = {"hide": is_hidden}
        answer = self._client().post(comment, json=fields)
        return rejection(answer) or DeliveryResult(status=DeliveryStatus.ACCEPTED)

    def name_of(self, address: str) -> str:
        answer = self._client().get(address, fields="name,username")
        return text(answer.data, "name") or text(answer.data, "username")

    def describe_post(self, post: str) -> PostDescription | None:
        answer = self._client().get(post, fields="caption,permalink,media_url,thumbnail_url,timestamp")
        if not answer.is_success:
            return None
        return PostDescription(
            text=text(answer.data, "caption"),
            link=text(answer.data, "permalink"),
            picture=text(answer.data, "thumbnail_url") or text(answer.data, "media_url"),
            published_at=time_of(text(answer.data, "timestamp")),
        )

    def fetch_file(self, reference: str) -> bytes:
        return self._client().fetch(reference, most=self.limits.receive_bytes)

    def check_connection(self) -> str:
        return text(self._client().check(self.account.address, fields="username").data, "username")

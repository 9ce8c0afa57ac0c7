"""Meta's one address an app: every kind of account takes what comes for any of those that share the app."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.utils.crypto import constant_time_compare

from channels_app.base import RequestNotVerified
from channels_app.lenient import items, text
from channels_app.meta.comments import changes_of, feed_events, instagram_comment_events
from channels_app.meta.messaging import Page, messaging_events
from channels_app.meta.signing import is_signed
from channels_app.secrets import secret_of
from channels_app.types import InboundEvent, InboundKind
from channels_app.whatsapp_cloud.parsing import whatsapp_events
from contactcenter.base.clock import now
from contactcenter.conversations.models import ChannelAccount
from contactcenter.conversations.states import IdentityKind


class MetaDoor:
    """Verifies, reads and acknowledges for one account of a Meta app."""

    def __init__(self, account: ChannelAccount) -> None:
        self.account = account

    def verify(self, request: HttpRequest) -> None:
        """The signature of a post; of a handshake the token that the account's page in admin shows."""
        if request.method == "POST":
            given = request.headers.get("X-Hub-Signature-256", "")
            if not is_signed(request.body, secret_of(self.account, "app_secret"), given):
                raise RequestNotVerified("signature")
            return
        token = str(self.account.config.get("verify_token") or "")
        given = request.GET.get("hub.verify_token", "")
        if request.GET.get("hub.mode") != "subscribe" or not token or not constant_time_compare(given, token):
            raise RequestNotVerified("verify token")

    def parse_inbound(self, request: HttpRequest) -> list[InboundEvent]:
        """All events of all entries, in their order."""
        if request.method != "POST":
            return []
        body = json.loads(request.body)
        envelopes = body if isinstance(body, list) else [body]
        return list(read(items(envelopes), str(self.account.config.get("app_id") or ""), now()))

    def acknowledge(self, request: HttpRequest, events: Sequence[InboundEvent]) -> HttpResponse:
        """The challenge of a handshake, or nothing of interest."""
        return HttpResponse(request.GET.get("hub.challenge", ""), content_type="text/plain")


def read(envelopes: Sequence[Mapping[str, Any]], app_id: str, received_at: datetime) -> Iterator[InboundEvent]:
    """The events of verified envelopes; what is of no known kind is kept as such."""
    for envelope in envelopes:
        kind = text(envelope, "object")
        entries = items(envelope, "entry")
        if not entries:
            yield _unknown(envelope, received_at)
        for entry in entries:
            found = list(_entry_events(kind, entry, app_id, received_at))
            yield from found or [_unknown(entry, received_at)]


def _entry_events(kind: str, entry: Mapping[str, Any], app_id: str, received_at: datetime) -> Iterator[InboundEvent]:
    owner = text(entry, "id")
    if kind == "whatsapp_business_account":
        yield from whatsapp_events(changes_of(entry), received_at)
    elif kind == "page":
        page = Page(
            kind="messenger", identity_kind=IdentityKind.MESSENGER, id=owner, app_id=app_id, received_at=received_at
        )
        yield from messaging_events(page, entry)
        yield from feed_events(owner, entry, received_at)
    elif kind == "instagram":
        page = Page(
            kind="instagram", identity_kind=IdentityKind.INSTAGRAM, id=owner, app_id=app_id, received_at=received_at
        )
        yield from messaging_events(page, entry)
        yield from instagram_comment_events(owner, entry, received_at)


def _unknown(raw: Mapping[str, Any], received_at: datetime) -> InboundEvent:
    return InboundEvent(kind=InboundKind.UNSUPPORTED, external_id="", occurred_at=received_at, raw=raw)

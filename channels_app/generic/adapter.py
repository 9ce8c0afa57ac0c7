"""The channel a company builds itself: signed JSON both ways. Secret: `secret`; address of its server: `api_base`.

Source of the signatures: standardwebhooks.com. What goes out has the same `webhook-id` at every attempt, so that the
receiver takes it once.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any, ClassVar

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils.translation import gettext as _

from channels_app.base import ConnectionRefused, RequestNotVerified
from channels_app.generic.parsing import generic_events
from channels_app.generic.signing import is_signed, sign
from channels_app.lenient import text
from channels_app.providers import Answer, ProviderClient
from channels_app.public_hosts import host_of
from channels_app.types import (
    Capability,
    DeliveryResult,
    DeliveryStatus,
    InboundEvent,
    Limits,
    OutboundMessage,
)
from contactcenter.base.clock import now
from contactcenter.conversations.models import ChannelAccount
from contactcenter.conversations.states import IdentityKind


class GenericAdapter:
    """One app, or one fleet of devices."""

    kind: ClassVar[str] = "generic"
    capabilities: ClassVar[Capability] = (
        Capability.TEXT
        | Capability.FILES
        | Capability.CHOICES
        | Capability.DELIVERED
        | Capability.READ
        | Capability.IDEMPOTENT
        | Capability.STARTS
    )
    identity_kinds: ClassVar[frozenset[IdentityKind]] = frozenset({IdentityKind.GENERIC})
    limits: ClassVar[Limits] = Limits(per_second=50)

    def __init__(self, account: ChannelAccount) -> None:
        self.account = account

    def verify(self, request: HttpRequest) -> None:
        is_right = request.method == "POST" and is_signed(
            request.body,
            self.account.secret,
            message_id=request.headers.get("webhook-id", ""),
            timestamp=request.headers.get("webhook-timestamp", ""),
            given=request.headers.get("webhook-signature", ""),
        )
        if not is_right:
            raise RequestNotVerified("signature")

    def parse_inbound(self, request: HttpRequest) -> list[InboundEvent]:
        body = json.loads(request.body)
        return generic_events(body, request.headers.get("webhook-id", ""), now(), self.account.slug)

    def acknowledge(self, request: HttpRequest, events: Sequence[InboundEvent]) -> HttpResponse:
        return JsonResponse({"accepted": len(events)}, status=202)

    def send(self, message: OutboundMessage) -> DeliveryResult:
        body = {
            "type": "message",
            "id": message.key,
            "to": message.recipient,
            "thread": message.thread_key,
            "reply_to": message.reply_to,
            "text": message.text,
            "choices": list(message.choices),
            "files": [
                {"name": file.name, "content_type": file.content_type, "size": file.size, "url": file.link()}
                for file in message.files
            ],
        }
        answer = self._post(body, message.key)
        if not answer.is_success:
            reason = text(answer.data, "error") or f"HTTP {answer.status}"
            blames = answer.status in {401, 403, 404, 410}
            return DeliveryResult(status=DeliveryStatus.REJECTED, reason=reason, blames_account=blames)
        external_id = text(answer.data, "id") or message.key
        return DeliveryResult(status=DeliveryStatus.ACCEPTED, external_id=external_id)

    def _client(self, **options: Any) -> ProviderClient:
        own = frozenset({host_of(self.account.api_base)})
        return ProviderClient(self.account.api_base, own_hosts=own, is_foreign=True, **options)

    def _post(self, body: dict[str, Any], message_id: str) -> Answer:
        """Raises TemporaryFailure, SendTimedOut."""
        content, moment = json.dumps(body, ensure_ascii=False).encode(), int(now().timestamp())
        headers = {
            "Content-Type": "application/json",
            "webhook-id": message_id,
            "webhook-timestamp": str(moment),
            "webhook-signature": sign(content, self.account.secret, message_id=message_id, timestamp=moment),
        }
        return self._client(headers=headers).post("", content=content)

    def fetch_file(self, reference: str) -> bytes:
        return self._client().fetch(reference, most=self.limits.receive_bytes)

    def check_connection(self) -> str:
        """A ping, which the receiver answers with any 2xx."""
        answer = self._post({"type": "ping", "id": f"ping-{int(now().timestamp())}"}, f"ping-{now().timestamp()}")
        if not answer.is_success:
            raise ConnectionRefused(_("The server answered with %s.") % f"HTTP {answer.status}")
        return f"HTTP {answer.status}"

"""Meta's Graph API for one account. Configuration: `graph_version`; secrets: `access_token`, `app_secret`."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping
from typing import Any

from channels_app.base import ConnectionRefused, TemporaryFailure
from channels_app.lenient import number, obj, text
from channels_app.meta.errors import blames_account, seconds_until_retry, words_for
from channels_app.providers import Answer, ProviderClient
from channels_app.secrets import secret_of
from channels_app.types import DeliveryResult, DeliveryStatus
from contactcenter.conversations.models import ChannelAccount

API = "https://graph.facebook.com"
OWN_HOSTS = frozenset({"graph.facebook.com", "graph.instagram.com", "lookaside.fbsbx.com"})
# Files of messages are served from many hosts of these two names.
FILE_HOSTS = frozenset({".fbcdn.net", ".fbsbx.com", ".cdninstagram.com", ".whatsapp.net"})
VERSION = "v25.0"


class GraphClient:
    """Asks as the account; every request carries the proof that the app secret is ours."""

    def __init__(self, account: ChannelAccount, *, api: str = API) -> None:
        token = secret_of(account, "access_token")
        self._proof = hmac.new(secret_of(account, "app_secret").encode(), token.encode(), hashlib.sha256).hexdigest()
        self._version = str(account.config.get("graph_version") or VERSION)
        self._client = ProviderClient(
            account.api_base or api,
            own_hosts=OWN_HOSTS | FILE_HOSTS,
            headers={"Authorization": f"Bearer {token}"},
            explains="error",
        )

    def post(self, path: str, **content: Any) -> Answer:
        """Post `json`, or `data` and `files`. Raises TemporaryFailure, SendTimedOut."""
        return self._ask("POST", path, **content)

    def get(self, path: str, **params: str) -> Answer:
        """Raises TemporaryFailure, SendTimedOut."""
        return self._ask("GET", path, params=params)

    def _ask(self, method: str, path: str, *, params: Mapping[str, str] | None = None, **content: Any) -> Answer:
        proof = {"appsecret_proof": self._proof}
        answer = self._client.ask(method, f"/{self._version}/{path}", params={**(params or {}), **proof}, **content)
        is_retried, seconds = seconds_until_retry(number(answer.data, "error", "code"))
        if is_retried:
            code = number(answer.data, "error", "code")
            raise TemporaryFailure(f"Graph {code}", seconds=answer.retry_after or seconds)
        return answer

    def fetch(self, url: str, *, most: int) -> bytes:
        """The bytes of a file. Raises TemporaryFailure, FileRefused."""
        return self._client.fetch(url, most=most)

    def check(self, path: str, **params: str) -> Answer:
        """Ask for something that only a right token gets. Raises ConnectionRefused, TemporaryFailure, SendTimedOut."""
        answer = self.get(path, **params)
        if not answer.is_success:
            raise ConnectionRefused(_reason(answer))
        return answer


def _reason(answer: Answer) -> str:
    error = obj(answer.data, "error")
    details = text(error, "error_data", "details") or text(error, "message")
    return words_for(number(error, "code"), number(error, "error_subcode"), details) or f"HTTP {answer.status}"


def rejection(answer: Answer) -> DeliveryResult | None:
    """The provider's definite no, in words; None if it said yes."""
    if answer.is_success and "error" not in answer.data:
        return None
    error = obj(answer.data, "error")
    return DeliveryResult(
        status=DeliveryStatus.REJECTED,
        reason=_reason(answer),
        blames_account=blames_account(number(error, "code"), number(error, "error_subcode")),
    )

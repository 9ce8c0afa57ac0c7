"""Telegram's REST side for one bot. The token is part of every address, so that addresses are never logged.

Source: core.telegram.org/bots/api#making-requests and #responseparameters.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from django.utils.translation import gettext as _

from channels_app.base import SendTimedOut, TemporaryFailure
from channels_app.lenient import number, obj, text
from channels_app.providers import Answer, ProviderClient
from channels_app.secrets import secret_of
from channels_app.types import DeliveryResult, DeliveryStatus
from contactcenter.conversations.models import ChannelAccount

API = "https://api.telegram.org"
OWN_HOSTS = frozenset({"api.telegram.org"})
_UNAUTHORIZED, _FORBIDDEN, _NOT_FOUND, _TOO_MANY = 401, 403, 404, 429


@dataclass(frozen=True, slots=True, kw_only=True)
class TelegramAnswer:
    """What came of a request: its result, or the definite no."""

    result: Mapping[str, Any] = field(default_factory=dict)
    rejected: DeliveryResult | None = None


class TelegramClient:
    """Asks as the bot."""

    def __init__(self, account: ChannelAccount) -> None:
        self._base = account.api_base or API
        self._token = secret_of(account, "token")
        self._client = ProviderClient(self._base, own_hosts=OWN_HOSTS, explains="error_code")

    def ask(self, method: str, fields: Mapping[str, Any]) -> TelegramAnswer:
        """Raises TemporaryFailure, SendTimedOut."""
        return _read(self._client.post(f"/bot{self._token}/{method}", json=dict(fields)))

    def upload(
        self, method: str, form: Mapping[str, str], files: Mapping[str, tuple[str, bytes, str]]
    ) -> TelegramAnswer:
        """Raises TemporaryFailure, SendTimedOut."""
        return _read(self._client.post(f"/bot{self._token}/{method}", data=dict(form), files=dict(files)))

    def fetch(self, path: str, *, most: int) -> bytes:
        """Raises TemporaryFailure, FileRefused."""
        return self._client.fetch(f"{self._base.rstrip('/')}/file/bot{self._token}/{path}", most=most)


def _read(answer: Answer) -> TelegramAnswer:
    if answer.data.get("ok") is True:
        return TelegramAnswer(result=obj(answer.data, "result"))
    code = number(answer.data, "error_code") or answer.status
    if code == _TOO_MANY:
        seconds = number(answer.data, "parameters", "retry_after")
        raise TemporaryFailure("Telegram 429", seconds=float(min(seconds, 3600)) if seconds else None)
    if code >= 500:
        # Trouble of theirs in the middle: perhaps it was taken all the same.
        raise SendTimedOut(f"Telegram {code}")
    description = text(answer.data, "description")
    return TelegramAnswer(
        rejected=DeliveryResult(
            status=DeliveryStatus.REJECTED,
            reason=_words(code, description)[:300],
            blames_account=code in {_UNAUTHORIZED, _NOT_FOUND},
        )
    )


def _words(code: int, description: str) -> str:
    if code in {_UNAUTHORIZED, _NOT_FOUND}:
        return _("The account's access data are refused: an administrator must check them.")
    if code == _FORBIDDEN or "chat not found" in description:
        return _("This person cannot be reached: they have left, blocked us or cannot take such messages.")
    return f"{description} ({code})"

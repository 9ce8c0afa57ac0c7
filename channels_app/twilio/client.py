"""Twilio's REST side for one account."""

from __future__ import annotations

from collections.abc import Mapping

from channels_app.base import ConnectionRefused, TemporaryFailure
from channels_app.providers import ProviderClient
from channels_app.twilio.errors import BLAMING, RETRIED, words_for
from channels_app.types import DeliveryResult, DeliveryStatus
from contactcenter.conversations.models import ChannelAccount

API = "https://api.twilio.com"
OWN_HOSTS = frozenset({"api.twilio.com", "mms.twiliocdn.com", "media.twiliocdn.com"})


class TwilioClient:
    """Reads `account_sid` from the account's configuration and the auth token from its secret."""

    def __init__(self, account: ChannelAccount) -> None:
        self.account_sid = str(account.config.get("account_sid", ""))
        auth = (self.account_sid, account.secret)
        self._client = ProviderClient(account.api_base or API, own_hosts=OWN_HOSTS, auth=auth)

    def send_message(self, fields: Mapping[str, str | list[str]]) -> DeliveryResult:
        """Create a message. Raises TemporaryFailure, SendTimedOut."""
        answer = self._client.post(f"/2010-04-01/Accounts/{self.account_sid}/Messages.json", data=fields)
        code = str(answer.data.get("code") or answer.data.get("error_code") or "")
        if code in RETRIED:
            raise TemporaryFailure(f"Twilio {code}")
        if not answer.is_success:
            reason = words_for(code or f"HTTP {answer.status}", str(answer.data.get("message") or ""))
            return DeliveryResult(status=DeliveryStatus.REJECTED, reason=reason, blames_account=code in BLAMING)
        return DeliveryResult(status=DeliveryStatus.ACCEPTED, external_id=str(answer.data.get("sid") or ""))

    def check(self) -> str:
        """The account's name at Twilio. Raises ConnectionRefused, TemporaryFailure, SendTimedOut."""
        answer = self._client.get(f"/2010-04-01/Accounts/{self.account_sid}.json")
        if not answer.is_success:
            raise ConnectionRefused(words_for(str(answer.data.get("code") or f"HTTP {answer.status}")))
        return str(answer.data.get("friendly_name") or self.account_sid)

    def fetch(self, url: str, *, most: int) -> bytes:
        """The bytes of an inbound file. Raises TemporaryFailure."""
        return self._client.fetch(url, most=most)

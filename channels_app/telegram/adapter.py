"""Telegram's Bot API. Address: the bot's name; secrets: `token`, and `webhook_secret`, which we chose ourselves.

Source: core.telegram.org/bots/api. There are no receipts; a message is known as sent.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any, ClassVar

from django.http import HttpRequest, HttpResponse
from django.utils.crypto import constant_time_compare

from channels_app.base import ConnectionRefused, FileRefused, RequestNotVerified, SendTimedOut
from channels_app.lenient import obj, text
from channels_app.secrets import secret_of
from channels_app.telegram.client import TelegramAnswer, TelegramClient
from channels_app.telegram.parsing import message_key, telegram_events
from channels_app.types import (
    Capability,
    DeliveryResult,
    DeliveryStatus,
    InboundEvent,
    Limits,
    OutboundFile,
    OutboundMessage,
)
from contactcenter.base.clock import now
from contactcenter.conversations.models import ChannelAccount
from contactcenter.conversations.states import IdentityKind

# What Telegram leaves out unless it is asked for by name.
UPDATES = (
    "message", "edited_message", "business_connection", "business_message", "edited_business_message",
    "deleted_business_messages", "message_reaction", "callback_query", "my_chat_member",
)  # fmt: skip
_PHOTO_BYTES = 10 * 1024 * 1024
_CALLBACK_BYTES = 64


class TelegramAdapter:
    """One bot."""

    kind: ClassVar[str] = "telegram"
    capabilities: ClassVar[Capability] = Capability.TEXT | Capability.FILES | Capability.CHOICES
    identity_kinds: ClassVar[frozenset[IdentityKind]] = frozenset({IdentityKind.TELEGRAM})
    limits: ClassVar[Limits] = Limits(
        text_each=4096,
        files_each=1,
        file_bytes=50 * 1024 * 1024,
        together=False,
        receive_bytes=20 * 1024 * 1024,
        per_second=25,
    )

    def __init__(self, account: ChannelAccount) -> None:
        self.account = account

    def verify(self, request: HttpRequest) -> None:
        ours = secret_of(self.account, "webhook_secret")
        given = request.headers.get("X-Telegram-Bot-Api-Secret-Token", "")
        if request.method != "POST" or not ours or not constant_time_compare(given, ours):
            raise RequestNotVerified("secret token")

    def parse_inbound(self, request: HttpRequest) -> list[InboundEvent]:
        update = json.loads(request.body)
        # Until somebody renames the bot, its address part is what stays.
        return telegram_events(update if isinstance(update, dict) else {"body": update}, now(), self.account.slug)

    def acknowledge(self, request: HttpRequest, events: Sequence[InboundEvent]) -> HttpResponse:
        """A tapped button turns until it is answered: the answer can stand in ours."""
        tapped = [text(event.raw, "callback_query", "id") for event in events]
        if any(tapped):
            body = {"method": "answerCallbackQuery", "callback_query_id": next(filter(None, tapped))}
            return HttpResponse(json.dumps(body), content_type="application/json")
        return HttpResponse(status=200)

    def send(self, message: OutboundMessage) -> DeliveryResult:
        fields = self._place(message)
        client = TelegramClient(self.account)
        if message.files:
            answer = self._send_file(client, fields, message.files[0])
        else:
            if message.choices:
                fields["reply_markup"] = _buttons(message.choices)
            answer = client.ask("sendMessage", fields | {"text": message.text})
        if answer.rejected is not None:
            return answer.rejected
        return DeliveryResult(status=DeliveryStatus.ACCEPTED, external_id=message_key(answer.result))

    def _place(self, message: OutboundMessage) -> dict[str, Any]:
        fields: dict[str, Any] = {"chat_id": message.recipient}
        thread = dict(part.split("=", 1) for part in message.thread_key.split(",") if "=" in part)
        if (topic := thread.get("topic", "")).isdecimal():
            fields["message_thread_id"] = int(topic)
        if connection := thread.get("business"):
            fields["business_connection_id"] = connection
        number_in_chat = message.reply_to.rpartition(":")[2]
        if number_in_chat.isascii() and number_in_chat.isdecimal():
            fields["reply_parameters"] = {"message_id": int(number_in_chat), "allow_sending_without_reply": True}
        return fields

    def _send_file(self, client: TelegramClient, fields: dict[str, Any], file: OutboundFile) -> TelegramAnswer:
        family = file.content_type.partition("/")[0]
        kind = family if family in {"video", "audio"} else "document"
        if file.content_type in {"image/jpeg", "image/png"} and file.size <= _PHOTO_BYTES:
            kind = "photo"
        form = {name: value if isinstance(value, str) else json.dumps(value) for name, value in fields.items()}
        content = (file.name, file.read(), file.content_type)
        return client.upload(f"send{kind.capitalize()}", form, {kind: content})

    def fetch_file(self, reference: str) -> bytes:
        client = TelegramClient(self.account)
        answer = client.ask("getFile", {"file_id": reference})
        path = text(answer.result, "file_path")
        if answer.rejected is not None or not path:
            raise FileRefused(answer.rejected.reason if answer.rejected else "getFile")
        return client.fetch(path, most=self.limits.receive_bytes)

    def check_connection(self) -> str:
        answer = TelegramClient(self.account).ask("getMe", {})
        if answer.rejected is not None:
            raise ConnectionRefused(answer.rejected.reason)
        if not obj(answer.result):
            raise SendTimedOut("getMe")
        return f"@{text(answer.result, 'username')}"


def _buttons(choices: Sequence[str]) -> dict[str, Any]:
    """What comes back on a tap holds 64 bytes."""
    rows = [
        [{"text": choice, "callback_data": choice.encode()[:_CALLBACK_BYTES].decode(errors="ignore")}]
        for choice in choices
    ]
    return {"inline_keyboard": rows}

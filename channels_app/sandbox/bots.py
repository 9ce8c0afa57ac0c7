"""Telegram's and Viber's bot APIs, and a company's own server, as far as sending goes.

Sources: core.telegram.org/bots/api, creators.viber.com/docs/bots-api and standardwebhooks.com. Unknown and missing
fields are refused in each provider's own words.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from django.db import transaction
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils.crypto import constant_time_compare
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_POST

from channels_app.generic.signing import is_signed
from channels_app.lenient import number, obj, text
from channels_app.sandbox.files import file_of, keep_file
from channels_app.sandbox.models import SandboxMessage
from channels_app.secrets import secret_of
from contactcenter.base.clock import now
from contactcenter.conversations.effects import add_effect
from contactcenter.conversations.models import ChannelAccount

_PLACE = {"chat_id", "message_thread_id", "business_connection_id", "reply_parameters", "reply_markup"}
_MORE = {
    "sendMessage": {"text", "parse_mode", "entities", "link_preview_options", "disable_notification"},
    "sendPhoto": {"photo", "caption"},
    "sendDocument": {"document", "caption"},
    "sendVideo": {"video", "caption"},
    "sendAudio": {"audio", "caption"},
}
_TELEGRAM_TEXT, _VIBER_TEXT, _VIBER_JSON = 4096, 7000, 30 * 1024
_VIBER = {
    "receiver", "min_api_version", "sender", "tracking_data", "type", "text", "media", "size", "file_name", "keyboard",
    "thumbnail", "duration", "auth_token",
}  # fmt: skip


@transaction.atomic
def keep(account: ChannelAccount, external_id: str, person: str, said: str, body: Mapping[str, Any]) -> SandboxMessage:
    """One message that was taken; what becomes of it is told later."""
    row = SandboxMessage.objects.create(
        account=account,
        external_id=external_id,
        is_outbound=True,
        person=person,
        text=said,
        data=dict(body),
        status="sent",
        created_at=now(),
    )
    add_effect("tell_status", row.pk, key=f"sandbox:{row.pk}")
    return row


def _no(code: int, words: str, **parameters: int) -> JsonResponse:
    body: dict[str, Any] = {"ok": False, "error_code": code, "description": words}
    if parameters:
        body["parameters"] = parameters
    return JsonResponse(body, status=code)


@csrf_exempt
@require_http_methods(["GET", "POST"])
def telegram(request: HttpRequest, token: str, method: str) -> HttpResponse:
    """`/bot<token>/<method>`."""
    rows = ChannelAccount.objects.filter(kind="telegram", is_active=True)
    account = next((row for row in rows if constant_time_compare(secret_of(row, "token"), token)), None)
    if account is None:
        return _no(401, "Unauthorized")
    body = _telegram_body(request)
    if method == "getMe":
        bot = {
            "id": int(token.partition(":")[0]),
            "is_bot": True,
            "first_name": account.name,
            "username": account.address,
        }
        return JsonResponse({"ok": True, "result": bot})
    if method == "getFile":
        return _telegram_file(account, text(body, "file_id"))
    if method not in _MORE:
        return _no(404, "Not Found")
    return _telegram_send(account, method, body, request)


def _telegram_body(request: HttpRequest) -> dict[str, Any]:
    if request.content_type == "application/json":
        try:
            return dict(obj(json.loads(request.body or b"{}")))
        except ValueError:
            return {}
    return dict(request.POST.items())


def _telegram_file(account: ChannelAccount, file_id: str) -> JsonResponse:
    found = file_of([account], file_id)
    if found is None:
        return _no(400, "Bad Request: invalid file_id")
    result = {"file_id": file_id, "file_unique_id": file_id, "file_size": found["file_size"], "file_path": file_id}
    return JsonResponse({"ok": True, "result": result})


def _telegram_send(account: ChannelAccount, method: str, body: dict[str, Any], request: HttpRequest) -> JsonResponse:
    chat, said = text(body, "chat_id"), text(body, "text")
    field = method.removeprefix("send").lower()
    given = request.FILES.get(field)
    unknown = sorted(set(body) - _PLACE - _MORE[method])
    if unknown:
        return _no(400, f"Bad Request: unknown parameters {', '.join(unknown)}")
    if not SandboxMessage.objects.filter(account=account, person=chat, is_outbound=False).exists():
        return _no(400, "Bad Request: chat not found")
    if _has_left(account, chat):
        return _no(403, "Forbidden: bot was blocked by the user")
    if method == "sendMessage" and not said:
        return _no(400, "Bad Request: message text is empty")
    if len(said) > _TELEGRAM_TEXT:
        return _no(400, "Bad Request: message is too long")
    if method != "sendMessage" and given is None:
        return _no(400, f"Bad Request: there is no {field} in the request")
    if given is not None:
        body["file"] = keep_file(account, given.read(), given.content_type or "", given.name or "file")
    row = keep(account, "", chat, said, body)
    SandboxMessage.objects.filter(pk=row.pk).update(external_id=f"{chat}:{row.pk}")
    result = {"message_id": row.pk, "date": int(now().timestamp()), "chat": {"id": int(chat), "type": "private"}}
    return JsonResponse({"ok": True, "result": {**result, "text": said}})


def _has_left(account: ChannelAccount, person: str) -> bool:
    """Whether the last that this person did was to leave."""
    acts = SandboxMessage.objects.filter(account=account, person=person, is_outbound=False).order_by("-pk")
    return acts.values_list("status", flat=True).first() == "left"


@csrf_exempt
@require_POST
def viber(request: HttpRequest, method: str) -> JsonResponse:
    """`/pa/<method>`: always HTTP 200, with a status."""
    try:
        body = obj(json.loads(request.body or b"{}"))
    except ValueError:
        return JsonResponse({"status": 3, "status_message": "badData"})
    token = request.headers.get("X-Viber-Auth-Token") or text(body, "auth_token")
    rows = ChannelAccount.objects.filter(kind="viber", is_active=True)
    account = next((row for row in rows if token and constant_time_compare(row.secret, token)), None)
    if account is None:
        return JsonResponse({"status": 2, "status_message": "invalidAuthToken"})
    if method in {"get_account_info", "set_webhook"}:
        about = {"id": "pa:75346594275468546724", "name": account.address, "uri": account.slug}
        return JsonResponse({"status": 0, "status_message": "ok", **about})
    if method != "send_message":
        return JsonResponse({"status": 9, "status_message": "unsupportedMethod"})
    return JsonResponse(_viber_send(account, body, len(request.body)))


def _viber_send(account: ChannelAccount, body: Mapping[str, Any], size: int) -> dict[str, Any]:
    person, kind, said = text(body, "receiver"), text(body, "type"), text(body, "text")
    needs = {
        "text": ("text",),
        "picture": ("media",),
        "video": ("media", "size"),
        "file": ("media", "size", "file_name"),
    }
    missing = [name for name in ("receiver", "type", *needs.get(kind, ())) if not body.get(name)]
    if set(body) - _VIBER or missing or kind not in needs or size > _VIBER_JSON or len(said) > _VIBER_TEXT:
        return {"status": 3, "status_message": f"badData {', '.join(missing)}".strip()}
    if not 1 <= len(text(body, "sender", "name")) <= 28 or number(body, "min_api_version") < 0:
        return {"status": 3, "status_message": "badData sender.name"}
    if not SandboxMessage.objects.filter(account=account, person=person, is_outbound=False).exists():
        return {"status": 5, "status_message": "receiverNotRegistered"}
    if _has_left(account, person):
        return {"status": 6, "status_message": "receiverNotSubscribed"}
    row = keep(account, "", person, said, body)
    token = 5_000_000_000_000_000_000 + row.pk
    SandboxMessage.objects.filter(pk=row.pk).update(external_id=str(token))
    return {"status": 0, "status_message": "ok", "message_token": token, "chat_hostname": "sandbox"}


@csrf_exempt
@require_POST
def own_server(request: HttpRequest, slug: str) -> JsonResponse:
    """A company's own server: takes what is signed, once for each id."""
    account = ChannelAccount.objects.filter(kind="generic", slug=slug, is_active=True).first()
    message_id = request.headers.get("webhook-id", "")
    if account is None or not is_signed(
        request.body,
        account.secret,
        message_id=message_id,
        timestamp=request.headers.get("webhook-timestamp", ""),
        given=request.headers.get("webhook-signature", ""),
    ):
        return JsonResponse({"error": "The signature is wrong."}, status=401)
    body = obj(json.loads(request.body))
    if text(body, "type") == "ping":
        return JsonResponse({"id": message_id})
    external_id = f"app-{account.pk}-{message_id}"
    if not SandboxMessage.objects.filter(external_id=external_id).exists():
        keep(account, external_id, text(body, "to"), text(body, "text"), body)
    return JsonResponse({"id": external_id})

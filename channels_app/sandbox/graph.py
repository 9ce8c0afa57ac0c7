"""Meta's Graph API as far as messages, comments and files go: what it takes, what it refuses, the ids it gives.

Sources: developers.facebook.com/docs/messenger-platform/reference/send-api, .../graph-api/reference/object/comments and
.../whatsapp/cloud-api/reference/messages. Unknown and missing fields are refused with code 100, as Graph does.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import secrets
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from django.db import transaction
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils.crypto import constant_time_compare
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from channels_app.lenient import obj, text
from channels_app.sandbox.files import file_of, keep_file
from channels_app.sandbox.models import SandboxMessage
from channels_app.secrets import secret_of
from contactcenter.base.clock import now
from contactcenter.conversations.effects import add_effect
from contactcenter.conversations.models import ChannelAccount

META_KINDS = ("messenger", "facebook", "instagram", "whatsapp_cloud")
_WINDOW = timedelta(hours=24)
_PRIVATE = {"recipient", "message", "messaging_type", "tag"}
_WHATSAPP = {
    "messaging_product", "recipient_type", "to", "recipient", "type", "text", "image", "audio", "video", "document",
    "template", "interactive", "context", "biz_opaque_callback_data",
}  # fmt: skip
_TYPES = frozenset({"text", "image", "audio", "video", "document", "template", "interactive"})
_TEXT = {"messenger": 2000, "instagram": 1000, "whatsapp_cloud": 4096}
# Nobody there: a number that always fails.
UNREACHABLE = "0000"


class Refusal(Exception):
    """What Graph would not take: status, code, subcode, words."""

    def __init__(self, code: int, words: str, *, subcode: int = 0, status: int = 400) -> None:
        super().__init__(words)
        self.body = {
            "error": {"message": words, "type": "OAuthException", "code": code, "fbtrace_id": secrets.token_hex(8)}
        }
        if subcode:
            self.body["error"]["error_subcode"] = subcode
        self.status = status


@csrf_exempt
@require_http_methods(["GET", "POST"])
def graph(request: HttpRequest, version: str, path: str) -> HttpResponse:
    """The one address of Graph: `<id>` or `<id>/<edge>`."""
    node, _slash, edge = path.strip("/").partition("/")
    try:
        accounts = _accounts(request)
        if request.method == "GET":
            return JsonResponse(_read(accounts, node, request))
        return JsonResponse(_write(accounts, node, edge, request))
    except Refusal as refusal:
        return JsonResponse(refusal.body, status=refusal.status)


def _accounts(request: HttpRequest) -> list[ChannelAccount]:
    """The accounts that share the token, if the proof fits it."""
    token = request.headers.get("Authorization", "").removeprefix("Bearer ")
    proof = request.GET.get("appsecret_proof", "")
    rows = ChannelAccount.objects.filter(kind__in=META_KINDS, is_active=True).order_by("pk")
    found = [row for row in rows if token and constant_time_compare(secret_of(row, "access_token"), token)]
    if not found:
        raise Refusal(190, "Invalid OAuth access token - Cannot parse access token", subcode=463, status=401)
    right = hmac.new(secret_of(found[0], "app_secret").encode(), token.encode(), hashlib.sha256).hexdigest()
    # An app may demand the proof; where it comes it has to be right.
    if proof and not constant_time_compare(right, proof):
        raise Refusal(100, "Invalid appsecret_proof provided in the API argument")
    return found


def _write(accounts: list[ChannelAccount], node: str, edge: str, request: HttpRequest) -> dict[str, Any]:
    own = next((row for row in accounts if row.address == node and row.kind != "facebook"), None)
    if edge == "media" and own is not None and own.kind == "whatsapp_cloud":
        return _upload(own, request)
    body = _body(request)
    if edge == "messages" and own is not None:
        return _send_whatsapp(own, body) if own.kind == "whatsapp_cloud" else _send_private(accounts, own, body)
    comment = SandboxMessage.objects.filter(account__in=accounts, external_id=node, data__public=True).first()
    if edge in {"comments", "replies"}:
        return _comment(accounts, node, comment, body)
    if comment is not None and edge == "likes":
        SandboxMessage.objects.filter(pk=comment.pk).update(data={**comment.data, "liked": True})
        return {"success": True}
    if comment is not None and not edge:
        return _hide(comment, body)
    raise Refusal(100, f"Unsupported post request. Object with ID '{node}' does not exist", subcode=33)


def _body(request: HttpRequest) -> Mapping[str, Any]:
    try:
        body = json.loads(request.body or b"{}")
    except ValueError as error:
        raise Refusal(100, "Invalid JSON") from error
    return obj(body)


def _known(body: Mapping[str, Any], known: set[str], needed: tuple[str, ...]) -> None:
    if unknown := sorted(set(body) - known):
        raise Refusal(100, f"(#100) Unexpected parameters: {', '.join(unknown)}")
    if missing := [name for name in needed if not body.get(name)]:
        raise Refusal(100, f"(#100) The parameter {missing[0]} is required.")


def _send_private(accounts: list[ChannelAccount], own: ChannelAccount, body: Mapping[str, Any]) -> dict[str, Any]:
    _known(body, _PRIVATE, ("recipient", "message"))
    message, recipient = obj(body, "message"), obj(body, "recipient")
    _known(message, {"text", "attachment", "quick_replies", "reply_to", "metadata"}, ())
    said, file = text(message, "text"), text(message, "attachment", "payload", "url")
    if bool(said) == bool(file):
        raise Refusal(100, "(#100) Either text or an attachment must be given")
    if len(said.encode() if own.kind == "instagram" else said) > _TEXT[own.kind]:
        raise Refusal(100, "(#100) Length of param message[text] must be less than or equal to the limit")
    person = text(recipient, "id")
    if comment_id := text(recipient, "comment_id"):
        person = _private_to(accounts, comment_id)
    elif not person:
        raise Refusal(100, "(#100) No matching user found", subcode=2018001)
    else:
        _check_window(own, person, is_person=text(body, "tag") == "HUMAN_AGENT")
    row = _keep(own, f"m_{secrets.token_urlsafe(24)}", person, said, body)
    return {"recipient_id": person, "message_id": row.external_id}


def _private_to(accounts: list[ChannelAccount], comment_id: str) -> str:
    comment = SandboxMessage.objects.filter(account__in=accounts, external_id=comment_id, is_outbound=False).first()
    if comment is None:
        raise Refusal(100, "(#100) No matching comment found", subcode=33)
    if comment.data.get("answered_in_private"):
        raise Refusal(10900, "Activity already replied to")
    SandboxMessage.objects.filter(pk=comment.pk).update(data={**comment.data, "answered_in_private": True})
    # The person is known in private by another id than in public.
    return comment.person if comment.account.kind == "instagram" else f"9{comment.person}"


def _check_window(own: ChannelAccount, person: str, *, is_person: bool) -> None:
    written = SandboxMessage.objects.filter(account=own, person=person, is_outbound=False)
    last = written.exclude(data__has_key="public").order_by("-created_at").values_list("created_at", flat=True).first()
    if last is None or now() - last > (_WINDOW * 7 if is_person else _WINDOW):
        words = "(#10) This message is sent outside of allowed window."
        raise Refusal(10, words, subcode=2018278)


def _send_whatsapp(own: ChannelAccount, body: Mapping[str, Any]) -> dict[str, Any]:
    _known(body, _WHATSAPP, ("messaging_product", "type"))
    kind, person = text(body, "type"), text(body, "to") or text(body, "recipient")
    if not person:
        raise Refusal(100, "(#100) The parameter to is required.")
    if kind not in _TYPES or not obj(body, kind):
        raise Refusal(100, f"(#100) The parameter {kind} is required.")
    said = text(body, "text", "body") or text(body, "interactive", "body", "text")
    if len(said) > _TEXT["whatsapp_cloud"]:
        raise Refusal(100, "(#100) Param text['body'] must be at most 4096 characters long.")
    address = person if "." in person else f"+{person.lstrip('+')}"
    if kind != "template":
        written = SandboxMessage.objects.filter(account=own, person=address, is_outbound=False)
        last = written.order_by("-created_at").values_list("created_at", flat=True).first()
        if last is None or now() - last > _WINDOW:
            raise Refusal(131047, "Re-engagement message")
    row = _keep(own, f"wamid.{secrets.token_urlsafe(30)}", address, said, body)
    contact = {"input": person, "wa_id": person}
    return {"messaging_product": "whatsapp", "contacts": [contact], "messages": [{"id": row.external_id}]}


def _upload(own: ChannelAccount, request: HttpRequest) -> dict[str, Any]:
    given = request.FILES.get("file")
    if given is None or request.POST.get("messaging_product") != "whatsapp" or not request.POST.get("type"):
        raise Refusal(100, "(#100) The parameter file is required.")
    return {"id": keep_file(own, given.read(), request.POST["type"], given.name or "file")}


def _comment(
    accounts: list[ChannelAccount], node: str, comment: SandboxMessage | None, body: Mapping[str, Any]
) -> dict[str, Any]:
    _known(body, {"message", "attachment_url"}, ())
    if not (text(body, "message") or text(body, "attachment_url")):
        raise Refusal(100, "(#100) Missing message or attachment")
    own = comment.account if comment is not None else next((row for row in accounts if row.kind == "facebook"), None)
    if own is None:
        raise Refusal(100, f"Object with ID '{node}' does not exist", subcode=33)
    post = comment.data.get("post", node) if comment is not None else node
    more = {"public": True, "post": post, "parent": node}
    row = _keep(
        own, f"{post.rpartition('_')[2]}_{secrets.randbelow(10**15)}", own.address, text(body, "message"), body, **more
    )
    return {"id": row.external_id}


def _hide(comment: SandboxMessage, body: Mapping[str, Any]) -> dict[str, Any]:
    name = "hide" if comment.account.kind == "instagram" else "is_hidden"
    _known(body, {name}, ())
    if not isinstance(body.get(name), bool):
        raise Refusal(100, f"(#100) The parameter {name} is required.")
    SandboxMessage.objects.filter(pk=comment.pk).update(data={**comment.data, "hidden": body[name]})
    return {"success": True}


@transaction.atomic
def _keep(
    own: ChannelAccount, external_id: str, person: str, said: str, body: Mapping[str, Any], **more: Any
) -> SandboxMessage:
    row = SandboxMessage.objects.create(
        account=own,
        external_id=external_id,
        is_outbound=True,
        person=person,
        text=said,
        data={**body, **more},
        status="sent",
        created_at=now(),
    )
    add_effect("tell_status", row.pk, key=f"sandbox:{row.pk}")
    return row


def _read(accounts: list[ChannelAccount], node: str, request: HttpRequest) -> dict[str, Any]:
    own = next((row for row in accounts if row.address == node), None)
    if own is not None:
        named = (
            {"display_phone_number": "+372 600 0001", "quality_rating": "GREEN"} if own.kind == "whatsapp_cloud" else {}
        )
        return {"id": node, "name": own.name, "username": own.slug, "verified_name": own.name, **named}
    if (file := file_of(accounts, node)) is not None:
        return {"id": node, "messaging_product": "whatsapp", **file}
    person = SandboxMessage.objects.filter(account__in=accounts, person=node, is_outbound=False).first()
    if person is not None:
        first, _space, last = str(person.data.get("name", "")).partition(" ")
        return {"id": node, "first_name": first, "last_name": last, "name": person.data.get("name", "")}
    post = SandboxMessage.objects.filter(account__in=accounts, data__post=node).order_by("pk").first()
    if post is not None:
        words = post.data.get("post_text", "")
        return {"id": node, "message": words, "caption": words, "created_time": now().isoformat()}
    raise Refusal(100, f"Unsupported get request. Object with ID '{node}' does not exist", subcode=33)

"""Twilio's message resource. Source: twilio.com/docs/messaging/api/message-resource and twilio.com/docs/api/errors.

Numbers that always fail are those of Twilio's test credentials (twilio.com/docs/iam/test-credentials).
"""

from __future__ import annotations

import base64
import binascii
import re
import secrets
from collections.abc import Mapping
from email.utils import format_datetime
from typing import Any

from django.db import transaction
from django.http import HttpRequest, JsonResponse
from django.utils.crypto import constant_time_compare
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from channels_app.kinds import E164
from channels_app.sandbox.models import SandboxMessage
from channels_app.sms.segments import segments_of
from contactcenter.base.clock import now
from contactcenter.conversations.effects import add_effect
from contactcenter.conversations.models import ChannelAccount

_MOST_CHARACTERS, _MOST_MEDIA = 1600, 10
_FIELDS = frozenset({"To", "From", "MessagingServiceSid", "Body", "MediaUrl", "StatusCallback"})
_ALWAYS_REFUSED = {
    "+15005550001": (21211, "Invalid 'To' Phone Number"),
    "+15005550002": (21612, "Message cannot be sent with the current combination of 'To' and 'From' parameters"),
    "+15005550003": (21408, "Permission to send an SMS has not been enabled for the region"),
    "+15005550004": (21610, "Attempt to send to unsubscribed recipient"),
    "+15005550009": (21614, "'To' number is not a valid mobile number"),
}
_OPT_OUT = re.compile(r"\s*(stop|stopall|unsubscribe|cancel|end|quit)\s*", re.IGNORECASE)
_OPT_IN = re.compile(r"\s*(start|yes|unstop)\s*", re.IGNORECASE)


@csrf_exempt
@require_POST
def create_message(request: HttpRequest, sid: str) -> JsonResponse:
    """Takes a message as Twilio does, and has what becomes of it told to its status callback."""
    account = _account(request, sid)
    if account is None:
        return _error(401, 20003, "Authenticate")
    fields = {name: request.POST.getlist(name) for name in request.POST}
    wrong = _wrong(account, fields)
    if wrong is not None:
        return _error(400, *wrong)
    message = _take(account, fields)
    return JsonResponse(_resource(message, sid), status=201)


@transaction.atomic
def _take(account: ChannelAccount, fields: Mapping[str, list[str]]) -> SandboxMessage:
    form = {name: values[0] for name, values in fields.items()}
    message = SandboxMessage.objects.create(
        account=account,
        external_id=f"{'MM' if 'MediaUrl' in fields else 'SM'}{secrets.token_hex(16)}",
        is_outbound=True,
        person=form["To"],
        text=form.get("Body", ""),
        data=form | {"MediaUrl": fields.get("MediaUrl", [])},
        status="accepted" if "MessagingServiceSid" in form else "queued",
    )
    if form.get("StatusCallback"):
        add_effect("tell_status", message.pk, key=f"sandbox:{message.pk}")
    return message


def _account(request: HttpRequest, sid: str) -> ChannelAccount | None:
    """Whose SID and token stand in the header, if they are the same as in the address."""
    scheme, _space, given = request.headers.get("Authorization", "").partition(" ")
    try:
        name, _colon, token = base64.b64decode(given, validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError):
        return None
    if scheme.lower() != "basic" or name != sid:
        return None
    rows = ChannelAccount.objects.filter(config__account_sid=sid, is_active=True).order_by("pk")
    return next((row for row in rows if row.secret and constant_time_compare(row.secret, token)), None)


def _wrong(account: ChannelAccount, fields: Mapping[str, list[str]]) -> tuple[int, str] | None:
    """The first thing that Twilio would not take: its code and words."""
    unknown = sorted(set(fields) - _FIELDS)
    form = {name: values[0] for name, values in fields.items()}
    to, text, media = form.get("To", ""), form.get("Body", ""), fields.get("MediaUrl", [])
    service = account.config.get("messaging_service_sid")
    checks = (
        (bool(unknown), (20001, f"Unknown parameters: {', '.join(unknown)}")),
        (any(len(values) > 1 for name, values in fields.items() if name != "MediaUrl"), (20001, "Repeated parameters")),
        (not to, (21604, "A 'To' phone number is required.")),
        (re.fullmatch(E164, to) is None, (21211, f"Invalid 'To' Phone Number: {to}")),
        (to in _ALWAYS_REFUSED, _ALWAYS_REFUSED.get(to, (0, ""))),
        (not form.get("From") and not form.get("MessagingServiceSid"), (21603, "A 'From' phone number is required.")),
        (bool(form.get("From")) and form.get("From") != account.address, (21606, "The 'From' number is not yours.")),
        (form.get("MessagingServiceSid", service) != service, (21703, "The Messaging Service does not exist")),
        (not text and not media, (21602, "Message body is required.")),
        (len(text) > _MOST_CHARACTERS, (21617, "The concatenated message body exceeds the 1600 character limit.")),
        (len(media) > _MOST_MEDIA, (21623, "Number of media files exceeds the limit")),
        (_has_left(account, to), (21610, "Attempt to send to unsubscribed recipient")),
    )
    return next((error for is_wrong, error in checks if is_wrong), None)


def _has_left(account: ChannelAccount, person: str) -> bool:
    """Whether the last of STOP and START that this person wrote was STOP."""
    written = SandboxMessage.objects.filter(account=account, person=person, is_outbound=False).order_by("-pk")
    for text in written.values_list("text", flat=True)[:50]:
        if _OPT_OUT.fullmatch(text):
            return True
        if _OPT_IN.fullmatch(text):
            return False
    return False


def _resource(message: SandboxMessage, sid: str) -> dict[str, Any]:
    uri = f"/2010-04-01/Accounts/{sid}/Messages/{message.external_id}"
    moment = format_datetime(message.created_at)
    return {
        "account_sid": sid,
        "api_version": "2010-04-01",
        "body": message.text,
        "date_created": moment,
        "date_sent": None,
        "date_updated": moment,
        "direction": "outbound-api",
        "error_code": None,
        "error_message": None,
        "from": message.data.get("From"),
        "messaging_service_sid": message.data.get("MessagingServiceSid"),
        "num_media": str(len(message.data["MediaUrl"])),
        "num_segments": str(max(segments_of(message.text).count, 1)),
        "price": None,
        "price_unit": "USD",
        "sid": message.external_id,
        "status": message.status,
        "subresource_uris": {"media": f"{uri}/Media.json"},
        "to": message.person,
        "uri": f"{uri}.json",
    }


def _error(status: int, code: int, words: str) -> JsonResponse:
    body = {"code": code, "message": words, "more_info": f"https://www.twilio.com/docs/errors/{code}", "status": status}
    return JsonResponse(body, status=status)


def inbound_form(account: ChannelAccount, person: str, text: str, media: list[tuple[str, str]]) -> dict[str, str]:
    """What Twilio posts when `person` writes; `media` are (address, content type). Kept as the provider keeps it."""
    message = SandboxMessage.objects.create(
        account=account,
        external_id=f"{'MM' if media else 'SM'}{secrets.token_hex(16)}",
        is_outbound=False,
        person=person,
        text=text,
        data={"media": media},
        status="received",
        created_at=now(),
    )
    sid = message.external_id
    form = {
        "ApiVersion": "2010-04-01",
        "AccountSid": str(account.config.get("account_sid", "")),
        "MessageSid": sid,
        "SmsSid": sid,
        "SmsMessageSid": sid,
        "SmsStatus": "received",
        "From": person,
        "To": account.address,
        "Body": text,
        "NumMedia": str(len(media)),
        "NumSegments": str(max(segments_of(text).count, 1)),
    }
    for number, (url, content_type) in enumerate(media):
        form |= {f"MediaUrl{number}": url, f"MediaContentType{number}": content_type}
    if _OPT_OUT.fullmatch(text):
        form["OptOutType"] = "STOP"
    elif _OPT_IN.fullmatch(text):
        form["OptOutType"] = "START"
    return form

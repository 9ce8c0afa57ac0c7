"""What a visitor does with their conversations over HTTP: read earlier ones, rate, take a copy, be reached, be
forgotten."""

from __future__ import annotations

import uuid
from typing import Any

from django.core import signing
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from channels_app.webchat.forgetting import forget
from channels_app.webchat.frames import conversation_json, conversations_json, history_json
from channels_app.webchat.http import body_of, for_widget, visitor_of
from channels_app.webchat.limits import check_rates
from channels_app.webchat.people import mask_email, person_json
from channels_app.webchat.reaching import ASK_AGAIN, claim_email, enter_code, leave_message
from channels_app.webchat.resuming import resume
from channels_app.webchat.services import Post
from channels_app.webchat.visitors import Visitor, find_conversation
from contactcenter.base.errors import Refused
from contactcenter.conversations.models import ChannelAccount, Conversation
from contactcenter.conversations.services.ratings import rate_conversation
from contactcenter.conversations.services.transcripts import request_transcript, transcript_texts

_TRANSCRIPT_SALT = "webchat.transcript"
_TRANSCRIPT_SECONDS = 3600


def _acting(request: HttpRequest, account: ChannelAccount) -> Visitor:
    visitor = visitor_of(request, account)
    check_rates(("act", visitor.subject))
    return visitor


def _own(visitor: Visitor, public_id: uuid.UUID) -> Conversation:
    conversation = find_conversation(visitor, str(public_id))
    assert conversation is not None
    return conversation


def _text(body: dict[str, Any], name: str) -> str:
    value = body.get(name) or ""
    if not isinstance(value, str):
        raise Refused(_("This message cannot be read."), code="bad_frame")
    return value


def _private(data: dict[str, Any]) -> JsonResponse:
    response = JsonResponse(data)
    response["Cache-Control"] = "no-store"
    return response


@require_safe
@for_widget
def conversations(request: HttpRequest, account: ChannelAccount) -> HttpResponse:
    """The visitor's conversations, running and earlier."""
    return _private({"conversations": conversations_json(_acting(request, account))})


@require_safe
@for_widget
def conversation(request: HttpRequest, account: ChannelAccount, public_id: uuid.UUID) -> HttpResponse:
    """An earlier conversation, or older messages of the running one: those `before` an event."""
    visitor = _acting(request, account)
    before = request.GET.get("before", "")
    seq = int(before) if before.isascii() and before.isdigit() and len(before) < 10 else None
    return _private(history_json(account, _own(visitor, public_id), seq))


@require_POST
@for_widget
def rating(request: HttpRequest, account: ChannelAccount, public_id: uuid.UUID) -> HttpResponse:
    visitor = _acting(request, account)
    body = body_of(request)
    rated = _own(visitor, public_id)
    rate_conversation(conversation_id=rated.pk, score=body.get("score", 0), comment=_text(body, "comment"))
    return _private({"conversation": conversation_json(_own(visitor, public_id))})


@require_POST
@for_widget
def transcript(request: HttpRequest, account: ChannelAccount, public_id: uuid.UUID) -> HttpResponse:
    """By mail to an address that is theirs for sure, or as a file by a link of an hour."""
    visitor = _acting(request, account)
    wanted = _own(visitor, public_id)
    if _text(body_of(request), "way") == "email":
        return _private({"email": mask_email(request_transcript(wanted).address)})
    signature = signing.TimestampSigner(salt=_TRANSCRIPT_SALT).sign(str(public_id)).split(":", 1)[1]
    address = reverse("webchat-transcript-file", args=[account.address, public_id])
    return _private({"url": f"{address}?s={signature}"})


@require_safe
@for_widget
def transcript_file(request: HttpRequest, account: ChannelAccount, public_id: uuid.UUID) -> HttpResponse:
    signer = signing.TimestampSigner(salt=_TRANSCRIPT_SALT)
    try:
        signer.unsign(f"{public_id}:{request.GET.get('s', '')}", max_age=_TRANSCRIPT_SECONDS)
    except signing.BadSignature as error:
        raise Refused(_("This link is not valid any more."), code="bad_link") from error
    wanted = get_object_or_404(Conversation.objects.select_related("brand", "customer"), public_id=public_id)
    subject, body = transcript_texts(wanted)
    response = HttpResponse(f"{subject}\n\n{body}", content_type="text/plain; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="conversation-{wanted.created_at:%Y-%m-%d}.txt"'
    response["Content-Security-Policy"] = "default-src 'none'; sandbox"
    response["Cache-Control"] = "no-store"
    return response


@require_POST
@for_widget
def leave(request: HttpRequest, account: ChannelAccount, public_id: uuid.UUID) -> HttpResponse:
    """Nobody answers yet: the message stays in line, the answer comes later."""
    visitor = _acting(request, account)
    post = Post.of({**body_of(request), "id": str(uuid.uuid4())})
    code_sent = leave_message(visitor, _own(visitor, public_id).pk, post)
    shown = conversation_json(_own(visitor, public_id))
    return _private({"conversation": shown, "person": person_json(_again(request, account)), "code_sent": code_sent})


def _again(request: HttpRequest, account: ChannelAccount) -> Visitor:
    """The visitor as they are known now."""
    return visitor_of(request, account)


@require_POST
@for_widget
def email(request: HttpRequest, account: ChannelAccount) -> HttpResponse:
    """An address for answers: claimed until the code that it is mailed is entered."""
    code_sent = claim_email(_acting(request, account), _text(body_of(request), "email"))
    minutes = int(ASK_AGAIN.total_seconds() // 60)
    return _private({"person": person_json(_again(request, account)), "code_sent": code_sent, "minutes": minutes})


@require_POST
@for_widget
def email_code(request: HttpRequest, account: ChannelAccount) -> HttpResponse:
    enter_code(_acting(request, account), _text(body_of(request), "code"))
    return _private({"person": person_json(_again(request, account))})


@require_POST
@for_widget
def resumed(request: HttpRequest, account: ChannelAccount) -> HttpResponse:
    """The link of a mail becomes a token of its one conversation."""
    visitor = visitor_of(request, account, is_signing_needed=False)
    check_rates(("resume", visitor.address))
    token, found = resume(account, _text(body_of(request), "resume"))
    return _private({"token": token, "conversation": str(found.public_id)})


@require_POST
@for_widget
def erase(request: HttpRequest, account: ChannelAccount) -> HttpResponse:
    forget(_acting(request, account))
    text = _("Your request has been noted, and this chat has forgotten you. We decide about it and delete your data.")
    return _private({"ok": True, "text": text})

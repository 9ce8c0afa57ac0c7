"""The widget over HTTP: loader, configuration, iframe, and the way in for those whose sockets do not open."""

from __future__ import annotations

import gzip
import hashlib
import uuid
from datetime import timedelta
from functools import lru_cache
from pathlib import Path
from typing import Any

from django.conf import settings
from django.contrib.staticfiles import finders
from django.core import signing
from django.http import HttpRequest, HttpResponse, HttpResponseBase, HttpResponseNotModified, JsonResponse
from django.shortcuts import get_object_or_404, render
from django.utils import translation
from django.utils.cache import patch_vary_headers
from django.utils.translation import get_language_info
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from channels_app.webchat import presence
from channels_app.webchat.access import embedding_origins, request_origin
from channels_app.webchat.availability import availability_of
from channels_app.webchat.colours import make_palette
from channels_app.webchat.config import WidgetConfig, in_language
from channels_app.webchat.delivering import show_posted
from channels_app.webchat.frames import FILE_SALT, file_json, welcome
from channels_app.webchat.http import body_of, for_widget, refused, visitor_of
from channels_app.webchat.installing import record_installation
from channels_app.webchat.notices import notices_json
from channels_app.webchat.services import Post, post_message, upload
from channels_app.webchat.strings import LOADER_WORDS, catalogue
from channels_app.webchat.visitors import current_conversation, find_conversation
from contactcenter.accounts.logos import logo_url
from contactcenter.base.errors import Refused
from contactcenter.base.text import clean_input
from contactcenter.conversations.models import Attachment, ChannelAccount
from contactcenter.conversations.services.attachments import attachment_response
from contactcenter.conversations.states import ConversationState

LINK_LIFE = timedelta(days=7)
_PAGE_VALUES = {"topic": 50, "ref": 200, "resume": 1000}


@lru_cache(maxsize=1)
def _loader() -> tuple[bytes, bytes, str]:
    """The loader, its gzip and its ETag, read once."""
    content = Path(str(finders.find("webchat/loader.js"))).read_bytes()
    return content, gzip.compress(content, 9, mtime=0), f'"{hashlib.sha256(content).hexdigest()[:16]}"'


@require_safe
def loader(request: HttpRequest) -> HttpResponse:
    """`/w/v1.js`: what host pages include. It may be fetched from anywhere; what it may do is decided per key."""
    content, packed, etag = _loader()
    if request.headers.get("If-None-Match") == etag:
        response: HttpResponse = HttpResponseNotModified()
    elif "gzip" in request.headers.get("Accept-Encoding", ""):
        response = HttpResponse(packed, content_type="text/javascript; charset=utf-8")
        response["Content-Encoding"] = "gzip"
    else:
        response = HttpResponse(content, content_type="text/javascript; charset=utf-8")
    response["ETag"] = etag
    response["Cache-Control"] = "public, max-age=600"
    response["Cross-Origin-Resource-Policy"] = "cross-origin"
    patch_vary_headers(response, ["Accept-Encoding"])
    return response


@require_safe
@for_widget
def config(request: HttpRequest, account: ChannelAccount) -> HttpResponse:
    """What the loader needs for its launcher; for listed origins only."""
    origin = request_origin(request)
    if origin not in embedding_origins(account, request):
        return refused("wrong_origin", _("This page is not on the list of pages that may show this widget."), 403)
    record_installation(account, origin)
    words, given = catalogue(), WidgetConfig.of(account)
    language = translation.get_language() or account.brand.default_language
    palette = make_palette(given.colour or account.brand.colour)
    response = JsonResponse(
        {
            "name": given.name or account.brand.name,
            "locale": language,
            "colour": palette.hero,
            "on_colour": palette.on_hero,
            "side": given.side,
            "hidden": given.hidden,
            "greetings": [
                {"id": row.id, "pages": row.pages, "after": row.after_seconds, "text": text}
                for row in given.proactive
                if (text := in_language(row.texts, language, account))
            ],
            "identity_required": given.identity_required,
            "open": availability_of(account).is_open,
            "strings": {name: words[name] for name in LOADER_WORDS},
        }
    )
    response["Access-Control-Allow-Origin"] = origin
    response["Cache-Control"] = "private, max-age=60"
    patch_vary_headers(response, ["Origin"])
    return response


@require_safe
@for_widget
def frame(request: HttpRequest, account: ChannelAccount) -> HttpResponse:
    """The chat itself, on our origin, in an iframe of listed pages."""
    origins = embedding_origins(account, request)
    return _app(request, account, origins, {"mode": "frame"})


@require_safe
@for_widget
def page(request: HttpRequest, account: ChannelAccount) -> HttpResponse:
    """`/c/<key>/chat`: the same as a page of its own, for links in mail, posts, SMS and QR codes."""
    given = {name: clean_input(request.GET.get(name, ""))[:most] for name, most in _PAGE_VALUES.items()}
    return _app(request, account, [], {"mode": "page", **given})


def _app(request: HttpRequest, account: ChannelAccount, origins: list[str], extra: dict[str, Any]) -> HttpResponse:
    """The chat, embedded by these origins and no others."""
    language = translation.get_language() or account.brand.default_language
    config = _frame_config(account, language, origins) | extra
    context = {"language": language, "name": config["name"], "config": config}
    response = render(request, "webchat/frame.html", context)
    sockets = f"{'wss' if request.is_secure() else 'ws'}://{request.get_host()}"
    ancestors = " ".join(origins) or "'none'"
    response["Content-Security-Policy"] = (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob:; media-src 'self' blob:; "
        f"connect-src 'self' {sockets}; base-uri 'none'; form-action 'none'; "
        f"frame-ancestors {ancestors}"
    )
    response["Referrer-Policy"] = "no-referrer"
    response["Cache-Control"] = "no-cache"
    return response


def _frame_config(account: ChannelAccount, language: str, origins: list[str]) -> dict[str, Any]:
    given = WidgetConfig.of(account)
    palette = make_palette(given.colour or account.brand.colour)
    available = availability_of(account)
    return {
        "key": account.address,
        "name": given.name or account.brand.name,
        "logo": logo_url(account.brand),
        "locale": language,
        "origins": origins,
        "palette": {name: getattr(palette, name) for name in palette.__slots__},
        "greeting": in_language(given.greeting, language, account) or "",
        "fields": [ask.as_json() for ask in given.prechat if ask.name != "topic" or available.topics],
        "privacy": given.privacy_url,
        "side": given.side,
        "identity_required": given.identity_required,
        "languages": [[code, get_language_info(code)["name_local"].capitalize()] for code, _name in settings.LANGUAGES],
        "most_bytes": settings.ATTACHMENT_MAX_BYTES,
        "open": available.is_open,
        "opens_at": available.opens_at.isoformat() if available.opens_at else None,
        "topics": [{"slug": topic.slug, "name": topic.name, "open": topic.is_open} for topic in available.topics],
        "strings": catalogue(),
        "notices": notices_json(account, language),
    }


@require_http_methods(["GET", "POST"])
@for_widget
def messages(request: HttpRequest, account: ChannelAccount) -> HttpResponse:
    """The fall-back for pages whose sockets do not open: POST a message, GET what came `after` an event."""
    visitor = visitor_of(request, account)
    if request.method == "POST":
        body = body_of(request)
        post = Post.of(body)
        posted = post_message(visitor=visitor, post=post)
        answer: dict[str, Any] = {
            "t": "ack",
            "id": body["id"],
            "message": show_posted(posted, post),
            "conversation": str(posted.conversation.public_id),
        }
        if posted.token:
            answer["token"] = posted.token
        return JsonResponse(answer)
    current = current_conversation(visitor)
    wanted = request.GET.get("conversation", "")
    is_shown = bool(wanted) and find_conversation(visitor, wanted) == current
    if current is not None and current.state != ConversationState.CLOSED:
        presence.enter(conversation_id=current.pk, page_id=presence.page_without_socket(current))
        current.refresh_from_db()
    after = request.GET.get("after", "")
    seq = int(after) if is_shown and after.isascii() and after.isdigit() and len(after) < 10 else None
    response = JsonResponse(welcome(visitor, current, seq=seq))
    response["Cache-Control"] = "no-store"
    return response


@require_POST
@for_widget
def files(request: HttpRequest, account: ChannelAccount) -> HttpResponse:
    """Take a file for the visitor's next message."""
    visitor = visitor_of(request, account)
    given = request.FILES.get("file")
    if given is None:
        raise Refused(_("Choose a file first."), code="no_file")
    return JsonResponse(file_json(account, upload(visitor=visitor, file=given)), status=201)


@require_safe
@for_widget
def file(request: HttpRequest, account: ChannelAccount, public_id: uuid.UUID) -> HttpResponseBase:
    """A file of a conversation, for whoever was given its signed link within a week."""
    try:
        signing.TimestampSigner(salt=FILE_SALT).unsign(f"{public_id}:{request.GET.get('s', '')}", max_age=LINK_LIFE)
    except signing.BadSignature as error:
        raise Refused(_("This link is not valid any more."), code="bad_link") from error
    attachment = get_object_or_404(Attachment, public_id=public_id, conversation__account=account)
    return attachment_response(attachment, wanted=request.headers.get("Range", ""))

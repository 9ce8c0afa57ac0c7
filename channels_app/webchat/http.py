"""What the widget's HTTP views share: finding the widget, recognising the visitor, answering in words."""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import wraps
from typing import Any, Concatenate, ParamSpec

from django.http import HttpRequest, JsonResponse
from django.http.response import HttpResponseBase
from django.utils import translation
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt

from channels_app.webchat.access import client_address, find_account, is_own_origin
from channels_app.webchat.refusals import RefusedWith, error_json
from channels_app.webchat.visitors import Visitor, choose_language, recognise
from contactcenter.base.errors import Refused
from contactcenter.conversations.models import ChannelAccount

_P = ParamSpec("_P")
View = Callable[Concatenate[HttpRequest, ChannelAccount, _P], HttpResponseBase]


def refused(code: str, text: object, status: int) -> JsonResponse:
    return JsonResponse({"t": "error", "code": code, "text": str(text)}, status=status)


def error_response(refusal: Refused) -> JsonResponse:
    return JsonResponse(error_json(refusal), status=refusal.status)


def for_widget(view: View[_P]) -> Callable[..., HttpResponseBase]:
    """Give the view the account of its key and the visitor's language; refusals become JSON in words.

    Without cookies there is nothing for a foreign page to ride on, so these views need no CSRF token.
    """

    @csrf_exempt
    @wraps(view)
    def wrapper(request: HttpRequest, key: str, *args: _P.args, **kwargs: _P.kwargs) -> HttpResponseBase:
        account = find_account(key)
        if account is None:
            return refused("unknown_widget", _("There is no widget with this key."), 404)
        with translation.override(choose_language(account, _wanted_language(request))):
            try:
                return view(request, account, *args, **kwargs)
            except Refused as refusal:
                return error_response(refusal)

    return wrapper


def _wanted_language(request: HttpRequest) -> str:
    """As the page says, else as the link says, else the browser's first."""
    browsers = request.headers.get("Accept-Language", "").split(",")[0].split(";")[0]
    return request.GET.get("locale") or request.GET.get("lang") or browsers


def visitor_of(request: HttpRequest, account: ChannelAccount, *, is_signing_needed: bool = True) -> Visitor:
    """Who asks: `Authorization: Bearer <token>` and `X-Widget-Identity: <jwt>`. Raises Refused for a foreign page
    and for an identity that is not accepted."""
    origin = request.headers.get("Origin")
    if origin is not None and not is_own_origin(origin, request.get_host()):
        raise RefusedWith(_("This page may not write to us."), code="wrong_origin", status=403)
    scheme, _space, token = request.headers.get("Authorization", "").partition(" ")
    visitor, refusal = recognise(
        account,
        token=token.strip() if scheme == "Bearer" else "",
        identity=request.headers.get("X-Widget-Identity", ""),
        locale=request.GET.get("locale"),
        address=client_address(request.META.get("REMOTE_ADDR", "")),
    )
    if refusal is not None and (is_signing_needed or refusal.code != "identity_required"):
        raise refusal
    return visitor


def body_of(request: HttpRequest) -> dict[str, Any]:
    """The JSON object of the request. Raises Refused."""
    try:
        body = json.loads(request.body)
    except ValueError:
        body = None
    if not isinstance(body, dict):
        raise Refused(_("This message cannot be read."), code="bad_frame")
    return body

"""`/demo/shop/`: a page of an invented shop with the widget on it, in demo mode only."""

from __future__ import annotations

from typing import Any

import jwt
from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import translation
from django.views.decorators.http import require_safe

from channels_app.webchat.access import KIND
from contactcenter.base.clock import now
from contactcenter.conversations.models import ChannelAccount

# Where the session keeps who is signed in at the shop: {"id": …, "name": …, "email": …}.
SHOP_CUSTOMER = "shop_customer"
IDENTITY_SECONDS = 3600


def sign_identity(account: ChannelAccount, claims: dict[str, Any]) -> str:
    """What a shop's server signs for the widget (docs/widget.md)."""
    expires_at = int(now().timestamp()) + IDENTITY_SECONDS
    return jwt.encode({**claims, "aud": account.address, "exp": expires_at}, account.secret, algorithm="HS256")


@require_safe
def shop(request: HttpRequest) -> HttpResponse:
    """The host page embeds the widget as any page would: with the snippet and a key."""
    if not settings.DEMO:
        raise Http404
    account = ChannelAccount.objects.filter(kind=KIND, is_active=True).exclude(address="").order_by("pk").first()
    customer = request.session.get(SHOP_CUSTOMER)
    identity = sign_identity(account, customer) if customer and account and account.secret else ""
    wanted = request.GET.get("lang", "")
    language = wanted if wanted in dict(settings.LANGUAGES) else translation.get_language() or "en"
    with translation.override(language):
        return render(
            request,
            "webchat/shop.html",
            {
                "key": account.address if account else "",
                "language": language,
                "languages": settings.LANGUAGES,
                "customer": customer if identity else None,
                "identity": identity,
            },
        )

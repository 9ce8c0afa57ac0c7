"""`/demo/shop/`: a page of an invented shop with the widget on it, in demo mode only."""

from __future__ import annotations

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import translation
from django.views.decorators.http import require_safe

from channels_app.webchat.access import KIND
from contactcenter.conversations.models import ChannelAccount


@require_safe
def shop(request: HttpRequest) -> HttpResponse:
    """The host page embeds the widget as any page would: with the snippet and a key."""
    if not settings.DEMO:
        raise Http404
    account = ChannelAccount.objects.filter(kind=KIND, is_active=True).exclude(address="").order_by("pk").first()
    wanted = request.GET.get("lang", "")
    language = wanted if wanted in dict(settings.LANGUAGES) else translation.get_language() or "en"
    with translation.override(language):
        return render(
            request,
            "webchat/shop.html",
            {"key": account.address if account else "", "language": language, "languages": settings.LANGUAGES},
        )

"""The bar of notices: what concerns the viewer now, until they have read it in this session."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET, require_POST

from channels_app.health import accounts_in_trouble
from contactcenter.base.clock import now
from contactcenter.console.access import ConsoleRequest, console_view
from routing.notices import visible_notices

_SESSION_KEY = "notices_read"


def notices_context(request: ConsoleRequest) -> dict[str, Any]:
    read = set(request.session.get(_SESSION_KEY, []))
    notices = [notice for notice in visible_notices(request.viewer, now()) if notice.pk not in read]
    for notice in notices:
        languages = (request.viewer.language, *(brand.default_language for brand in notice.brands.all()))
        notice.text = notice.text_in(*languages)  # type: ignore[attr-defined]
    return {"notices": notices, "troubles": accounts_in_trouble(request.viewer)}


@require_GET
@console_view
def notices(request: ConsoleRequest) -> HttpResponse:
    """The bar again: notices come and go by the clock."""
    return render(request, "console/_notices.html", notices_context(request))


@require_POST
@console_view
def dismiss(request: ConsoleRequest, pk: int) -> HttpResponse:
    """Read: not shown again until the viewer signs in anew."""
    read = set(request.session.get(_SESSION_KEY, []))
    request.session[_SESSION_KEY] = sorted(read | {pk})
    return render(request, "console/_notices.html", notices_context(request))

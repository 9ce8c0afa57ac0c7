"""Search: the palette's results, and the page of all of them."""

from __future__ import annotations

import zoneinfo
from datetime import date, datetime, time, timedelta
from typing import Any

from django import forms
from django.http import HttpResponse, QueryDict
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from contactcenter.accounts.selectors import Viewer
from contactcenter.console.access import ConsoleRequest, console_view
from contactcenter.console.selectors.search import KINDS, find
from contactcenter.console.views.pages import console_page
from contactcenter.conversations.searching import Search
from contactcenter.conversations.states import Channel


class SearchForm(forms.Form):
    """Whatever is not understood is left out: a search answers while it is being typed."""

    q = forms.CharField(required=False, max_length=200)
    kind = forms.ChoiceField(required=False, choices=[(kind, kind) for kind in KINDS])
    channel = forms.ChoiceField(required=False, choices=Channel.choices)
    state = forms.ChoiceField(required=False, choices=[("open", "open"), ("closed", "closed")])
    since = forms.DateField(required=False)
    until = forms.DateField(required=False)
    after = forms.CharField(required=False, max_length=40)


def _midnight(day: date | None, zone: zoneinfo.ZoneInfo) -> datetime | None:
    return datetime.combine(day, time(), zone) if day else None


def _search_of(viewer: Viewer, data: dict[str, Any]) -> Search:
    """Days are the viewer's own; the last one belongs to it."""
    zone = zoneinfo.ZoneInfo(viewer.time_zone)
    until = data.get("until")
    return Search(
        text=data.get("q", ""),
        channel=data.get("channel", ""),
        state=data.get("state", ""),
        since=_midnight(data.get("since"), zone),
        until=_midnight(until + timedelta(days=1) if until else None, zone),
    )


def search_context(viewer: Viewer, query: QueryDict) -> dict[str, Any]:
    form = SearchForm(query)
    form.is_valid()
    data = form.cleaned_data
    search = _search_of(viewer, data)
    kind = data.get("kind", "")
    kept = QueryDict(mutable=True)
    kept.update({name: str(value) for name, value in data.items() if value and name not in {"after", "kind"}})
    return {
        "wanted": search.text,
        "kind": kind,
        "found": find(viewer, search, kind=kind, after=data.get("after", "")) if search.words else [],
        "is_next": bool(data.get("after")),
        "is_page": "page" in query,
        "kept": kept.urlencode(),
        "data_of_form": data,
    }


@require_GET
@console_view
def search(request: ConsoleRequest) -> HttpResponse:
    """For the palette (and for more of a page) the results alone; otherwise a page of its own, beside the list."""
    context = search_context(request.viewer, request.GET)
    context["is_page"] |= not request.htmx
    if request.htmx:
        return render(request, "console/_search_results.html", context)
    return console_page(request, page="console/_search_page.html", title=_("Search"), **context)

"""The list: its tabs, pages, filters and counters."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET, require_POST

from contactcenter.console.access import ConsoleRequest, console_view, get_conversation, require_handling
from contactcenter.console.selectors.list_filters import active_filters, facets_of, sort_choices
from contactcenter.console.selectors.list_query import TABS, read_query
from contactcenter.console.selectors.lists import figures_of, list_rows
from contactcenter.console.selectors.saved_views import current_view, shelves_of
from contactcenter.conversations.services.messages import mark_unread


def list_context(request: ConsoleRequest) -> dict[str, Any]:
    """What a list shows: the first page of what the address asks for, and what stands around it."""
    query = read_query(request.GET)
    inbox = {
        "query": query,
        "page": list_rows(request.viewer, query),
        "filters": active_filters(request.viewer, request.user, query),
        "bare_query": query.bare().encoded(),
        "sorts": list(sort_choices(query)),
        "view": current_view(request.viewer, query),
    }
    return {"inbox": inbox, "figures": figures_of(request.viewer)}


def column_context(request: ConsoleRequest) -> dict[str, Any]:
    """The whole column, as the page begins with it: the list, the tabs and the views."""
    context = list_context(request)
    shelves = shelves_of(request.viewer, context["inbox"]["query"], with_counts=False)
    context["inbox"] |= {"tabs": TABS, "shelves": shelves}
    return context


@require_GET
@console_view
def conversation_list(request: ConsoleRequest) -> HttpResponse:
    """A list, or its next page."""
    before = request.GET.get("before", "")
    if not before:
        return render(request, "console/_list.html", list_context(request))
    query = read_query(request.GET)
    inbox = {"query": query, "page": list_rows(request.viewer, query, before)}
    return render(request, "console/_rows.html", {"inbox": inbox})


@require_GET
@console_view
def filters(request: ConsoleRequest) -> HttpResponse:
    """The filter form, asked for when it is opened."""
    query = read_query(request.GET)
    context = {"query": query, "facets": facets_of(request.viewer, request.user, query)}
    return render(request, "console/_filters.html", context)


@require_GET
@console_view
def figures(request: ConsoleRequest) -> HttpResponse:
    return render(request, "console/_figures.html", {"figures": figures_of(request.viewer)})


@require_POST
@console_view
def unread(request: ConsoleRequest, pk: int) -> HttpResponse:
    """Unread again, by the one who handles it: it is to be looked at once more."""
    conversation = get_conversation(request, pk)
    require_handling(request, conversation)
    mark_unread(conversation_id=conversation.pk, reader=request.user)
    return HttpResponse(status=204)

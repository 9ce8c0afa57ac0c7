"""The views menu: opening, keeping, renaming, ordering, deleting."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from contactcenter.accounts.selectors import visible_teams
from contactcenter.console.access import ConsoleRequest, console_view
from contactcenter.console.forms import cleaned
from contactcenter.console.list_forms import SaveViewForm
from contactcenter.console.models import SavedView
from contactcenter.console.responses import toast, trigger
from contactcenter.console.saved_views import move_view, rename_view, save_view
from contactcenter.console.selectors.list_filters import active_filters
from contactcenter.console.selectors.list_query import read_query
from contactcenter.console.selectors.saved_views import own_views, shelves_of


@require_GET
@console_view
def views_menu(request: ConsoleRequest) -> HttpResponse:
    """The menu beside the tabs, with a counter for each view."""
    query = read_query(request.GET)
    inbox = {"query": query, "shelves": shelves_of(request.viewer, query, with_counts=True)}
    return render(request, "console/_views_menu.html", {"inbox": inbox})


@require_http_methods(["GET", "POST"])
@console_view
def save(request: ConsoleRequest) -> HttpResponse:
    """Keep the present list under a name."""
    query = read_query(request.GET if request.method == "GET" else request.POST)
    teams = list(visible_teams(request.user).filter(pk__in=request.viewer.team_ids).select_related("brand"))
    if request.method == "GET":
        context = {"query": query, "filters": active_filters(request.viewer, request.user, query), "teams": teams}
        return render(request, "console/_view_save.html", context)
    data = cleaned(SaveViewForm(request.viewer, request.POST))
    view = save_view(owner=request.user, name=data["name"], query=query, team=data["team"])
    response = trigger(HttpResponse(status=204), **{"views-changed": True})
    return toast(response, _("The view “%s” is kept") % view.name)


@require_GET
@console_view
def manage(request: ConsoleRequest) -> HttpResponse:
    """Rename, order, delete."""
    return _manage(request)


def _manage(request: ConsoleRequest, *, changed: bool = False) -> HttpResponse:
    shelves = shelves_of(request.viewer, read_query(request.GET), with_counts=False)
    response = render(request, "console/_views_manage.html", {"shelves": shelves})
    return trigger(response, **{"views-changed": True}) if changed else response


def _get_own(request: ConsoleRequest, pk: int) -> SavedView:
    return get_object_or_404(own_views(request.viewer), pk=pk)


@require_POST
@console_view
def rename(request: ConsoleRequest, pk: int) -> HttpResponse:
    view = _get_own(request, pk)
    rename_view(view, request.POST.get("name", ""))
    return _manage(request, changed=True)


@require_POST
@console_view
def move(request: ConsoleRequest, pk: int) -> HttpResponse:
    move_view(_get_own(request, pk), up=request.POST.get("to") == "up")
    return _manage(request, changed=True)


@require_POST
@console_view
def delete(request: ConsoleRequest, pk: int) -> HttpResponse:
    """Deleting twice is no error: the view is gone."""
    own_views(request.viewer).filter(pk=pk).delete()
    return _manage(request, changed=True)

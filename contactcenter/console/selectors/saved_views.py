"""The views that people keep: their own and their teams'."""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import Q, QuerySet
from django.http import QueryDict

from contactcenter.accounts.selectors import Viewer
from contactcenter.console.models import SavedView
from contactcenter.console.selectors.list_query import ListQuery, read_query
from contactcenter.console.selectors.lists import count_open


def visible_views(viewer: Viewer) -> QuerySet[SavedView]:
    """One's own, and those that one's teams share."""
    return SavedView.objects.filter(Q(owner=viewer.user_id, team=None) | Q(team__in=viewer.team_ids))


def own_views(viewer: Viewer) -> QuerySet[SavedView]:
    """Those that the viewer may change: what they made, and as a supervisor what their teams share."""
    return visible_views(viewer) if viewer.is_supervisor else visible_views(viewer).filter(owner=viewer.user_id)


@dataclass(frozen=True, slots=True, kw_only=True)
class ViewItem:
    view: SavedView
    query: str
    is_current: bool
    may_change: bool
    # Open rows; None where only closed ones are meant.
    count: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Shelf:
    """Views of one owner: the viewer's own (`name` empty) or a team's."""

    name: str
    items: list[ViewItem]


def shelves_of(viewer: Viewer, query: ListQuery, *, with_counts: bool) -> list[Shelf]:
    """The views by whose they are, the viewer's own first."""
    changeable = set(own_views(viewer).values_list("pk", flat=True))
    current = query.encoded()
    shelves: dict[str, list[ViewItem]] = {}
    rows = visible_views(viewer).select_related("team").order_by("position", "name")
    for view in sorted(rows, key=lambda row: row.team.name.casefold() if row.team else ""):
        wanted = query_of(view)
        item = ViewItem(
            view=view,
            query=wanted.encoded(),
            is_current=wanted.encoded() == current,
            may_change=view.pk in changeable,
            count=count_open(viewer, wanted) if with_counts else None,
        )
        shelves.setdefault(view.team.name if view.team else "", []).append(item)
    return [Shelf(name=name, items=items) for name, items in shelves.items()]


def query_of(view: SavedView) -> ListQuery:
    return read_query(QueryDict(view.query))


def current_view(viewer: Viewer, query: ListQuery) -> SavedView | None:
    """The view that a list is, if it is one."""
    address = query.encoded()
    return visible_views(viewer).filter(query=address).order_by("position").first() if address else None

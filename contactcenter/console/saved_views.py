"""Keeping, renaming, ordering and forgetting views."""

from __future__ import annotations

from django.db import IntegrityError, transaction
from django.utils.translation import gettext_lazy as _

from contactcenter.accounts.models import Team, User
from contactcenter.base.errors import Refused
from contactcenter.base.text import clean_input
from contactcenter.console.models import SavedView
from contactcenter.console.selectors.list_query import ListQuery

MOST_VIEWS = 50


def save_view(*, owner: User, name: str, query: ListQuery, team: Team | None = None) -> SavedView:
    """Keep a list under a name; the same name again changes what it shows. Raises Refused."""
    name = _checked_name(name)
    address = query.encoded()
    if len(address) > 1000:
        raise Refused(_("These are too many filters for one view."), code="too_long")
    mine = SavedView.objects.filter(owner=owner)
    if mine.count() >= MOST_VIEWS and not mine.filter(name=name).exists():
        raise Refused(_("You have %s views already; delete one first.") % MOST_VIEWS, code="too_many")
    last = SavedView.objects.filter(owner=owner).order_by("-position").values_list("position", flat=True).first()
    view, _made = SavedView.objects.update_or_create(
        owner=owner,
        name=name,
        defaults={"query": address, "team": team},
        create_defaults={"query": address, "team": team, "position": 0 if last is None else last + 1},
    )
    return view


def rename_view(view: SavedView, name: str) -> None:
    """Raises Refused for a name that the owner has given to another one."""
    view.name = _checked_name(name)
    try:
        with transaction.atomic():
            view.save(update_fields=["name"])
    except IntegrityError as error:
        raise Refused(_("There is already a view with this name."), code="taken") from error


def _checked_name(name: str) -> str:
    name = clean_input(name)[:60]
    if not name:
        raise Refused(_("Give the view a name."), code="empty")
    return name


@transaction.atomic
def move_view(view: SavedView, *, up: bool) -> None:
    """One place up or down among the views of the same owner, or of the same team."""
    shelf = SavedView.objects.filter(team=view.team) if view.team_id else view.owner.saved_views.filter(team=None)
    rows = list(shelf.order_by("position", "name"))
    place = next(index for index, row in enumerate(rows) if row.pk == view.pk)
    other = place + (-1 if up else 1)
    if 0 <= other < len(rows):
        rows[place], rows[other] = rows[other], rows[place]
    for position, row in enumerate(rows):
        row.position = position
    SavedView.objects.bulk_update(rows, ["position"])

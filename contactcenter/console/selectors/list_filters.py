"""The filter form's choices, and the filters in use as words."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any

from django.conf import settings
from django.db.models import F, Func
from django.utils.functional import Promise
from django.utils.translation import get_language_info
from django.utils.translation import gettext as _

from contactcenter.accounts.models import User
from contactcenter.accounts.selectors import Viewer, visible_brands
from contactcenter.console.selectors.list_query import SORTS, STATES, ListQuery, sorts_of, tab_conversations
from contactcenter.conversations.selectors import offered_tags, visible_accounts
from contactcenter.conversations.states import LOGGED_CHANNELS, Channel
from routing.selectors import visible_queues
from routing.states import PROMISES_IN_DANGER, PromiseState

MOST_TAGS = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    name: str
    value: str
    label: str | Promise
    is_on: bool = False
    # The list's address with this taken away.
    query: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Facet:
    """One filter with everything that may be chosen in it."""

    name: str
    label: str
    choices: list[Choice]


def facets_of(viewer: Viewer, user: User, query: ListQuery) -> list[Facet]:
    """All filters with their choices. A filter with a single choice is no choice, unless it is in use."""
    labels = {
        "state": _("State"),
        "promise": _("Promise"),
        "channel": _("Channel"),
        "queue": _("Queue"),
        "brand": _("Brand"),
        "language": _("Language"),
        "tag": _("Tag"),
    }
    offered: dict[str, list[tuple[str, Any]]] = {
        "state": [(key, label) for key, (label, _states) in STATES.items() if key != "closed" or query.tab == "all"],
        "promise": [(state.value, state.label) for state in PROMISES_IN_DANGER],
        "channel": _channels(viewer),
        "queue": _queues(viewer),
        "brand": sorted(((str(brand.pk), brand.name) for brand in visible_brands(user)), key=_by_label),
        "language": _languages(viewer),
        "tag": [(tag, tag) for tag in tags_in_use(viewer)],
    }
    facets = []
    for name, label in labels.items():
        chosen = getattr(query, name)
        known = dict(offered[name])
        unknown = [(value, _label(name, value, {})) for value in chosen if value not in known]
        choices = [
            Choice(name=name, value=value, label=words, is_on=value in chosen)
            for value, words in [*offered[name], *unknown]
        ]
        if len(choices) > 1 or chosen or name == "tag":
            facets.append(Facet(name=name, label=label, choices=choices))
    return [facet for facet in facets if facet.choices]


def _by_label(choice: tuple[str, str | Promise]) -> str:
    return str(choice[1]).casefold()


def _channels(viewer: Viewer) -> list[tuple[str, str | Promise]]:
    used = set(visible_accounts(viewer).values_list("channel", flat=True)) | LOGGED_CHANNELS
    return [(channel.value, channel.label) for channel in Channel if channel in used]


def _queues(viewer: Viewer) -> list[tuple[str, str]]:
    rows = visible_queues(viewer).filter(is_active=True).values_list("pk", "name")
    return sorted(((str(pk), name) for pk, name in rows), key=_by_label)


def _languages(viewer: Viewer) -> list[tuple[str, str]]:
    """The interface's own, and whatever else open conversations are held in."""
    used = tab_conversations(viewer, "team").exclude(language="").order_by().values_list("language", flat=True)
    codes = [code for code, _name in settings.LANGUAGES]
    return [(code, language_name(code)) for code in [*codes, *sorted(set(used.distinct()) - set(codes))]]


def language_name(code: str) -> str:
    try:
        return str(get_language_info(code)["name_translated"]).capitalize()
    except KeyError:
        return code.upper()


def tags_in_use(viewer: Viewer) -> list[str]:
    """The tags of open conversations: history has too many."""
    rows = tab_conversations(viewer, "team").exclude(tags=[]).order_by()
    found = rows.annotate(one=Func(F("tags"), function="unnest")).values_list("one", flat=True).distinct()
    return sorted(found[:MOST_TAGS], key=str.casefold)


def suggested_tags(viewer: Viewer) -> dict[str, str]:
    """What to offer for conversations, with its description: what admins have made, then what is in use."""
    offered = {tag.name: tag.description for tag in offered_tags(viewer)}
    return offered | {tag: "" for tag in tags_in_use(viewer) if tag not in offered}


def active_filters(viewer: Viewer, user: User, query: ListQuery) -> list[Choice]:
    """The filters in use, as chips that take themselves away."""
    names = {
        "queue": dict(_queues(viewer)) if query.queue else {},
        "brand": {str(brand.pk): brand.name for brand in visible_brands(user)} if query.brand else {},
    }
    return [
        Choice(
            name=name,
            value=value,
            label=_label(name, value, names.get(name, {})),
            query=query.without(name, value).encoded(),
        )
        for name, value in query.filters
    ]


def _label(name: str, value: str, names: dict[str, str]) -> str:
    """A filter's value as people read it; one that the viewer cannot see stays unnamed."""
    if name == "unread":
        return _("Unread")
    if name == "state":
        return str(STATES[value][0])
    if name == "promise":
        return str(PromiseState(value).label)
    if name == "channel":
        return str(Channel(value).label)
    if name == "language":
        return language_name(value)
    return value if name == "tag" else names.get(value, _("Unknown"))


def sort_choices(query: ListQuery) -> Iterable[Choice]:
    for name in sorts_of(query.tab):
        address = replace(query, sort=name).encoded()
        yield Choice(name="sort", value=name, label=SORTS[name].label, is_on=name == query.order, query=address)

"""The console's page and its regions: list, pane, customer column, figures."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from contactcenter.base.clock import now
from contactcenter.console.access import ConsoleRequest, console_view, get_conversation
from contactcenter.console.preferences import for_browser, preferences_of
from contactcenter.console.selectors.alerts import own_alerts
from contactcenter.console.selectors.bell import bell_of
from contactcenter.console.selectors.day import day_of
from contactcenter.console.selectors.drafts import own_draft_ids
from contactcenter.console.selectors.holding import Hold, consult_log, hold_of
from contactcenter.console.selectors.lists import figures_of
from contactcenter.console.selectors.people import disposition_tree
from contactcenter.console.selectors.search import filter_choices
from contactcenter.console.selectors.topics import topic_name_of
from contactcenter.console.selectors.writing import writing_of
from contactcenter.console.timeline_words import timeline_words
from contactcenter.console.views.lists import column_context
from contactcenter.console.views.notices import notices_context
from contactcenter.console.views.offers import offers_context
from contactcenter.console.views.status import status_context
from contactcenter.console.views.timeline import timeline_context
from contactcenter.console.words import shell_words
from contactcenter.console.writing_words import writing_words
from contactcenter.conversations.models import Conversation
from contactcenter.conversations.states import Priority
from routing.clocks import running_clocks


@require_GET
def home(request: HttpRequest) -> HttpResponseBase:
    """The front door: to work, or to sign in; the demo's has a page of its own."""
    if request.user.is_authenticated:
        return redirect("console:home")
    return redirect("demo:front" if settings.DEMO else "account_login")


def _browser_words() -> dict[str, str]:
    """What the scripts say, in the user's language."""
    return {
        "failed": _("Something went wrong. Try again."),
        "copied": _("Copied"),
        "not_copied": _("The browser does not let us copy."),
        "newer": _("%s newer, refresh the order"),
        "selected": _("Selected: %s"),
        "given": _("A supervisor gave you a conversation"),
        "new_messages": _("Conversations with new messages: %s"),
        "waits": _("Waits %s"),
        **timeline_words(),
        **writing_words(),
        **shell_words(),
    }


def console_page(
    request: ConsoleRequest, conversation: Conversation | None = None, *, page: str = "", **more: Any
) -> HttpResponse:
    """The whole console. In its pane a conversation, or the template `page` (settings, results) with `more`."""
    preferences = preferences_of(request.user)
    context: dict[str, Any] = {
        **column_context(request),
        "data": {
            "user": request.user.pk,
            "language": request.viewer.language,
            "zone": request.viewer.time_zone,
            "now": now().isoformat(),
            "drafts": own_draft_ids(request.viewer),
            "words": _browser_words(),
            "preferences": for_browser(preferences),
            "alerts": own_alerts(request.viewer),
        },
        "preferences": preferences,
        "bell": bell_of(request.viewer),
        "pane_template": page,
        **filter_choices(),
        **status_context(request),
        **offers_context(request),
        **notices_context(request),
        **more,
    }
    if conversation is not None:
        context.update(pane_context(request, conversation), title=str(conversation.customer))
    return render(request, "console/console.html", context)


def empty_context(request: ConsoleRequest) -> dict[str, Any]:
    """While nothing is open: the agent's day, or for those who take no work the counters."""
    context: dict[str, Any] = {"figures": figures_of(request.viewer)}
    if request.agent is not None:
        context["day"] = day_of(request.viewer, request.agent)
    return context


@require_GET
@console_view
def console(request: ConsoleRequest) -> HttpResponse:
    """All three panes, nothing open."""
    if request.htmx:
        return render(request, "console/_empty_pane.html", empty_context(request))
    return console_page(request, **empty_context(request))


@require_GET
@console_view
def conversation(request: ConsoleRequest, pk: int) -> HttpResponse:
    """One conversation: pane and customer column for htmx, the whole page otherwise."""
    found = get_conversation(request, pk)
    if not request.htmx:
        return console_page(request, found)
    return render(request, "console/_pane_and_context.html", pane_context(request, found))


def desk_context(request: ConsoleRequest, conversation: Conversation) -> dict[str, Any]:
    """The pane's head, actions and the place for writing."""
    hold: Hold = hold_of(request.viewer, request.agent, conversation)
    context: dict[str, Any] = {
        "conversation": conversation,
        "hold": hold,
        "customer": conversation.customer,
        "clocks": running_clocks(request.viewer, conversation),
    }
    context["writing"] = writing_of(request.viewer, conversation)
    if hold.wrap_up is not None:
        context["dispositions"] = disposition_tree(hold.wrap_up.queue)
    context["topic_name"] = topic_name_of(conversation)
    context["priorities"] = Priority.choices
    if hold.consults:
        context["consult_log"] = consult_log(request.viewer, hold)
    return context


def pane_context(request: ConsoleRequest, conversation: Conversation) -> dict[str, Any]:
    return {**timeline_context(request, conversation), **desk_context(request, conversation)}


@require_GET
@console_view
def desk(request: ConsoleRequest, pk: int) -> HttpResponse:
    """After somebody else took, closed or moved it: the head and the place for writing again."""
    return render(request, "console/_desk_swap.html", desk_context(request, get_conversation(request, pk)))


@require_GET
@console_view
def context_column(request: ConsoleRequest, pk: int) -> HttpResponse:
    found = get_conversation(request, pk)
    return render(request, "console/_context.html", {"conversation": found, "customer": found.customer})

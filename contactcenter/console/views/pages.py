"""The console's page and its regions: list, pane, customer column, figures."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from contactcenter.base.clock import now
from contactcenter.console.access import ConsoleRequest, console_view, get_conversation
from contactcenter.console.selectors.customers import customer_card, customer_conversations
from contactcenter.console.selectors.drafts import own_draft_ids, own_drafts
from contactcenter.console.selectors.holding import Hold, hold_of
from contactcenter.console.selectors.lists import TABS, figures_of, list_rows
from contactcenter.console.selectors.people import dispositions_of
from contactcenter.console.timeline import timeline_page
from contactcenter.console.views.offers import offers_context
from contactcenter.console.views.status import status_context
from contactcenter.conversations.models import Conversation
from contactcenter.conversations.states import ConversationState


@require_GET
def home(request: HttpRequest) -> HttpResponseBase:
    """The front door: to work, or to sign in."""
    return redirect("console:home" if request.user.is_authenticated else "account_login")


def _browser_words() -> dict[str, str]:
    """What the scripts say, in the user's language."""
    return {
        "draft_saved": _("Draft saved"),
        "draft_kept": _("Draft kept on this computer"),
        "sending": _("Sending"),
        "in_outbox": _("In the outbox"),
        "failed": _("Something went wrong. Try again."),
        "too_big": _("The file is too big: at most 10 MB."),
        "uploading": _("Uploading"),
        "remove": _("Remove"),
        "typing": _("%s is writing"),
        "newer": _("%s newer: sort again"),
        "given": _("A supervisor gave you a conversation"),
        "offline": _("Connection lost. Trying again in %s s. What you write is kept."),
        "connecting": _("Connection lost. Trying again now. What you write is kept."),
        "new_messages": _("New messages in %s conversations"),
        "waits": _("Waits %s"),
    }


def _page(request: ConsoleRequest, conversation: Conversation | None) -> HttpResponse:
    tab = request.GET.get("tab", "mine")
    tab = tab if tab in TABS else "mine"
    context: dict[str, Any] = {
        "tab": tab,
        "page": list_rows(request.viewer, tab),
        "figures": figures_of(request.viewer),
        "data": {
            "user": request.user.pk,
            "language": request.viewer.language,
            "zone": request.viewer.time_zone,
            "now": now().isoformat(),
            "drafts": own_draft_ids(request.viewer),
            "words": _browser_words(),
        },
        **status_context(request),
        **offers_context(request),
    }
    if conversation is not None:
        context.update(pane_context(request, conversation), title=str(conversation.customer))
    return render(request, "console/console.html", context)


@require_GET
@console_view
def console(request: ConsoleRequest) -> HttpResponse:
    """All three panes, nothing open."""
    if request.htmx:
        return render(request, "console/_empty_pane.html", {"figures": figures_of(request.viewer)})
    return _page(request, None)


@require_GET
@console_view
def conversation(request: ConsoleRequest, pk: int) -> HttpResponse:
    """One conversation: pane and customer column for htmx, the whole page otherwise."""
    found = get_conversation(request, pk)
    if not request.htmx:
        return _page(request, found)
    return render(request, "console/_pane_and_context.html", pane_context(request, found))


def desk_context(request: ConsoleRequest, conversation: Conversation) -> dict[str, Any]:
    """The pane's head, actions and the place for writing."""
    hold: Hold = hold_of(request.viewer, request.agent, conversation)
    context: dict[str, Any] = {"conversation": conversation, "hold": hold, "customer": conversation.customer}
    context["drafts_here"] = own_drafts(request.viewer, conversation)
    if hold.wrap_up is not None:
        context["dispositions"] = dispositions_of(hold.wrap_up.queue)
    return context


def pane_context(request: ConsoleRequest, conversation: Conversation) -> dict[str, Any]:
    conversations = customer_conversations(request.viewer, conversation.customer_id)
    live = [row for row in conversations if row.pk == conversation.pk or row.state != ConversationState.CLOSED]
    return {
        **desk_context(request, conversation),
        "timeline": timeline_page(request.viewer, conversations),
        # Read before the entries, so that what came between is replayed and not lost.
        "seqs": {row.pk: row.event_seq for row in live},
        "card": customer_card(request.viewer, conversation),
        "for_supervisor": request.viewer.is_supervisor,
    }


@require_GET
@console_view
def desk(request: ConsoleRequest, pk: int) -> HttpResponse:
    """After somebody else took, closed or moved it: the head and the place for writing again."""
    return render(request, "console/_desk_swap.html", desk_context(request, get_conversation(request, pk)))


@require_GET
@console_view
def timeline(request: ConsoleRequest, pk: int) -> HttpResponse:
    """Earlier entries, asked for as the reader scrolls up."""
    found = get_conversation(request, pk)
    conversations = customer_conversations(request.viewer, found.customer_id)
    page = timeline_page(request.viewer, conversations, cursor=request.GET.get("before", ""))
    context = {"timeline": page, "conversation": found, "for_supervisor": request.viewer.is_supervisor}
    return render(request, "console/_timeline.html", context)


@require_GET
@console_view
def context_column(request: ConsoleRequest, pk: int) -> HttpResponse:
    found = get_conversation(request, pk)
    context = {"conversation": found, "card": customer_card(request.viewer, found)}
    return render(request, "console/_context.html", context)


@require_GET
@console_view
def conversation_list(request: ConsoleRequest) -> HttpResponse:
    """A tab, or its next page."""
    tab = request.GET.get("tab", "mine")
    tab = tab if tab in TABS else "mine"
    before = request.GET.get("before", "")
    page = list_rows(request.viewer, tab, before)
    if before:
        return render(request, "console/_rows.html", {"tab": tab, "page": page})
    context = {"tab": tab, "page": page, "figures": figures_of(request.viewer)}
    return render(request, "console/_list.html", context)


@require_GET
@console_view
def figures(request: ConsoleRequest) -> HttpResponse:
    return render(request, "console/_figures.html", {"figures": figures_of(request.viewer)})


@require_POST
@console_view
def set_theme(request: ConsoleRequest) -> HttpResponse:
    """Light, dark, or as the system."""
    theme = request.POST.get("theme", "")
    if theme in {"auto", "light", "dark"}:
        request.user.theme = theme
        request.user.save(update_fields=["theme"])
    return HttpResponse(status=204)

"""The timeline of a customer: its pages, a place in it, what is found in it."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from django.http import HttpResponse, JsonResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from contactcenter.console.access import ConsoleRequest, console_view, get_conversation
from contactcenter.console.selectors.customers import customer_conversations
from contactcenter.console.selectors.past import find_messages, is_folded, place_of, place_of_day, unread_from
from contactcenter.console.timeline import timeline_page
from contactcenter.conversations.models import Conversation


def timeline_context(request: ConsoleRequest, conversation: Conversation) -> dict[str, Any]:
    """A page of the customer's timeline, as the address says.

    `before` and `after` are cursors, `at` a message ("7" of this conversation, "3-7" of another), `date` a day; `with`
    is an earlier contact that is not folded, `alone` leaves all the others out.
    """
    asked = request.GET
    conversations = customer_conversations(request.viewer, conversation.customer_id)
    at = asked.get("at", "")
    pk, _sep, seq = (at if "-" in at else f"{conversation.pk}-{at}").partition("-")
    is_seq = pk.isdecimal() and seq.isdecimal() and len(at) < 20
    place = place_of(request.viewer, int(pk), int(seq)) if is_seq else None
    unfolded = pk if place is not None else asked.get("with", "")
    if asked.get("alone"):
        conversations = [row for row in conversations if row.pk == conversation.pk]
    folded = {row.pk for row in conversations if is_folded(row, conversation.pk) and str(row.pk) != unfolded}
    # What was merged into another conversation stands there.
    conversations = [row for row in conversations if row.pk not in folded or row.merged_into_id is None]
    page = timeline_page(
        request.viewer,
        conversations,
        folded=folded & {row.pk for row in conversations},
        before=asked.get("before", ""),
        after=asked.get("after", ""),
        around=place or place_of_day(request.viewer, asked.get("date", "")),
    )
    kept = {"with": unfolded, "alone": asked.get("alone", "")}
    return {
        "conversation": conversation,
        "timeline": page,
        "more": urlencode({name: value for name, value in kept.items() if value}),
        # Read before the entries, so that what came between is replayed and not lost.
        "seqs": {row.pk: row.event_seq for row in conversations if row.pk not in folded},
        "unread": unread_from(request.viewer, conversation),
        "is_place": place is not None,
        "for_supervisor": request.viewer.is_supervisor,
    }


@require_GET
@console_view
def timeline(request: ConsoleRequest, pk: int) -> HttpResponse:
    """More entries, or the whole list anew at another place."""
    is_more = bool({"before", "after", "alone"} & set(request.GET))
    template = "console/_timeline.html" if is_more else "console/_timeline_list.html"
    return render(request, template, timeline_context(request, get_conversation(request, pk)))


@require_GET
@console_view
def find(request: ConsoleRequest, pk: int) -> JsonResponse:
    """Which entries hold the words `q`, over all of the customer's conversations."""
    found = get_conversation(request, pk)
    conversations = customer_conversations(request.viewer, found.customer_id)
    return JsonResponse({"found": find_messages(request.viewer, conversations, request.GET.get("q", ""))})

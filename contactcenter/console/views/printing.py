"""A conversation on paper: all of it, nothing else."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from contactcenter.base.clock import now
from contactcenter.console.access import ConsoleRequest, console_view, get_conversation
from contactcenter.console.selectors.customers import addresses_of
from contactcenter.console.timeline import items_of
from contactcenter.console.timeline_words import timeline_words
from contactcenter.conversations.selectors import visible_events


@require_GET
@console_view
def print_conversation(request: ConsoleRequest, pk: int) -> HttpResponse:
    conversation = get_conversation(request, pk)
    events = visible_events(request.viewer).filter(conversation=conversation).select_related("actor").order_by("seq")
    context = {
        "conversation": conversation,
        "customer": conversation.customer,
        "addresses": addresses_of(request.viewer, conversation.customer),
        "items": items_of(request.viewer, {conversation.pk: conversation}, events),
        "printed_at": now(),
        "for_supervisor": request.viewer.is_supervisor,
        "data": {
            "user": request.user.pk,
            "language": request.viewer.language,
            "zone": request.viewer.time_zone,
            "now": now().isoformat(),
            "drafts": [],
            "words": timeline_words(),
            "preferences": {},
        },
    }
    return render(request, "console/print.html", context)

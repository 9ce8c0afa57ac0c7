"""What helps writing: canned replies, colleagues to mention, times to send at, replies that wait, the bell."""

from __future__ import annotations

from django.http import HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, render
from django.utils.translation import get_language_info
from django.views.decorators.http import require_GET, require_POST

from contactcenter.console.access import ConsoleRequest, console_view, get_conversation, get_own_scheduled
from contactcenter.console.selectors.bell import bell_of
from contactcenter.console.selectors.writing import mentionable, times_of, writing_of
from contactcenter.console.views.messages import message_frame, scheduled_frame
from contactcenter.conversations.services.mentions import mark_mentions_seen
from routing.selectors import visible_wait_alerts
from routing.services.alerting import mark_alert_seen
from routing.services.scheduling import send_now, settle_refused, take_back
from selfservice.canned.selectors import answers_for


@require_GET
@console_view
def answers(request: ConsoleRequest, pk: int) -> JsonResponse:
    """The canned replies, filled in for this conversation."""
    rows = answers_for(request.viewer, get_conversation(request, pk), request.user)
    found = [
        {
            "shortcut": row.reply.shortcut,
            "title": row.reply.title,
            "tags": row.reply.tags,
            "variants": [
                {
                    "language": variant.language,
                    "name": get_language_info(variant.language)["name_local"],
                    "text": variant.text,
                    "left": variant.left,
                    "foreign": variant.is_foreign,
                }
                for variant in row.variants
            ],
        }
        for row in rows
    ]
    return JsonResponse({"answers": found})


@require_GET
@console_view
def colleagues(request: ConsoleRequest, pk: int) -> JsonResponse:
    """Whom a note can mention, by name."""
    rows = mentionable(request.user, get_conversation(request, pk)).prefetch_related("teams")
    people = [
        {"id": row.pk, "name": row.shown_name, "team": ", ".join(team.name for team in row.teams.all())} for row in rows
    ]
    return JsonResponse({"people": sorted(people, key=lambda person: person["name"].casefold())})


@require_GET
@console_view
def later(request: ConsoleRequest, pk: int) -> HttpResponse:
    """When to send: presets of the agent's day, or a time of their own."""
    context = {"conversation": get_conversation(request, pk), "times": times_of(request.viewer)}
    return render(request, "console/_later.html", context)


@require_GET
@console_view
def scheduled(request: ConsoleRequest, pk: int) -> HttpResponse:
    """Replies of this conversation that wait, or did not go out."""
    conversation = get_conversation(request, pk)
    context = {"conversation": conversation, "writing": writing_of(request.viewer, conversation)}
    return render(request, "console/_scheduled.html", context)


@require_POST
@console_view
def settle(request: ConsoleRequest, pk: int) -> HttpResponse:
    """The writer has decided what becomes of a reply that did not go out."""
    settle_refused(conversation_id=get_conversation(request, pk).pk, author=request.user)
    return HttpResponse(status=204)


@require_POST
@console_view
def scheduled_send(request: ConsoleRequest, pk: int) -> HttpResponse:
    reply = send_now(reply_id=get_own_scheduled(request, pk).pk, author=request.user)
    return message_frame(request, reply.message) if reply.message is not None else scheduled_frame(reply)


@require_POST
@console_view
def scheduled_take_back(request: ConsoleRequest, pk: int) -> JsonResponse:
    reply = take_back(reply_id=get_own_scheduled(request, pk).pk, author=request.user)
    return scheduled_frame(reply)


@require_GET
@console_view
def bell(request: ConsoleRequest) -> HttpResponse:
    return render(request, "console/_bell.html", {"bell": bell_of(request.viewer)})


@require_POST
@console_view
def wait_seen(request: ConsoleRequest, pk: int) -> HttpResponse:
    """A supervisor looks after it: all that was told about this stay is seen."""
    found = visible_wait_alerts(request.viewer).select_related("entry__queue")
    mark_alert_seen(alert=get_object_or_404(found, pk=pk), actor=request.user)
    return render(request, "console/_bell.html", {"bell": bell_of(request.viewer)})


@require_POST
@console_view
def mentions_seen(request: ConsoleRequest, pk: int) -> HttpResponse:
    """The conversation has been opened: nothing new there for the one who was named."""
    mark_mentions_seen(user=request.user, conversation_id=get_conversation(request, pk).pk)
    return render(request, "console/_bell.html", {"bell": bell_of(request.viewer)})

"""What a conversation is about: subject, topic, priority, tags."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_http_methods

from contactcenter.console.access import ConsoleRequest, console_view, get_conversation
from contactcenter.console.forms import DetailsForm, TagsForm, cleaned
from contactcenter.console.selectors.list_filters import suggested_tags
from contactcenter.console.selectors.topics import topics_of
from contactcenter.console.views.handling import desk_answer
from contactcenter.conversations.models import Conversation
from contactcenter.conversations.services.details import change_details, change_tags

MOST_SUGGESTED = 20


@require_http_methods(["GET", "POST"])
@console_view
def details(request: ConsoleRequest, pk: int) -> HttpResponse:
    """Below the pane's head: subject and topic in place. Posting changes what is sent, the priority too."""
    conversation = get_conversation(request, pk)
    if request.method == "GET":
        context = {"conversation": conversation, "topics": topics_of(conversation)}
        return render(request, "console/_details_bar.html", context)
    changes = DetailsForm(request.POST).changes()
    change_details(conversation_id=conversation.pk, actor=request.user, **changes)
    return desk_answer(request, pk)


@require_http_methods(["GET", "POST"])
@console_view
def tags(request: ConsoleRequest, pk: int) -> HttpResponse:
    """The dialog of tags, which stays open: each one more or less is posted at once."""
    conversation = get_conversation(request, pk)
    if request.method == "POST":
        data = cleaned(TagsForm(request.POST))
        conversation.tags = change_tags(
            conversation_id=conversation.pk,
            actor=request.user,
            add=[data["add"]] if data["add"] else [],
            remove=[data["remove"]] if data["remove"] else [],
        ).tags
    return render(request, "console/_tags.html", _tags_context(request, conversation))


def _tags_context(request: ConsoleRequest, conversation: Conversation) -> dict[str, object]:
    has = {tag.casefold() for tag in conversation.tags}
    suggested = [row for row in suggested_tags(request.viewer).items() if row[0].casefold() not in has]
    return {"conversation": conversation, "suggested": suggested[:MOST_SUGGESTED]}

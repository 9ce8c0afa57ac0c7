"""Two conversations into one, and one into two."""

from __future__ import annotations

from django.http import HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from contactcenter.base.errors import Refused
from contactcenter.console.access import ConsoleRequest, console_view, get_agent, get_conversation
from contactcenter.console.forms import MergeForm, SplitForm, cleaned
from contactcenter.console.responses import toast, trigger
from contactcenter.console.selectors.merging import candidates, pair_of, splittable
from contactcenter.console.selectors.people import targets_of
from contactcenter.console.views.handling import desk_answer
from contactcenter.conversations.models import Conversation, ConversationMerge
from contactcenter.conversations.selectors import visible_conversations
from routing.services.merging import merge_conversations, undo_merge
from routing.services.splitting import split_conversation


@require_GET
@console_view
def find(request: ConsoleRequest, pk: int) -> HttpResponse:
    """The other one is chosen."""
    conversation = get_conversation(request, pk)
    context = {"conversation": conversation, "candidates": candidates(request.viewer, conversation)}
    return render(request, "console/_merge_find.html", context)


def _pair(request: ConsoleRequest, data: QueryDict) -> list[Conversation]:
    """The two that were chosen, in that order. Raises Refused."""
    ids = [pk for text in [*data.getlist("conversation"), *data.getlist("ids")] for pk in text.split(",")]
    wanted = list(dict.fromkeys(int(pk) for pk in ids if pk.isdecimal()))
    rows = visible_conversations(request.viewer).filter(pk__in=wanted).select_related("customer", "account", "owner")
    found = sorted(rows, key=lambda row: wanted.index(row.pk))
    if len(found) != 2 or len(wanted) != 2:
        raise Refused(_("Choose two conversations."), code="bad_target")
    return found


@require_http_methods(["GET", "POST"])
@console_view
def merge(request: ConsoleRequest) -> HttpResponse:
    """Which of two stays; posting merges them and shows it."""
    conversations = _pair(request, request.GET if request.method == "GET" else request.POST)
    if request.method == "GET":
        return render(request, "console/_merge.html", {"pair": pair_of(request.viewer, conversations)})
    data = cleaned(MergeForm(conversations, request.POST))
    merge_conversations(
        kept_id=data["kept"], merged_id=data["merged"], actor=request.user, merge_customers=data["customers"]
    )
    response = toast(HttpResponse(status=204), _("Merged. You can take it back for 7 days."))
    return trigger(response, **{"show-conversation": data["kept"], "bulk-done": "merge"})


@require_POST
@console_view
def unmerge(request: ConsoleRequest, pk: int) -> HttpResponse:
    """Taken back, from either of the two."""
    conversation = get_conversation(request, pk)
    rows = ConversationMerge.objects.filter(pk=request.POST.get("merge") or 0)
    row = get_object_or_404(rows.filter(kept=conversation) | rows.filter(merged=conversation))
    parted = undo_merge(merge_id=row.pk, actor=request.user)
    return trigger(desk_answer(request, pk, _("Taken back")), **{"show-conversation": parted.pk})


@require_http_methods(["GET", "POST"])
@console_view
def split(request: ConsoleRequest, pk: int) -> HttpResponse:
    """From which message on, and who gets the new conversation."""
    conversation = get_conversation(request, pk)
    messages = splittable(request.viewer, conversation)
    if request.method == "GET":
        context = {
            "conversation": conversation,
            "messages": messages,
            "chosen": request.GET.get("message", ""),
            "targets": targets_of(request.viewer, conversation),
            "has_agent": request.agent is not None,
        }
        return render(request, "console/_split.html", context)
    data = cleaned(SplitForm(request.viewer, request.POST))
    if data["message"] not in {message.pk for message in messages}:
        raise Refused(_("Choose a message."), code="bad_form")
    if data["target"] == "me":
        get_agent(request)
    new = split_conversation(
        message_id=data["message"],
        actor=request.user,
        queue=data["queue"],
        to_agent_id=data["agent"].pk if data["agent"] is not None else None,
    )
    response = toast(HttpResponse(status=204), _("Split"))
    return trigger(response, **{"show-conversation": new.pk})

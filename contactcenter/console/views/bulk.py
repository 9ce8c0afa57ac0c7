"""Several conversations at once: what is asked for, what would happen, what has happened."""

from __future__ import annotations

from typing import Any

from django.http import Http404, HttpResponse, QueryDict
from django.shortcuts import render
from django.views.decorators.http import require_http_methods

from contactcenter.console.access import ConsoleRequest, console_view
from contactcenter.console.bulk import ACTIONS, Plan, Wish, plan, run
from contactcenter.console.forms import SnoozeForm, cleaned
from contactcenter.console.list_forms import SelectionForm, TagsForm, TargetForm
from contactcenter.console.responses import trigger
from contactcenter.console.selectors.list_filters import suggested_tags
from contactcenter.conversations.models import Conversation
from contactcenter.conversations.selectors import visible_conversations
from routing.selectors import queue_figures, visible_agents
from routing.states import AgentState


@require_http_methods(["GET", "POST"])
@console_view
def bulk(request: ConsoleRequest, action: str) -> HttpResponse:
    """GET shows the dialog, or only its plan as choices change; POST does it and shows what became of each."""
    if action not in ACTIONS:
        raise Http404
    data = request.GET if request.method == "GET" else request.POST
    ids = cleaned(SelectionForm(data))["ids"]
    rows = visible_conversations(request.viewer).filter(pk__in=ids).select_related("customer", "brand")
    conversations = list(rows.order_by("-last_message_at", "-pk"))
    missing = len(ids) - len(conversations)
    if request.method == "POST":
        results = run(plan(_wish(request, action, data), conversations))
        done = sum(result.is_done for result in results)
        context = {"action": action, "results": results, "done": done, "failed": len(results) - done + missing}
        return trigger(render(request, "console/_bulk_result.html", context), **{"bulk-done": action})
    planned = _plan(request, action, data, conversations, missing)
    context = {"action": action, "plan": planned, "ids": ",".join(map(str, ids)), "number": len(ids)}
    if data.get("part") == "plan":
        return render(request, "console/_bulk_plan.html", context)
    return render(request, "console/_bulk.html", {**context, **_choices(request, action, conversations)})


def _plan(
    request: ConsoleRequest, action: str, data: QueryDict, conversations: list[Conversation], missing: int
) -> Plan | None:
    """None while nothing has been chosen that could be planned."""
    if action == "assign" and not data.get("target"):
        return None
    if action == "tag" and not (data.get("add", "").strip() or data.getlist("remove")):
        return None
    return plan(_wish(request, action, data), conversations, missing=missing)


def _wish(request: ConsoleRequest, action: str, data: QueryDict) -> Wish:
    chosen: dict[str, Any] = {}
    if action == "assign":
        target = cleaned(TargetForm(request.viewer, data))
        chosen = {"agent": target["agent"], "queue": target["queue"]}
    elif action == "tag":
        tags = cleaned(TagsForm({"add": data.get("add", ""), "remove": data.getlist("remove")}))
        chosen = {"add": tags["add"], "remove": tags["remove"]}
    elif action == "snooze":
        when = data.get("when", "")
        until = data.get("until", "") if when == "until" else ""
        chosen = cleaned(SnoozeForm(request.viewer, {"hours": when if when.isdecimal() else "", "until": until}))
    return Wish(action=action, actor=request.user, **chosen)


def _choices(request: ConsoleRequest, action: str, conversations: list[Conversation]) -> dict[str, Any]:
    if action == "assign":
        brands = {conversation.brand_id for conversation in conversations}
        agents = visible_agents(request.viewer).filter(user__brands__in=brands).exclude(state=AgentState.OFFLINE)
        return {
            "queues": [row for row in queue_figures(request.viewer) if row.queue.brand_id in brands],
            "agents": sorted(agents.select_related("user", "reason").distinct(), key=lambda row: str(row).casefold()),
        }
    if action == "tag":
        present = {tag for conversation in conversations for tag in conversation.tags}
        return {"known_tags": suggested_tags(request.viewer), "present_tags": sorted(present, key=str.casefold)}
    return {}

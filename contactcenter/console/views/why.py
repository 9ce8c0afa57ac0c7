"""Why somebody got a conversation, why nobody has it yet, why nothing comes to somebody."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from contactcenter.base.errors import Forbidden
from contactcenter.console.access import ConsoleRequest, console_view, get_conversation
from contactcenter.console.why_words import block_words
from routing.explaining import decisions_of, explain_agent, explain_waiting
from routing.selectors import visible_agents


@require_GET
@console_view
def why_conversation(request: ConsoleRequest, pk: int) -> HttpResponse:
    """Its decisions, and while it waits who could take it. Why colleagues do not is for supervisors."""
    conversation = get_conversation(request, pk)
    context = {
        "conversation": conversation,
        "waits": explain_waiting(request.viewer, conversation),
        "decisions": decisions_of(request.viewer, conversation),
        "for_supervisor": request.user.is_supervisor,
    }
    return render(request, "console/_why.html", context)


@require_GET
@console_view
def why_agent(request: ConsoleRequest, pk: int) -> HttpResponse:
    """Why nothing comes: one's own, and for supervisors anybody's of their brands. Raises Forbidden."""
    agent = get_object_or_404(visible_agents(request.viewer).select_related("user", "reason", "presence"), pk=pk)
    if agent.user_id != request.user.pk and not request.user.is_supervisor:
        raise Forbidden(_("Only the agent themselves and their supervisors see why nothing comes to them."))
    explained = explain_agent(request.viewer, agent)
    context = {"explained": explained, "agent": agent, "blocks": block_words(explained)}
    return render(request, "console/_why_agent.html", context)

"""What is done with a conversation: take, give, transfer, consult, snooze, close, wrap up."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from contactcenter.console.access import (
    ConsoleRequest,
    console_view,
    get_agent,
    get_conversation,
    get_own_wrap_up,
    require_handling,
)
from contactcenter.console.forms import AgentForm, SnoozeForm, TransferForm, WrapUpForm, cleaned
from contactcenter.console.responses import toast
from contactcenter.console.selectors.people import colleagues
from contactcenter.console.views.pages import desk_context
from contactcenter.conversations.models import Conversation
from routing.selectors import queue_figures
from routing.services import consulting, handling, wrapping

EXTENSION_SECONDS = 60


def _desk(request: ConsoleRequest, pk: int, done: str = "") -> HttpResponse:
    """The pane's head and place for writing as they are now, or an empty pane for who no longer sees it."""
    found = get_conversation(request, pk)
    response = render(request, "console/_desk_swap.html", desk_context(request, found))
    return toast(response, done) if done else response


def _people(request: ConsoleRequest, conversation: Conversation) -> dict[str, Any]:
    queues = [row for row in queue_figures(request.viewer) if row.queue.brand_id == conversation.brand_id]
    return {
        "conversation": conversation,
        "queues": queues,
        "colleagues": colleagues(request.viewer, conversation),
    }


@require_POST
@console_view
def take(request: ConsoleRequest, pk: int) -> HttpResponse:
    conversation = get_conversation(request, pk)
    handling.pull(conversation_id=conversation.pk, agent_id=get_agent(request).pk)
    return _desk(request, pk)


@require_http_methods(["GET", "POST"])
@console_view
def give(request: ConsoleRequest, pk: int) -> HttpResponse:
    """A supervisor chooses the agent."""
    conversation = get_conversation(request, pk)
    if request.method == "GET":
        return render(request, "console/_give.html", _people(request, conversation))
    agent = cleaned(AgentForm(request.viewer, request.POST))["agent"]
    handling.give(conversation_id=conversation.pk, agent_id=agent.pk, actor=request.user)
    return _desk(request, pk, _("Given to %s") % agent)


@require_http_methods(["GET", "POST"])
@console_view
def transfer(request: ConsoleRequest, pk: int) -> HttpResponse:
    """To a queue or an agent, with a note that the receiver reads first."""
    conversation = get_conversation(request, pk)
    if request.method == "GET":
        return render(request, "console/_transfer.html", _people(request, conversation))
    data = cleaned(TransferForm(request.viewer, request.POST))
    agent, queue = data["agent"], data["queue"]
    handling.transfer(
        conversation_id=conversation.pk,
        actor=request.user,
        queue=queue,
        to_agent_id=agent.pk if agent is not None else None,
        note=data["note"],
    )
    return _desk(request, pk, _("Transferred to %s") % (agent or queue))


@require_http_methods(["GET", "POST"])
@console_view
def snooze(request: ConsoleRequest, pk: int) -> HttpResponse:
    conversation = get_conversation(request, pk)
    if request.method == "GET":
        return render(request, "console/_snooze.html", {"conversation": conversation})
    data = cleaned(SnoozeForm(request.viewer, request.POST))
    handling.snooze(conversation_id=conversation.pk, actor=request.user, **data)
    return _desk(request, pk, _("Snoozed"))


@require_POST
@console_view
def close(request: ConsoleRequest, pk: int) -> HttpResponse:
    conversation = get_conversation(request, pk)
    handling.close(conversation_id=conversation.pk, actor=request.user)
    return _desk(request, pk)


@require_http_methods(["GET", "POST"])
@console_view
def consult(request: ConsoleRequest, pk: int) -> HttpResponse:
    """Ask a colleague; the conversation stays where it is."""
    conversation = get_conversation(request, pk)
    if request.method == "GET":
        return render(request, "console/_consult.html", _people(request, conversation))
    require_handling(request, conversation, primary=True)
    data = cleaned(AgentForm(request.viewer, request.POST))
    consulting.request_consult(
        conversation_id=conversation.pk, actor=request.user, agent_id=data["agent"].pk, note=data["note"]
    )
    return _desk(request, pk, _("%s has been asked") % data["agent"])


@require_POST
@console_view
def cancel_consult(request: ConsoleRequest, pk: int) -> HttpResponse:
    conversation = get_conversation(request, pk)
    consulting.cancel_consult(conversation_id=conversation.pk, actor=request.user)
    return _desk(request, pk)


@require_POST
@console_view
def complete_consult(request: ConsoleRequest, pk: int) -> HttpResponse:
    """Hand over to the colleague who is in the conversation."""
    conversation = get_conversation(request, pk)
    require_handling(request, conversation, primary=True)
    agent = cleaned(AgentForm(request.viewer, request.POST))["agent"]
    consulting.complete_consult(conversation_id=conversation.pk, actor=request.user, agent_id=agent.pk)
    return _desk(request, pk, _("Handed over to %s") % agent)


@require_POST
@console_view
def end_consult(request: ConsoleRequest, pk: int) -> HttpResponse:
    """The colleague leaves, sent or of their own accord."""
    conversation = get_conversation(request, pk)
    require_handling(request, conversation)
    agent = cleaned(AgentForm(request.viewer, request.POST))["agent"]
    consulting.end_consult(conversation_id=conversation.pk, actor=request.user, agent_id=agent.pk)
    return _desk(request, pk)


@require_POST
@console_view
def finish_wrap_up(request: ConsoleRequest, pk: int) -> HttpResponse:
    assignment = get_own_wrap_up(request, pk)
    data = cleaned(WrapUpForm(request.POST))
    wrapping.finish_wrap_up(assignment_id=assignment.pk, agent_id=assignment.agent_id, **data)
    return _desk(request, assignment.conversation_id, _("Wrap-up finished"))


@require_POST
@console_view
def extend_wrap_up(request: ConsoleRequest, pk: int) -> HttpResponse:
    assignment = get_own_wrap_up(request, pk)
    wrapping.extend_wrap_up(assignment_id=assignment.pk, agent_id=assignment.agent_id, seconds=EXTENSION_SECONDS)
    return _desk(request, assignment.conversation_id)

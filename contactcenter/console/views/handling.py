"""What is done with a conversation: take, give, transfer, snooze, close, reopen, wrap up."""

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
)
from contactcenter.console.forms import AgentForm, SnoozeForm, TransferForm, WrapUpForm, cleaned
from contactcenter.console.responses import toast, trigger
from contactcenter.console.selectors.day import next_of
from contactcenter.console.selectors.people import colleagues, targets_of
from contactcenter.console.selectors.writing import times_of
from contactcenter.console.views.pages import desk_context
from routing.services import handling, reopening, wrapping

EXTENSION_SECONDS = 60


def desk_answer(request: ConsoleRequest, pk: int, done: str = "") -> HttpResponse:
    """The pane's head and place for writing as they are now."""
    found = get_conversation(request, pk)
    response = render(request, "console/_desk_swap.html", desk_context(request, found))
    return toast(response, done) if done else response


@require_POST
@console_view
def take(request: ConsoleRequest, pk: int) -> HttpResponse:
    conversation = get_conversation(request, pk)
    handling.pull(conversation_id=conversation.pk, agent_id=get_agent(request).pk)
    return desk_answer(request, pk)


@require_http_methods(["GET", "POST"])
@console_view
def give(request: ConsoleRequest, pk: int) -> HttpResponse:
    """A supervisor chooses the agent."""
    conversation = get_conversation(request, pk)
    if request.method == "GET":
        people = colleagues(request.viewer, conversation)
        return render(request, "console/_give.html", {"conversation": conversation, "colleagues": people})
    agent = cleaned(AgentForm(request.viewer, request.POST))["agent"]
    handling.give(conversation_id=conversation.pk, agent_id=agent.pk, actor=request.user)
    return desk_answer(request, pk, _("Given to %s") % agent)


@require_http_methods(["GET", "POST"])
@console_view
def transfer(request: ConsoleRequest, pk: int) -> HttpResponse:
    """To a queue or an agent, with a note that the receiver reads first."""
    conversation = get_conversation(request, pk)
    if request.method == "GET":
        targets = targets_of(request.viewer, conversation)
        return render(request, "console/_transfer.html", {"conversation": conversation, "targets": targets})
    data = cleaned(TransferForm(request.viewer, request.POST))
    agent, queue = data["agent"], data["queue"]
    handling.transfer(
        conversation_id=conversation.pk,
        actor=request.user,
        queue=queue,
        to_agent_id=agent.pk if agent is not None else None,
        note=data["note"],
    )
    return desk_answer(request, pk, _("Transferred to %s") % (agent or queue))


@require_http_methods(["GET", "POST"])
@console_view
def snooze(request: ConsoleRequest, pk: int) -> HttpResponse:
    conversation = get_conversation(request, pk)
    if request.method == "GET":
        context: dict[str, Any] = {"conversation": conversation, "times": times_of(request.viewer)}
        return render(request, "console/_snooze.html", context)
    data = cleaned(SnoozeForm(request.viewer, request.POST))
    handling.snooze(conversation_id=conversation.pk, actor=request.user, **data)
    return desk_answer(request, pk, _("Snoozed"))


@require_POST
@console_view
def close(request: ConsoleRequest, pk: int) -> HttpResponse:
    conversation = get_conversation(request, pk)
    handling.close(conversation_id=conversation.pk, actor=request.user)
    return desk_answer(request, pk)


@require_POST
@console_view
def reopen(request: ConsoleRequest, pk: int) -> HttpResponse:
    conversation = get_conversation(request, pk)
    reopening.reopen(conversation_id=conversation.pk, actor=request.user)
    return desk_answer(request, pk)


@require_POST
@console_view
def follow(request: ConsoleRequest, pk: int) -> HttpResponse:
    """A new conversation after one that may no longer be reopened, and shown."""
    conversation = get_conversation(request, pk)
    new = reopening.start_following(conversation_id=conversation.pk, actor=request.user)
    return trigger(desk_answer(request, pk), **{"show-conversation": new.pk})


@require_POST
@console_view
def finish_wrap_up(request: ConsoleRequest, pk: int) -> HttpResponse:
    assignment = get_own_wrap_up(request, pk)
    data = cleaned(WrapUpForm(request.POST))
    wrapping.finish_wrap_up(assignment_id=assignment.pk, agent_id=assignment.agent_id, **data)
    response = desk_answer(request, assignment.conversation_id, _("Wrap-up finished"))
    if "next" not in request.POST:
        return response
    following = next_of(request.viewer, but=assignment.conversation_id)
    return trigger(response, **{"show-conversation": following.pk if following else 0})


@require_POST
@console_view
def extend_wrap_up(request: ConsoleRequest, pk: int) -> HttpResponse:
    assignment = get_own_wrap_up(request, pk)
    wrapping.extend_wrap_up(assignment_id=assignment.pk, agent_id=assignment.agent_id, seconds=EXTENSION_SECONDS)
    return desk_answer(request, assignment.conversation_id)

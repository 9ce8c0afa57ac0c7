"""Advice: a colleague asked, a word beside the timeline, all three, handing over, parting."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from contactcenter.base.errors import Refused
from contactcenter.console.access import (
    ConsoleRequest,
    console_view,
    get_conversation,
    require_handling,
)
from contactcenter.console.forms import AgentForm, ConsultForm, TransferForm, cleaned
from contactcenter.console.selectors.holding import consult_log, hold_of
from contactcenter.console.selectors.people import colleagues
from contactcenter.console.views.handling import desk_answer
from contactcenter.conversations.models import Conversation
from routing.models import Agent
from routing.services import consulting


@require_http_methods(["GET", "POST"])
@console_view
def consult(request: ConsoleRequest, pk: int) -> HttpResponse:
    """Ask a colleague; the conversation stays where it is. The transfer's dialog asks too, by its own field."""
    conversation = get_conversation(request, pk)
    if request.method == "GET":
        people = colleagues(request.viewer, conversation)
        return render(request, "console/_consult.html", {"conversation": conversation, "colleagues": people})
    require_handling(request, conversation, primary=True)
    form = TransferForm if "target" in request.POST else AgentForm
    data = cleaned(form(request.viewer, request.POST))
    if data["agent"] is None:
        raise Refused(_("Choose a colleague to ask; a queue cannot answer."), code="bad_target")
    consulting.request_consult(
        conversation_id=conversation.pk, actor=request.user, agent_id=data["agent"].pk, note=data["note"]
    )
    return desk_answer(request, pk, _("%s has been asked") % data["agent"])


@require_POST
@console_view
def cancel(request: ConsoleRequest, pk: int) -> HttpResponse:
    conversation = get_conversation(request, pk)
    consulting.cancel_consult(conversation_id=conversation.pk, actor=request.user)
    return desk_answer(request, pk)


def _adviser(request: ConsoleRequest) -> Agent:
    agent: Agent = cleaned(AgentForm(request.viewer, request.POST))["agent"]
    return agent


@require_POST
@console_view
def complete(request: ConsoleRequest, pk: int) -> HttpResponse:
    """Hand over to the colleague who is in the conversation."""
    conversation = get_conversation(request, pk)
    require_handling(request, conversation, primary=True)
    agent = _adviser(request)
    consulting.complete_consult(conversation_id=conversation.pk, actor=request.user, agent_id=agent.pk)
    return desk_answer(request, pk, _("Handed over to %s") % agent)


@require_POST
@console_view
def conference(request: ConsoleRequest, pk: int) -> HttpResponse:
    """All three: the colleague may answer the customer too."""
    conversation = get_conversation(request, pk)
    require_handling(request, conversation, primary=True)
    consulting.join_conference(conversation_id=conversation.pk, actor=request.user, agent_id=_adviser(request).pk)
    return desk_answer(request, pk)


@require_POST
@console_view
def end(request: ConsoleRequest, pk: int) -> HttpResponse:
    """The colleague leaves, sent or of their own accord."""
    conversation = get_conversation(request, pk)
    require_handling(request, conversation)
    consulting.end_consult(conversation_id=conversation.pk, actor=request.user, agent_id=_adviser(request).pk)
    return desk_answer(request, pk)


def _log(request: ConsoleRequest, conversation: Conversation) -> HttpResponse:
    hold = hold_of(request.viewer, request.agent, conversation)
    context = {"hold": hold, "consult_log": consult_log(request.viewer, hold), "conversation": conversation}
    return render(request, "console/_consult_log.html", context)


@require_GET
@console_view
def log(request: ConsoleRequest, pk: int) -> HttpResponse:
    """What has been said beside the timeline, again after something new."""
    conversation = get_conversation(request, pk)
    require_handling(request, conversation)
    return _log(request, conversation)


@require_POST
@console_view
def say(request: ConsoleRequest, pk: int) -> HttpResponse:
    """A word to the colleague; the same `client_id` again is the same word."""
    conversation = get_conversation(request, pk)
    require_handling(request, conversation)
    data = cleaned(ConsultForm(request.POST))
    consulting.say_in_consult(conversation_id=conversation.pk, author=request.user, **data)
    return _log(request, conversation)

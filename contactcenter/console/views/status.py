"""The agent's own state: the menu, the channels they take, signing out."""

from __future__ import annotations

from typing import Any

from django.contrib.auth import logout
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from contactcenter.accounts.services import record_audit
from contactcenter.console.access import ConsoleRequest, console_view, get_agent
from contactcenter.console.forms import ChannelsForm, StateForm, cleaned
from contactcenter.console.selectors.people import channels_of, last_missed, open_count, switches_of
from contactcenter.conversations.realtime import announce_on_commit
from contactcenter.conversations.states import Channel
from routing.models import AgentStateReason
from routing.selectors import agent_of
from routing.services.agents import cancel_next_state, set_agent_state, set_channels, sign_out_agent
from routing.states import AgentState


def status_context(request: ConsoleRequest) -> dict[str, Any]:
    agent = request.agent
    if agent is None:
        return {"agent": None}
    return {
        "agent": agent,
        "reasons": list(AgentStateReason.objects.filter(is_active=True)),
        "switches": switches_of(agent),
        "open_count": open_count(agent),
        "missed": last_missed(request.viewer, agent),
    }


def _menu(request: ConsoleRequest) -> HttpResponse:
    request.agent = agent_of(request.user)
    return render(request, "console/_status.html", {"swap": True, **status_context(request)})


@require_http_methods(["GET", "POST"])
@console_view
def status(request: ConsoleRequest) -> HttpResponse:
    """The menu; posting chooses a state, at once or as the next one while busy."""
    if request.method == "POST":
        data = cleaned(StateForm(request.POST))
        set_agent_state(
            agent_id=get_agent(request).pk, to=AgentState(data["state"]), reason=data["reason"], actor=request.user
        )
    return _menu(request)


@require_POST
@console_view
def cancel_next(request: ConsoleRequest) -> HttpResponse:
    """The state that was to come next does not."""
    cancel_next_state(agent_id=get_agent(request).pk)
    return _menu(request)


@require_POST
@console_view
def status_channels(request: ConsoleRequest) -> HttpResponse:
    """Which channels new work may come from; those of no queue of the agent stay as they are."""
    agent = get_agent(request)
    on = set(cleaned(ChannelsForm(request.POST))["on"])
    shown = set(channels_of(agent))
    off = (set(agent.off_channels) - shown) | (shown - on)
    set_channels(agent_id=agent.pk, off=[Channel(channel) for channel in off])
    return _menu(request)


@require_GET
@console_view
def ask_sign_out(request: ConsoleRequest) -> HttpResponse:
    """What becomes of open conversations, before somebody leaves."""
    return render(request, "console/_sign_out.html", status_context(request))


@require_POST
@console_view
def sign_out(request: ConsoleRequest) -> HttpResponseBase:
    """Leave: offline, live conversations back to the queue, the session and its sockets end."""
    if request.agent is not None:
        sign_out_agent(agent_id=request.agent.pk)
    user = request.user
    record_audit("session.ended", actor=user)
    logout(request)
    announce_on_commit({"topic": f"user:{user.pk}", "kind": "access.changed"})
    return redirect("account_login")

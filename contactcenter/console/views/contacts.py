"""A new contact: choose or create the customer, then log what has taken place, or write first."""

from __future__ import annotations

import uuid
import zoneinfo
from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from channels_app.starting import ways_to_start
from contactcenter.accounts.selectors import visible_brands
from contactcenter.base.clock import now
from contactcenter.base.errors import Refused
from contactcenter.console.access import ConsoleRequest, console_view, get_agent, get_customer
from contactcenter.console.customer_forms import LOGGED, TYPED_KINDS, CreateForm, LogForm, StartForm
from contactcenter.console.customer_words import language_choices
from contactcenter.console.forms import cleaned
from contactcenter.console.responses import toast, trigger
from contactcenter.console.selectors.customers import customer_page
from contactcenter.console.selectors.people import dispositions_of
from contactcenter.conversations.models import Customer
from contactcenter.conversations.selectors import visible_conversations
from contactcenter.conversations.services.cards import create_customer
from contactcenter.conversations.states import ConversationState
from routing.services.handling import start_outbound
from routing.services.logging import log_contact


def _contact_dialog(request: ConsoleRequest, customer: Customer) -> HttpResponse:
    local = now().astimezone(zoneinfo.ZoneInfo(request.viewer.time_zone))
    context: dict[str, Any] = {
        "customer": customer,
        "channels": LOGGED,
        "at": local.strftime("%Y-%m-%dT%H:%M"),
        "dispositions": dispositions_of(None),
        "ways": ways_to_start(customer) if request.agent is not None else [],
        "client_id": uuid.uuid4().hex,
    }
    return render(request, "console/_customer_contact.html", context)


@require_GET
@console_view
def new(request: ConsoleRequest) -> HttpResponse:
    """Whom it is about: found by search, or created."""
    query = request.GET.get("q", "")[:200]
    if "q" in request.GET:
        rows = customer_page(request.viewer, query=query).rows[:20] if query.strip() else []
        return render(request, "console/_customer_found.html", {"rows": rows, "query": query})
    context = {
        "brands": visible_brands(request.user).order_by("name"),
        "kinds": TYPED_KINDS,
        "languages": language_choices(),
        "key": uuid.uuid4().hex,
    }
    return render(request, "console/_customer_new.html", context)


@require_POST
@console_view
def create(request: ConsoleRequest) -> HttpResponse:
    """A new customer, and what to do with them."""
    data = cleaned(CreateForm(visible_brands(request.user), request.POST))
    return _contact_dialog(request, create_customer(actor=request.user, **data))


@require_http_methods(["GET", "POST"])
@console_view
def contact(request: ConsoleRequest, pk: int) -> HttpResponse:
    """Log a contact that took place elsewhere."""
    customer = get_customer(request, pk)
    if request.method == "GET":
        return _contact_dialog(request, customer)
    data = cleaned(LogForm(request.viewer, request.POST))
    conversation = log_contact(customer=customer, actor=request.user, **data)
    response = toast(HttpResponse(status=204), _("The contact is logged"))
    return trigger(response, **{"show-conversation": conversation.pk})


@require_POST
@console_view
def start(request: ConsoleRequest, pk: int) -> HttpResponse:
    """Write first. Where a conversation is open that way already, that one is shown."""
    customer = get_customer(request, pk)
    data = cleaned(StartForm(request.POST))
    agent = get_agent(request)
    way = next((way for way in ways_to_start(customer) if way.key == data["way"]), None)
    if way is None or way.identity is None:
        raise Refused(_("The customer can no longer be reached this way; choose another."), code="bad_way")
    rows = visible_conversations(request.viewer).filter(customer=customer, account=way.account, identity=way.identity)
    known = rows.exclude(state=ConversationState.CLOSED).order_by("-pk").first()
    if known is not None:
        return trigger(HttpResponse(status=204), **{"show-conversation": known.pk})
    assignment = start_outbound(
        customer=customer, account=way.account, identity=way.identity, agent_id=agent.pk, subject=data["subject"]
    )
    return trigger(HttpResponse(status=204), **{"show-conversation": assignment.conversation_id})

"""Offers made to the agent: the cards above the list, accept and decline."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET, require_POST

from contactcenter.base.clock import now
from contactcenter.console.access import ConsoleRequest, console_view, get_agent, get_own_offer
from contactcenter.console.forms import DeclineForm, cleaned
from contactcenter.console.responses import trigger
from contactcenter.console.words import DECLINE_REASONS
from routing.selectors import pending_offers, waited_seconds
from routing.services.offers import accept_offer, decline_offer


def offers_context(request: ConsoleRequest) -> dict[str, Any]:
    moment = now()
    offers = pending_offers(request.agent) if request.agent is not None else []
    for offer in offers:
        # The card counts on from here, so that waiting in earlier stays is in it.
        waited = timedelta(seconds=waited_seconds(offer.conversation, moment))
        offer.waiting_from = moment - waited  # type: ignore[attr-defined]
    return {"offers": offers, "decline_reasons": DECLINE_REASONS}


@require_GET
@console_view
def offers(request: ConsoleRequest) -> HttpResponse:
    return render(request, "console/_offers.html", offers_context(request))


@require_POST
@console_view
def accept(request: ConsoleRequest, pk: int) -> HttpResponse:
    offer = get_own_offer(request, pk)
    accept_offer(offer_id=offer.pk, agent_id=get_agent(request).pk)
    return trigger(
        render(request, "console/_offers.html", offers_context(request)), **{"show-conversation": offer.conversation_id}
    )


@require_POST
@console_view
def decline(request: ConsoleRequest, pk: int) -> HttpResponse:
    offer = get_own_offer(request, pk)
    reason = cleaned(DeclineForm(request.POST))["reason"]
    decline_offer(offer_id=offer.pk, agent_id=get_agent(request).pk, reason=reason)
    return render(request, "console/_offers.html", offers_context(request))

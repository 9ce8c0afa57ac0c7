"""The customer's card: its parts, each loaded by itself, and what is changed on it; the page of customers."""

from __future__ import annotations

from typing import Any

from django.http import Http404, HttpResponse, HttpResponseBase, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from contactcenter.console.access import ConsoleRequest, console_view, get_conversation, get_customer
from contactcenter.console.customer_forms import (
    CONSENT_CHANNELS,
    TYPED_KINDS,
    AddressForm,
    BlockForm,
    ConsentForm,
    FieldForm,
    ManagerForm,
    TagForm,
)
from contactcenter.console.customer_words import PURPOSES, VALUES, language_choices
from contactcenter.console.forms import cleaned
from contactcenter.console.responses import toast, trigger
from contactcenter.console.selectors.customers import (
    addresses_of,
    consents_of,
    contacts_of,
    customer_page,
    duplicates_of,
    known_tags,
    last_conversation,
    possible_managers,
    records_of,
)
from contactcenter.console.views.pages import console_page
from contactcenter.conversations.models import Customer, Identity
from contactcenter.conversations.selectors import visible_identities
from contactcenter.conversations.services import cards
from contactcenter.conversations.services.blocking import block_identity, unblock_identity
from contactcenter.conversations.states import LEVEL_RANK, IdentityLevel
from routing.selectors import manager_of
from routing.services.preferring import set_account_manager

PARTS = ("profile", "addresses", "records", "contacts", "consents", "duplicates")


@require_GET
@console_view
def customers(request: ConsoleRequest) -> HttpResponse:
    """All customers of one's brands: the list, its next page, or the whole console with it."""
    query, cursor = request.GET.get("q", "")[:200], request.GET.get("before", "")
    context: dict[str, Any] = {
        "customers": customer_page(request.viewer, query=query, cursor=cursor),
        "query": query,
    }
    if not request.htmx:
        return console_page(request, list_template="console/_customers.html", **context)
    only_rows = cursor or "q" in request.GET
    return render(request, "console/_customer_rows.html" if only_rows else "console/_customers.html", context)


@require_GET
@console_view
def customer(request: ConsoleRequest, pk: int) -> HttpResponseBase:
    """A customer with the conversation to look at first; without one the card alone."""
    found = get_customer(request, pk)
    conversation = last_conversation(request.viewer, found)
    if conversation is not None:
        if request.htmx:
            return trigger(HttpResponse(status=204), **{"show-conversation": conversation.pk})
        return redirect("console:conversation", conversation.pk)
    if request.htmx:
        return render(request, "console/_customer_pane_and_context.html", {"customer": found})
    rows = customer_page(request.viewer)
    context: dict[str, Any] = {"customer": found, "customers": rows, "title": str(found)}
    return console_page(request, page="console/_customer_pane.html", list_template="console/_customers.html", **context)


def part_context(request: ConsoleRequest, found: Customer, name: str) -> dict[str, Any]:
    """What one part of the card shows."""
    viewer = request.viewer
    context: dict[str, Any] = {"customer": found}
    if name == "profile":
        addresses = addresses_of(viewer, found)
        levels = [IdentityLevel(row.identity.level) for row in addresses]
        context["level"] = max(levels, key=LEVEL_RANK.__getitem__, default=None)
        context["is_blocked"] = any(row.block for row in addresses)
        context["languages"] = language_choices(found.language)
        context["values"] = VALUES.items()
        context |= {"manager": manager_of(found), "managers": possible_managers(viewer, found)}
    elif name == "addresses":
        context |= {"addresses": addresses_of(viewer, found), "kinds": TYPED_KINDS}
    elif name == "records":
        all_of = request.GET.get("all", "")
        context |= {"groups": records_of(viewer, found, all_of=all_of), "all_of": all_of}
    elif name == "contacts":
        here = _on_screen(request)
        page = contacts_of(viewer, found, but=here, cursor=request.GET.get("before", ""))
        context |= {"page": page, "here": here}
    elif name == "consents":
        context["consents"] = consents_of(viewer, found)
    elif name == "duplicates":
        context["duplicates"] = duplicates_of(viewer, found)
    return context


def _on_screen(request: ConsoleRequest) -> int | None:
    """The conversation that is open beside the card."""
    given = request.GET.get("conversation", "") or request.POST.get("conversation", "")
    return int(given) if given.isdecimal() and len(given) < 19 else None


def _part(request: ConsoleRequest, found: Customer, name: str) -> HttpResponse:
    return render(request, f"console/_context_{name}.html", part_context(request, found, name))


@require_GET
@console_view
def part(request: ConsoleRequest, pk: int, name: str) -> HttpResponse:
    """One part of the card, or the next page of its contacts."""
    if name not in PARTS:
        raise Http404
    found = get_customer(request, pk)
    if name == "contacts" and request.GET.get("before"):
        return render(request, "console/_context_contact_rows.html", part_context(request, found, name))
    return _part(request, found, name)


def _log_of(request: ConsoleRequest) -> int | None:
    """The open conversation for the log, if the requester sees it. Raises Http404 if not."""
    here = _on_screen(request)
    return get_conversation(request, here).pk if here is not None else None


@require_POST
@console_view
def field(request: ConsoleRequest, pk: int) -> HttpResponse:
    """Edit in place. Somebody else's change since is answered with what the field holds now."""
    found = get_customer(request, pk)
    data = cleaned(FieldForm(request.POST))
    try:
        cards.change_field(
            customer_id=found.pk,
            field=data["field"],
            value=data["value"],
            was=data["was"],
            actor=request.user,
            conversation_id=_log_of(request),
        )
    except cards.ChangedMeanwhile as error:
        answer = {"code": error.code, "text": str(error.text), "current": error.current}
        return JsonResponse(answer, status=error.status)
    return _part(request, get_customer(request, pk), "profile")


@require_POST
@console_view
def manager(request: ConsoleRequest, pk: int) -> HttpResponse:
    """Who is asked first whenever this customer comes."""
    found = get_customer(request, pk)
    data = cleaned(ManagerForm(request.POST))
    set_account_manager(
        customer_id=found.pk, agent_id=data["value"], actor=request.user, conversation_id=_log_of(request)
    )
    return _part(request, found, "profile")


@require_http_methods(["GET", "POST"])
@console_view
def tags(request: ConsoleRequest, pk: int) -> HttpResponse:
    """Tags that others have, as suggestions; posting adds or removes one."""
    found = get_customer(request, pk)
    if request.method == "GET":
        return render(request, "console/_context_known_tags.html", {"tags": known_tags(request.viewer, found)})
    data = cleaned(TagForm(request.POST))
    change: dict[str, Any] = {"customer_id": found.pk, "actor": request.user, "conversation_id": _log_of(request)}
    if data["remove"]:
        cards.remove_tag(tag=data["remove"], **change)
    else:
        cards.add_tag(tag=data["add"], **change)
    return _part(request, get_customer(request, pk), "profile")


@require_POST
@console_view
def add_address(request: ConsoleRequest, pk: int) -> HttpResponse:
    found = get_customer(request, pk)
    data = cleaned(AddressForm(request.POST))
    cards.add_address(
        customer_id=found.pk,
        kind=data["kind"],
        address=data["address"],
        actor=request.user,
        conversation_id=_log_of(request),
    )
    return _part(request, found, "addresses")


def _identity(request: ConsoleRequest, pk: int) -> Identity:
    rows = visible_identities(request.viewer).select_related("customer__brand")
    return get_object_or_404(rows, pk=pk)


@require_POST
@console_view
def remove_address(request: ConsoleRequest, pk: int) -> HttpResponse:
    identity = _identity(request, pk)
    found = identity.customer
    cards.remove_address(identity=identity, actor=request.user, conversation_id=_log_of(request))
    return _part(request, found, "addresses")


@require_http_methods(["GET", "POST"])
@console_view
def block(request: ConsoleRequest, pk: int) -> HttpResponse:
    """First what will happen, then the block."""
    identity = _identity(request, pk)
    if request.method == "GET":
        return render(request, "console/_customer_block.html", {"identity": identity, "here": _on_screen(request)})
    data = cleaned(BlockForm(request.viewer, request.POST))
    here = _log_of(request)
    block_identity(
        identity=identity, reason=data["reason"], until=data["until"], actor=request.user, conversation_id=here
    )
    return toast(_part(request, identity.customer, "addresses"), _("Blocked"))


@require_POST
@console_view
def unblock(request: ConsoleRequest, pk: int) -> HttpResponse:
    identity = _identity(request, pk)
    unblock_identity(identity=identity, actor=request.user, conversation_id=_log_of(request))
    return toast(_part(request, identity.customer, "addresses"), _("Unblocked"))


@require_http_methods(["GET", "POST"])
@console_view
def consents(request: ConsoleRequest, pk: int) -> HttpResponse:
    """Write down that consent was given or withdrawn, and how we know."""
    found = get_customer(request, pk)
    if request.method == "GET":
        context = {"customer": found, "purposes": PURPOSES.items(), "channels": CONSENT_CHANNELS}
        return render(request, "console/_customer_consent.html", {**context, "here": _on_screen(request)})
    data = cleaned(ConsentForm(request.POST))
    cards.record_consent(
        customer_id=found.pk,
        purpose=data["purpose"],
        channel=data["channel"],
        is_granted=data["is_granted"],
        proof=data["proof"],
        actor=request.user,
        conversation_id=_log_of(request),
    )
    return _part(request, found, "consents")

"""Two customers who may be one person: compared side by side, merged, parted again, or said to be two."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from contactcenter.console.access import ConsoleRequest, console_view, get_customer
from contactcenter.console.customer_forms import MergeForm
from contactcenter.console.forms import cleaned
from contactcenter.console.responses import toast, trigger
from contactcenter.console.selectors.customers import customer_page, duplicates_of, side_of
from contactcenter.conversations.models import Customer
from contactcenter.conversations.selectors import visible_customer_merges, visible_match_proposals
from contactcenter.conversations.services.merging import (
    dismiss_match,
    merge_customers,
    plan_merge,
    undo_customer_merge,
)


def _duplicates(request: ConsoleRequest, customer: Customer) -> HttpResponse:
    context = {"customer": customer, "duplicates": duplicates_of(request.viewer, customer)}
    return render(request, "console/_context_duplicates.html", context)


@require_GET
@console_view
def find(request: ConsoleRequest, pk: int) -> HttpResponse:
    """Search for another customer to merge with."""
    customer = get_customer(request, pk)
    query = request.GET.get("q", "")[:200]
    rows = customer_page(request.viewer, query=query).rows if query.strip() else []
    others = [row for row in rows if row.customer.pk != pk and row.customer.brand_id == customer.brand_id]
    context = {"customer": customer, "rows": others[:20], "query": query}
    template = "_customer_found.html" if "q" in request.GET else "_customer_find.html"
    return render(request, f"console/{template}", {**context, "for_merge": True})


@require_GET
@console_view
def compare(request: ConsoleRequest, pk: int, other: int) -> HttpResponse:
    """Side by side: what is kept and what moves, whichever stays."""
    first, second = get_customer(request, pk), get_customer(request, other)
    proposal = visible_match_proposals(request.viewer).filter(customer=min(pk, other), other=max(pk, other)).first()
    context = {
        "customer": first,
        "sides": [side_of(request.viewer, first), side_of(request.viewer, second)],
        "plans": [plan_merge(first, second), plan_merge(second, first)],
        "proposal": proposal,
        "other": second,
    }
    return render(request, "console/_customer_compare.html", context)


@require_POST
@console_view
def merge(request: ConsoleRequest, pk: int, other: int) -> HttpResponse:
    """Make them one; the live screens follow by what the service announces."""
    kept = cleaned(MergeForm(request.POST))["kept"]
    if kept not in {pk, other}:
        kept = pk
    merged = other if kept == pk else pk
    first = get_customer(request, kept)
    # Merged already is the double click; who never was visible is not there.
    again = visible_customer_merges(request.viewer).filter(kept=kept, merged=merged)
    if not again.exists():
        get_customer(request, merged)
    merge_customers(kept_id=kept, merged_id=merged, actor=request.user)
    response = trigger(_duplicates(request, first), **{"customer-changed": {"customer": merged, "into": kept}})
    return toast(response, _("The two customers are one now. You can take it back on the card."))


@require_POST
@console_view
def undo(request: ConsoleRequest, pk: int) -> HttpResponse:
    """Part them again."""
    found = get_object_or_404(visible_customer_merges(request.viewer), pk=pk)
    undo_customer_merge(merge_id=found.pk, actor=request.user)
    response = _duplicates(request, get_customer(request, found.kept_id))
    changed = {"customer": found.kept_id, "parts": [], "again": True}
    return toast(trigger(response, **{"customer-changed": changed}), _("The merge has been taken back"))


@require_POST
@console_view
def dismiss(request: ConsoleRequest, pk: int) -> HttpResponse:
    """Not the same person."""
    rows = visible_match_proposals(request.viewer).select_related("customer", "other")
    proposal = get_object_or_404(rows, pk=pk)
    dismiss_match(proposal=proposal, actor=request.user)
    shown = request.POST.get("customer", "")
    is_other = shown == str(proposal.other_id)
    return _duplicates(request, proposal.other if is_other else proposal.customer)

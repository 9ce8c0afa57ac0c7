"""Estimated waits in admin: what was promised and what came of it, and both compared per queue."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.contrib import admin
from django.db.models import Avg, Count, F, OuterRef, Q, Subquery
from django.db.models.expressions import Combinable
from django.db.models.functions import Abs
from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from contactcenter.accounts.admin_base import ReadOnlyAdmin
from contactcenter.base.clock import now
from contactcenter.conversations.admin_history import HistoryAdmin
from routing.models import WaitCalibration, WaitPromise

COMPARED_DAYS = 30


def _seconds(value: float | None) -> str:
    return "-" if value is None else _("%s s") % round(value)


@admin.register(WaitPromise)
class WaitPromiseAdmin(HistoryAdmin):
    list_display = ("made_at", "in_console", "queue", "channel", "promised", "waited", "was_kept")
    list_filter = ("channel", "queue")
    list_select_related = ("queue",)
    search_fields = ("pk",)
    fields = ("made_at", "in_console", "queue", "channel", "promised", "waited", "was_kept")
    readonly_fields = ("in_console", "promised", "waited", "was_kept")

    def get_queryset(self, request: HttpRequest) -> Any:
        rows = super().get_queryset(request)
        return rows.annotate(conversation=F("entry__conversation"), conversation_id=F("entry__conversation"))

    @admin.display(description=gettext_lazy("told at first"))
    def promised(self, row: WaitPromise) -> str:
        if row.p50_seconds is None or row.p90_seconds is None:
            return _("nothing, too few waits to tell")
        return _("%(first)s to %(last)s s") % {"first": round(row.p50_seconds), "last": round(row.p90_seconds)}

    @admin.display(description=gettext_lazy("waited"))
    def waited(self, row: WaitPromise) -> str:
        if row.actual_seconds is None:
            return _("still waiting")
        if row.is_observed:
            return _seconds(row.actual_seconds)
        return _("left after %s s") % round(row.actual_seconds)

    @admin.display(description=gettext_lazy("kept"), boolean=True)
    def was_kept(self, row: WaitPromise) -> bool | None:
        """None where it is not known, as for those who left in time."""
        if row.p90_seconds is None or row.actual_seconds is None:
            return None
        is_within = row.actual_seconds <= row.p90_seconds
        return is_within if row.is_observed or not is_within else None


@admin.register(WaitCalibration)
class WaitCalibrationAdmin(ReadOnlyAdmin):
    """One line for each queue and channel: how right what was told has been, among those who were answered."""

    list_display = ("queue", "channel", "compared", "bias", "mean_error", "coverage", "samples", "updated_at")
    list_filter = ("channel", "queue")
    list_select_related = ("queue",)
    search_fields = ("queue__name",)
    ordering = ("queue__name", "channel")
    fields = ("queue", "channel", "compared", "bias", "mean_error", "coverage", "samples", "updated_at")
    readonly_fields = ("compared", "bias", "mean_error", "coverage")

    def get_queryset(self, request: HttpRequest) -> Any:
        known = WaitPromise.objects.filter(
            queue=OuterRef("queue"),
            channel=OuterRef("channel"),
            is_observed=True,
            actual_seconds__isnull=False,
            p50_seconds__isnull=False,
            made_at__gte=now() - timedelta(days=COMPARED_DAYS),
        )

        def figure(of: Combinable) -> Subquery:
            return Subquery(known.order_by().values("queue").annotate(figure=of).values("figure"))

        beyond = F("actual_seconds") - F("p50_seconds")
        kept = Count("pk", filter=Q(actual_seconds__lte=F("p90_seconds")))
        return (
            super()
            .get_queryset(request)
            .filter(group=None)
            .annotate(
                answered=figure(Count("pk")),
                mean_beyond=figure(Avg(beyond)),
                mean_distance=figure(Avg(Abs(beyond))),
                kept=figure(kept),
            )
        )

    @admin.display(description=gettext_lazy("answered in 30 days"))
    def compared(self, row: Any) -> int:
        return row.answered or 0

    @admin.display(description=gettext_lazy("on average"))
    def bias(self, row: Any) -> str:
        if row.mean_beyond is None:
            return "-"
        seconds: int = round(row.mean_beyond)
        if seconds > 0:
            return _("%s s longer than told") % seconds
        return _("%s s shorter than told") % -seconds if seconds else _("as told")

    @admin.display(description=gettext_lazy("mean error"))
    def mean_error(self, row: Any) -> str:
        return _seconds(row.mean_distance)

    @admin.display(description=gettext_lazy("within what was told"))
    def coverage(self, row: Any) -> str:
        return f"{round(100 * row.kept / row.answered)} %" if row.answered else "-"

"""What routing did, in admin: to be read."""

from __future__ import annotations

from django.contrib import admin

from contactcenter.accounts.admin_base import ReadOnlyAdmin
from contactcenter.conversations.admin_history import HistoryAdmin
from routing.models import Assignment, Decision, Offer, QueueEntry, SweeperDuty


@admin.register(QueueEntry)
class QueueEntryAdmin(HistoryAdmin):
    list_display = ("entered_at", "in_console", "queue", "channel", "left_at", "outcome")
    list_filter = ("outcome", "channel", "queue")
    list_select_related = ("queue",)
    search_fields = ("pk",)
    readonly_fields = ("in_console",)
    exclude = ("conversation", "group", "note")


@admin.register(Offer)
class OfferAdmin(HistoryAdmin):
    list_display = ("created_at", "in_console", "agent", "purpose", "state", "answered_at", "reason")
    list_filter = ("state", "purpose")
    list_select_related = ("agent__user",)
    search_fields = ("pk",)
    readonly_fields = ("in_console",)
    exclude = ("conversation", "entry", "note")


@admin.register(Assignment)
class AssignmentAdmin(HistoryAdmin):
    list_display = ("started_at", "in_console", "agent", "queue", "role", "state", "ended_at", "disposition")
    list_filter = ("state", "role", "channel", "queue")
    list_select_related = ("agent__user", "queue", "disposition")
    search_fields = ("pk",)
    readonly_fields = ("in_console",)
    exclude = ("conversation", "offer", "note", "wrap_up_note")


@admin.register(Decision)
class DecisionAdmin(HistoryAdmin):
    list_display = ("at", "in_console", "offer")
    list_select_related = ("offer",)
    search_fields = ("pk",)
    fields = ("at", "in_console", "offer", "terms")
    readonly_fields = ("in_console",)


@admin.register(SweeperDuty)
class SweeperDutyAdmin(ReadOnlyAdmin):
    list_display = ("name", "last_run_at", "last_found", "total_found", "last_error")
    search_fields = ("name",)

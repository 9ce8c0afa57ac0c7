"""History in admin: what has happened, to be read. Each row leads to its conversation in the console."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _
from unfold.paginator import InfinitePaginator

from contactcenter.accounts.admin_base import ReadOnlyAdmin
from contactcenter.conversations.models import Conversation, Customer, Effect, Event, Message


class HistoryAdmin(ReadOnlyAdmin):
    """Large tables, newest first; they are leafed through, not counted."""

    paginator = InfinitePaginator
    ordering = ("-pk",)
    list_per_page = 50
    search_help_text = _("Number of the conversation")

    def get_search_results(self, request: HttpRequest, queryset: Any, search_term: str) -> Any:
        """By the conversation's number alone: text is searched for in the console, where rights count."""
        number = search_term.strip().lstrip("#")
        if not number:
            return queryset, False
        column = "pk" if self.model is Conversation else "conversation"
        return queryset.filter(**{column: int(number)}) if number.isdecimal() else queryset.none(), False

    @admin.display(description=_("conversation"))
    def in_console(self, row: Any) -> str:
        pk = row.pk if isinstance(row, Conversation) else row.conversation_id
        return format_html('<a href="{}">#{}</a>', reverse("console:conversation", args=[pk]), pk)


@admin.register(Conversation)
class ConversationAdmin(HistoryAdmin):
    list_display = ("pk", "in_console", "customer", "channel", "state", "brand", "team", "owner", "last_message_at")
    list_filter = ("state", "channel", "brand")
    list_select_related = ("customer", "brand", "team__brand", "owner")
    search_fields = ("pk",)
    readonly_fields = ("in_console",)
    exclude = ("last_message_text",)


@admin.register(Message)
class MessageAdmin(HistoryAdmin):
    """Who, when and what became of it; what was said is read in the console."""

    list_display = ("created_at", "in_console", "kind", "author", "account", "delivery", "delivery_error")
    list_filter = ("kind", "delivery")
    list_select_related = ("author", "account")
    search_fields = ("pk",)
    readonly_fields = ("in_console",)
    exclude = ("conversation", "text")


@admin.register(Event)
class EventAdmin(HistoryAdmin):
    list_display = ("at", "in_console", "seq", "kind", "actor")
    list_select_related = ("actor",)
    search_fields = ("pk",)
    fields = ("at", "in_console", "seq", "kind", "actor", "data")
    readonly_fields = ("in_console",)


@admin.register(Effect)
class EffectAdmin(ReadOnlyAdmin):
    """Deliveries and other acts outside; the ones not done stand first."""

    paginator = InfinitePaginator
    list_display = ("created_at", "name", "target_id", "attempts", "not_before", "done_at", "last_error")
    list_filter = ("name", ("done_at", admin.EmptyFieldListFilter))
    search_fields = ("key",)
    ordering = ("-pk",)


@admin.register(Customer)
class CustomerAdmin(ReadOnlyAdmin):
    paginator = InfinitePaginator
    list_display = ("name", "in_console", "brand", "language", "value", "created_at")
    list_filter = ("brand", "language")
    list_select_related = ("brand",)
    search_fields = ("search_text",)
    ordering = ("-pk",)
    readonly_fields = ("in_console",)
    exclude = ("merged_into",)

    @admin.display(description=_("console"))
    def in_console(self, customer: Customer) -> str:
        path = reverse("console:customer", args=[customer.pk])
        return format_html('<a href="{}">{}</a>', path, customer.pk)

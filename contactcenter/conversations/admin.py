"""Channel accounts, the block list, and people whose open consoles follow, in admin. Secrets are write-only."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import Model, QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from unfold.widgets import UnfoldAdminPasswordWidget

from contactcenter.accounts.admin import AuditedAdmin, UserAdmin
from contactcenter.accounts.models import User
from contactcenter.conversations.models import BlockedAddress, ChannelAccount
from contactcenter.conversations.services.access import announce_access

admin.site.unregister(User)


class ChannelAccountForm(forms.ModelForm):  # type: ignore[type-arg]
    """Shows no secret; an empty field keeps the stored one, and a changed provider address clears it."""

    secret = forms.CharField(
        label=_("Secret"),
        required=False,
        widget=UnfoldAdminPasswordWidget(render_value=False),
        help_text=_("Stored encrypted and never shown. Leave empty to keep it."),
    )

    class Meta:
        model = ChannelAccount
        fields = (
            "brand",
            "kind",
            "channel",
            "name",
            "slug",
            "address",
            "config",
            "secret",
            "api_base",
            "reopen_hours",
            "is_active",
        )

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        moved = self.instance.pk is not None and "api_base" in self.changed_data
        if not cleaned.get("secret") and not moved and self.instance.pk is not None:
            cleaned["secret"] = ChannelAccount.objects.values_list("secret", flat=True).get(pk=self.instance.pk)
        return cleaned


@admin.register(ChannelAccount)
class ChannelAccountAdmin(AuditedAdmin):
    form = ChannelAccountForm
    list_display = ("name", "kind", "channel", "brand", "is_active")
    list_filter = ("brand", "channel", "is_active")
    search_fields = ("name", "slug", "address")


@admin.register(BlockedAddress)
class BlockedAddressAdmin(AuditedAdmin):
    list_display = ("address", "kind", "brand", "reason", "until", "lifted_at")
    list_filter = ("brand", "kind")
    search_fields = ("address", "reason")


@admin.register(User)
class AnnouncingUserAdmin(UserAdmin):
    """Accounts lie below the announcements, so it is here that open consoles are told."""

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        super().save_related(request, form, formsets, change)
        if change and SEEN_BY.intersection(form.changed_data):
            announce_access([form.instance.pk])

    def delete_model(self, request: HttpRequest, obj: Model) -> None:
        user_id = obj.pk
        super().delete_model(request, obj)
        announce_access([user_id])

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[User]) -> None:
        user_ids = list(queryset.values_list("pk", flat=True))
        super().delete_queryset(request, queryset)
        announce_access(user_ids)  # the list page has no transaction: not before they are gone


# What decides what somebody sees, and how: the columns behind `accounts.selectors.viewer_of`.
SEEN_BY = frozenset(("role", "brands", "teams", "is_active", "is_superuser", "language", "time_zone"))

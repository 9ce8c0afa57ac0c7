"""Channel accounts and the block list in admin. Secrets are write-only."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin
from django.utils.translation import gettext_lazy as _
from unfold.widgets import UnfoldAdminPasswordWidget

from contactcenter.accounts.admin import AuditedAdmin
from contactcenter.conversations.models import BlockedAddress, ChannelAccount


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

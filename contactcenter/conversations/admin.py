"""Channel accounts, the block list, requests to be forgotten, and people whose open consoles follow, in admin.

Secrets are write-only.
"""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import Model, QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from unfold.widgets import UnfoldAdminPasswordWidget

from contactcenter.accounts.admin import AuditedAdmin, ReadOnlyAdmin, UserAdmin
from contactcenter.accounts.models import User
from contactcenter.base.errors import Refused
from contactcenter.conversations.models import BlockedAddress, ChannelAccount, ErasureRequest
from contactcenter.conversations.services.access import announce_access
from contactcenter.conversations.services.erasing import check_decision, decide_erasure

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


class ErasureForm(forms.ModelForm):  # type: ignore[type-arg]
    """Approve and erase, or refuse and say why."""

    class Meta:
        model = ErasureRequest
        fields = ("decision", "reason")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "decision" in self.fields:
            self.fields["decision"].required = True

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if cleaned.get("decision"):
            request = ErasureRequest.objects.get(pk=self.instance.pk)
            is_approved = cleaned["decision"] == ErasureRequest.Decision.APPROVED
            try:
                check_decision(request, approve=is_approved, reason=cleaned["reason"])
            except Refused as refusal:
                raise forms.ValidationError(str(refusal.text)) from refusal
        return cleaned


@admin.register(ErasureRequest)
class ErasureRequestAdmin(ReadOnlyAdmin):
    """Undecided requests can be decided, once; nothing else of them changes."""

    form = ErasureForm
    list_display = ("customer", "requested_at", "decision", "decided_at", "decided_by")
    list_filter = ("decision",)
    list_select_related = ("customer", "decided_by")
    fields = ("customer", "requested_at", "decision", "reason", "decided_at", "decided_by")
    readonly_fields = ("customer", "requested_at", "decided_at", "decided_by")

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return isinstance(obj, ErasureRequest) and obj.decided_at is None and bool(request.user.is_superuser)

    def save_model(self, request: HttpRequest, obj: Model, form: Any, change: bool) -> None:
        assert isinstance(request.user, User)
        is_approved = form.cleaned_data["decision"] == ErasureRequest.Decision.APPROVED
        decide_erasure(request_id=obj.pk, actor=request.user, approve=is_approved, reason=form.cleaned_data["reason"])


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

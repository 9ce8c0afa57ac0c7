"""The form of accounts, the block list, requests to be forgotten, people whose open consoles follow, in admin.

Secrets are write-only.
"""

from __future__ import annotations

from typing import Any

from django import forms
from django.conf import settings
from django.contrib import admin, messages
from django.db.models import Model, QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext
from unfold.widgets import UnfoldAdminPasswordWidget, UnfoldAdminSelectWidget

from contactcenter.accounts.admin import AuditedAdmin, ReadOnlyAdmin, UserAdmin
from contactcenter.accounts.admin_base import actor_of, target_of
from contactcenter.accounts.admin_forms import SLUG_HELP
from contactcenter.accounts.models import User
from contactcenter.accounts.services import record_audit
from contactcenter.base.clock import now
from contactcenter.base.errors import Refused
from contactcenter.conversations import admin_history as admin_history
from contactcenter.conversations import admin_tags as admin_tags
from contactcenter.conversations.models import BlockedAddress, ChannelAccount, ErasureRequest
from contactcenter.conversations.services.access import announce_access
from contactcenter.conversations.services.erasing import check_decision, decide_erasure

admin.site.unregister(User)


def _kinds() -> list[tuple[str, str]]:
    return [(kind, kind) for kind in sorted(settings.CHANNEL_ADAPTERS)]


class ChannelAccountForm(forms.ModelForm):  # type: ignore[type-arg]
    """Shows no secret; an empty field keeps the stored one, and a changed provider address clears it."""

    kind = forms.ChoiceField(
        label=_("Kind"), choices=_kinds, widget=UnfoldAdminSelectWidget(), help_text=_("Which adapter serves it.")
    )
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
        help_texts = {
            "name": _("What colleagues call it."),
            "slug": SLUG_HELP,
            "address": _("The number, address or id that the provider knows; for a widget its public key."),
            "config": _("What the adapter needs beside, as its page in the documentation says."),
            "api_base": _("Empty takes the provider's own. Changing it clears the secret."),
            "is_active": _("Switched off, it neither receives nor sends."),
        }
        error_messages = {"slug": {"unique": _("Another account uses this address part: choose another.")}}

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        moved = self.instance.pk is not None and "api_base" in self.changed_data
        if not cleaned.get("secret") and not moved and self.instance.pk is not None:
            cleaned["secret"] = ChannelAccount.objects.values_list("secret", flat=True).get(pk=self.instance.pk)
        return cleaned


class BlockedAddressForm(forms.ModelForm):  # type: ignore[type-arg]
    class Meta:
        model = BlockedAddress
        fields = ("brand", "kind", "address", "reason", "until")
        help_texts = {
            "address": _("As it arrives: a phone number with country code, an email address in small letters."),
            "reason": _("Colleagues read it on the card."),
            "until": _("Empty: until somebody lifts it."),
        }

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if cleaned.get("until") and "until" in self.changed_data and cleaned["until"] <= now():
            self.add_error("until", _("Choose a time in the future."))
        standing = BlockedAddress.objects.filter(lifted_at=None).exclude(pk=self.instance.pk)
        place = {name: cleaned.get(name) for name in ("brand", "kind", "address")}
        if all(place.values()) and standing.filter(**place).exists():
            self.add_error("address", _("This address is blocked already."))
        return cleaned

    def _get_validation_exclusions(self) -> set[str]:
        # Said by `clean` in plainer words.
        return {*super()._get_validation_exclusions(), "lifted_at"}  # type: ignore[misc]


@admin.register(BlockedAddress)
class BlockedAddressAdmin(AuditedAdmin):
    """Blocks are lifted, not deleted: who was blocked and why stays known."""

    form = BlockedAddressForm
    list_display = ("address", "kind", "brand", "reason", "until", "created_by", "lifted_at")
    list_filter = ("brand", "kind", ("lifted_at", admin.EmptyFieldListFilter))
    list_select_related = ("brand", "created_by")
    search_fields = ("address", "reason")
    show_full_result_count = False
    autocomplete_fields = ("brand",)
    actions = ("lift",)

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def save_model(self, request: HttpRequest, obj: Model, form: Any, change: bool) -> None:
        assert isinstance(obj, BlockedAddress)
        if not change:
            obj.created_by = actor_of(request)
        super().save_model(request, obj, form, change)

    @admin.action(description=_("Lift the block"))
    def lift(self, request: HttpRequest, queryset: QuerySet[BlockedAddress]) -> None:
        blocks = list(queryset.filter(lifted_at=None))
        for block in blocks:
            block.lifted_at = now()
            block.save(update_fields=["lifted_at"])
            data = {"lifted_at": [None, block.lifted_at.isoformat()]}
            record_audit("admin.changed", actor=actor_of(request), target=target_of(block), data=data)
        text = ngettext("%(number)s block lifted.", "%(number)s blocks lifted.", len(blocks))
        messages.success(request, text % {"number": len(blocks)})


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

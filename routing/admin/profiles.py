"""What work costs and what goes before what, in admin: by channel, by tag, by customer."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import Model
from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.widgets import UnfoldAdminCheckboxSelectMultipleWidget

from contactcenter.accounts.admin import AuditedAdmin
from contactcenter.conversations.states import Channel
from routing.admin.agents import CHANNELS
from routing.admin.queues import check_offer_seconds
from routing.models import AccountManager, ChannelProfile, TagCost


class ChannelProfileForm(forms.ModelForm):  # type: ignore[type-arg]
    interrupted_by = forms.MultipleChoiceField(
        label=gettext_lazy("Interrupted by"),
        choices=CHANNELS,
        required=False,
        widget=UnfoldAdminCheckboxSelectMultipleWidget(),
        help_text=gettext_lazy("Channels whose work may pause this."),
    )

    class Meta:
        model = ChannelProfile
        fields = ("channel", "cost", "offer_seconds", "wrap_up_seconds", "interrupted_by")
        error_messages = {"channel": {"unique": gettext_lazy("This channel has a profile already: change that one.")}}

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        check_offer_seconds(self, cleaned)
        if cleaned.get("channel") and cleaned["channel"] in cleaned.get("interrupted_by", ()):
            self.add_error("interrupted_by", _("A channel does not interrupt itself: take it out."))
        return cleaned


@admin.register(ChannelProfile)
class ChannelProfileAdmin(AuditedAdmin):
    form = ChannelProfileForm
    list_display = ("channel", "cost", "offer_seconds", "wrap_up_seconds", "interrupted_by_names")
    search_fields = ("channel",)

    @admin.display(description=gettext_lazy("interrupted by"))
    def interrupted_by_names(self, profile: ChannelProfile) -> str:
        return ", ".join(str(Channel(value).label) for value in profile.interrupted_by) or "–"


class TagCostForm(forms.ModelForm):  # type: ignore[type-arg]
    class Meta:
        model = TagCost
        fields = ("tag", "cost")
        help_texts = {
            "cost": gettext_lazy(
                "Share of an agent's capacity of 100, whatever the channel; 100 counts alone. "
                "Of several tags the dearest counts."
            )
        }
        error_messages = {"tag": {"unique": gettext_lazy("This tag has a cost already: change that one.")}}


@admin.register(TagCost)
class TagCostAdmin(AuditedAdmin):
    form = TagCostForm
    list_display = ("tag", "cost")
    list_select_related = ("tag",)
    search_fields = ("tag__name",)
    autocomplete_fields = ("tag",)


class AccountManagerForm(forms.ModelForm):  # type: ignore[type-arg]
    class Meta:
        model = AccountManager
        fields = ("customer", "agent")
        help_texts = {"agent": gettext_lazy("Asked first, in every queue that they serve.")}
        error_messages = {"customer": {"unique": gettext_lazy("This customer has a manager already: change that row.")}}

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        customer, agent = cleaned.get("customer") or getattr(self.instance, "customer", None), cleaned.get("agent")
        if customer is None or agent is None or agent.user.is_admin:
            return cleaned
        if not agent.user.brands.filter(pk=customer.brand_id).exists():
            text = _("%(agent)s does not work for %(brand)s: add the brand to the user first.")
            self.add_error("agent", text % {"agent": agent, "brand": customer.brand})
        return cleaned


@admin.register(AccountManager)
class AccountManagerAdmin(AuditedAdmin):
    form = AccountManagerForm
    list_display = ("customer", "brand", "agent")
    list_display_links = ("customer",)
    list_filter = ("customer__brand", "agent")
    list_select_related = ("customer__brand", "agent__user")
    search_fields = ("customer__name", "agent__user__username", "agent__user__display_name")
    autocomplete_fields = ("customer", "agent")
    ordering = ("customer__name", "pk")

    def get_readonly_fields(self, request: HttpRequest, obj: Model | None = None) -> tuple[str, ...]:
        return ("customer",) if obj else ()

    @admin.display(description=gettext_lazy("brand"), ordering="customer__brand__name")
    def brand(self, manager: AccountManager) -> str:
        return manager.customer.brand.name

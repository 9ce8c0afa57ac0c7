"""Queues, where traffic enters them, and what channels cost, in admin."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import Count, Model, QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.admin import TabularInline
from unfold.decorators import action
from unfold.widgets import UnfoldAdminCheckboxSelectMultipleWidget

from contactcenter.accounts.admin import AuditedAdmin
from contactcenter.accounts.admin_forms import SLUG_HELP
from routing.admin.agents import CHANNELS
from routing.admin.base import GroupRebuildingAdmin, MembershipInline
from routing.admin.staffing import staffing_page
from routing.models import ChannelProfile, EntryPoint, Queue, QueueSkill

_MOST_OFFER_SECONDS = 600


class QueueForm(forms.ModelForm):  # type: ignore[type-arg]
    class Meta:
        model = Queue
        fields = (
            "name",
            "slug",
            "brand",
            "team",
            "calendar",
            "needs_language",
            "target_seconds",
            "offer_seconds",
            "wrap_up_seconds",
            "max_wait_seconds",
            "wake_seconds",
            "release_hours",
            "releases_at_sign_out",
            "thanks_minutes",
            "is_active",
        )
        help_texts = {
            "slug": SLUG_HELP,
            "team": gettext_lazy("Who sees the queue; a team of the same brand."),
            "target_seconds": gettext_lazy("The service level counts what was answered within this time."),
            "offer_seconds": gettext_lazy("How long an agent has to accept; empty takes the channel's."),
            "wrap_up_seconds": gettext_lazy("Empty takes the channel's; 0: no wrap-up."),
            "releases_at_sign_out": gettext_lazy("Mail and messages return to the queue when their agent signs out."),
            "is_active": gettext_lazy("Switched off, nothing new arrives."),
        }
        error_messages = {"slug": {"unique": gettext_lazy("Another queue has this short name: choose another.")}}

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        brand, team = cleaned.get("brand") or getattr(self.instance, "brand", None), cleaned.get("team")
        if team is not None and brand is not None and team.brand_id != brand.pk:
            text = _("%(team)s belongs to another brand: choose a team of %(brand)s.")
            self.add_error("team", text % {"team": team, "brand": brand})
        check_offer_seconds(self, cleaned)
        return cleaned


def check_offer_seconds(form: Any, cleaned: dict[str, Any]) -> None:
    """An offer is there long enough to be seen, and not for ever."""
    seconds = cleaned.get("offer_seconds")
    if seconds is not None and not 5 <= seconds <= _MOST_OFFER_SECONDS:
        text = _("Give agents between %(least)s and %(most)s seconds to accept.")
        form.add_error("offer_seconds", text % {"least": 5, "most": _MOST_OFFER_SECONDS})


class EntryPointForm(forms.ModelForm):  # type: ignore[type-arg]
    class Meta:
        model = EntryPoint
        fields = ("account", "queue", "topic", "topic_name", "skills", "min_level")
        help_texts = {
            "topic": gettext_lazy("Empty takes everything that has no entry point of its own."),
            "skills": gettext_lazy("Beside those that the queue asks for."),
        }

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        account = cleaned.get("account") or getattr(self.instance, "account", None)
        queue = cleaned.get("queue") or getattr(self.instance, "queue", None)
        if account is not None and queue is not None and account.brand_id != queue.brand_id:
            text = _("%(queue)s is of %(other)s and %(account)s of %(brand)s: choose two of one brand.")
            names = {"queue": queue, "other": queue.brand, "account": account, "brand": account.brand}
            raise forms.ValidationError(text % names)
        return cleaned

    def clean_min_level(self) -> int:
        return check_level(self.cleaned_data["min_level"])


def check_level(level: int) -> int:
    if not 1 <= level <= 5:
        raise forms.ValidationError(_("Levels go from 1 to 5."))
    return level


class QueueSkillInline(TabularInline):  # type: ignore[misc]
    hide_title = True
    model = QueueSkill
    autocomplete_fields = ("skill",)
    extra = 0


class QueueMemberInline(MembershipInline):
    autocomplete_fields = ("agent",)


class EntryPointInline(TabularInline):  # type: ignore[misc]
    hide_title = True
    model = EntryPoint
    form = EntryPointForm
    autocomplete_fields = ("account", "skills")
    extra = 0


@admin.register(Queue)
class QueueAdmin(GroupRebuildingAdmin):
    form = QueueForm
    list_display = ("name", "brand", "team", "calendar", "target_seconds", "people", "is_active")
    list_filter = ("brand", "team", "calendar", "is_active")
    search_fields = ("name", "slug")
    list_select_related = ("brand", "team__brand", "calendar")
    prepopulated_fields = {"slug": ("name",)}
    autocomplete_fields = ("brand", "team", "calendar")
    fieldsets = (
        (None, {"fields": ("name", "slug", "brand", "team", "is_active")}),
        (gettext_lazy("Who and when"), {"fields": ("calendar", "needs_language")}),
        (gettext_lazy("Times"), {"fields": ("target_seconds", "offer_seconds", "wrap_up_seconds", "max_wait_seconds")}),
        (
            gettext_lazy("Agents who are away"),
            {"fields": ("wake_seconds", "release_hours", "releases_at_sign_out", "thanks_minutes")},
        ),
    )
    inlines = (QueueSkillInline, QueueMemberInline, EntryPointInline)
    actions_detail = ("show_staffing",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Queue]:
        return super().get_queryset(request).annotate(people=Count("members"))  # type: ignore[no-any-return]

    def get_readonly_fields(self, request: HttpRequest, obj: Model | None = None) -> tuple[str, ...]:
        # Its team, entry points and waiting work are the brand's.
        return ("brand",) if obj else ()

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(lambda request: staffing_page(self, request))
        return [path("staffing/", view, name="routing_staffing"), *super().get_urls()]

    @action(description=gettext_lazy("Staffing"), url_path="show-staffing", permissions=["view"])  # type: ignore[untyped-decorator]
    def show_staffing(self, request: HttpRequest, object_id: str) -> HttpResponse:
        return HttpResponseRedirect(f"{reverse('admin:routing_staffing')}?queue={object_id}")

    @admin.display(description=gettext_lazy("agents"), ordering="people")
    def people(self, queue: Any) -> int:
        return int(queue.people)


@admin.register(EntryPoint)
class EntryPointAdmin(GroupRebuildingAdmin):
    form = EntryPointForm
    list_display = ("account", "topic", "topic_name", "queue")
    list_filter = ("account__brand", "queue")
    list_select_related = ("account", "queue")
    search_fields = ("account__name", "topic", "topic_name", "queue__name")
    autocomplete_fields = ("account", "queue", "skills")


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
    list_display = ("channel", "cost", "offer_seconds", "wrap_up_seconds", "interrupted_by")
    search_fields = ("channel",)

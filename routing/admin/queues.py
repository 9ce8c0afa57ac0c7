"""A queue in admin: what it asks for, who serves it, its times, and what is wrong with it."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.db.models import Count, Model, Q, QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.admin import TabularInline
from unfold.decorators import action

from contactcenter.accounts.admin_forms import SLUG_HELP
from routing.admin.base import GroupRebuildingAdmin, MembershipInline
from routing.admin.entries import EntryPointInline
from routing.admin.sla import TargetInline
from routing.admin.staffing import staffing_page
from routing.admin.steps import FallbackInline, StepFormSet, StepInline
from routing.admin.trials import TrialPages
from routing.admin.weights import WeightsInline
from routing.models import Queue, QueueSkill
from routing.services.soundness import Problem, check_queue, read_floor

# An email may be thought about for longer than a call.
_MOST_OFFER_SECONDS = 3600


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
            "max_waiting",
            "spent_seconds",
            "last_agent_days",
            "last_agent_seconds",
            "wake_seconds",
            "misses_allowed",
            "alert_offers",
            "alert_seconds",
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
        if self.instance.pk and not cleaned.get("is_active"):
            self._check_left()
        return cleaned

    def _check_left(self) -> None:
        """A queue that others hand their work to stays in use."""
        senders = Queue.objects.filter(fallbacks__to_queue=self.instance, is_active=True).distinct()
        if names := ", ".join(queue.name for queue in senders):
            text = _("Work of %s goes here when they cannot answer: change their fallbacks first.")
            self.add_error("is_active", text % names)


def check_offer_seconds(form: Any, cleaned: dict[str, Any]) -> None:
    """An offer is there long enough to be seen, and not for ever."""
    seconds = cleaned.get("offer_seconds")
    if seconds is not None and not 5 <= seconds <= _MOST_OFFER_SECONDS:
        text = _("Give agents between %(least)s and %(most)s seconds to accept.")
        form.add_error("offer_seconds", text % {"least": 5, "most": _MOST_OFFER_SECONDS})


class QueueSkillInline(TabularInline):  # type: ignore[misc]
    hide_title = True
    model = QueueSkill
    autocomplete_fields = ("skill",)
    extra = 0


class QueueMemberInline(MembershipInline):
    autocomplete_fields = ("agent",)
    template_before = "routing/admin/members_help.html"


def problems_of(queue_id: object) -> list[Problem]:
    """What is wrong with a queue as it is stored."""
    floor = read_floor()
    queue = next((one for one in floor.queues.values() if str(one.id) == str(queue_id)), None)
    return check_queue(queue, floor) if queue is not None else []


@admin.register(Queue)
class QueueAdmin(TrialPages, GroupRebuildingAdmin):
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
        (
            gettext_lazy("Times"),
            {"fields": (("target_seconds", "offer_seconds"), ("wrap_up_seconds", "max_wait_seconds"))},
        ),
        (gettext_lazy("Full or spent"), {"fields": (("max_waiting", "spent_seconds"),)}),
        (
            gettext_lazy("The agent whom the customer knows"),
            {"fields": (("last_agent_days", "last_agent_seconds"), "wake_seconds")},
        ),
        (gettext_lazy("Not answered"), {"fields": ("misses_allowed", ("alert_offers", "alert_seconds"))}),
        (
            gettext_lazy("Agents who are away"),
            {"fields": (("release_hours", "thanks_minutes"), "releases_at_sign_out")},
        ),
    )
    inlines = (
        QueueSkillInline,
        StepInline,
        QueueMemberInline,
        FallbackInline,
        TargetInline,
        WeightsInline,
        EntryPointInline,
    )
    actions_detail = (*TrialPages.actions_detail, "show_staffing")
    change_form_outer_before_template = "routing/admin/queue_top.html"

    class Media:
        css = {"all": ("routing/admin/queue.css",)}

    def get_queryset(self, request: HttpRequest) -> QuerySet[Queue]:
        return super().get_queryset(request).annotate(people=Count("members"))  # type: ignore[no-any-return]

    def get_readonly_fields(self, request: HttpRequest, obj: Model | None = None) -> tuple[str, ...]:
        # Its team, entry points and waiting work are the brand's.
        return ("brand",) if obj else ()

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        context = {**(extra_context or {}), "problems": problems_of(object_id)}
        return super().change_view(request, object_id, form_url, context)  # type: ignore[no-any-return]

    def queues_of(self, obj: Any) -> QuerySet[Queue]:
        """Itself, and those whose steps ask its agents, too."""
        return Queue.objects.filter(Q(pk=obj.pk) | Q(steps__joins=obj.pk)).distinct()

    def save_formset(self, request: HttpRequest, form: Any, formset: Any, change: bool) -> None:
        super().save_formset(request, form, formset, change)
        if isinstance(formset, StepFormSet):
            formset.save_skills()

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        super().save_related(request, form, formsets, change)
        for problem in problems_of(form.instance.pk):
            messages.warning(request, f"{form.instance}: {problem.text}")

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(lambda request: staffing_page(self, request))
        return [path("staffing/", view, name="routing_staffing"), *super().get_urls()]

    @action(description=gettext_lazy("Staffing"), url_path="show-staffing", permissions=["view"])  # type: ignore[untyped-decorator]
    def show_staffing(self, request: HttpRequest, object_id: str) -> HttpResponse:
        return HttpResponseRedirect(f"{reverse('admin:routing_staffing')}?queue={object_id}")

    @admin.display(description=gettext_lazy("agents"), ordering="people")
    def people(self, queue: Any) -> int:
        return int(queue.people)

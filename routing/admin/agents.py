"""Agents, skills and reasons for a break in admin."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import transaction
from django.db.models import Count, Model, Q, QuerySet
from django.http import HttpRequest
from django.urls import path
from django.utils.translation import gettext_lazy as _
from unfold.admin import TabularInline
from unfold.widgets import UnfoldAdminCheckboxSelectMultipleWidget, UnfoldAdminIntegerFieldWidget

from contactcenter.accounts.admin import AuditedAdmin
from contactcenter.accounts.admin_base import actor_of
from contactcenter.accounts.admin_forms import SLUG_HELP
from contactcenter.conversations.states import LOGGED_CHANNELS, Channel
from routing.admin.base import GroupRebuildingAdmin, MembershipInline
from routing.admin.matrix import skill_matrix
from routing.models import Agent, AgentSkill, AgentStateInterval, AgentStateReason, Queue, Skill
from routing.services.agents import set_capacity, set_channels

CHANNELS = [(channel.value, channel.label) for channel in Channel if channel not in LOGGED_CHANNELS]


class AgentSkillInline(TabularInline):  # type: ignore[misc]
    hide_title = True
    model = AgentSkill
    autocomplete_fields = ("skill",)
    extra = 0


class AgentForm(forms.ModelForm):  # type: ignore[type-arg]
    """Capacity and channels are not columns to be written: the services change them under the agent's lock."""

    new_capacity = forms.IntegerField(
        label=_("Capacity"),
        initial=100,
        validators=[MinValueValidator(1), MaxValueValidator(100)],
        widget=UnfoldAdminIntegerFieldWidget(),
        help_text=_("1 to 100; the costs of offered and open work draw on it. What is at hand stays."),
    )
    no_channels = forms.MultipleChoiceField(
        label=_("Not offered"),
        choices=CHANNELS,
        required=False,
        widget=UnfoldAdminCheckboxSelectMultipleWidget(),
        help_text=_("Work of these channels is not offered to them."),
    )

    class Meta:
        model = Agent
        fields = ("user",)
        help_texts = {"user": _("Who takes work; make the user first.")}
        error_messages = {"user": {"unique": _("This user is an agent already.")}}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance.pk:
            self.initial["new_capacity"] = self.instance.capacity
            self.initial["no_channels"] = self.instance.off_channels


@admin.register(Agent)
class AgentAdmin(GroupRebuildingAdmin):
    form = AgentForm
    list_display = ("user", "team_names", "state", "capacity", "load", "queue_names", "skill_levels")
    list_filter = ("state", "user__teams", "memberships__queue", "skills__skill")
    list_select_related = ("user",)
    search_fields = ("user__username", "user__display_name")
    show_full_result_count = False
    autocomplete_fields = ("user",)
    # State, load and the like are written by the services alone.
    fieldsets = (
        (None, {"fields": ("user",)}),
        (_("How much at once"), {"fields": ("new_capacity", "no_channels")}),
    )
    inlines = (AgentSkillInline, MembershipInline)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Agent]:
        rows: QuerySet[Agent] = super().get_queryset(request)
        return rows.prefetch_related("user__teams", "memberships__queue", "skills__skill")

    def get_readonly_fields(self, request: HttpRequest, obj: Model | None = None) -> tuple[str, ...]:
        return ("user",) if obj else ()

    @admin.display(description=_("teams"))
    def team_names(self, agent: Agent) -> str:
        return ", ".join(team.name for team in agent.user.teams.all())

    @admin.display(description=_("queues"))
    def queue_names(self, agent: Agent) -> str:
        return ", ".join(sorted(membership.queue.name for membership in agent.memberships.all()))

    @admin.display(description=_("skills"))
    def skill_levels(self, agent: Agent) -> str:
        return ", ".join(sorted(str(held) for held in agent.skills.all()))

    def save_model(self, request: HttpRequest, obj: Model, form: Any, change: bool) -> None:
        assert isinstance(obj, Agent)
        capacity, channels = form.cleaned_data["new_capacity"], form.cleaned_data["no_channels"]
        if not change:
            obj.capacity, obj.off_channels = capacity, channels
        super().save_model(request, obj, form, change)
        pk, actor = obj.pk, actor_of(request)
        # The services take their own locks in their own transactions.
        if change and "new_capacity" in form.changed_data and actor is not None:
            transaction.on_commit(lambda: set_capacity(agent_id=pk, capacity=capacity, actor=actor) and None)
        if change and "no_channels" in form.changed_data:
            transaction.on_commit(lambda: set_channels(agent_id=pk, off=map(Channel, channels)) and None)


@admin.register(Skill)
class SkillAdmin(GroupRebuildingAdmin):
    list_display = ("name", "slug", "language", "people")
    list_filter = ("language",)
    search_fields = ("name", "slug")
    prepopulated_fields = {"slug": ("name",)}

    def queues_of(self, obj: Any) -> QuerySet[Queue]:
        """Of a language: those that ask for the customer's. Of a topic: those that it enters."""
        by_language = Q(needs_language=True) | Q(steps__needs_language=True)
        return Queue.objects.filter(by_language | Q(entry_points__skills=obj.pk)).distinct()

    def get_queryset(self, request: HttpRequest) -> QuerySet[Skill]:
        return super().get_queryset(request).annotate(people=Count("agents"))  # type: ignore[no-any-return]

    def get_urls(self) -> list[Any]:
        view = self.admin_site.admin_view(lambda request: skill_matrix(self, request))
        return [path("matrix/", view, name="routing_skill_matrix"), *super().get_urls()]

    def formfield_for_dbfield(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        if db_field.name == "slug":
            kwargs["help_text"] = SLUG_HELP
        return super().formfield_for_dbfield(db_field, request, **kwargs)

    @admin.display(description=_("agents"), ordering="people")
    def people(self, skill: Any) -> int:
        return int(skill.people)


@admin.register(AgentStateReason)
class AgentStateReasonAdmin(AuditedAdmin):
    list_display = ("name", "is_active")
    list_filter = ("is_active",)
    search_fields = ("name",)

    def why_kept(self, rows: QuerySet[Any]) -> list[str]:
        breaks = AgentStateInterval.objects.filter(reason__in=rows)
        kept: list[str] = super().why_kept(rows)
        if breaks.exists():
            kept.append(str(_("Agents have been on break for it: switch it off, so that the history stays.")))
        return kept

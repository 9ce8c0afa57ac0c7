"""Queues, agents, skills and hours in admin. Whatever changes who may take what rebuilds the skill groups."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from unfold.admin import TabularInline

from contactcenter.accounts.admin import AuditedAdmin
from routing.models import (
    Agent,
    AgentSkill,
    AgentStateReason,
    Calendar,
    CalendarInterval,
    ChannelProfile,
    Disposition,
    EntryPoint,
    Holiday,
    Queue,
    QueueMember,
    QueueSkill,
    Skill,
)
from routing.services.groups import rebuild_groups


class GroupRebuildingAdmin(AuditedAdmin):
    """Saves rows and inlines, then brings the skill groups in line."""

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        super().save_related(request, form, formsets, change)
        rebuild_groups()


class AgentSkillInline(TabularInline):  # type: ignore[misc]
    model = AgentSkill
    extra = 0


class MembershipInline(TabularInline):  # type: ignore[misc]
    model = QueueMember
    extra = 0


class QueueSkillInline(TabularInline):  # type: ignore[misc]
    model = QueueSkill
    extra = 0


class EntryPointInline(TabularInline):  # type: ignore[misc]
    model = EntryPoint
    extra = 0


class IntervalInline(TabularInline):  # type: ignore[misc]
    model = CalendarInterval
    extra = 0


class HolidayInline(TabularInline):  # type: ignore[misc]
    model = Holiday
    extra = 0


@admin.register(Agent)
class AgentAdmin(GroupRebuildingAdmin):
    list_display = ("user", "state", "capacity", "load")
    list_select_related = ("user",)
    search_fields = ("user__username", "user__display_name")
    # State, load and the like are written by the services alone.
    fields = ("user",)
    inlines = (AgentSkillInline, MembershipInline)


@admin.register(Queue)
class QueueAdmin(GroupRebuildingAdmin):
    list_display = ("name", "brand", "team", "calendar", "target_seconds", "is_active")
    list_filter = ("brand", "team", "is_active")
    search_fields = ("name", "slug")
    list_select_related = ("brand", "team__brand", "calendar")
    prepopulated_fields = {"slug": ("name",)}
    inlines = (QueueSkillInline, MembershipInline, EntryPointInline)


@admin.register(Skill)
class SkillAdmin(AuditedAdmin):
    list_display = ("name", "slug", "language")
    search_fields = ("name",)
    prepopulated_fields = {"slug": ("name",)}


@admin.register(Calendar)
class CalendarAdmin(AuditedAdmin):
    list_display = ("name", "time_zone")
    inlines = (IntervalInline, HolidayInline)


@admin.register(ChannelProfile)
class ChannelProfileAdmin(AuditedAdmin):
    list_display = ("channel", "cost", "offer_seconds", "wrap_up_seconds")


@admin.register(Disposition)
class DispositionAdmin(AuditedAdmin):
    list_display = ("name", "parent", "queue", "is_active")
    search_fields = ("name",)


@admin.register(AgentStateReason)
class AgentStateReasonAdmin(AuditedAdmin):
    list_display = ("name", "is_active")

"""What the pages of routing share."""

from __future__ import annotations

from typing import Any

from django import forms
from django.db.models import Model
from django.http import HttpRequest
from django.utils.translation import gettext as _
from unfold.admin import TabularInline

from contactcenter.accounts.admin import AuditedAdmin
from routing.models import Queue, QueueMember
from routing.services.advancing import regroup_waiting
from routing.services.groups import rebuild_groups


class GroupRebuildingAdmin(AuditedAdmin):
    """Saves rows and inlines, then brings the skill groups in line."""

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        super().save_related(request, form, formsets, change)
        # An entry point brings skills of its own.
        queue = form.instance if isinstance(form.instance, Queue) else getattr(form.instance, "queue", None)
        if queue is not None:
            regroup_waiting(queue)
        rebuild_groups()

    def delete_model(self, request: HttpRequest, obj: Model) -> None:
        super().delete_model(request, obj)
        rebuild_groups()

    def delete_queryset(self, request: HttpRequest, queryset: Any) -> None:
        super().delete_queryset(request, queryset)
        rebuild_groups()


class MemberForm(forms.ModelForm):  # type: ignore[type-arg]
    """Somebody who serves a queue works for its brand, else they could not see what they are offered."""

    class Meta:
        model = QueueMember
        fields = ("queue", "agent", "priority", "delay_seconds")

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        queue = cleaned.get("queue") or getattr(self.instance, "queue", None)
        agent = cleaned.get("agent") or getattr(self.instance, "agent", None)
        if queue is None or agent is None or getattr(agent, "user", None) is None or queue.brand_id is None:
            return cleaned
        if not agent.user.is_admin and not agent.user.brands.filter(pk=queue.brand_id).exists():
            text = _("%(agent)s does not work for %(brand)s: add the brand to the user first.")
            raise forms.ValidationError(text % {"agent": agent, "brand": queue.brand})
        return cleaned


class MembershipInline(TabularInline):  # type: ignore[misc]
    hide_title = True
    model = QueueMember
    form = MemberForm
    extra = 0

"""What the pages of routing share."""

from __future__ import annotations

from collections.abc import Iterable
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
    """Saves and deletes, then brings the skill groups in line and places anew what waits in the queues concerned."""

    def queues_of(self, obj: Any) -> Iterable[Queue]:
        """Queues that ask for something else now that `obj` is another, or gone."""
        return ()

    def save_model(self, request: HttpRequest, obj: Model, form: Any, change: bool) -> None:
        # As it was: an entry point leaves a queue that asks for less from now on.
        before = type(obj)._default_manager.filter(pk=obj.pk).first() if change else None
        form.queues_before = list(self.queues_of(before)) if before is not None else []
        super().save_model(request, obj, form, change)

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        super().save_related(request, form, formsets, change)
        self._regroup([*form.queues_before, *self.queues_of(form.instance)])

    def delete_model(self, request: HttpRequest, obj: Model) -> None:
        queues = list(self.queues_of(obj))
        super().delete_model(request, obj)
        self._regroup(queues)

    def delete_queryset(self, request: HttpRequest, queryset: Any) -> None:
        queues = [queue for obj in queryset for queue in self.queues_of(obj)]
        super().delete_queryset(request, queryset)
        self._regroup(queues)

    def _regroup(self, queues: Iterable[Queue]) -> None:
        regroup_waiting(*queues)
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

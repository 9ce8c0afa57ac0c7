"""Where an account's traffic enters, in admin."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.admin import StackedInline

from routing.admin.base import GroupRebuildingAdmin
from routing.models import EntryPoint, Queue


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


class EntryPointInline(StackedInline):  # type: ignore[misc]
    model = EntryPoint
    form = EntryPointForm
    fields = ("account", ("topic", "topic_name"), ("skills", "min_level"))
    autocomplete_fields = ("account", "skills")
    extra = 0


@admin.register(EntryPoint)
class EntryPointAdmin(GroupRebuildingAdmin):
    form = EntryPointForm
    list_display = ("account", "topic", "topic_name", "queue")
    list_filter = ("account__brand", "queue")
    list_select_related = ("account", "queue")
    search_fields = ("account__name", "topic", "topic_name", "queue__name")
    autocomplete_fields = ("account", "queue", "skills")

    def queues_of(self, obj: Any) -> list[Queue]:
        """An entry point asks for skills of its topic besides."""
        return [obj.queue]

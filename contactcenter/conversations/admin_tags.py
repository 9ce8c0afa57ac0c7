"""Tags in admin: what agents are offered, renamed and taken away wherever they stand."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.db.models import Model, QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from contactcenter.accounts.admin_base import AuditedAdmin
from contactcenter.conversations.models import Tag
from contactcenter.conversations.services.details import spell_tag
from contactcenter.conversations.services.tags import count_tagged, remove_tag, rename_tag


class TagForm(forms.ModelForm):  # type: ignore[type-arg]
    class Meta:
        model = Tag
        fields = ("name", "brand", "description", "is_active")
        help_texts = {
            "name": gettext_lazy("Another name is given to all conversations and customers that have the tag."),
            "brand": gettext_lazy("Empty: offered in all brands."),
            "description": gettext_lazy("When to use it; agents see it beside the name."),
            "is_active": gettext_lazy("Switched off, it is no longer offered. What has it keeps it."),
        }

    def clean_name(self) -> str:
        return spell_tag(self.cleaned_data["name"])


@admin.register(Tag)
class TagAdmin(AuditedAdmin):
    form = TagForm
    list_display = ("name", "brand", "description", "is_active")
    list_filter = ("brand", "is_active")
    list_select_related = ("brand",)
    search_fields = ("name", "description")
    autocomplete_fields = ("brand",)
    readonly_fields = ("uses",)
    actions = ("take_away",)

    def get_fields(self, request: HttpRequest, obj: Model | None = None) -> tuple[str, ...]:
        return (*TagForm.Meta.fields, *(("uses",) if obj else ()))

    @admin.display(description=gettext_lazy("conversations and customers that have it"))
    def uses(self, tag: Tag) -> int:
        return count_tagged(tag.name)

    def save_model(self, request: HttpRequest, obj: Model, form: Any, change: bool) -> None:
        super().save_model(request, obj, form, change)
        if change and "name" in form.changed_data:
            rename_tag(form.initial["name"], form.cleaned_data["name"])

    @admin.action(description=gettext_lazy("Delete, and take it away from all that have it"), permissions=["delete"])
    def take_away(self, request: HttpRequest, tags: QuerySet[Tag]) -> None:
        names = list(tags.values_list("name", flat=True))
        for name in names:
            remove_tag(name)
        self.delete_queryset(request, tags)
        messages.success(request, _("Taken away: %(names)s.") % {"names": ", ".join(names)})

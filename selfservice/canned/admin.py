"""Canned replies in admin: one page with the text in each language."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.functional import lazy
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from unfold.admin import StackedInline

from contactcenter.accounts.admin import AuditedAdmin
from contactcenter.base.clock import now
from selfservice.canned.models import CannedReply, CannedText
from selfservice.canned.variables import VARIABLES, find_unknown


def _variables_help() -> str:
    known = ", ".join(f"{{{name}}} – {meaning}" for name, meaning in VARIABLES.items())
    return _("Filled in for the conversation at hand: %(variables)s.") % {"variables": known}


class CannedTextForm(forms.ModelForm):  # type: ignore[type-arg]
    """A text whose variables all exist."""

    class Meta:
        model = CannedText
        fields = ("language", "text")
        help_texts = {"text": lazy(_variables_help, str)()}

    def clean_text(self) -> str:
        text: str = self.cleaned_data["text"]
        if unknown := find_unknown(text):
            names = ", ".join(f"{{{name}}}" for name in unknown)
            raise forms.ValidationError(
                ngettext(
                    "There is no variable %(names)s. Known are: %(known)s.",
                    "There are no variables %(names)s. Known are: %(known)s.",
                    len(unknown),
                )
                % {"names": names, "known": ", ".join(f"{{{name}}}" for name in VARIABLES)}
            )
        return text


class CannedTextInline(StackedInline):  # type: ignore[misc]
    model = CannedText
    form = CannedTextForm
    extra = 0
    min_num = 1
    max_num = 5
    validate_min = True


class CannedReplyForm(forms.ModelForm):  # type: ignore[type-arg]
    class Meta:
        model = CannedReply
        fields = ("shortcut", "title", "brand", "team", "tags", "is_active")
        help_texts = {"tags": gettext_lazy("Separated by commas; agents find the reply by them too.")}

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        self.instance.updated_at = now()
        team, brand = cleaned.get("team"), cleaned.get("brand")
        if team is not None and team.brand != brand:
            self.add_error("team", _("This team belongs to another brand: choose %s.") % team.brand)
        return cleaned


@admin.register(CannedReply)
class CannedReplyAdmin(AuditedAdmin):
    form = CannedReplyForm
    list_display = ("shortcut", "title", "brand", "team", "languages", "is_active")
    list_filter = ("brand", "team", "is_active")
    list_select_related = ("brand", "team__brand")
    search_fields = ("shortcut", "title", "tags", "texts__text")
    inlines = (CannedTextInline,)

    def get_queryset(self, request: HttpRequest) -> QuerySet[CannedReply]:
        rows: QuerySet[CannedReply] = super().get_queryset(request)
        return rows.prefetch_related("texts")

    @admin.display(description=gettext_lazy("languages"))
    def languages(self, reply: CannedReply) -> str:
        return ", ".join(text.language for text in reply.texts.all())

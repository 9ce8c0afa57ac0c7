"""Notices in admin: one page with the text in each language."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin
from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.admin import TabularInline

from contactcenter.accounts.admin import AuditedAdmin
from contactcenter.base.clock import now
from routing.models import Notice, NoticeText


class NoticeForm(forms.ModelForm):  # type: ignore[type-arg]
    class Meta:
        model = Notice
        fields = ("name", "severity", "starts_at", "ends_at", "brands", "queues")

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        starts_at, ends_at = cleaned.get("starts_at"), cleaned.get("ends_at")
        if starts_at and ends_at and ends_at <= starts_at:
            self.add_error("ends_at", _("It would end before it begins: choose a later time."))
        brands = cleaned.get("brands") or ()
        for queue in cleaned.get("queues") or () if brands else ():
            if queue.brand not in brands:
                text = _("%(queue)s is a queue of %(brand)s: add the brand, or take the queue out.")
                self.add_error("queues", text % {"queue": queue, "brand": queue.brand})
        return cleaned


class NoticeTextInline(TabularInline):  # type: ignore[misc]
    hide_title = True
    model = NoticeText
    extra = 0
    min_num = 1
    max_num = 5
    validate_min = True


@admin.register(Notice)
class NoticeAdmin(AuditedAdmin):
    form = NoticeForm
    list_display = ("name", "severity", "starts_at", "ends_at", "is_shown", "languages")
    list_filter = ("severity", "brands", "queues")
    search_fields = ("name", "texts__text")
    autocomplete_fields = ("brands", "queues")
    inlines = (NoticeTextInline,)

    def get_queryset(self, request: HttpRequest) -> Any:
        return super().get_queryset(request).prefetch_related("texts")

    @admin.display(description=gettext_lazy("shown now"), boolean=True)
    def is_shown(self, notice: Notice) -> bool:
        return notice.starts_at <= now() and (notice.ends_at is None or notice.ends_at > now())

    @admin.display(description=gettext_lazy("languages"))
    def languages(self, notice: Notice) -> str:
        return ", ".join(text.language for text in notice.texts.all())

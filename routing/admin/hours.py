"""Opening hours in admin: times and holidays, what would happen at a moment, holidays from a calendar file."""

from __future__ import annotations

import zoneinfo
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core import signing
from django.forms.models import BaseInlineFormSet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.dateparse import parse_date
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from unfold.admin import TabularInline
from unfold.decorators import action
from unfold.widgets import INPUT_CLASSES, UnfoldAdminFileFieldWidget

from contactcenter.accounts.admin import AuditedAdmin
from contactcenter.accounts.admin_base import actor_of
from contactcenter.accounts.admin_forms import TimeZoneField
from contactcenter.base.clock import now
from contactcenter.base.errors import Refused
from routing.hours import closes_at, is_open, next_opening
from routing.models import Calendar, CalendarInterval, Holiday
from routing.selectors import schedule_of
from routing.services.holidays import add_holidays, read_holidays
from routing.services.soundness import WEEK_MINUTES, find_overlap, minutes_of_week

_SALT = "routing.holidays"


class IntervalFormSet(BaseInlineFormSet):  # type: ignore[type-arg]
    """Opening times that do not overlap."""

    def clean(self) -> None:
        super().clean()
        spans: list[tuple[int, int, CalendarInterval]] = []
        for form in self.forms:
            data = getattr(form, "cleaned_data", {})
            if form.errors or data.get("DELETE") or data.get("opens_at") is None or data.get("closes_at") is None:
                continue
            spans.append((*minutes_of_week(data["weekday"], data["opens_at"], data["closes_at"]), form.instance))
        if pair := find_overlap([span[:2] for span in spans], WEEK_MINUTES):
            text = _("“%(one)s” and “%(other)s” overlap: change or delete one of them.")
            one, other = (spans[place][2] for place in pair)
            raise forms.ValidationError(text % {"one": one, "other": other})


class HolidayForm(forms.ModelForm):  # type: ignore[type-arg]
    class Meta:
        model = Holiday
        fields = ("day", "name", "opens_at", "closes_at")

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if (cleaned.get("opens_at") is None) != (cleaned.get("closes_at") is None):
            missing = "opens_at" if cleaned.get("opens_at") is None else "closes_at"
            self.add_error(missing, _("Give both times, or neither: then it is closed all day."))
        return cleaned


class HolidayFormSet(BaseInlineFormSet):  # type: ignore[type-arg]
    """Each day once."""

    def clean(self) -> None:
        seen = set()
        for form in self.forms:
            data = getattr(form, "cleaned_data", {})
            day = data.get("day")
            if day is None or data.get("DELETE"):
                continue
            if day in seen:
                raise forms.ValidationError(_("%s is there twice: delete one.") % date_format(day))
            seen.add(day)


class IntervalInline(TabularInline):  # type: ignore[misc]
    hide_title = True
    model = CalendarInterval
    formset = IntervalFormSet
    extra = 0


class HolidayInline(TabularInline):  # type: ignore[misc]
    hide_title = True
    model = Holiday
    form = HolidayForm
    formset = HolidayFormSet
    extra = 0


class CalendarForm(forms.ModelForm):  # type: ignore[type-arg]
    time_zone = TimeZoneField(initial="UTC", help_text=gettext_lazy("The times below are of this zone."))

    class Meta:
        model = Calendar
        fields = ("name", "time_zone")
        error_messages = {"name": {"unique": gettext_lazy("There are opening hours of this name: choose another.")}}


class MomentForm(forms.Form):
    at = forms.DateTimeField(
        label=gettext_lazy("Date and time"),
        widget=forms.DateTimeInput(
            attrs={"type": "datetime-local", "class": " ".join(INPUT_CLASSES)}, format="%Y-%m-%dT%H:%M"
        ),
        input_formats=["%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S", "%Y-%m-%d %H:%M"],
    )


class FileForm(forms.Form):
    file = forms.FileField(
        label=gettext_lazy("Calendar file (.ics)"),
        widget=UnfoldAdminFileFieldWidget(attrs={"accept": ".ics,text/calendar"}),
    )


@admin.register(Calendar)
class CalendarAdmin(AuditedAdmin):
    form = CalendarForm
    list_display = ("name", "time_zone", "queue_names")
    search_fields = ("name",)
    inlines = (IntervalInline, HolidayInline)
    actions_detail = ("preview", "import_file")

    def get_queryset(self, request: HttpRequest) -> Any:
        return super().get_queryset(request).prefetch_related("queues")

    @admin.display(description=gettext_lazy("queues"))
    def queue_names(self, calendar: Calendar) -> str:
        return ", ".join(queue.name for queue in calendar.queues.all())

    @action(description=gettext_lazy("What would happen at …"), url_path="preview", permissions=["change"])  # type: ignore[untyped-decorator]
    def preview(self, request: HttpRequest, object_id: str) -> HttpResponse:
        calendar = get_object_or_404(Calendar, pk=object_id)
        zone = zoneinfo.ZoneInfo(calendar.time_zone)
        with timezone.override(zone):
            form = MomentForm(request.GET or None, initial={"at": now().astimezone(zone)})
            context = {**self._page(request, calendar, _("What would happen at …")), "form": form}
            if form.is_valid():
                schedule, at = schedule_of(calendar), form.cleaned_data["at"]
                context |= {
                    "at": at,
                    "is_open": is_open(schedule, at),
                    "closes_at": closes_at(schedule, at),
                    "opens_at": next_opening(schedule, at),
                    "holiday": calendar.holidays.filter(day=at.astimezone(zone).date()).first(),
                    "queues": calendar.queues.select_related("brand").order_by("name"),
                }
            return TemplateResponse(request, "routing/admin/hours_preview.html", context).render()

    @action(description=gettext_lazy("Holidays from a file"), url_path="import", permissions=["change"])  # type: ignore[untyped-decorator]
    def import_file(self, request: HttpRequest, object_id: str) -> HttpResponse:
        calendar = get_object_or_404(Calendar, pk=object_id)
        context = self._page(request, calendar, _("Holidays from a file"))
        if request.method == "POST" and "found" in request.POST:
            return self._apply(request, calendar)
        form = FileForm(request.POST or None, request.FILES or None)
        if form.is_valid():
            today = now().astimezone(zoneinfo.ZoneInfo(calendar.time_zone)).date()
            try:
                found = read_holidays(calendar, form.cleaned_data["file"].read(), today=today)
            except Refused as refusal:
                form.add_error("file", str(refusal.text))
            else:
                new = [(row.day.isoformat(), row.name) for row in found if not row.is_known]
                context |= {"found": found, "new": len(new), "signed": signing.dumps([calendar.pk, new], salt=_SALT)}
        return TemplateResponse(request, "routing/admin/hours_import.html", {**context, "form": form})

    def _apply(self, request: HttpRequest, calendar: Calendar) -> HttpResponse:
        """What was shown is what is written: the days travel signed."""
        back = HttpResponseRedirect(reverse("admin:routing_calendar_change", args=[calendar.pk]))
        try:
            pk, rows = signing.loads(request.POST["found"], salt=_SALT, max_age=3600)
        except signing.BadSignature:
            pk, rows = None, []
        if pk != calendar.pk:
            messages.error(request, _("This preview is too old: choose the file again."))
            return back
        days = {day: name for text, name in rows if (day := parse_date(text)) is not None}
        number = add_holidays(calendar=calendar, days=days, actor=actor_of(request))
        text = ngettext("%(number)s holiday added.", "%(number)s holidays added.", number)
        messages.success(request, text % {"number": number})
        return back

    def _page(self, request: HttpRequest, calendar: Calendar, title: str) -> dict[str, Any]:
        return {**self.admin_site.each_context(request), "title": title, "calendar": calendar, "opts": self.model._meta}

"""How many agents a queue needs through the day: a page beside its settings."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils.formats import time_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from unfold.widgets import UnfoldAdminIntegerFieldWidget, UnfoldAdminSelectWidget

from contactcenter.conversations.states import Channel
from routing.models import ChannelProfile, Queue
from routing.models.hours import WEEKDAYS
from routing.staffing import Slot, Staffing, staffing_of

_WORKING_DAYS = "0-4"
_ALL_DAYS = "0-6"
BAR_HEIGHT, SLOT_WIDTH = 120, 20


class StaffingForm(forms.Form):
    queue = forms.ModelChoiceField(
        Queue.objects.filter(is_active=True).select_related("brand", "calendar"),
        label=gettext_lazy("Queue"),
        empty_label=None,
        widget=UnfoldAdminSelectWidget(),
    )
    channel = forms.ChoiceField(label=gettext_lazy("Channel"), widget=UnfoldAdminSelectWidget())
    days = forms.ChoiceField(label=gettext_lazy("Days"), widget=UnfoldAdminSelectWidget())
    weeks = forms.IntegerField(
        label=gettext_lazy("Weeks back"),
        min_value=1,
        max_value=26,
        initial=4,
        widget=UnfoldAdminIntegerFieldWidget(),
    )
    target = forms.IntegerField(
        label=gettext_lazy("Answer within, seconds"),
        min_value=0,
        max_value=86_400,
        initial=20,
        widget=UnfoldAdminIntegerFieldWidget(),
    )
    goal = forms.IntegerField(
        label=gettext_lazy("Goal, per cent"),
        min_value=1,
        max_value=99,
        initial=80,
        widget=UnfoldAdminIntegerFieldWidget(),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        known = set(ChannelProfile.objects.values_list("channel", flat=True))
        channels = self.fields["channel"]
        assert isinstance(channels, forms.ChoiceField)
        channels.choices = [choice for choice in Channel.choices if choice[0] in known]
        days = self.fields["days"]
        assert isinstance(days, forms.ChoiceField)
        days.choices = [
            (_WORKING_DAYS, _("Monday to Friday")),
            (_ALL_DAYS, _("All days")),
            *((str(number), name) for number, name in WEEKDAYS),
        ]

    def clean_days(self) -> list[int]:
        first, _dash, last = self.cleaned_data["days"].partition("-")
        return list(range(int(first), int(last or first) + 1))


def staffing_page(model_admin: Any, request: HttpRequest) -> HttpResponse:
    """The page; only for those who may see queues."""
    if not request.user.has_perm("routing.view_queue"):
        raise PermissionDenied
    # A link names the queue alone; what a form sends is complete.
    form = StaffingForm({**_first_choice(request.GET.get("queue", "")), **request.GET.dict()})
    found = None
    if form.is_valid():
        chosen = form.cleaned_data
        found = staffing_of(
            chosen["queue"],
            chosen["channel"],
            weekdays=chosen["days"],
            weeks=chosen["weeks"],
            target_seconds=chosen["target"],
            goal=chosen["goal"] / 100,
        )
    context = {
        **model_admin.admin_site.each_context(request),
        "title": _("Staffing"),
        "opts": model_admin.model._meta,
        "form": form,
        "media": form.media,
        "found": found,
        "rows": _rows(found, form.cleaned_data) if found else [],
        "bars": (bars := _bars(found) if found else []),
        "bar_height": BAR_HEIGHT,
        "plot_width": len(bars) * SLOT_WIDTH,
    }
    return TemplateResponse(request, "routing/admin/staffing.html", context)


def _first_choice(queue_id: str) -> dict[str, Any]:
    """What the page shows before anything was chosen: the queue's calls, or chats where there are none."""
    queues = Queue.objects.filter(is_active=True).order_by("name")
    queue = (queues.filter(pk=queue_id) if queue_id.isdecimal() else queues).first()
    used = set(queue.entries.values_list("channel", flat=True).distinct()) if queue else set()
    channel = next((name for name in (Channel.VOICE, Channel.CHAT) if name in used), Channel.VOICE)
    fields = StaffingForm.base_fields
    return {
        "queue": queue.pk if queue else "",
        "channel": channel,
        "days": _WORKING_DAYS,
        **{name: fields[name].initial for name in ("weeks", "target", "goal")},
    }


def _shown(found: Staffing) -> list[Slot]:
    """From the first to the last half-hour in which somebody came or was there."""
    used = [place for place, slot in enumerate(found.slots) if slot.calls_per_hour or slot.agents]
    return found.slots[used[0] : used[-1] + 1] if used else []


def _rows(found: Staffing, chosen: dict[str, Any]) -> list[dict[str, Any]]:
    return [{"slot": slot, "words": _in_words(slot, chosen["target"])} for slot in _shown(found)]


def _in_words(slot: Slot, target: int) -> str:
    """ "9 agents at 11:00 give 83 % in 20 s"."""
    if not slot.calls_per_hour:
        return _("Nobody came.")
    if slot.service is None:
        return _("Nobody was there.") if slot.needed is not None else _("Nothing has been handled yet.")
    text = ngettext(
        "%(agents)s agent at %(time)s gives %(share)s %% in %(target)s s.",
        "%(agents)s agents at %(time)s give %(share)s %% in %(target)s s.",
        slot.agents,
    )
    return text % {
        "agents": slot.agents,
        "time": time_format(slot.starts, "H:i"),
        "share": round(slot.service.service_level * 100),
        "target": target,
    }


def _bars(found: Staffing) -> list[dict[str, Any]]:
    """Needed and signed in, side by side, in the units of the drawing."""
    slots = _shown(found)
    most = max([1, *(max(slot.needed or 0, slot.agents) for slot in slots)])
    bars = []
    for place, slot in enumerate(slots):
        needed, there = ((slot.needed or 0) / most * BAR_HEIGHT, slot.agents / most * BAR_HEIGHT)
        bars.append(
            {
                "slot": slot,
                "x": place * SLOT_WIDTH,
                "needed": round(needed, 1),
                "needed_y": round(BAR_HEIGHT - needed, 1),
                "there": round(there, 1),
                "there_y": round(BAR_HEIGHT - there, 1),
                "label": time_format(slot.starts, "H:i") if slot.starts.minute == 0 and place % 4 in {0, 1} else "",
            }
        )
    return bars

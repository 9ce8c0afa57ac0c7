"""The form of a trial: which days, and how the queue would be set up."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy
from unfold.widgets import (
    UnfoldAdminDecimalFieldWidget,
    UnfoldAdminIntegerFieldWidget,
    UnfoldAdminSelectWidget,
    UnfoldAdminTextareaWidget,
    UnfoldAdminTextInputWidget,
)

from contactcenter.base.clock import now
from routing.models import ChannelProfile, Queue, QueueEntry, QueueWeights, Trial
from routing.scenario_reader import ScenarioError
from routing.trials.changing import (
    WEIGHTS,
    Change,
    as_it_is,
    names_of,
    read_change_members,
    read_change_steps,
)

MOST_DAYS, MOST_SEEDS = 31, 50


def zone_of(queue: Queue) -> ZoneInfo:
    return ZoneInfo(queue.calendar.time_zone if queue.calendar is not None else queue.brand.time_zone)


def _whole(label: Any, least: int, most: int, *, required: bool = True, help_text: Any = "") -> forms.IntegerField:
    return forms.IntegerField(
        label=label,
        min_value=least,
        max_value=most,
        required=required,
        help_text=help_text,
        widget=UnfoldAdminIntegerFieldWidget(),
    )


class _DayField(forms.DateField):
    def __init__(self, label: Any) -> None:
        super().__init__(label=label, widget=UnfoldAdminTextInputWidget(attrs={"type": "date"}))


class TrialForm(forms.Form):
    """Starts with the queue as it is; the trial plays what is written here against that."""

    kind = forms.ChoiceField(
        label=gettext_lazy("traffic"),
        choices=Trial.Kind.choices,
        widget=UnfoldAdminSelectWidget(),
        help_text=gettext_lazy("Past days bring the same customers again; a generated day draws others like them."),
    )
    first_day = _DayField(gettext_lazy("from"))
    last_day = _DayField(gettext_lazy("until"))
    seeds = _whole(
        gettext_lazy("repetitions"),
        2,
        MOST_SEEDS,
        help_text=gettext_lazy("More make the comparison surer, and longer."),
    )
    traffic = _whole(
        gettext_lazy("traffic, per cent"),
        10,
        500,
        help_text=gettext_lazy("Of what came on these days; for a generated day."),
    )
    target_seconds = _whole(gettext_lazy("answer within, seconds"), 1, 864000)
    places = _whole(
        pgettext_lazy("of a queue", "full at"),
        0,
        100000,
        required=False,
        help_text=gettext_lazy("Empty: any number may wait."),
    )
    last_agent_seconds = _whole(gettext_lazy("ask the last agent first, seconds"), 0, 3600)
    steps = forms.CharField(
        label=gettext_lazy("steps"),
        required=False,
        max_length=20_000,
        widget=UnfoldAdminTextareaWidget(attrs={"rows": 5}),
    )
    members = forms.CharField(
        label=gettext_lazy("agents of this queue"),
        max_length=100_000,
        widget=UnfoldAdminTextareaWidget(attrs={"rows": 8}),
        error_messages={"required": gettext_lazy("Without agents nobody answers: keep at least one.")},
    )

    def __init__(self, *args: Any, queue: Queue, **kwargs: Any) -> None:
        self.queue, self.zone = queue, zone_of(queue)
        self.names = names_of(queue)
        self.costs = {row.channel: row for row in ChannelProfile.objects.all()}
        super().__init__(*args, **kwargs)
        self.initial = self._as_it_is()
        labels = {one.name: one.verbose_name for one in QueueWeights._meta.fields}
        for name in WEIGHTS:
            self.fields[f"weight_{name}"] = forms.FloatField(
                label=labels[name],
                min_value=0,
                max_value=1000,
                widget=UnfoldAdminDecimalFieldWidget(attrs={"step": "any"}),
            )
        for channel, row in self.costs.items():
            self.fields[f"cost_{channel}"] = _whole(row.get_channel_display(), 1, 100)

    def _as_it_is(self) -> dict[str, Any]:
        day = self._last_busy_day().isoformat()
        change = as_it_is(self.queue)
        return {
            "kind": Trial.Kind.REPLAY,
            "first_day": day,
            "last_day": day,
            "seeds": 10,
            "traffic": 100,
            "target_seconds": change.target_seconds,
            "places": change.places,
            "last_agent_seconds": change.last_agent_seconds,
            "steps": change.steps,
            "members": change.members,
            **{f"weight_{name}": points for name, points in change.weights.items()},
            **{f"cost_{channel}": cost for channel, cost in change.costs.items()},
        }

    def _last_busy_day(self) -> date:
        """The last day before today on which somebody came, yesterday if nobody ever did."""
        today = now().astimezone(self.zone).replace(hour=0, minute=0, second=0, microsecond=0)
        entries = QueueEntry.objects.filter(queue=self.queue, entered_at__lt=today).order_by("-entered_at")
        last = entries.values_list("entered_at", flat=True).first() or today - timedelta(hours=12)
        return last.astimezone(self.zone).date()

    def has_hidden_errors(self) -> dict[str, bool]:
        """By folded part of the page, whether something in it is wrong."""
        return {part: any(name.startswith(f"{part}_") for name in self.errors) for part in ("weight", "cost")}

    def weight_fields(self) -> Iterator[forms.BoundField]:
        return (self[f"weight_{name}"] for name in WEIGHTS)

    def cost_fields(self) -> Iterator[forms.BoundField]:
        return (self[f"cost_{channel}"] for channel in self.costs)

    def clean_steps(self) -> str:
        return self._read(read_change_steps, "steps")

    def clean_members(self) -> str:
        return self._read(read_change_members, "members")

    def _read(self, read: Any, name: str) -> str:
        text: str = self.cleaned_data[name]
        try:
            read(text, self.names)
        except ScenarioError as error:
            raise forms.ValidationError(error.said(_)) from error
        return text

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        first, last = cleaned.get("first_day"), cleaned.get("last_day")
        if first is None or last is None:
            return cleaned
        moment = now()
        starts_at = datetime.combine(first, time(), self.zone)
        ends_at = min(datetime.combine(last + timedelta(days=1), time(), self.zone), moment)
        if last < first:
            self.add_error("last_day", _("It would end before it begins: choose a later day."))
        elif (last - first).days >= MOST_DAYS:
            self.add_error("last_day", _("At most %s days at once: choose fewer.") % MOST_DAYS)
        elif starts_at >= moment:
            self.add_error("first_day", _("Choose a day that has begun already."))
        cleaned["starts_at"], cleaned["ends_at"] = starts_at, ends_at
        return cleaned

    def change(self) -> Change:
        cleaned = self.cleaned_data
        return Change(
            target_seconds=float(cleaned["target_seconds"]),
            places=cleaned["places"],
            last_agent_seconds=float(cleaned["last_agent_seconds"]),
            weights={name: cleaned[f"weight_{name}"] for name in WEIGHTS},
            costs={channel: cleaned[f"cost_{channel}"] for channel in self.costs},
            steps=cleaned["steps"],
            members=cleaned["members"],
            traffic=cleaned["traffic"] / 100,
        )

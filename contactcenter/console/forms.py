"""What people send to the console, checked before a service sees it."""

from __future__ import annotations

import zoneinfo
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from django import forms
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext_lazy as _

from contactcenter.accounts.selectors import Viewer
from contactcenter.base.clock import now
from contactcenter.base.errors import Refused
from contactcenter.console.words import DECLINE_REASONS
from contactcenter.conversations.models import Conversation, ScheduledReply
from contactcenter.conversations.states import Channel, Priority, SnoozeReason
from routing.models import Agent, AgentStateReason, Disposition
from routing.selectors import visible_agents, visible_queues
from routing.states import AgentState


def cleaned(form: forms.Form) -> dict[str, Any]:
    """The form's data, or Refused with its first error."""
    if form.is_valid():
        return form.cleaned_data
    error = str(next(iter(form.errors.values()))[0])
    raise Refused(error, code="bad_form")


class MessageForm(forms.Form):
    """A reply or a note. `client_id` is made by the browser: the same one twice is one message.

    A reply may name its way, what follows it (`then`), a moment of the writer's zone to go out at, or ask to be held
    for the seconds in which it can be taken back. A note may name colleagues.
    """

    text = forms.CharField(required=False, strip=False)
    client_id = forms.RegexField(r"^[A-Za-z0-9_-]{8,64}$")
    seen_seq = forms.IntegerField(required=False, min_value=0)
    way = forms.RegexField(r"^\d+-\d+(-public)?$", required=False)
    then = forms.ChoiceField(choices=ScheduledReply.Then.choices, required=False)
    hold = forms.BooleanField(required=False)
    send_at = forms.CharField(required=False)

    def __init__(self, viewer: Viewer, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.zone = zoneinfo.ZoneInfo(viewer.time_zone)

    def clean_send_at(self) -> datetime | None:
        """A moment with its offset, or as the writer's clock shows it."""
        text = self.cleaned_data["send_at"]
        if not text:
            return None
        try:
            moment = parse_datetime(text)
        except ValueError:
            moment = None
        if moment is None:
            raise forms.ValidationError(_("Choose a day and a time."))
        return moment if moment.tzinfo is not None else moment.replace(tzinfo=self.zone)


class TemplateForm(forms.Form):
    """An approved text; its values are read by the names that the template asks for."""

    template = forms.IntegerField(min_value=1)
    client_id = forms.RegexField(r"^[A-Za-z0-9_-]{8,64}$")


class DraftForm(forms.Form):
    mode = forms.ChoiceField(choices=[("reply", "reply"), ("note", "note")])
    text = forms.CharField(required=False, strip=False)
    seen_seq = forms.IntegerField(min_value=0)
    way = forms.RegexField(r"^\d+-\d+(-public)?$", required=False)


class DeclineForm(forms.Form):
    reason = forms.ChoiceField(choices=list(DECLINE_REASONS.items()))


class StateForm(forms.Form):
    state = forms.ChoiceField(choices=[(state, state) for state in AgentState if state != AgentState.NOT_RESPONDING])
    reason = forms.ModelChoiceField(AgentStateReason.objects.filter(is_active=True), required=False)


class ChannelsForm(forms.Form):
    """The channels that stay on."""

    on = forms.MultipleChoiceField(choices=Channel.choices, required=False)


class TransferForm(forms.Form):
    """To a queue or to an agent whom the sender sees: `queue:3` or `agent:7`."""

    target = forms.RegexField(r"^(queue|agent):\d+$", error_messages={"required": _("Choose a queue or an agent.")})
    note = forms.CharField(required=False, max_length=2000)

    def __init__(self, viewer: Viewer, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.viewer = viewer

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        kind, _sep, pk = data.get("target", "").partition(":")
        queues, agents = visible_queues(self.viewer).filter(is_active=True), visible_agents(self.viewer)
        data["queue"] = queues.filter(pk=pk).first() if kind == "queue" else None
        data["agent"] = agents.filter(pk=pk).first() if kind == "agent" else None
        if kind not in {"", "me"} and not (data["queue"] or data["agent"]):
            raise forms.ValidationError(_("Choose a queue or an agent."))
        return data


class DetailsForm(forms.Form):
    """Subject, topic or priority; what is not sent stays as it is."""

    subject = forms.CharField(required=False, max_length=200)
    topic = forms.CharField(required=False, max_length=50)
    priority = forms.TypedChoiceField(
        choices=Priority.choices, coerce=lambda value: Priority(int(value)), required=False, empty_value=None
    )

    def changes(self) -> dict[str, Any]:
        return {name: value for name, value in cleaned(self).items() if name in self.data}


class TagsForm(forms.Form):
    """One tag more or one less."""

    add = forms.CharField(required=False, max_length=50)
    remove = forms.CharField(required=False, max_length=50)


class ConsultForm(forms.Form):
    """A word to the colleague who is consulted."""

    text = forms.CharField(required=False, strip=False)
    client_id = forms.RegexField(r"^[A-Za-z0-9_-]{8,64}$")


class MergeForm(forms.Form):
    """Which of two conversations stays. Where two customers write, it is said that they become one."""

    conversation = forms.TypedMultipleChoiceField(coerce=int, choices=())
    kept = forms.IntegerField()
    customers = forms.BooleanField(required=False)

    def __init__(self, conversations: Sequence[Conversation], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.ids = [conversation.pk for conversation in conversations]
        self.fields["conversation"].choices = [(pk, pk) for pk in self.ids]  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if data.get("kept") not in self.ids:
            raise forms.ValidationError(_("Choose which conversation stays."))
        data["merged"] = next(pk for pk in self.ids if pk != data["kept"])
        return data


class SplitForm(TransferForm):
    """From which message on, and to whom: `me` or a target as in a transfer."""

    target = forms.RegexField(
        r"^(me|(queue|agent):\d+)$", error_messages={"required": _("Choose who gets the new conversation.")}
    )
    message = forms.IntegerField(error_messages={"required": _("Choose a message.")})


class AgentForm(forms.Form):
    agent = forms.ModelChoiceField(Agent.objects.none())
    note = forms.CharField(required=False, max_length=2000)

    def __init__(self, viewer: Viewer, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["agent"].queryset = visible_agents(viewer)  # type: ignore[attr-defined]


class SnoozeForm(forms.Form):
    """Until the customer writes, for some hours, or until a moment in the viewer's own zone."""

    until = forms.DateTimeField(required=False, input_formats=["%Y-%m-%dT%H:%M"])
    hours = forms.IntegerField(required=False, min_value=1, max_value=24 * 60)

    def __init__(self, viewer: Viewer, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.zone = zoneinfo.ZoneInfo(viewer.time_zone)

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if data.get("hours"):
            return {"reason": SnoozeReason.UNTIL, "until": now() + timedelta(hours=data["hours"])}
        if data.get("until"):
            return {"reason": SnoozeReason.UNTIL, "until": data["until"].replace(tzinfo=self.zone)}
        return {"reason": SnoozeReason.CUSTOMER, "until": None}


class WrapUpForm(forms.Form):
    disposition = forms.ModelChoiceField(Disposition.objects.filter(is_active=True), required=False)
    note = forms.CharField(required=False, max_length=4000)

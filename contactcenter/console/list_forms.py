"""What people send from the list: views to keep, and what is to be done with several conversations."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from contactcenter.accounts.models import Team
from contactcenter.accounts.selectors import Viewer
from routing.selectors import visible_agents, visible_queues

MOST_SELECTED = 200


class SaveViewForm(forms.Form):
    """A view's name, and the team it is shared with."""

    name = forms.CharField(max_length=60, error_messages={"required": _("Give the view a name.")})
    team = forms.ModelChoiceField(Team.objects.none(), required=False)

    def __init__(self, viewer: Viewer, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["team"].queryset = Team.objects.filter(pk__in=viewer.team_ids)  # type: ignore[attr-defined]


class SelectionForm(forms.Form):
    """The selected conversations as `1,2,3`."""

    ids = forms.RegexField(r"^\d{1,15}(,\d{1,15})*$", error_messages={"required": _("Select conversations first.")})

    def clean_ids(self) -> list[int]:
        found = sorted({int(pk) for pk in self.cleaned_data["ids"].split(",")})
        if len(found) > MOST_SELECTED:
            raise forms.ValidationError(_("At most %(most)s at a time; select fewer.") % {"most": MOST_SELECTED})
        return found


class TargetForm(forms.Form):
    """Where several conversations go: `queue:3` or `agent:7`, of those that the sender sees."""

    target = forms.RegexField(r"^(queue|agent):\d{1,9}$", error_messages={"required": _("Choose a queue or an agent.")})

    def __init__(self, viewer: Viewer, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.viewer = viewer

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        kind, _sep, pk = data.get("target", "").partition(":")
        queues, agents = visible_queues(self.viewer).filter(is_active=True), visible_agents(self.viewer)
        data["queue"] = queues.filter(pk=pk).first() if kind == "queue" else None
        data["agent"] = agents.filter(pk=pk).select_related("user").first() if kind == "agent" else None
        if kind and not (data["queue"] or data["agent"]):
            raise forms.ValidationError(_("Choose a queue or an agent."))
        return data


class TagsForm(forms.Form):
    """Tags to add, with commas between them, and tags to remove."""

    add = forms.CharField(required=False, max_length=500)
    remove = forms.Field(required=False, widget=forms.MultipleHiddenInput)

    def clean_add(self) -> list[str]:
        return [tag for tag in (part.strip() for part in self.cleaned_data["add"].split(",")) if tag]

    def clean_remove(self) -> list[str]:
        return [str(tag)[:50] for tag in self.cleaned_data["remove"] or []]

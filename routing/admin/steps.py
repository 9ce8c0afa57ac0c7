"""A queue's steps and fallbacks on its page in admin."""

from __future__ import annotations

from dataclasses import replace
from functools import cached_property
from typing import Any

from django import forms
from django.forms.models import BaseInlineFormSet
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.admin import StackedInline
from unfold.widgets import UnfoldAdminSelectWidget

from contactcenter.conversations.states import LOGGED_CHANNELS
from routing.admin.parts import SkillsField, TextsField, asked_of, save_asked, skill_choices, slots_for
from routing.models import Fallback, QueueStep
from routing.models.steps import FallbackAction
from routing.services.soundness import FallbackFacts, QueueFacts, StepFacts, check_queue, read_floor

# What a channel is chosen from where none stands for all others.
CHANNEL_CHOICES = [
    ("", gettext_lazy("All others")),
    *(
        (value, label)
        for value, label in Fallback._meta.get_field("channel").choices or ()
        if value not in LOGGED_CHANNELS
    ),
]


class SoundFormSet(BaseInlineFormSet):  # type: ignore[type-arg]
    """Rows of a queue that are held against everything else before they are saved."""

    about = ""
    twice: Any = ""

    def get_unique_error_message(self, unique_check: Any) -> str:
        return str(self.twice)

    def facts(self, rows: list[dict[str, Any]]) -> dict[str, Any]:
        """What the rows would make of the queue."""
        raise NotImplementedError

    def clean(self) -> None:
        super().clean()
        queue = self.instance
        if any(self.errors) or queue.brand_id is None:
            return
        data = (form.cleaned_data for form in self.forms if form not in self.deleted_forms)
        floor = read_floor()
        stored = floor.queues.get(queue.pk, QueueFacts(id=None, name=queue.name, brand_id=queue.brand_id))
        given = {name: getattr(queue, name) for name in ("name", "brand_id", "is_active", "spent_seconds")}
        wanted = replace(stored, **given, **self.facts([row for row in data if row]))
        texts = [one.text for one in check_queue(wanted, floor) if one.is_refused and one.about == self.about]
        if texts:
            raise forms.ValidationError(texts)


class StepForm(forms.ModelForm):  # type: ignore[type-arg]
    needs = SkillsField()

    class Meta:
        model = QueueStep
        fields = ("after_seconds", "boost_seconds", "needs_language", "skip_if_unstaffed", "joins")

    def __init__(self, *args: Any, skills: list[tuple[int, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        asked = asked_of(self.instance)
        self.fields["needs"] = SkillsField(skills=skills, slots=slots_for(asked))
        self.initial["needs"] = asked


class StepFormSet(SoundFormSet):
    about = "steps"
    twice = gettext_lazy("Two steps begin at the same time: give one of them another.")

    @cached_property
    def _skills(self) -> list[tuple[int, str]]:
        return skill_choices()

    def get_form_kwargs(self, index: int | None) -> dict[str, Any]:
        return {**super().get_form_kwargs(index), "skills": self._skills}

    def facts(self, rows: list[dict[str, Any]]) -> dict[str, Any]:
        steps = [
            StepFacts(
                after_seconds=row["after_seconds"],
                skills={pk: level for pk, _name, level in row["needs"].rows if level},
                joins=[queue.pk for queue in row["joins"]],
            )
            for row in rows
        ]
        return {"steps": sorted(steps, key=lambda step: step.after_seconds)}

    def save_skills(self) -> None:
        for form in self.forms:
            if "needs" in form.changed_data and form not in self.deleted_forms:
                save_asked(form.instance, form.cleaned_data["needs"])


class StepInline(StackedInline):  # type: ignore[misc]
    model = QueueStep
    form = StepForm
    formset = StepFormSet
    fields = (
        ("after_seconds", "boost_seconds"),
        "needs",
        "joins",
        ("needs_language", "skip_if_unstaffed"),
    )
    autocomplete_fields = ("joins",)
    extra = 0
    template_before = "routing/admin/steps_help.html"


class FallbackForm(forms.ModelForm):  # type: ignore[type-arg]
    channel = forms.ChoiceField(
        label=gettext_lazy("Channel"), choices=CHANNEL_CHOICES, required=False, widget=UnfoldAdminSelectWidget()
    )
    texts = TextsField(
        label=gettext_lazy("Text for the customer"),
        help_text=gettext_lazy("In each language; where it is empty the customer gets words of ours."),
    )

    class Meta:
        model = Fallback
        fields = ("condition", "channel", "action", "to_queue", "texts")

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        is_queue = cleaned.get("action") == FallbackAction.QUEUE
        if is_queue and cleaned.get("to_queue") is None and "to_queue" not in self.errors:
            self.add_error("to_queue", _("Choose the queue that takes it over."))
        if not is_queue:
            cleaned["to_queue"] = None
        return cleaned


class FallbackFormSet(SoundFormSet):
    about = "fallbacks"
    twice = gettext_lazy("The same condition is there twice for the same channel: delete one.")

    def facts(self, rows: list[dict[str, Any]]) -> dict[str, Any]:
        return {
            "fallbacks": [
                FallbackFacts(
                    condition=row["condition"],
                    channel=row["channel"],
                    to_queue=row["to_queue"].pk if row["to_queue"] else None,
                )
                for row in rows
            ]
        }


class FallbackInline(StackedInline):  # type: ignore[misc]
    model = Fallback
    fk_name = "queue"
    form = FallbackForm
    formset = FallbackFormSet
    fields = (("condition", "channel"), ("action", "to_queue"), "texts")
    autocomplete_fields = ("to_queue",)
    extra = 0
    template_before = "routing/admin/fallbacks_help.html"

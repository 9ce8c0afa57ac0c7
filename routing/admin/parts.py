"""Fields that are several on a page: the skills that a step asks for, a text in each language."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.widgets import UnfoldAdminSelectWidget, UnfoldAdminTextareaWidget

from contactcenter.accounts.models import LANGUAGE_CHOICES
from routing.models import QueueStep, Skill, StepSkill

_SLOTS = 4
_OPTIONAL = "0"
_LEVELS: list[tuple[str, Any]] = [(str(level), gettext_lazy("at least %d") % level) for level in range(1, 6)]
_LEVELS.append((_OPTIONAL, gettext_lazy("optional")))


class _Parts(forms.MultiWidget):
    template_name = "routing/admin/parts.html"
    style = ""

    def get_context(self, name: str, value: Any, attrs: Any) -> dict[str, Any]:
        context = super().get_context(name, value, attrs)
        context["widget"]["style"] = self.style
        return context


@dataclass(frozen=True, slots=True)
class Asked:
    """What a step asks for: (skill id, its name, minimum level or 0 for an optional one)."""

    rows: tuple[tuple[int, str, int], ...] = ()

    def __str__(self) -> str:
        return ", ".join(f"{name} {level}+" if level else f"{name} ({_('optional')})" for _pk, name, level in self.rows)


class _SkillsWidget(_Parts):
    style = "cc-skills"

    def decompress(self, value: Asked | None) -> list[str]:
        """Empty places hold what a browser sends of them, so that they do not count as changed."""
        held = [part for pk, _name, level in (value.rows if value else ()) for part in (str(pk), str(level))]
        return held + ["", "1"] * ((len(self.widgets) - len(held)) // 2)


class SkillsField(forms.MultiValueField):
    """Skills with their level in some places, empty ones for more."""

    def __init__(self, *, skills: Sequence[tuple[int, str]] = (), slots: int = _SLOTS) -> None:
        self.names = dict(skills)
        choices = [("", "–"), *((str(pk), name) for pk, name in skills)]
        skill_attrs, level_attrs = {"aria-label": _("Skill")}, {"aria-label": _("Level")}
        parts: list[forms.Field] = []
        widgets: list[forms.Widget] = []
        for _slot in range(slots):
            parts += [forms.ChoiceField(choices=choices, required=False)]
            parts += [forms.ChoiceField(choices=_LEVELS, required=False)]
            widgets += [UnfoldAdminSelectWidget(attrs=skill_attrs, choices=choices)]
            widgets += [UnfoldAdminSelectWidget(attrs=level_attrs, choices=_LEVELS)]
        super().__init__(
            fields=parts,
            widget=_SkillsWidget(widgets),
            required=False,
            require_all_fields=False,
            label=gettext_lazy("Asks for"),
            help_text=gettext_lazy(
                "All of it: what the queue itself or an earlier step asks for does not count any more. "
                "Optional ones only make an agent the better choice."
            ),
        )

    def compress(self, data_list: list[str]) -> Asked:
        pairs = [(int(pk), int(level or 1)) for pk, level in zip(data_list[::2], data_list[1::2], strict=True) if pk]
        seen = [pk for pk, _level in pairs]
        for pk in seen:
            if seen.count(pk) > 1:
                raise forms.ValidationError(_("“%s” is there twice: take one out.") % self.names[pk])
        return Asked(tuple((pk, self.names[pk], level) for pk, level in pairs))


def asked_of(step: QueueStep) -> Asked:
    rows = step.skills.select_related("skill").order_by("is_optional", "skill__name") if step.pk else ()
    return Asked(tuple((row.skill_id, row.skill.name, 0 if row.is_optional else row.min_level) for row in rows))


def save_asked(step: QueueStep, asked: Asked) -> None:
    wanted = {pk: {"min_level": level or 1, "is_optional": not level} for pk, _name, level in asked.rows}
    StepSkill.objects.filter(step=step).exclude(skill__in=wanted).delete()
    for pk, values in wanted.items():
        StepSkill.objects.update_or_create(step=step, skill_id=pk, defaults=values)


def slots_for(asked: Asked) -> int:
    return max(_SLOTS, len(asked.rows) + 1)


def skill_choices() -> list[tuple[int, str]]:
    return list(Skill.objects.values_list("pk", "name"))


class _TextsWidget(_Parts):
    style = "cc-texts"

    def decompress(self, value: dict[str, str] | None) -> list[str]:
        return [(value or {}).get(code, "") for code, _name in LANGUAGE_CHOICES]


class TextsField(forms.MultiValueField):
    """{language: text} of those that are filled in."""

    def __init__(self, **options: Any) -> None:
        parts = [forms.CharField(required=False, max_length=1000) for _language in LANGUAGE_CHOICES]
        widgets = [
            UnfoldAdminTextareaWidget(attrs={"rows": 2, "title": name, "lang": code}) for code, name in LANGUAGE_CHOICES
        ]
        super().__init__(
            fields=parts, widget=_TextsWidget(widgets), required=False, require_all_fields=False, **options
        )

    def compress(self, data_list: list[str]) -> dict[str, str]:
        codes = [code for code, _name in LANGUAGE_CHOICES]
        return {code: text for code, text in zip(codes, data_list, strict=False) if text}

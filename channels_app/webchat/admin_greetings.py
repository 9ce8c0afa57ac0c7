"""What a widget says of its own accord, as fields of its form: one for each language instead of a text to be parsed."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _
from unfold.widgets import UnfoldAdminIntegerFieldWidget, UnfoldAdminTextareaWidget, UnfoldAdminTextInputWidget

from channels_app.webchat.config import WidgetConfig

# Further ones come by the set-up file only, and are kept.
MOST_GREETINGS = 3
_NUMBERS = range(1, MOST_GREETINGS + 1)

_LANGUAGE_NAMES = {
    "en": _("English"),
    "et": _("Estonian"),
    "lv": _("Latvian"),
    "ru": _("Russian"),
    "pl": _("Polish"),
}


def _area(label: Any, help_text: Any = "") -> forms.CharField:
    widget = UnfoldAdminTextareaWidget(attrs={"rows": 3})
    return forms.CharField(label=label, required=False, widget=widget, help_text=help_text)


def _proactive_fields() -> dict[str, forms.Field]:
    fields: dict[str, forms.Field] = {}
    for number in _NUMBERS:
        fields[f"proactive_{number}_pages"] = _area(
            _("On pages"), _("One pattern a line, such as /cart*; empty: on all of them.")
        )
        fields[f"proactive_{number}_seconds"] = forms.IntegerField(
            label=_("After, seconds"),
            required=False,
            min_value=0,
            max_value=3600,
            widget=UnfoldAdminIntegerFieldWidget(),
            help_text=_("How long the visitor has been on the page."),
        )
        for language, name in _LANGUAGE_NAMES.items():
            fields[f"proactive_{number}_{language}"] = forms.CharField(
                label=name, required=False, widget=UnfoldAdminTextInputWidget()
            )
    return fields


def _opening_fields() -> dict[str, forms.Field]:
    text = _("The first line is said after the customer's first message; each further line is an answer to tap.")
    return {f"opening_{language}": _area(name, text) for language, name in _LANGUAGE_NAMES.items()}


GreetingFields: type[forms.Form] = type("GreetingFields", (forms.Form,), {**_proactive_fields(), **_opening_fields()})

FIELDSETS: tuple[tuple[Any, dict[str, Any]], ...] = (
    (_("First answer"), {"classes": ("collapse",), "fields": tuple(_opening_fields())}),
    *(
        (
            format_lazy("{title}, {number}", title=_("Greets of its own accord"), number=number),
            {
                "classes": ("collapse",),
                "fields": tuple(name for name in _proactive_fields() if name.startswith(f"proactive_{number}_")),
            },
        )
        for number in _NUMBERS
    ),
)


def shown_greetings(config: WidgetConfig) -> dict[str, Any]:
    """The form's fields of a configuration."""
    fields: dict[str, Any] = {}
    for number, row in zip(_NUMBERS, config.proactive, strict=False):
        fields[f"proactive_{number}_pages"] = "\n".join(row.pages)
        fields[f"proactive_{number}_seconds"] = row.after_seconds
        fields |= {f"proactive_{number}_{language}": text for language, text in row.texts.items()}
    for language, answer in config.opening.items():
        fields[f"opening_{language}"] = "\n".join((answer.text, *answer.choices))
    return fields


def _lines(text: str) -> list[str]:
    return [line.strip() for line in text.splitlines() if line.strip()]


def greetings_of(cleaned: dict[str, Any], before: dict[str, Any]) -> dict[str, Any]:
    """The configuration's parts of the form's fields; greetings beyond the form's are taken from the one `before`."""
    proactive = []
    for number in _NUMBERS:
        texts = {name: text for name in _LANGUAGE_NAMES if (text := cleaned[f"proactive_{number}_{name}"])}
        if texts:
            seconds = cleaned[f"proactive_{number}_seconds"] or 0
            pages = _lines(cleaned[f"proactive_{number}_pages"])
            proactive.append({"pages": pages, "after_seconds": seconds, "text": texts})
    opening = {}
    for language in _LANGUAGE_NAMES:
        if lines := _lines(cleaned[f"opening_{language}"]):
            opening[language] = {"text": lines[0], "choices": lines[1:]}
    known = before.get("proactive")
    further = known[MOST_GREETINGS:] if isinstance(known, list) else []
    return {"proactive": proactive + further, "opening": opening}


def field_of(part: str) -> str | None:
    """Where a problem with a part of the configuration is said."""
    return {"proactive": "proactive_1_pages", "opening": "opening_en"}.get(part)


def check_greetings(form: forms.BaseForm, cleaned: dict[str, Any]) -> None:
    """A page or a time without a text would never be shown: said at the text."""
    for number in _NUMBERS:
        has_text = any(cleaned.get(f"proactive_{number}_{language}") for language in _LANGUAGE_NAMES)
        names = (f"proactive_{number}_pages", f"proactive_{number}_seconds")
        if not has_text and any(cleaned.get(name) for name in names):
            form.add_error(f"proactive_{number}_en", _("A greeting needs a text."))

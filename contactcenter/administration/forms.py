"""The forms of the first start, one a step."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.utils.text import slugify
from django.utils.translation import gettext_lazy as _

from channels_app.webchat.config import origin_of
from contactcenter.accounts.forms import time_zones
from contactcenter.accounts.models import LANGUAGE_CHOICES, Brand, User
from contactcenter.administration.hours import ALL_DAY, PRESETS, Span, parse_hours, show_hours
from contactcenter.administration.models import Setup
from routing.models import Skill
from routing.models.hours import WEEKDAYS


class AdminForm(forms.Form):
    """Who sets up."""

    display_name = forms.CharField(
        label=_("Your name"), max_length=100, widget=forms.TextInput(attrs={"autocomplete": "name"})
    )
    email = forms.EmailField(label=_("Email address"), widget=forms.EmailInput(attrs={"autocomplete": "email"}))
    username = forms.RegexField(
        r"^[\w.@+-]{1,150}$", label=_("User name"), widget=forms.TextInput(attrs={"autocomplete": "username"})
    )
    password = forms.CharField(
        label=_("Password"), strip=False, widget=forms.PasswordInput(attrs={"autocomplete": "new-password"})
    )
    is_agent = forms.BooleanField(label=_("I answer customers myself, too"), required=False, initial=True)

    def clean_username(self) -> str:
        username: str = self.cleaned_data["username"]
        if User.objects.filter(username__iexact=username).exists():
            raise ValidationError(_("This user name is taken."))
        return username

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if password := data.get("password"):
            names = {name: data.get(name, "") for name in ("username", "email", "display_name")}
            try:
                validate_password(password, User(**names))
            except ValidationError as error:
                self.add_error("password", error)
        return data


class StepForm(forms.Form):
    """A step of the wizard: begins with what was saved before."""

    def __init__(self, data: Any = None, *, setup: Setup, initial: dict[str, Any] | None = None) -> None:
        self.setup = setup
        super().__init__(data, initial={**self.saved(), **(initial or {})})

    def saved(self) -> dict[str, Any]:
        raise NotImplementedError


class BrandForm(StepForm):
    brand_name = forms.CharField(label=_("Brand"), max_length=100, help_text=_("The name that customers know."))
    brand_slug = forms.SlugField(
        label=_("Brand in addresses"), required=False, help_text=_("Letters, digits and hyphens; empty takes the name.")
    )
    colour = forms.RegexField(
        r"^#[0-9a-fA-F]{6}$",
        label=_("Colour"),
        widget=forms.TextInput(attrs={"type": "color"}),
        help_text=_("Of the chat and the help pages; texts on it stay readable."),
    )

    def saved(self) -> dict[str, Any]:
        brand = self.setup.brand or Brand()
        return {"brand_name": brand.name, "brand_slug": brand.slug, "colour": brand.colour}

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        slug = data.get("brand_slug") or slugify(data.get("brand_name", ""))[:50]
        if data.get("brand_name") and not slug:
            self.add_error("brand_slug", _("Write it with Latin letters."))
        elif Brand.objects.filter(slug=slug).exclude(pk=self.setup.brand_id or 0).exists():
            self.add_error("brand_slug", _("Another brand uses this address."))
        data["brand_slug"] = slug
        return data


class LanguagesForm(StepForm):
    languages = forms.MultipleChoiceField(
        label=_("Languages that you answer in"), choices=LANGUAGE_CHOICES, widget=forms.CheckboxSelectMultiple
    )
    default_language = forms.ChoiceField(
        label=_("Main language"),
        choices=LANGUAGE_CHOICES,
        help_text=_("For customers whose own language is not among them."),
    )
    time_zone = forms.ChoiceField(label=_("Time zone"), choices=time_zones)

    def saved(self) -> dict[str, Any]:
        assert self.setup.brand is not None
        own = self.setup.admin.language
        known = list(Skill.objects.exclude(language="").values_list("language", flat=True))
        return {
            "languages": known or [own],
            "default_language": self.setup.brand.default_language if known else own,
            "time_zone": self.setup.brand.time_zone,
        }

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if "languages" in data and data.get("default_language") not in data["languages"]:
            self.add_error("default_language", _("Choose one of the languages that you answer in."))
        return data


class QueueForm(StepForm):
    queue_name = forms.CharField(
        label=_("Queue"), max_length=100, help_text=_("What customers ask about, such as Service or Orders.")
    )
    team_name = forms.CharField(label=_("Team"), max_length=100, help_text=_("Who answers; they see this queue."))

    def saved(self) -> dict[str, Any]:
        queue = self.setup.queue
        if queue is None:
            return {"queue_name": _("Service"), "team_name": _("Service")}
        return {"queue_name": queue.name, "team_name": queue.team.name}


class HoursForm(StepForm):
    """A field a day; `hours` of the cleaned data are (weekday, opens, closes)."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for number, name in WEEKDAYS:
            widget = forms.TextInput(attrs={"placeholder": _("Closed"), "autocomplete": "off"})
            self.fields[f"day_{number}"] = forms.CharField(label=name, required=False, max_length=200, widget=widget)

    def saved(self) -> dict[str, Any]:
        assert self.setup.queue is not None
        calendar = self.setup.queue.calendar
        if calendar is None:
            return draft_of_preset("weekdays")
        spans: list[list[Span]] = [[] for _day in range(7)]
        for row in calendar.intervals.all():
            spans[row.weekday].append((row.opens_at, row.closes_at))
        return {f"day_{number}": show_hours(day) for number, day in enumerate(spans)}

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        hours = []
        for number in range(7):
            try:
                hours += [(number, *span) for span in parse_hours(data.get(f"day_{number}", ""))]
            except ValueError:
                self.add_error(
                    f"day_{number}",
                    _("Write times such as 09:00-12:00, 13:00-17:00, or %(all_day)s.") % {"all_day": ALL_DAY},
                )
        if not hours and not self.errors:
            raise ValidationError(_("Open on one day at least."))
        data["hours"] = hours
        return data


def draft_of_preset(name: str) -> dict[str, Any]:
    """The days of a preset, as the form's fields."""
    return {f"day_{number}": text for number, text in enumerate(PRESETS[name])}


class ChannelForm(StepForm):
    origins = forms.CharField(
        label=_("Pages that may show it"),
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 2, "placeholder": "https://shop.example"}),
        help_text=_("One address a line; the part before the first slash counts."),
    )
    greeting = forms.CharField(label=_("Greeting"), max_length=200, required=False)

    def saved(self) -> dict[str, Any]:
        assert self.setup.brand is not None
        config = self.setup.account.config if self.setup.account else {}
        return {
            "origins": "\n".join(config.get("origins", ())),
            "greeting": config.get("greeting", {}).get(self.setup.brand.default_language, _("How can we help?")),
        }

    def clean_origins(self) -> list[str]:
        origins = []
        for line in filter(None, map(str.strip, self.cleaned_data["origins"].splitlines())):
            scheme, _slashes, rest = line.rpartition("://")
            try:
                origins.append(origin_of(f"{scheme or 'https'}://{rest.split('/')[0]}"))
            except ValueError as error:
                raise ValidationError(str(error)) from error
        return list(dict.fromkeys(origins))


FORMS: dict[str, type[StepForm]] = {
    "brand": BrandForm,
    "languages": LanguagesForm,
    "queue": QueueForm,
    "hours": HoursForm,
    "channel": ChannelForm,
}

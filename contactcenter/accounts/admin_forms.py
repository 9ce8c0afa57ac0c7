"""Forms of brands and people: what is wrong is said with the way out of it."""

from __future__ import annotations

import re
from typing import Any

import phonenumbers
from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.forms import UserChangeForm, UserCreationForm
from unfold.widgets import (
    UnfoldAdminFileFieldWidget,
    UnfoldAdminSelect2Widget,
    UnfoldAdminTextInputWidget,
    UnfoldBooleanSwitchWidget,
)

from contactcenter.accounts.forms import time_zones
from contactcenter.accounts.logos import MOST_BYTES, type_of
from contactcenter.accounts.models import Brand, Role, User
from contactcenter.accounts.selectors import leaves_no_admin
from contactcenter.base.errors import Refused

SLUG_HELP = gettext_lazy("Part of addresses: small letters, figures and hyphens. Better left alone once in use.")


def _zones() -> list[tuple[str, str]]:
    return time_zones()


def _zones_or_none() -> list[tuple[str, str]]:
    return [("", "---------"), *time_zones()]


class TimeZoneField(forms.ChoiceField):
    """A zone from the list; what is not on it is refused by name."""

    def __init__(self, *, required: bool = True, **options: Any) -> None:
        super().__init__(
            choices=_zones if required else _zones_or_none,
            required=required,
            label=gettext_lazy("Time zone"),
            widget=UnfoldAdminSelect2Widget(),
            error_messages={
                "invalid_choice": gettext_lazy("There is no time zone “%(value)s”: choose one such as Europe/Riga.")
            },
            **options,
        )


class CountriesField(forms.CharField):
    """Country codes, separated by commas."""

    def prepare_value(self, value: Any) -> Any:
        return ", ".join(value) if isinstance(value, list) else value

    def has_changed(self, initial: Any, data: Any) -> bool:
        return super().has_changed(self.prepare_value(initial), data)

    def to_python(self, value: Any) -> Any:
        codes = [code.upper() for code in re.split(r"[\s,;]+", value or "") if code]
        for code in codes:
            check_country(code)
        return codes


def check_country(code: str) -> None:
    """Raise ValidationError unless the world's telephone numbers know the country."""
    if code not in phonenumbers.SUPPORTED_REGIONS:
        raise forms.ValidationError(
            _("There is no country “%(code)s”: use two letters such as LV or EE.") % {"code": code}
        )


class BrandForm(forms.ModelForm):  # type: ignore[type-arg]
    time_zone = TimeZoneField(initial="UTC")
    allowed_countries = CountriesField(
        label=gettext_lazy("Allowed countries"),
        required=False,
        widget=UnfoldAdminTextInputWidget(),
        help_text=gettext_lazy(
            "Countries that calls and SMS may go to, such as LV, EE; empty allows the phone region alone."
        ),
    )

    logo = forms.FileField(
        label=gettext_lazy("Logo"),
        required=False,
        widget=UnfoldAdminFileFieldWidget(),
        help_text=gettext_lazy("SVG, PNG, JPEG or WebP up to 200 kB, shown 32 pixels high."),
    )
    drop_logo = forms.BooleanField(
        label=gettext_lazy("Without a logo"), required=False, widget=UnfoldBooleanSwitchWidget()
    )

    class Meta:
        model = Brand
        fields = ("name", "slug", "default_language", "time_zone", "colour", "phone_region", "allowed_countries")
        help_texts = {
            "name": gettext_lazy("The name that customers know."),
            "slug": SLUG_HELP,
            "default_language": gettext_lazy("For customers whose language is not known."),
        }
        error_messages = {"slug": {"unique": gettext_lazy("Another brand uses this address part: choose another.")}}

    def clean_colour(self) -> str:
        colour: str = self.cleaned_data["colour"].lower()
        if not re.fullmatch(r"#[0-9a-f]{6}", colour):
            raise forms.ValidationError(_("Write the colour as #rrggbb, for example #0b5cad."))
        return colour

    def clean_logo(self) -> bytes | None:
        given = self.cleaned_data["logo"]
        if not given:
            return None
        content: bytes = given.read(MOST_BYTES + 1)
        try:
            type_of(content)
        except Refused as refusal:
            raise forms.ValidationError(str(refusal.text)) from refusal
        return content

    def clean_phone_region(self) -> str:
        region: str = self.cleaned_data["phone_region"].upper()
        check_country(region)
        return region


class RightsMixin:
    """Role, brands and teams that make sense together; the last admin stays one."""

    cleaned_data: dict[str, Any]
    instance: User

    def check_rights(self: Any) -> None:
        role, teams = self.cleaned_data.get("role"), self.cleaned_data.get("teams")
        if teams is not None and "brands" in self.cleaned_data:
            brand_ids = {team.brand_id for team in teams} | {brand.pk for brand in self.cleaned_data["brands"]}
            self.cleaned_data["brands"] = Brand.objects.filter(pk__in=brand_ids)
            if role == Role.AGENT and not teams:
                self.add_error("teams", _("Choose at least one team: an agent without team sees no work."))
            if role == Role.SUPERVISOR and not brand_ids:
                self.add_error("brands", _("Choose at least one brand: a supervisor without brand sees nothing."))
        stays = role in {None, Role.ADMIN} and self.cleaned_data.get("is_active", True)
        if self.instance.pk and not stays and leaves_no_admin(User.objects.filter(pk=self.instance.pk)):
            field = "role" if role != Role.ADMIN else "is_active"
            self.add_error(field, _("This is the last admin. Make somebody else an admin first."))


class PersonForm(RightsMixin, UserChangeForm):  # type: ignore[misc]
    """A person's page. What they may do follows from the role alone."""

    time_zone = TimeZoneField(required=False, help_text=gettext_lazy("Empty takes the brand's."))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance.is_superuser:
            self.initial["role"] = Role.ADMIN

    def clean(self) -> dict[str, Any]:
        super().clean()
        self.check_rights()
        return self.cleaned_data


class NewPersonForm(RightsMixin, UserCreationForm):  # type: ignore[misc]
    def clean(self) -> dict[str, Any]:
        super().clean()
        self.check_rights()
        return self.cleaned_data

"""The form of the first start."""

from __future__ import annotations

import zoneinfo
from typing import Any

from django import forms
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.utils.text import slugify
from django.utils.translation import gettext_lazy as _

from contactcenter.accounts.models import LANGUAGE_CHOICES, Brand, User


def time_zones() -> list[tuple[str, str]]:
    """Zones named after places, as people know them."""
    names = sorted(zone for zone in zoneinfo.available_timezones() if "/" in zone and not zone.startswith("Etc/"))
    return [("UTC", "UTC"), *((name, name.replace("_", " ")) for name in names)]


class SetupForm(forms.Form):
    """The first admin and the first brand."""

    username = forms.RegexField(r"^[\w.@+-]{1,150}$", label=_("User name"))
    email = forms.EmailField(label=_("Email address"))
    password = forms.CharField(
        label=_("Password"),
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )
    brand_name = forms.CharField(label=_("Brand"), max_length=100, help_text=_("The name that customers know."))
    brand_slug = forms.SlugField(
        label=_("Brand in addresses"), required=False, help_text=_("Letters, digits and hyphens; empty takes the name.")
    )
    language = forms.ChoiceField(label=_("Language"), choices=LANGUAGE_CHOICES)
    time_zone = forms.ChoiceField(label=_("Time zone"), choices=time_zones)

    def clean_username(self) -> str:
        username: str = self.cleaned_data["username"]
        if User.objects.filter(username__iexact=username).exists():
            raise ValidationError(_("This user name is taken."))
        return username

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        slug = data.get("brand_slug") or slugify(data.get("brand_name", ""))
        if data.get("brand_name") and not slug:
            self.add_error("brand_slug", _("Write it with Latin letters."))
        elif Brand.objects.filter(slug=slug).exists():
            self.add_error("brand_slug", _("Another brand uses this address."))
        data["brand_slug"] = slug
        if password := data.get("password"):
            user = User(username=data.get("username", ""), email=data.get("email", ""))
            try:
                validate_password(password, user)
            except ValidationError as error:
                self.add_error("password", error)
        return data

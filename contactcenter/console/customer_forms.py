"""What people send from a customer's card, checked before a service sees it."""

from __future__ import annotations

import zoneinfo
from datetime import datetime, timedelta
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from contactcenter.accounts.models import Brand
from contactcenter.accounts.selectors import Viewer
from contactcenter.base.clock import now
from contactcenter.console.customer_words import PURPOSES
from contactcenter.conversations.services.cards import CLEAN
from contactcenter.conversations.states import LOGGED_CHANNELS, Channel, IdentityKind
from routing.models import Disposition

# What an agent can write down; other addresses come with a message.
TYPED_KINDS = (IdentityKind.PHONE, IdentityKind.EMAIL, IdentityKind.CUSTOMER_ID)
LOGGED = tuple(channel for channel in Channel if channel in LOGGED_CHANNELS)
CONSENT_CHANNELS = tuple(channel for channel in Channel if channel not in LOGGED_CHANNELS)


def _choices(members: Any) -> list[tuple[str, Any]]:
    return [(member.value, member.label) for member in members]


class OnScreenForm(forms.Form):
    """Whatever is done from a card may say which conversation is open beside it."""

    conversation = forms.IntegerField(required=False)


class FieldForm(OnScreenForm):
    """One field of the card; `was` is what the writer saw."""

    field = forms.ChoiceField(choices=[(name, name) for name in CLEAN])
    value = forms.CharField(required=False, strip=False)
    was = forms.CharField(required=False, strip=False)


class ManagerForm(OnScreenForm):
    """An agent's id; empty: nobody."""

    value = forms.IntegerField(required=False)


class TagForm(OnScreenForm):
    add = forms.CharField(required=False)
    remove = forms.CharField(required=False)


class AddressForm(OnScreenForm):
    kind = forms.TypedChoiceField(choices=_choices(TYPED_KINDS), coerce=IdentityKind)
    address = forms.CharField(max_length=254, error_messages={"required": _("Write the address.")})


class ConsentForm(OnScreenForm):
    purpose = forms.ChoiceField(choices=list(PURPOSES.items()))
    channel = forms.ChoiceField(choices=[("", ""), *_choices(CONSENT_CHANNELS)], required=False)
    is_granted = forms.TypedChoiceField(
        choices=[("yes", "yes"), ("no", "no")],
        coerce=lambda value: value == "yes",
        error_messages={"required": _("Say whether it was given or withdrawn.")},
    )
    proof = forms.CharField(required=False, max_length=2000)


class BlockForm(OnScreenForm):
    """For some days, for good, or until a moment in the viewer's own zone."""

    reason = forms.CharField(required=False, max_length=200)
    lasts = forms.ChoiceField(choices=[(key, key) for key in ("1", "7", "30", "until", "always")])
    until = forms.DateTimeField(required=False, input_formats=["%Y-%m-%dT%H:%M"])

    def __init__(self, viewer: Viewer, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.zone = zoneinfo.ZoneInfo(viewer.time_zone)

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        lasts, until = data.pop("lasts", ""), data.pop("until", None)
        if lasts == "until" and until is None:
            raise forms.ValidationError(_("Choose the time until which it is blocked."))
        data["until"] = None
        if lasts == "until":
            data["until"] = until.replace(tzinfo=self.zone)
        elif lasts.isdecimal():
            data["until"] = now() + timedelta(days=int(lasts))
        return data


class LogForm(forms.Form):
    """A contact by hand; its time is in the viewer's own zone."""

    channel = forms.TypedChoiceField(choices=_choices(LOGGED), coerce=Channel)
    at = forms.DateTimeField(
        input_formats=["%Y-%m-%dT%H:%M"], error_messages={"required": _("Say when the contact took place.")}
    )
    text = forms.CharField(required=False, strip=False)
    disposition = forms.ModelChoiceField(Disposition.objects.filter(is_active=True), required=False)
    tags = forms.CharField(required=False, max_length=500)
    client_id = forms.RegexField(r"^[A-Za-z0-9_-]{8,64}$")

    def __init__(self, viewer: Viewer, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.zone = zoneinfo.ZoneInfo(viewer.time_zone)

    def clean_at(self) -> datetime:
        moment: datetime = self.cleaned_data["at"]
        return moment.replace(tzinfo=self.zone)

    def clean_tags(self) -> list[str]:
        return [tag for tag in self.cleaned_data["tags"].split(",") if tag.strip()]


class CreateForm(forms.Form):
    """Somebody new, in one of the viewer's brands."""

    brand = forms.ModelChoiceField(Brand.objects.none())
    name = forms.CharField(max_length=200, error_messages={"required": _("Write the customer’s name.")})
    language = forms.CharField(required=False, max_length=5)
    kind = forms.TypedChoiceField(choices=_choices(TYPED_KINDS), coerce=IdentityKind)
    address = forms.CharField(required=False, max_length=254)
    key = forms.RegexField(r"^[A-Za-z0-9_-]{8,64}$")

    def __init__(self, brands: Any, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["brand"].queryset = brands  # type: ignore[attr-defined]


class MergeForm(forms.Form):
    """Which of the two stays."""

    kept = forms.IntegerField(error_messages={"required": _("Choose who stays.")})


class StartForm(forms.Form):
    """From which account, to which address: `3-17`."""

    way = forms.RegexField(r"^\d+-\d+$", error_messages={"required": _("Choose how to write.")})
    subject = forms.CharField(required=False, max_length=200)

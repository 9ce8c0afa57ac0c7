"""A form for each kind of account, made from what the kind says it has to be told."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _
from unfold.widgets import UnfoldAdminPasswordWidget, UnfoldAdminSelectWidget, UnfoldAdminTextInputWidget

from channels_app.accounts import fields_of
from channels_app.kinds import Kind, Setting
from channels_app.secrets import secret_of
from contactcenter.accounts.admin_forms import SLUG_HELP
from contactcenter.conversations.models import ChannelAccount
from routing.models import Queue

_PREFIX = "set_"
_KEEP = _("Stored encrypted and never shown. Leave empty to keep it.")


class AccountForm(forms.ModelForm):  # type: ignore[type-arg]
    """What all kinds share. `kind` is set by `account_form`; secrets left empty stay as they are, unless the provider's
    address changes: then they are asked for again."""

    kind_of_account: Kind
    queue = forms.ModelChoiceField(
        Queue.objects.order_by("name"),
        label=_("Queue"),
        help_text=_("Where its conversations go."),
        widget=UnfoldAdminSelectWidget(),
    )

    class Meta:
        model = ChannelAccount
        fields = ("name", "slug", "brand", "reopen_hours", "is_active")
        help_texts = {
            "name": _("What colleagues call it."),
            "slug": SLUG_HELP,
            "is_active": _("Switched off, it neither receives nor sends."),
        }
        error_messages = {"slug": {"unique": _("Another account uses this address part: choose another.")}}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance.pk is not None:
            # Entry points have a page of their own, where topics and skills can be told apart.
            del self.fields["queue"]
        elif "reopen_hours" in self.fields:
            self.initial.setdefault("reopen_hours", self.kind_of_account.reopen_hours)
        for setting in self.kind_of_account.all_settings:
            self.initial.setdefault(_PREFIX + setting.name, _shown(self.instance, setting))

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        queue, brand = cleaned.get("queue"), cleaned.get("brand") or (self.instance.brand_id and self.instance.brand)
        if queue is not None and brand and queue.brand_id != brand.pk:
            self.add_error("queue", _("The queue belongs to another brand."))
        values = self._values(cleaned)
        for name, refusal in self.kind_of_account.check(values).items():
            self.add_error(_PREFIX + name, str(refusal.text))
        if not self.errors:
            for column, value in fields_of(self.kind_of_account, values).items():
                kept = self.instance.config if column == "config" else None
                setattr(self.instance, column, _merged(kept, value, self.kind_of_account))
            if not values.get("api_base"):
                self.instance.api_base = ""
            self.instance.kind, self.instance.channel = self.kind_of_account.kind, self.kind_of_account.channel
        return cleaned

    def _values(self, cleaned: dict[str, Any]) -> dict[str, str]:
        """What was filled in; of secrets what is known where nothing was, as long as they go to the same provider."""
        values = {}
        is_same_place = self.instance.pk is not None and self.instance.api_base == (
            cleaned.get(f"{_PREFIX}api_base") or ""
        )
        for setting in self.kind_of_account.all_settings:
            given = cleaned.get(_PREFIX + setting.name) or ""
            if not given and setting.place == "secret" and is_same_place:
                given = secret_of(self.instance, setting.name)
            values[setting.name] = given
        return values


def _merged(kept: Any, value: Any, kind: Kind) -> Any:
    """Of the configuration what no setting speaks of stays."""
    if not isinstance(kept, dict):
        return value
    own = {setting.name for setting in kind.all_settings}
    return {**{name: held for name, held in kept.items() if name not in own}, **value}


def _shown(account: ChannelAccount, setting: Setting) -> str:
    if setting.place == "secret" or account.pk is None:
        return ""
    if setting.place == "config":
        return str(account.config.get(setting.name, ""))
    return str(getattr(account, setting.place))


def account_form(kind: Kind) -> type[AccountForm]:
    """The form of one kind."""
    fields: dict[str, Any] = {"kind_of_account": kind}
    for setting in kind.all_settings:
        is_hidden = setting.place == "secret"
        help_text = f"{setting.help_text} {_KEEP}".strip() if is_hidden else setting.help_text
        fields[_PREFIX + setting.name] = forms.CharField(
            label=capfirst(setting.label),
            required=False,
            help_text=help_text,
            widget=UnfoldAdminPasswordWidget(render_value=False)
            if is_hidden
            else UnfoldAdminTextInputWidget(attrs={"placeholder": setting.example}),
        )
    return type("AccountForm", (AccountForm,), fields)


def setting_fields(kind: Kind) -> tuple[str, ...]:
    """The names of a kind's own fields in its form."""
    return tuple(_PREFIX + setting.name for setting in kind.all_settings)

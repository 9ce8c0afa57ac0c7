"""What a queue's customers are promised, on its page in admin."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.admin import TabularInline
from unfold.widgets import UnfoldAdminSelectWidget

from routing.admin.steps import CHANNEL_CHOICES
from routing.models import SLATarget


class TargetForm(forms.ModelForm):  # type: ignore[type-arg]
    channel = forms.ChoiceField(
        label=gettext_lazy("Channel"), choices=CHANNEL_CHOICES, required=False, widget=UnfoldAdminSelectWidget()
    )

    class Meta:
        model = SLATarget
        fields = ("channel", "first_seconds", "next_seconds", "resolution_seconds", "warn_percent")

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        first, following, resolution = (cleaned.get(f"{kind}_seconds") for kind in ("first", "next", "resolution"))
        if not (first or following or resolution) and not self.errors:
            raise forms.ValidationError(_("Promise one of the times at least, or delete the row."))
        if first and resolution and resolution < first:
            self.add_error("resolution_seconds", _("It cannot be solved before it is answered: give it more time."))
        return cleaned


class TargetInline(TabularInline):  # type: ignore[misc]
    hide_title = True
    model = SLATarget
    form = TargetForm
    extra = 0
    template_before = "routing/admin/sla_help.html"

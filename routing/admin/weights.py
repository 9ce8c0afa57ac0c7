"""What each term of a queue's score is worth, on its page in admin."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy
from unfold.admin import StackedInline

from routing.models import QueueWeights
from routing.models.policy import DEFAULTS

_HELP: dict[str, Any] = {
    "urgency": gettext_lazy("What an ordinary customer gains each time that they have waited the queue's target."),
    "urgency_base": gettext_lazy("How much of it everybody has at once, before any wait."),
    "value_exponent": gettext_lazy("How far a customer's value multiplies urgency: 0 not at all, 1 as it stands."),
    "fit": gettext_lazy("For an agent with level 5 in all skills that are asked for; lower levels get their share."),
    "last_agent": gettext_lazy("For the agent whom the customer knows, or who manages their account."),
    "scarcity": gettext_lazy("Taken from agents who can serve everything: they stay free for what only they can do."),
    "keep_voice": gettext_lazy("Taken from agents who could take a call now, for work that a call may not interrupt."),
    "packing": gettext_lazy("For agents who have a chat already and room for one more."),
    "idle": gettext_lazy("For two minutes without work; less gets its share."),
    "occupancy": gettext_lazy("Taken from agents who were busy for the whole last hour."),
    "interruption": gettext_lazy("Taken where other work would have to be put aside for it."),
}


class WeightsForm(forms.ModelForm):  # type: ignore[type-arg]
    class Meta:
        model = QueueWeights
        fields = tuple(_HELP)
        help_texts = {
            name: format_lazy("{} {} {:g}.", text, gettext_lazy("Default:"), getattr(DEFAULTS, name))
            for name, text in _HELP.items()
        }


class WeightsInline(StackedInline):  # type: ignore[misc]
    """Shows the defaults until one is changed; deleting the row goes back to them."""

    model = QueueWeights
    form = WeightsForm
    fields = (
        ("urgency", "urgency_base"),
        ("value_exponent", "last_agent"),
        ("fit", "scarcity"),
        ("keep_voice", "packing"),
        ("idle", "occupancy"),
        "interruption",
    )
    template_before = "routing/admin/weights_help.html"

"""Choices whose keys are stored and whose words are translated when shown."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

DECLINE_REASONS = {
    "busy": _("Busy with other work"),
    "not_my_topic": _("Not my topic"),
    "language": _("Not my language"),
    "technical": _("Something does not work here"),
}

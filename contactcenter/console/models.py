"""What each person sets for their own desk, and the views they keep."""

from __future__ import annotations

from typing import Any

from django.db import models
from django.utils.translation import gettext_lazy as _

from contactcenter.accounts.models import Team, User
from contactcenter.base.clock import now


class Preferences(models.Model):
    """One person's desk. Missing rows and missing keys mean the defaults of `console.preferences`."""

    user = models.OneToOneField(User, on_delete=models.CASCADE, related_name="console_preferences")
    density = models.CharField(
        max_length=8, choices=[("cosy", _("Comfortable")), ("compact", _("Compact"))], default="cosy"
    )
    # Seconds in which a reply can be taken back; 0 sends at once.
    undo_seconds = models.PositiveSmallIntegerField(default=5)
    has_shortcuts = models.BooleanField(default=True)
    # Action -> physical key, where it differs from the default: {"reply": "KeyR"}.
    shortcuts: models.JSONField[Any, Any] = models.JSONField(default=dict, blank=True)
    # Kind of alert -> {"volume": 0..1}; "device" names the loudspeaker.
    sounds: models.JSONField[Any, Any] = models.JSONField(default=dict, blank=True)
    has_notifications = models.BooleanField(default=True)

    class Meta:
        verbose_name_plural = "preferences"

    def __str__(self) -> str:
        return f"preferences of {self.user}"


class SavedView(models.Model):
    """A filtered list under a name: one person's own, or their team's."""

    owner = models.ForeignKey(User, on_delete=models.CASCADE, related_name="saved_views")
    team = models.ForeignKey(Team, null=True, blank=True, on_delete=models.CASCADE, related_name="saved_views")
    name = models.CharField(max_length=60)
    # The list's query as the filter form makes it: tab, filters, sort.
    query = models.CharField(max_length=1000)
    position = models.PositiveSmallIntegerField(default=0)
    created_at = models.DateTimeField(default=now)

    class Meta:
        ordering = ["position", "name"]
        constraints = [models.UniqueConstraint(fields=["owner", "name"], name="saved_view_once")]

    def __str__(self) -> str:
        return self.name

"""A change tried on past or generated traffic before it is saved."""

from __future__ import annotations

from typing import Any

from django.db import models
from django.utils.translation import gettext_lazy as _

from contactcenter.accounts.models import User
from routing.models.queues import Queue


class Trial(models.Model):
    """One simulation of a queue as it is and as it would be; a worker fills the result."""

    class Kind(models.TextChoices):
        REPLAY = "replay", _("Past days")
        GENERATED = "generated", _("Generated day")

    class State(models.TextChoices):
        PENDING = "pending", _("Waiting for a worker")
        RUNNING = "running", _("Running")
        DONE = "done", _("Done")
        FAILED = "failed", _("Failed")
        CANCELLED = "cancelled", _("Cancelled")

    queue = models.ForeignKey(Queue, on_delete=models.CASCADE, related_name="trials", verbose_name=_("queue"))
    kind = models.CharField(_("traffic"), max_length=10, choices=Kind.choices)
    starts_at = models.DateTimeField(_("from"))
    ends_at = models.DateTimeField(_("until"))
    # What would be changed, as the trial's form writes it; the queue's settings otherwise.
    settings: models.JSONField[Any, Any] = models.JSONField(default=dict)
    seeds = models.PositiveSmallIntegerField(_("repetitions"), default=10)
    state = models.CharField(_("state"), max_length=10, choices=State.choices, default=State.PENDING)
    progress = models.FloatField(default=0)
    cancel_requested = models.BooleanField(default=False)
    # A worker that runs it says so again and again; one that is silent has died.
    seen_at = models.DateTimeField(null=True, blank=True)
    result: models.JSONField[Any, Any] = models.JSONField(null=True, blank=True)
    error = models.CharField(max_length=500, blank=True)
    created_by = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+")
    created_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-created_at"]
        verbose_name = _("trial")
        verbose_name_plural = _("trials")

    def __str__(self) -> str:
        return f"{self.queue} {self.starts_at:%Y-%m-%d}"

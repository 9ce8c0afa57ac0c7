"""Estimated waits: what was told to whom, what came of it, and how the estimates are corrected."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from contactcenter.conversations.states import Channel
from routing.models.queues import Queue
from routing.models.work import QueueEntry


class WaitCalibration(models.Model):
    """Ratios of actual to estimated waits of one queue and channel: quantiles over its last stays."""

    queue = models.ForeignKey(Queue, on_delete=models.CASCADE, related_name="wait_calibrations")
    channel = models.CharField(max_length=12, choices=Channel.choices)
    samples = models.PositiveIntegerField(default=0)
    ratio_p50 = models.FloatField(default=1.0)
    ratio_p90 = models.FloatField(default=1.0)
    updated_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["queue", "channel"], name="wait_calibration_once")]

    def __str__(self) -> str:
        return f"{self.queue_id} {self.channel}"


class WaitPromise(models.Model):
    """The estimate at the moment a stay began, kept for the comparison; the widest that was told while it lasted."""

    entry = models.OneToOneField(QueueEntry, on_delete=models.CASCADE, related_name="promise")
    queue = models.ForeignKey(Queue, on_delete=models.CASCADE, related_name="wait_promises")
    channel = models.CharField(max_length=12, choices=Channel.choices)
    made_at = models.DateTimeField()
    # Seconds from `made_at`: the model's own estimate, and the calibrated band (None: too few samples to tell).
    base_seconds = models.FloatField()
    p50_seconds = models.FloatField(null=True, blank=True)
    p90_seconds = models.FloatField(null=True, blank=True)
    # What the customer was told last, as moments: they only move later if somebody overtook.
    told_p50_at = models.DateTimeField(null=True, blank=True)
    told_p90_at = models.DateTimeField(null=True, blank=True)
    # Filled when the stay ends: answered (observed), or left before (the wait is only known to be longer).
    actual_seconds = models.FloatField(null=True, blank=True)
    is_observed = models.BooleanField(null=True, blank=True)

    class Meta:
        indexes = [
            models.Index(
                fields=["queue", "channel", "-made_at"],
                condition=Q(actual_seconds__isnull=False),
                name="wait_promise_known",
            )
        ]

    def __str__(self) -> str:
        return f"{self.entry_id}: {self.base_seconds:.0f} s"

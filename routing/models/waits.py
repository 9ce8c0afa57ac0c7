"""Estimated waits: what was told to whom, what came of it, and how the estimates are corrected."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from contactcenter.conversations.states import Channel
from routing.models.queues import Queue, SkillGroup
from routing.models.work import QueueEntry


class WaitCalibration(models.Model):
    """What estimates of one queue and channel are made with: ratios of actual to estimated waits over its last stays,
    how long work takes and how long customers stay. With a group only the ratios of that group's waits count."""

    queue = models.ForeignKey(Queue, on_delete=models.CASCADE, related_name="wait_calibrations")
    channel = models.CharField(max_length=12, choices=Channel.choices)
    group = models.ForeignKey(
        SkillGroup, null=True, blank=True, on_delete=models.CASCADE, related_name="wait_calibrations"
    )
    samples = models.PositiveIntegerField(default=0)
    ratio_p50 = models.FloatField(default=1.0)
    ratio_p90 = models.FloatField(default=1.0)
    handle_seconds = models.FloatField()
    # None: nobody gives up.
    patience_seconds = models.FloatField(null=True, blank=True)
    updated_at = models.DateTimeField()

    class Meta:
        verbose_name = _("promised and actual wait")
        verbose_name_plural = _("promised and actual waits")
        constraints = [
            models.UniqueConstraint(
                fields=["queue", "channel", "group"], nulls_distinct=False, name="wait_calibration_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.queue_id} {self.channel}"


class WaitPromise(models.Model):
    """The estimate at the moment a stay began, kept for the comparison; the widest that was told while it lasted."""

    entry = models.OneToOneField(QueueEntry, on_delete=models.CASCADE, related_name="promise")
    queue = models.ForeignKey(Queue, on_delete=models.CASCADE, related_name="wait_promises")
    channel = models.CharField(max_length=12, choices=Channel.choices)
    made_at = models.DateTimeField()
    # Seconds from `made_at`, of opening hours where answers may take days: the model's own estimate, and the calibrated
    # band (None: too few samples to tell).
    base_seconds = models.FloatField()
    p50_seconds = models.FloatField(null=True, blank=True)
    p90_seconds = models.FloatField(null=True, blank=True)
    # What the customer was told last, as moments: they only move later if somebody overtook.
    told_p50_at = models.DateTimeField(null=True, blank=True)
    told_p90_at = models.DateTimeField(null=True, blank=True)
    told_at = models.DateTimeField()
    # Filled when the stay ends: answered (observed), or left before (the wait is only known to be longer).
    actual_seconds = models.FloatField(null=True, blank=True)
    is_observed = models.BooleanField(null=True, blank=True)

    class Meta:
        verbose_name = _("wait promise")
        verbose_name_plural = _("wait promises")
        indexes = [
            models.Index(
                fields=["queue", "channel", "-made_at"],
                condition=Q(actual_seconds__isnull=False),
                name="wait_promise_known",
            ),
            models.Index(fields=["entry"], condition=Q(actual_seconds__isnull=True), name="wait_promise_open"),
        ]

    def __str__(self) -> str:
        return f"{self.entry_id}: {self.base_seconds:.0f} s"

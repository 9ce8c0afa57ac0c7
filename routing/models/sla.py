"""What customers were promised, the clocks that watch it, and the alerts about what waits unseen."""

from __future__ import annotations

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from contactcenter.accounts.models import User
from contactcenter.conversations.models import Conversation
from contactcenter.conversations.states import Channel
from routing.models.queues import Queue
from routing.models.work import QueueEntry


class SLATarget(models.Model):
    """Times within which a queue's customers are answered and helped, counted in its opening hours."""

    queue = models.ForeignKey(Queue, on_delete=models.CASCADE, related_name="sla_targets", verbose_name=_("queue"))
    channel = models.CharField(
        _("channel"), max_length=12, choices=Channel.choices, blank=True, help_text=_("Empty: all others.")
    )
    first_seconds = models.PositiveIntegerField(_("first answer, seconds"), null=True, blank=True)
    next_seconds = models.PositiveIntegerField(_("next answer, seconds"), null=True, blank=True)
    resolution_seconds = models.PositiveIntegerField(_("resolution, seconds"), null=True, blank=True)
    warn_percent = models.PositiveSmallIntegerField(
        _("warn at, per cent"),
        default=80,
        validators=[MinValueValidator(1), MaxValueValidator(99)],
        help_text=_("Share of the time that has gone when agents and supervisors are warned."),
    )

    class Meta:
        ordering = ["queue", "channel"]
        constraints = [models.UniqueConstraint(fields=["queue", "channel"], name="sla_target_once")]
        verbose_name = _("service level agreement")
        verbose_name_plural = _("service level agreements")

    def __str__(self) -> str:
        return f"{self.queue} {self.get_channel_display()}".strip()


class SLAKind(models.TextChoices):
    FIRST = "first", _("First answer")
    NEXT = "next", _("Next answer")
    RESOLUTION = "resolution", _("Resolution")


class SLAClock(models.Model):
    """One promise to one customer. It stops when it is met, and is paused while it is the customer's turn."""

    conversation = models.ForeignKey(Conversation, on_delete=models.CASCADE, related_name="sla_clocks")
    queue = models.ForeignKey(Queue, on_delete=models.CASCADE, related_name="+")
    channel = models.CharField(max_length=12, choices=Channel.choices)
    kind = models.CharField(max_length=10, choices=SLAKind.choices)
    target_seconds = models.PositiveIntegerField()
    started_at = models.DateTimeField()
    warn_at = models.DateTimeField(null=True, blank=True)
    due_at = models.DateTimeField(null=True, blank=True)
    # Paused: `due_at` and `warn_at` are empty meanwhile.
    paused_at = models.DateTimeField(null=True, blank=True)
    # What was left of the target, in opening hours, when it was paused, else at `counted_at`; None: all of it.
    left_seconds = models.FloatField(null=True, blank=True)
    # From when `due_at` is counted; None: from the start. And by what: `routing.clocks.counting_key`.
    counted_at = models.DateTimeField(null=True, blank=True)
    counted_by = models.CharField(max_length=40, blank=True, default="")
    warned_at = models.DateTimeField(null=True, blank=True)
    breached_at = models.DateTimeField(null=True, blank=True)
    stopped_at = models.DateTimeField(null=True, blank=True)
    is_met = models.BooleanField(null=True, blank=True)

    class Meta:
        indexes = [
            models.Index(
                fields=["due_at"], condition=Q(stopped_at__isnull=True, breached_at__isnull=True), name="sla_clock_due"
            ),
            models.Index(
                fields=["warn_at"], condition=Q(stopped_at__isnull=True, warned_at__isnull=True), name="sla_clock_warn"
            ),
            models.Index(fields=["queue", "started_at"], name="sla_clock_by_queue"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["conversation", "kind"], condition=Q(stopped_at__isnull=True), name="sla_clock_one_open"
            )
        ]

    def __str__(self) -> str:
        return f"{self.conversation_id} {self.kind}"


class WaitAlert(models.Model):
    """Something waits and nobody is going to take it: told to the supervisors until it is over."""

    class Reason(models.TextChoices):
        UNSEEN = "unseen", _("Waits too long")
        MISSED = "missed", _("Offered again and again")
        UNSTAFFED = "unstaffed", _("Nobody suitable is signed in")

    entry = models.ForeignKey(QueueEntry, on_delete=models.CASCADE, related_name="alerts")
    reason = models.CharField(max_length=10, choices=Reason.choices)
    raised_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, blank=True)
    seen_by = models.ForeignKey(User, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    seen_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["entry", "reason"], condition=Q(ended_at__isnull=True), name="wait_alert_one_open"
            )
        ]

    def __str__(self) -> str:
        return f"{self.entry_id} {self.reason}"

"""The append-only event log, and effects: what must happen outside, kept as rows until it has."""

from __future__ import annotations

from typing import Any

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from contactcenter.accounts.models import User
from contactcenter.base.clock import now
from contactcenter.conversations.models.conversations import Conversation


class Event(models.Model):
    """Something that happened to a conversation, written in the transaction of the change."""

    conversation = models.ForeignKey(Conversation, on_delete=models.CASCADE, related_name="events")
    seq = models.PositiveIntegerField()
    kind = models.CharField(max_length=40)
    actor = models.ForeignKey(User, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    data: models.JSONField[Any, Any] = models.JSONField(default=dict)
    at = models.DateTimeField(default=now)

    class Meta:
        ordering = ["id"]
        constraints = [models.UniqueConstraint(fields=["conversation", "seq"], name="event_seq_once")]
        verbose_name = _("event")
        verbose_name_plural = _("events")

    def __str__(self) -> str:
        return f"{self.conversation_id}/{self.seq} {self.kind}"


class Effect(models.Model):
    """A delivery, call or other act outside the database. Done once `done_at` is set."""

    name = models.CharField(max_length=40)
    target_id = models.BigIntegerField()
    key = models.CharField(max_length=100, unique=True)
    not_before = models.DateTimeField(default=now)
    claimed_until = models.DateTimeField(null=True, blank=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    # The act itself was begun and its end not recorded: after a crash nobody knows whether it happened.
    began_at = models.DateTimeField(null=True, blank=True)
    last_error = models.CharField(max_length=300, blank=True)
    created_at = models.DateTimeField(default=now)
    done_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        indexes = [models.Index(fields=["not_before"], condition=Q(done_at__isnull=True), name="effect_open")]

    def __str__(self) -> str:
        return f"{self.name} {self.target_id}"

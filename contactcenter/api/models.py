"""What the API remembers of its own: the answers to requests that may be sent twice."""

from __future__ import annotations

from typing import Any

from django.db import models
from rest_framework.utils.encoders import JSONEncoder

from contactcenter.accounts.models import User
from contactcenter.base.clock import now


class IdempotencyKey(models.Model):
    """A request under a caller's key, and what it was answered; `status` is empty while it is being carried out."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+")
    key = models.CharField(max_length=255)
    # Of method, address and body: the same key is for the same request.
    fingerprint = models.CharField(max_length=64)
    started_at = models.DateTimeField(default=now)
    status = models.PositiveSmallIntegerField(null=True, blank=True)
    body: models.JSONField[Any, Any] = models.JSONField(null=True, blank=True, encoder=JSONEncoder)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["user", "key"], name="idempotency_key_once")]
        indexes = [models.Index(fields=["started_at"], name="idempotency_key_age")]

    def __str__(self) -> str:
        return f"{self.user_id} {self.key}"

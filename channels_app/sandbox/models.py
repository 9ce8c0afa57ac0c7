"""What the stand-ins have taken and sent, as the provider would keep it."""

from __future__ import annotations

from typing import Any

from django.db import models
from django.db.models import Q

from contactcenter.base.clock import now
from contactcenter.conversations.models import ChannelAccount


class SandboxMessage(models.Model):
    """One message at the provider, in either direction. `data` is what else the request said."""

    account = models.ForeignKey(ChannelAccount, on_delete=models.CASCADE, related_name="+")
    external_id = models.CharField(max_length=150)
    is_outbound = models.BooleanField()
    # The customer's address, whichever way it went.
    person = models.CharField(max_length=150)
    text = models.TextField(blank=True)
    data: models.JSONField[Any, Any] = models.JSONField(default=dict)
    # In the provider's own words.
    status = models.CharField(max_length=20, blank=True)
    created_at = models.DateTimeField(default=now)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["account", "external_id"], condition=~Q(external_id=""), name="sandbox_once"
            )
        ]
        indexes = [models.Index(fields=["account", "person", "-created_at"], name="sandbox_by_person")]

    def __str__(self) -> str:
        return self.external_id


class SandboxFile(models.Model):
    """A file at a provider: what a customer attached, or what we uploaded. Small ones only: the demo's."""

    account = models.ForeignKey(ChannelAccount, on_delete=models.CASCADE, related_name="+")
    external_id = models.CharField(max_length=100, unique=True)
    name = models.CharField(max_length=200)
    content_type = models.CharField(max_length=100, blank=True)
    content = models.BinaryField()
    created_at = models.DateTimeField(default=now)

    def __str__(self) -> str:
        return self.name

"""What the stand-ins have taken and sent, as the provider would keep it."""

from __future__ import annotations

from typing import Any

from django.db import models

from contactcenter.base.clock import now
from contactcenter.conversations.models import ChannelAccount


class SandboxMessage(models.Model):
    """One message at the provider, in either direction. `data` is what else the request said."""

    account = models.ForeignKey(ChannelAccount, on_delete=models.CASCADE, related_name="+")
    external_id = models.CharField(max_length=100, unique=True)
    is_outbound = models.BooleanField()
    # The customer's address, whichever way it went.
    person = models.CharField(max_length=100)
    text = models.TextField(blank=True)
    data: models.JSONField[Any, Any] = models.JSONField(default=dict)
    # In the provider's own words.
    status = models.CharField(max_length=20, blank=True)
    created_at = models.DateTimeField(default=now)

    class Meta:
        indexes = [models.Index(fields=["account", "person", "-created_at"], name="sandbox_by_person")]

    def __str__(self) -> str:
        return self.external_id

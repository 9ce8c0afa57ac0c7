"""How far the set-up of a new installation has come."""

from __future__ import annotations

from typing import Any

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils.translation import gettext_lazy as _

from contactcenter.accounts.models import Brand, User
from contactcenter.base.clock import now
from contactcenter.conversations.models import ChannelAccount
from routing.models import Queue


class Setup(models.Model):
    """The wizard of the first start: what it has made, and what was typed and not yet saved. There is one at most."""

    admin = models.OneToOneField(User, on_delete=models.CASCADE, related_name="setup", verbose_name=_("admin"))
    brand = models.ForeignKey(Brand, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    queue = models.ForeignKey(Queue, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    account = models.ForeignKey(ChannelAccount, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    done = ArrayField(models.CharField(max_length=12), default=list, blank=True)
    # Step -> field -> values as they were typed, for those who went back or changed the language.
    drafts: models.JSONField[Any, Any] = models.JSONField(default=dict, blank=True)
    created_at = models.DateTimeField(default=now)
    finished_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = _("set-up")
        verbose_name_plural = _("set-ups")

    def __str__(self) -> str:
        return f"set-up of {self.created_at:%Y-%m-%d %H:%M}"

"""What customers say of us afterwards, and what they want us to forget."""

from __future__ import annotations

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from contactcenter.accounts.models import User
from contactcenter.base.clock import now
from contactcenter.conversations.models.conversations import Conversation
from contactcenter.conversations.models.customers import Customer, Identity


class Rating(models.Model):
    """How a customer found a conversation, 1 to 5; once for each."""

    conversation = models.OneToOneField(Conversation, on_delete=models.CASCADE, related_name="rating")
    score = models.PositiveSmallIntegerField(validators=[MinValueValidator(1), MaxValueValidator(5)])
    comment = models.TextField(blank=True)
    at = models.DateTimeField(default=now)

    class Meta:
        indexes = [models.Index(fields=["at"], name="rating_by_time")]
        constraints = [models.CheckConstraint(condition=Q(score__gte=1, score__lte=5), name="rating_of_five")]

    def __str__(self) -> str:
        return f"{self.score}/5 for {self.conversation_id}"


class ErasureRequest(models.Model):
    """A customer asks to be forgotten; an admin decides."""

    class Decision(models.TextChoices):
        APPROVED = "approved", _("Erased")
        REFUSED = "refused", _("Refused")

    customer = models.ForeignKey(
        Customer, on_delete=models.CASCADE, related_name="erasure_requests", verbose_name=_("customer")
    )
    identity = models.ForeignKey(
        Identity, null=True, blank=True, on_delete=models.SET_NULL, related_name="+", verbose_name=_("asked by")
    )
    requested_at = models.DateTimeField(_("asked at"), default=now)
    decision = models.CharField(_("decision"), max_length=8, choices=Decision.choices, blank=True)
    reason = models.TextField(_("reason"), blank=True)
    decided_at = models.DateTimeField(_("decided at"), null=True, blank=True)
    decided_by = models.ForeignKey(
        User, null=True, blank=True, on_delete=models.SET_NULL, related_name="+", verbose_name=_("decided by")
    )

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["customer"], condition=Q(decided_at__isnull=True), name="erasure_asked_once"
            ),
            models.CheckConstraint(condition=Q(decision="") ^ Q(decided_at__isnull=False), name="erasure_decided_at"),
        ]
        verbose_name = _("erasure request")
        verbose_name_plural = _("erasure requests")

    def __str__(self) -> str:
        return f"{self.customer_id} at {self.requested_at:%Y-%m-%d}"

"""What a customer agreed to, whom we do not serve, and how much has gone out."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from contactcenter.accounts.models import Brand, User
from contactcenter.base.clock import now
from contactcenter.conversations.models.accounts import ChannelAccount
from contactcenter.conversations.models.customers import Customer
from contactcenter.conversations.states import Channel, IdentityKind


class ConsentEntry(models.Model):
    """A line of the ledger: given or withdrawn, for what, how we know. The newest line counts."""

    customer = models.ForeignKey(Customer, on_delete=models.CASCADE, related_name="consents")
    purpose = models.CharField(
        max_length=12,
        choices=[
            ("service", _("Service")),
            ("marketing", _("Marketing")),
            ("recording", _("Recording")),
            ("journey", _("Journey")),
        ],
    )
    channel = models.CharField(
        max_length=12, choices=Channel.choices, blank=True, help_text=_("Empty means every channel.")
    )
    address = models.CharField(max_length=254, blank=True)
    account = models.ForeignKey(ChannelAccount, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    is_granted = models.BooleanField()
    source = models.CharField(max_length=50)
    proof = models.TextField(blank=True)
    actor = models.ForeignKey(User, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    at = models.DateTimeField(default=now)

    class Meta:
        ordering = ["-id"]
        verbose_name_plural = "consent entries"

    def __str__(self) -> str:
        return f"{self.purpose} {'yes' if self.is_granted else 'no'}"


class BlockedAddress(models.Model):
    """An address whose messages are kept apart and that nothing is sent to."""

    brand = models.ForeignKey(
        Brand, on_delete=models.CASCADE, related_name="blocked_addresses", verbose_name=_("brand")
    )
    kind = models.CharField(_("kind"), max_length=12, choices=IdentityKind.choices)
    address = models.CharField(_("address"), max_length=254)
    reason = models.CharField(_("reason"), max_length=200)
    until = models.DateTimeField(_("blocked until"), null=True, blank=True)
    created_by = models.ForeignKey(
        User, null=True, blank=True, on_delete=models.SET_NULL, related_name="+", verbose_name=_("blocked by")
    )
    created_at = models.DateTimeField(_("blocked at"), default=now)
    lifted_at = models.DateTimeField(_("lifted at"), null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["brand", "kind", "address"], condition=Q(lifted_at__isnull=True), name="blocked_once"
            )
        ]
        verbose_name = _("blocked address")
        verbose_name_plural = _("blocked addresses")

    def __str__(self) -> str:
        return self.address


class OutboundUse(models.Model):
    """What the gate let through: the count behind rates and budgets."""

    account = models.ForeignKey(ChannelAccount, on_delete=models.CASCADE, related_name="+")
    address = models.CharField(max_length=254)
    cost = models.DecimalField(max_digits=10, decimal_places=4, default=0)
    at = models.DateTimeField(default=now)

    class Meta:
        indexes = [
            models.Index(fields=["account", "at"], name="use_by_account"),
            models.Index(fields=["address", "at"], name="use_by_address"),
        ]

    def __str__(self) -> str:
        return f"{self.address} {self.at:%Y-%m-%d}"

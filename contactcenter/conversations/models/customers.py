"""Whom we talk to, under which addresses, and what they have bought."""

from __future__ import annotations

from typing import Any

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex, OpClass
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from contactcenter.accounts.models import Brand
from contactcenter.base.clock import now
from contactcenter.conversations.states import IdentityKind, IdentityLevel


class Customer(models.Model):
    """A person or company as one brand knows them. `search_text` is folded by the services."""

    brand = models.ForeignKey(Brand, on_delete=models.PROTECT, related_name="customers")
    name = models.CharField(pgettext_lazy("of a person", "name"), max_length=200, blank=True)
    language = models.CharField(_("language"), max_length=5, blank=True)
    time_zone = models.CharField(_("time zone"), max_length=64, blank=True)
    value = models.PositiveSmallIntegerField(
        _("value"), default=1, help_text=_("How much more than an ordinary customer: 1, 3 or 10.")
    )
    tags = ArrayField(models.CharField(max_length=50), default=list, blank=True)
    note = models.TextField(_("note"), blank=True)
    search_text = models.TextField(default="", editable=False)
    merged_into = models.ForeignKey("self", null=True, blank=True, on_delete=models.SET_NULL, related_name="merged")
    created_at = models.DateTimeField(default=now)

    class Meta:
        indexes = [GinIndex(OpClass("search_text", name="gin_trgm_ops"), name="customer_search")]
        verbose_name = _("customer")
        verbose_name_plural = _("customers")

    def __str__(self) -> str:
        return self.name or f"{gettext('Customer')} {self.pk}"


class Identity(models.Model):
    """A customer's address. Sure ones belong to one customer a brand; claimed ones join nothing."""

    customer = models.ForeignKey(Customer, on_delete=models.CASCADE, related_name="identities")
    brand = models.ForeignKey(Brand, on_delete=models.PROTECT, related_name="+")
    kind = models.CharField(max_length=12, choices=IdentityKind.choices)
    # Where an address means something only inside one page or app, that page's id.
    scope = models.CharField(max_length=100, blank=True)
    address = models.CharField(max_length=254)
    level = models.CharField(max_length=12, choices=IdentityLevel.choices, default=IdentityLevel.CLAIMED)
    display = models.CharField(max_length=254, blank=True)
    verified_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(default=now)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["brand", "kind", "scope", "address"],
                condition=~Q(level=IdentityLevel.CLAIMED),
                name="identity_one_customer",
            ),
            models.UniqueConstraint(fields=["customer", "kind", "scope", "address"], name="identity_once_per_customer"),
        ]
        indexes = [models.Index(fields=["brand", "kind", "address"], name="identity_by_address")]
        verbose_name_plural = "identities"

    def __str__(self) -> str:
        return self.display or self.address


class MatchProposal(models.Model):
    """Two customers who may be one, with the evidence; a person decides."""

    customer = models.ForeignKey(Customer, on_delete=models.CASCADE, related_name="match_proposals")
    other = models.ForeignKey(Customer, on_delete=models.CASCADE, related_name="+")
    evidence: models.JSONField[Any, Any] = models.JSONField(default=dict)
    created_at = models.DateTimeField(default=now)
    decided_at = models.DateTimeField(null=True, blank=True)
    is_accepted = models.BooleanField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["customer", "other"], name="match_proposed_once"),
            models.CheckConstraint(condition=~Q(customer=models.F("other")), name="match_of_two"),
        ]

    def __str__(self) -> str:
        return f"{self.customer} = {self.other}?"


class Record(models.Model):
    """An order, invoice, appointment or other thing of a customer, pushed by the company's systems."""

    customer = models.ForeignKey(Customer, on_delete=models.CASCADE, related_name="records")
    kind = models.SlugField(max_length=30)
    external_id = models.CharField(max_length=100)
    title = models.CharField(max_length=200)
    status = models.CharField(max_length=50, blank=True)
    amount = models.DecimalField(max_digits=14, decimal_places=2, null=True, blank=True)
    currency = models.CharField(max_length=3, blank=True)
    occurred_at = models.DateTimeField(null=True, blank=True)
    url = models.URLField(blank=True)
    data: models.JSONField[Any, Any] = models.JSONField(default=dict, blank=True)
    updated_at = models.DateTimeField(default=now)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["customer", "kind", "external_id"], name="record_once")]
        ordering = ["-occurred_at", "-pk"]

    def __str__(self) -> str:
        return f"{self.kind} {self.external_id}"

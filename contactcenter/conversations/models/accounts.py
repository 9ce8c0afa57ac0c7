"""One number, mailbox, page or widget of a brand."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.contrib.postgres.fields import ArrayField
from django.core.validators import MinValueValidator
from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from contactcenter.accounts.models import Brand
from contactcenter.base.clock import now
from contactcenter.base.crypto import EncryptedTextField
from contactcenter.conversations.states import Channel


class ChannelAccount(models.Model):
    """Where traffic comes in and goes out. Its queue is `routing.EntryPoint`, not a column here."""

    brand = models.ForeignKey(Brand, on_delete=models.PROTECT, related_name="channel_accounts", verbose_name=_("brand"))
    kind = models.CharField(_("kind"), max_length=30, help_text=_("Which adapter serves it."))
    channel = models.CharField(_("channel"), max_length=12, choices=Channel.choices)
    name = models.CharField(pgettext_lazy("of a thing", "name"), max_length=100)
    slug = models.SlugField(_("address part"), unique=True)
    # For a widget: its public key. For others: the number, address or id that the provider knows.
    address = models.CharField(_("address"), max_length=200, blank=True, db_index=True)
    config: models.JSONField[Any, Any] = models.JSONField(_("configuration"), default=dict, blank=True)
    secret = EncryptedTextField(_("secret"), blank=True, help_text=_("Write-only; stored encrypted."))
    api_base = models.URLField(_("provider address"), blank=True)
    reopen_hours = models.PositiveIntegerField(
        _("reopen window, hours"),
        default=0,
        validators=[MinValueValidator(0)],
        help_text=_(
            "A customer's message within this time reopens a closed conversation. "
            "Email 168, messengers 24, chat and voice 0."
        ),
    )
    is_active = models.BooleanField(_("active"), default=True)
    # What comes in is taken all the same; what is to go out waits.
    paused_at = models.DateTimeField(_("sending paused at"), null=True, blank=True, editable=False)
    created_at = models.DateTimeField(default=now, editable=False)

    class Meta:
        ordering = ["name"]
        verbose_name = _("channel account")
        verbose_name_plural = _("channel accounts")

    def __str__(self) -> str:
        return self.name

    @property
    def reopen_window(self) -> timedelta:
        return timedelta(hours=self.reopen_hours)


class MessageTemplate(models.Model):
    """A text that a provider has approved for writing first, or after the window for answers has closed.

    `text` is what the customer gets, with {{1}}, {{2}} … where values go; `labels` say what each is.
    """

    account = models.ForeignKey(
        ChannelAccount, on_delete=models.CASCADE, related_name="templates", verbose_name=_("channel account")
    )
    name = models.CharField(
        _("name at the provider"), max_length=200, help_text=_("As the provider lists it; at Twilio the ContentSid.")
    )
    language = models.CharField(_("language"), max_length=10, help_text=_("As the provider writes it: en, en_US, lv."))
    title = models.CharField(_("title"), max_length=100, help_text=_("What colleagues choose it by."))
    text = models.TextField(_("text"), help_text=_("With {{1}}, {{2}} … where values go, as it was approved."))
    labels = ArrayField(
        models.CharField(max_length=60),
        verbose_name=_("what the values are"),
        default=list,
        blank=True,
        help_text=_("One for each place, in order: Name, Order number."),
    )
    is_active = models.BooleanField(_("active"), default=True)

    class Meta:
        ordering = ["title"]
        constraints = [
            models.UniqueConstraint(fields=["account", "name", "language"], name="template_once_per_account")
        ]
        verbose_name = _("message template")
        verbose_name_plural = _("message templates")

    def __str__(self) -> str:
        return self.title

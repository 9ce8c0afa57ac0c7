"""What everybody should know for a while: an outage, a holiday, a change of hours."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from contactcenter.accounts.models import LANGUAGE_CHOICES, Brand
from contactcenter.base.clock import now
from routing.models.queues import Queue


class Notice(models.Model):
    """Shown in widgets and consoles from `starts_at` to `ends_at`. Without brands and queues it is everybody's."""

    class Severity(models.TextChoices):
        INFO = "info", pgettext_lazy("severity", "Information")
        WARNING = "warning", pgettext_lazy("severity", "Warning")
        OUTAGE = "outage", pgettext_lazy("severity", "Outage")

    name = models.CharField(pgettext_lazy("of a thing", "name"), max_length=100, help_text=_("Seen by admins alone."))
    severity = models.CharField(_("severity"), max_length=7, choices=Severity.choices, default=Severity.INFO)
    starts_at = models.DateTimeField(_("shown from"), default=now)
    ends_at = models.DateTimeField(
        _("shown until"), null=True, blank=True, help_text=_("Empty: until somebody sets an end.")
    )
    brands = models.ManyToManyField(
        Brand, blank=True, related_name="+", verbose_name=_("brands"), help_text=_("Empty means every brand.")
    )
    queues = models.ManyToManyField(
        Queue, blank=True, related_name="+", verbose_name=_("queues"), help_text=_("Empty means every queue.")
    )

    class Meta:
        ordering = ["-starts_at"]
        constraints = [
            models.CheckConstraint(
                condition=Q(ends_at__isnull=True) | Q(ends_at__gt=F("starts_at")), name="notice_ends_after_start"
            )
        ]
        verbose_name = _("notice")
        verbose_name_plural = _("notices")

    def __str__(self) -> str:
        return self.name

    def text_in(self, *languages: str) -> str:
        """The text in the first of these languages that there is, else in any."""
        texts = {row.language: row.text for row in self.texts.all()}
        return next((texts[language] for language in languages if language in texts), next(iter(texts.values()), ""))


class NoticeText(models.Model):
    """The notice in one language."""

    notice = models.ForeignKey(Notice, on_delete=models.CASCADE, related_name="texts", verbose_name=_("notice"))
    language = models.CharField(_("language"), max_length=5, choices=LANGUAGE_CHOICES)
    text = models.CharField(_("text"), max_length=300)

    class Meta:
        ordering = ["language"]
        constraints = [models.UniqueConstraint(fields=["notice", "language"], name="notice_text_once")]
        verbose_name = _("text")
        verbose_name_plural = _("texts")

    def __str__(self) -> str:
        return self.language

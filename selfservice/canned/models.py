"""A canned reply and its text in each language."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.core.validators import RegexValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

from contactcenter.accounts.models import LANGUAGE_CHOICES, Brand, Team
from contactcenter.base.clock import now


class CannedReply(models.Model):
    """An answer that agents insert with `/`. Without brand it is everybody's, with a team that team's alone."""

    brand = models.ForeignKey(
        Brand,
        null=True,
        blank=True,
        on_delete=models.CASCADE,
        related_name="canned_replies",
        verbose_name=_("brand"),
        help_text=_("Empty means every brand."),
    )
    team = models.ForeignKey(
        Team,
        null=True,
        blank=True,
        on_delete=models.CASCADE,
        related_name="canned_replies",
        verbose_name=_("team"),
        help_text=_("Empty means every team of the brand."),
    )
    shortcut = models.CharField(
        _("short name"),
        max_length=30,
        validators=[RegexValidator(r"^[a-z0-9-]+$", _("Use small letters, figures and hyphens."))],
        help_text=_("What agents type after “/”."),
    )
    title = models.CharField(_("title"), max_length=100)
    tags = ArrayField(models.CharField(max_length=30), default=list, blank=True, verbose_name=_("tags"))
    is_active = models.BooleanField(_("active"), default=True)
    updated_at = models.DateTimeField(default=now, editable=False)

    class Meta:
        ordering = ["shortcut"]
        constraints = [
            models.UniqueConstraint(
                fields=["brand", "team", "shortcut"], name="canned_shortcut_once", nulls_distinct=False
            )
        ]
        verbose_name = _("canned reply")
        verbose_name_plural = _("canned replies")

    def __str__(self) -> str:
        return f"/{self.shortcut}"


class CannedText(models.Model):
    """The reply in one language. `{customer}` and the other variables of `canned.variables` are filled in."""

    reply = models.ForeignKey(CannedReply, on_delete=models.CASCADE, related_name="texts")
    language = models.CharField(_("language"), max_length=5, choices=LANGUAGE_CHOICES)
    text = models.TextField(_("text"))

    class Meta:
        ordering = ["language"]
        constraints = [models.UniqueConstraint(fields=["reply", "language"], name="canned_text_once")]
        verbose_name = _("text")
        verbose_name_plural = _("texts")

    def __str__(self) -> str:
        return f"{self.reply} ({self.language})"

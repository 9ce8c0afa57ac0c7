"""The words under which conversations and customers are kept together."""

from __future__ import annotations

from django.db import models
from django.db.models.functions import Lower
from django.utils.translation import gettext_lazy as _

from contactcenter.accounts.models import Brand


class Tag(models.Model):
    """A tag that agents are offered. Conversations and customers keep theirs as words, so agents may coin new ones."""

    name = models.CharField(_("name"), max_length=50)
    brand = models.ForeignKey(
        Brand, null=True, blank=True, on_delete=models.CASCADE, related_name="tags", verbose_name=_("brand")
    )
    description = models.CharField(_("description"), max_length=200, blank=True)
    is_active = models.BooleanField(_("active"), default=True)

    class Meta:
        verbose_name = _("tag")
        verbose_name_plural = _("tags")
        constraints = [
            models.UniqueConstraint(
                Lower("name"), name="tag_name", violation_error_message=_("There is this tag already.")
            )
        ]

    def __str__(self) -> str:
        return self.name

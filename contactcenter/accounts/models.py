"""Users with one role each, the brands and teams that bound what they see, and the audit log."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.models import AbstractUser
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from contactcenter.base.clock import now

LANGUAGE_CHOICES = [("en", "English"), ("et", "Eesti"), ("lv", "Latviešu"), ("ru", "Русский"), ("pl", "Polski")]


class Role(models.TextChoices):
    AGENT = "agent", _("Agent")
    SUPERVISOR = "supervisor", _("Supervisor")
    ADMIN = "admin", _("Admin")


class Brand(models.Model):
    """A name under which customers know the company; nothing is shared between two brands."""

    name = models.CharField(pgettext_lazy("of a thing", "name"), max_length=100)
    slug = models.SlugField(_("address part"), unique=True)
    default_language = models.CharField(_("default language"), max_length=5, choices=LANGUAGE_CHOICES, default="en")
    time_zone = models.CharField(_("time zone"), max_length=64, default="UTC")
    colour = models.CharField(
        _("colour"), max_length=7, default="#0b5cad", help_text=_("As #rrggbb, used by widget and help centre.")
    )
    phone_region = models.CharField(
        _("phone region"), max_length=2, default="LV", help_text=_("Country of numbers written without a prefix.")
    )
    allowed_countries = models.JSONField(
        _("allowed countries"),
        default=list,
        blank=True,
        help_text=_("Country codes that calls and SMS may go to; empty allows the phone region alone."),
    )
    # Of the picture in `BrandLogo`, which is read only when it is shown.
    logo_digest = models.CharField(max_length=16, blank=True, default="", editable=False)
    created_at = models.DateTimeField(default=now, editable=False)

    class Meta:
        ordering = ["name"]
        verbose_name = _("brand")
        verbose_name_plural = _("brands")

    def __str__(self) -> str:
        return self.name


class BrandLogo(models.Model):
    """A brand's picture, see `logos`."""

    brand = models.OneToOneField(Brand, on_delete=models.CASCADE, related_name="logo")
    media_type = models.CharField(max_length=20)
    content = models.BinaryField()

    def __str__(self) -> str:
        return f"logo of {self.brand_id}"


class Team(models.Model):
    """Agents who see the same queues."""

    brand = models.ForeignKey(Brand, on_delete=models.PROTECT, related_name="teams", verbose_name=_("brand"))
    name = models.CharField(pgettext_lazy("of a thing", "name"), max_length=100)

    class Meta:
        ordering = ["brand__name", "name"]
        constraints = [models.UniqueConstraint(fields=["brand", "name"], name="team_unique_name")]
        verbose_name = _("team")
        verbose_name_plural = _("teams")

    def __str__(self) -> str:
        return f"{self.name} ({self.brand})"


class User(AbstractUser):
    """Somebody who signs in. Agents see their teams' work, supervisors their brands', admins all."""

    role = models.CharField(_("role"), max_length=12, choices=Role.choices, default=Role.AGENT)
    display_name = models.CharField(
        _("display name"), max_length=100, blank=True, help_text=_("What customers and colleagues see.")
    )
    language = models.CharField(_("language"), max_length=5, choices=LANGUAGE_CHOICES, default="en")
    time_zone = models.CharField(_("time zone"), max_length=64, blank=True, help_text=_("Empty takes the brand's."))
    theme = models.CharField(
        _("theme"),
        max_length=6,
        choices=[("auto", _("As the system")), ("light", _("Light")), ("dark", _("Dark"))],
        default="auto",
    )
    brands = models.ManyToManyField(Brand, blank=True, related_name="users", verbose_name=_("brands"))
    teams = models.ManyToManyField(Team, blank=True, related_name="members", verbose_name=_("teams"))
    is_demo = models.BooleanField(
        default=False, editable=False, help_text="A person of the demo; cannot sign in without demo mode."
    )

    class Meta:
        verbose_name = _("user")
        verbose_name_plural = _("users")

    def __str__(self) -> str:
        return self.shown_name

    @property
    def shown_name(self) -> str:
        """The name for customers and colleagues."""
        return self.display_name or self.get_full_name() or self.username

    @property
    def is_admin(self) -> bool:
        return self.is_superuser or self.role == Role.ADMIN

    @property
    def is_supervisor(self) -> bool:
        """Supervisors, and admins, who may do all that supervisors may."""
        return self.is_admin or self.role == Role.SUPERVISOR


class SetupLink(models.Model):
    """The one-time link of the first start; used once, then the installation has its admin."""

    token_hash = models.CharField(max_length=64, unique=True)
    created_at = models.DateTimeField(default=now)
    used_at = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return f"setup link of {self.created_at:%Y-%m-%d %H:%M}"


class AuditEntry(models.Model):
    """What belongs to no conversation: agent states, admin changes, sign-ins, exports. Append-only."""

    at = models.DateTimeField(pgettext_lazy("moment", "time"), default=now, db_index=True)
    actor = models.ForeignKey(
        User,
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="audit_entries",
        verbose_name=_("done by"),
    )
    kind = models.CharField(_("kind"), max_length=50, db_index=True)
    target = models.CharField(_("concerns"), max_length=100, blank=True)
    data: models.JSONField[Any, Any] = models.JSONField(_("details"), default=dict)

    class Meta:
        ordering = ["-id"]
        verbose_name = _("audit entry")
        verbose_name_plural = _("audit entries")

    def __str__(self) -> str:
        return f"{self.kind} {self.target}".strip()


class Scope(models.TextChoices):
    """What a token may be used for, whatever else its user may do."""

    CUSTOMERS_READ = "customers:read", _("Read customers and their addresses")
    CUSTOMERS_WRITE = "customers:write", _("Create and change customers and their addresses")
    RECORDS_READ = "records:read", _("Read records")
    RECORDS_WRITE = "records:write", _("Push records")
    CONVERSATIONS_READ = "conversations:read", _("Read conversations")
    MESSAGES_READ = "messages:read", _("Read messages and notes")
    MESSAGES_WRITE = "messages:write", _("Send replies and write notes")
    QUEUES_READ = "queues:read", _("Read queues and their figures")
    AGENTS_READ = "agents:read", _("Read agents and their figures")
    EVENTS_READ = "events:read", _("Read events")


class ApiToken(models.Model):
    """A program's key to the API: it acts as its user, within its scopes. Only the hash is stored."""

    user = models.ForeignKey(
        User,
        on_delete=models.CASCADE,
        related_name="api_tokens",
        verbose_name=_("user"),
        help_text=_("The token sees and does what this user may, within its scopes."),
    )
    name = models.CharField(
        pgettext_lazy("of a thing", "name"), max_length=100, help_text=_("The program that will use it.")
    )
    token_hash = models.CharField(max_length=64, unique=True, editable=False)
    # The beginning, by which people know it again.
    prefix = models.CharField(_("begins with"), max_length=12, editable=False)
    scopes = ArrayField(models.CharField(max_length=30, choices=Scope.choices), verbose_name=_("scopes"))
    created_at = models.DateTimeField(_("created"), default=now, editable=False)
    expires_at = models.DateTimeField(_("expires"), null=True, blank=True)
    revoked_at = models.DateTimeField(_("revoked"), null=True, blank=True, editable=False)
    last_used_at = models.DateTimeField(_("last used"), null=True, blank=True, editable=False)

    class Meta:
        ordering = ["-id"]
        verbose_name = _("API token")
        verbose_name_plural = _("API tokens")

    def __str__(self) -> str:
        return f"{self.name} ({self.prefix}…)"

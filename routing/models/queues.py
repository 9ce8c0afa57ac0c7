"""Queues, what they ask for, who serves them, and where an account's traffic enters."""

from __future__ import annotations

from typing import Any

from django.contrib.postgres.fields import ArrayField
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from contactcenter.accounts.models import Brand, Team
from contactcenter.conversations.models import ChannelAccount
from contactcenter.conversations.states import Channel
from routing.models.agents import Agent, Skill
from routing.models.hours import Calendar

# For work that came through no queue, too.
THANKS_MINUTES = 10


class ChannelProfile(models.Model):
    """What one conversation of a channel costs, how long it is offered, how long wrap-up lasts."""

    channel = models.CharField(_("channel"), max_length=12, choices=Channel.choices, unique=True)
    cost = models.PositiveSmallIntegerField(
        _("cost"),
        validators=[MinValueValidator(1), MaxValueValidator(100)],
        help_text=_("Share of an agent's capacity of 100."),
    )
    offer_seconds = models.PositiveIntegerField(_("offer, seconds"), help_text=_("How long an agent has to accept."))
    wrap_up_seconds = models.PositiveIntegerField(_("wrap-up, seconds"), help_text=_("0: no wrap-up."))
    interrupted_by = ArrayField(
        models.CharField(max_length=12, choices=Channel.choices),
        default=list,
        blank=True,
        verbose_name=_("interrupted by"),
        help_text=_("Channels whose work may pause this."),
    )

    class Meta:
        ordering = ["channel"]
        verbose_name = _("channel profile")
        verbose_name_plural = _("channel profiles")

    def __str__(self) -> str:
        return self.get_channel_display()


class Queue(models.Model):
    """An ordered waiting place. Its team sees it; its members are offered its work."""

    brand = models.ForeignKey(Brand, on_delete=models.PROTECT, related_name="queues", verbose_name=_("brand"))
    team = models.ForeignKey(Team, on_delete=models.PROTECT, related_name="queues", verbose_name=_("team"))
    name = models.CharField(pgettext_lazy("of a thing", "name"), max_length=100)
    slug = models.SlugField(_("short name"), unique=True)
    calendar = models.ForeignKey(
        Calendar,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="queues",
        verbose_name=_("opening hours"),
        help_text=_("Empty: always open."),
    )
    needs_language = models.BooleanField(
        _("by language"), default=True, help_text=_("Agents must speak the customer's language.")
    )
    target_seconds = models.PositiveIntegerField(_("answer within, seconds"), default=60)
    # Empty takes the channel's own.
    offer_seconds = models.PositiveIntegerField(_("offer, seconds"), null=True, blank=True)
    wrap_up_seconds = models.PositiveIntegerField(_("wrap-up, seconds"), null=True, blank=True)
    wake_seconds = models.PositiveIntegerField(
        _("wait for the owner, seconds"),
        default=60,
        help_text=_("How long a woken or transferred conversation waits for its agent before the others are asked."),
    )
    release_hours = models.PositiveIntegerField(
        _("release after, hours"),
        null=True,
        blank=True,
        help_text=_(
            "Working hours after which mail and messages of an agent who is away return to the queue; empty: never."
        ),
    )
    releases_at_sign_out = models.BooleanField(_("release at sign-out"), default=False)
    max_wait_seconds = models.PositiveIntegerField(
        _("offer to leave a message after, seconds"),
        null=True,
        blank=True,
        help_text=_("How long a visitor waits before the widget offers to answer them later; empty: never."),
    )
    thanks_minutes = models.PositiveSmallIntegerField(
        _("show thanks, minutes"),
        default=THANKS_MINUTES,
        help_text=_(
            "How long a customer's thanks for a closed conversation stay in the list of its last agent; 0: not at all."
        ),
    )
    max_waiting = models.PositiveIntegerField(
        _("full at"), null=True, blank=True, help_text=_("How many may wait before the queue is full; empty: any.")
    )
    spent_seconds = models.PositiveIntegerField(
        _("steps are spent after, seconds"),
        null=True,
        blank=True,
        help_text=_("Waited in this queue until its last step has had its time; empty: never."),
    )
    last_agent_days = models.PositiveSmallIntegerField(
        _("remember the last agent, days"), default=7, help_text=_("0: customers who return may go to anybody.")
    )
    last_agent_seconds = models.PositiveSmallIntegerField(
        _("ask the last agent first, seconds"),
        default=15,
        help_text=_("How long a customer who returns waits for the agent they know; 0: nobody is asked first."),
    )
    misses_allowed = models.PositiveSmallIntegerField(
        _("missed offers in a row"),
        default=2,
        validators=[MinValueValidator(1), MaxValueValidator(20)],
        help_text=_("With so many an agent is not responding, and is not asked until they say that they are there."),
    )
    alert_offers = models.PositiveSmallIntegerField(
        _("alert after missed offers"),
        default=3,
        validators=[MinValueValidator(1), MaxValueValidator(100)],
        help_text=_("Of one conversation; its supervisors are told."),
    )
    alert_seconds = models.PositiveIntegerField(
        _("alert after, seconds"),
        null=True,
        blank=True,
        help_text=_("Waited without being offered to anybody; empty: twice the time to answer."),
    )
    is_active = models.BooleanField(_("active"), default=True)

    class Meta:
        ordering = ["name"]
        verbose_name = _("queue")
        verbose_name_plural = _("queues")

    def __str__(self) -> str:
        return self.name


class QueueSkill(models.Model):
    queue = models.ForeignKey(Queue, on_delete=models.CASCADE, related_name="skills", verbose_name=_("queue"))
    skill = models.ForeignKey(Skill, on_delete=models.PROTECT, related_name="+", verbose_name=_("skill"))
    min_level = models.PositiveSmallIntegerField(
        _("at least level"), default=1, validators=[MinValueValidator(1), MaxValueValidator(5)]
    )

    class Meta:
        constraints = [models.UniqueConstraint(fields=["queue", "skill"], name="queue_skill_once")]
        verbose_name = _("needed skill")
        verbose_name_plural = _("needed skills")

    def __str__(self) -> str:
        return f"{self.skill} {self.min_level}+"


class QueueMember(models.Model):
    queue = models.ForeignKey(Queue, on_delete=models.CASCADE, related_name="members", verbose_name=_("queue"))
    agent = models.ForeignKey(Agent, on_delete=models.CASCADE, related_name="memberships", verbose_name=_("agent"))
    priority = models.PositiveSmallIntegerField(
        _("priority"),
        default=1,
        validators=[MinValueValidator(1), MaxValueValidator(9)],
        help_text=_("1 is asked first, and serves this queue before those where they stand lower."),
    )
    delay_seconds = models.PositiveIntegerField(
        _("delay, seconds"), default=0, help_text=_("Helps out with what has waited in this queue for so long.")
    )

    class Meta:
        constraints = [models.UniqueConstraint(fields=["queue", "agent"], name="queue_member_once")]
        verbose_name = _("queue membership")
        verbose_name_plural = _("queue memberships")

    def __str__(self) -> str:
        return f"{self.agent} in {self.queue}"


class EntryPoint(models.Model):
    """Where an account's traffic goes, by topic; the one without topic takes the rest."""

    account = models.ForeignKey(
        ChannelAccount, on_delete=models.CASCADE, related_name="entry_points", verbose_name=_("channel account")
    )
    topic = models.SlugField(_("topic"), max_length=50, blank=True)
    topic_name = models.CharField(_("topic as customers read it"), max_length=100, blank=True)
    queue = models.ForeignKey(Queue, on_delete=models.PROTECT, related_name="entry_points", verbose_name=_("queue"))
    skills = models.ManyToManyField(Skill, blank=True, verbose_name=_("also needs"))
    min_level = models.PositiveSmallIntegerField(_("at least level"), default=1)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["account", "topic"], name="entry_point_once")]
        verbose_name = _("entry point")
        verbose_name_plural = _("entry points")

    def __str__(self) -> str:
        return f"{self.account} {self.topic}".strip()


class SkillGroup(models.Model):
    """A distinct (queue, channel, requirements), with its eligible agents kept beside it.

    The partial index of waiting entries over (group, rank_key) is the queue.
    """

    queue = models.ForeignKey(Queue, on_delete=models.CASCADE, related_name="groups")
    channel = models.CharField(max_length=12, choices=Channel.choices)
    # [[skill id, minimum level], …] sorted by skill: the canonical spelling that `key` is made of.
    requirements: models.JSONField[Any, Any] = models.JSONField(default=list)
    # Skills that count for the fit only, in the same spelling.
    optional: models.JSONField[Any, Any] = models.JSONField(default=list)
    # Queues whose members belong to it besides, sorted.
    joins = ArrayField(models.BigIntegerField(), default=list)
    key = models.CharField(max_length=250, unique=True)

    def __str__(self) -> str:
        return self.key


class SkillGroupAgent(models.Model):
    """An agent who meets the group's requirements; `fit` 0..1 is their mean level over 5, optional skills included."""

    group = models.ForeignKey(SkillGroup, on_delete=models.CASCADE, related_name="agents")
    agent = models.ForeignKey(Agent, on_delete=models.CASCADE, related_name="groups")
    fit = models.FloatField(default=0)
    # Their membership's: in the group's own queue, else in the first of the joining ones.
    priority = models.PositiveSmallIntegerField(default=1)
    delay_seconds = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["group", "agent"], name="group_agent_once")]
        indexes = [models.Index(fields=["agent", "group"], name="group_by_agent")]

    def __str__(self) -> str:
        return f"{self.group_id}/{self.agent_id}"


class Disposition(models.Model):
    """How a contact ended, chosen in wrap-up; a tree, of a queue or of all."""

    parent = models.ForeignKey(
        "self",
        null=True,
        blank=True,
        on_delete=models.CASCADE,
        related_name="children",
        verbose_name=_("belongs under"),
    )
    queue = models.ForeignKey(
        Queue,
        null=True,
        blank=True,
        on_delete=models.CASCADE,
        related_name="dispositions",
        verbose_name=_("queue"),
        help_text=_("Empty: of all queues."),
    )
    name = models.CharField(pgettext_lazy("of a thing", "name"), max_length=60)
    is_active = models.BooleanField(_("active"), default=True)

    class Meta:
        ordering = ["name"]
        constraints = [
            models.CheckConstraint(
                condition=Q(parent__isnull=True) | ~Q(parent=models.F("id")), name="disposition_not_own_parent"
            )
        ]
        verbose_name = _("disposition")
        verbose_name_plural = _("dispositions")

    def __str__(self) -> str:
        return self.name

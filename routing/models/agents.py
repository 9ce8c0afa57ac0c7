"""Agents: what they can do, what they declared, whether they are there."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from contactcenter.accounts.models import LANGUAGE_CHOICES, User
from contactcenter.base.clock import now
from contactcenter.conversations.states import Channel
from routing.states import AgentState


class Skill(models.Model):
    """An ability with levels 1 to 5. A language is a skill too, asked for by the customer's language."""

    name = models.CharField(pgettext_lazy("of a thing", "name"), max_length=60, unique=True)
    slug = models.SlugField(_("short name"), unique=True)
    language = models.CharField(
        _("language"),
        max_length=5,
        choices=LANGUAGE_CHOICES,
        blank=True,
        help_text=_("Set it to make this the skill that customers of that language need."),
    )

    class Meta:
        ordering = ["name"]
        constraints = [
            models.UniqueConstraint(fields=["language"], condition=~Q(language=""), name="skill_one_per_language")
        ]
        verbose_name = _("skill")
        verbose_name_plural = _("skills")

    def __str__(self) -> str:
        return self.name


class AgentStateReason(models.Model):
    """Why somebody is on break: lunch, training, back office."""

    name = models.CharField(pgettext_lazy("of a thing", "name"), max_length=60, unique=True)
    is_active = models.BooleanField(_("active"), default=True)

    class Meta:
        ordering = ["name"]
        verbose_name = _("break reason")
        verbose_name_plural = _("break reasons")

    def __str__(self) -> str:
        return self.name


class Agent(models.Model):
    """A user who takes work. Its row is the lock for state and load."""

    user = models.OneToOneField(User, on_delete=models.CASCADE, related_name="agent", verbose_name=_("user"))
    state = models.CharField(_("state"), max_length=15, choices=AgentState.choices, default=AgentState.OFFLINE)
    reason = models.ForeignKey(AgentStateReason, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    state_since = models.DateTimeField(default=now)
    # Chosen while busy, applied when the last work ends; until then nothing new is offered.
    next_state = models.CharField(
        max_length=15, choices=[(AgentState.BREAK, _("Break")), (AgentState.OFFLINE, _("Offline"))], blank=True
    )
    next_reason = models.ForeignKey(
        AgentStateReason, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    capacity = models.PositiveSmallIntegerField(
        _("capacity"), default=100, help_text=_("Budget that the costs of offered and open work draw on.")
    )
    # Sum of the costs below, recomputed from the rows under this row's lock; `check_invariants` compares.
    load = models.PositiveSmallIntegerField(pgettext_lazy("of an agent", "load"), default=0)
    # Load at the moment capacity was lowered: what is above capacity then may stay, nothing more may come.
    load_at_capacity_change = models.PositiveSmallIntegerField(default=0)
    off_channels = ArrayField(models.CharField(max_length=12, choices=Channel.choices), default=list, blank=True)
    last_contact_at = models.DateTimeField(default=now)
    missed_in_row = models.PositiveSmallIntegerField(default=0)
    # Share of the skill groups that they serve: the fewer can do much, the dearer they are. Kept with the groups.
    reach = models.FloatField(default=0)
    # Load over capacity, averaged over the last hour, as of the last change of load.
    occupancy = models.FloatField(default=0)
    load_since = models.DateTimeField(default=now)

    class Meta:
        verbose_name = _("agent")
        verbose_name_plural = _("agents")

    def __str__(self) -> str:
        return self.user.shown_name


class AgentSkill(models.Model):
    agent = models.ForeignKey(Agent, on_delete=models.CASCADE, related_name="skills", verbose_name=_("agent"))
    skill = models.ForeignKey(Skill, on_delete=models.CASCADE, related_name="agents", verbose_name=_("skill"))
    level = models.PositiveSmallIntegerField(
        _("level"), default=3, validators=[MinValueValidator(1), MaxValueValidator(5)]
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["agent", "skill"], name="agent_skill_once"),
            models.CheckConstraint(condition=Q(level__gte=1, level__lte=5), name="agent_skill_level"),
        ]
        verbose_name = _("skill")
        verbose_name_plural = _("skills")

    def __str__(self) -> str:
        return f"{self.skill} {self.level}"


class AgentPresence(models.Model):
    """The lease of an agent's open console, extended by the process that holds their sockets."""

    agent = models.OneToOneField(Agent, on_delete=models.CASCADE, related_name="presence")
    seen_until = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["seen_until"], name="presence_until")]

    def __str__(self) -> str:
        return f"{self.agent_id} until {self.seen_until:%H:%M:%S}"


class AgentStateInterval(models.Model):
    """One stay in a state: the fact behind occupancy and adherence."""

    agent = models.ForeignKey(Agent, on_delete=models.CASCADE, related_name="intervals")
    state = models.CharField(max_length=15, choices=AgentState.choices)
    reason = models.ForeignKey(AgentStateReason, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    started_at = models.DateTimeField(default=now)
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        indexes = [models.Index(fields=["agent", "started_at"], name="interval_by_agent")]
        constraints = [
            models.UniqueConstraint(fields=["agent"], condition=Q(ended_at__isnull=True), name="interval_one_open")
        ]

    def __str__(self) -> str:
        return f"{self.agent_id} {self.state}"

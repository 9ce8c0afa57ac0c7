"""What a queue asks for as a wait grows, and where its work goes when nobody there can answer."""

from __future__ import annotations

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from contactcenter.conversations.states import Channel
from routing.models.agents import Skill
from routing.models.queues import Queue


class QueueStep(models.Model):
    """A complete requirement that is in force from `after_seconds` waited in this queue until the next step.

    The topic's skills come on top; the customer's language does where `needs_language`.
    """

    queue = models.ForeignKey(Queue, on_delete=models.CASCADE, related_name="steps", verbose_name=_("queue"))
    after_seconds = models.PositiveIntegerField(
        _("after, seconds"), help_text=_("Waited in this queue, over returns and missed offers.")
    )
    needs_language = models.BooleanField(
        _("by language"), default=True, help_text=_("Agents must speak the customer's language.")
    )
    boost_seconds = models.PositiveIntegerField(
        _("boost, seconds"), default=0, help_text=_("From here on it counts as having waited so much longer.")
    )
    joins = models.ManyToManyField(
        Queue,
        blank=True,
        related_name="helped_by_steps",
        verbose_name=_("joining queues"),
        help_text=_("Their agents are asked too."),
    )
    skip_if_unstaffed = models.BooleanField(
        _("skip if nobody suitable is signed in"),
        default=False,
        help_text=_("Then the next step begins at once."),
    )

    class Meta:
        ordering = ["queue", "after_seconds"]
        constraints = [
            models.UniqueConstraint(
                fields=["queue", "after_seconds"],
                name="queue_step_time_once",
                violation_error_message=_("Two steps begin at the same time: give one of them another."),
            )
        ]
        verbose_name = _("step")
        verbose_name_plural = _("steps")

    def __str__(self) -> str:
        return f"{self.queue} {self.after_seconds}+"


class StepSkill(models.Model):
    """A skill that a step asks for; an optional one counts for the fit only."""

    step = models.ForeignKey(QueueStep, on_delete=models.CASCADE, related_name="skills", verbose_name=_("step"))
    skill = models.ForeignKey(Skill, on_delete=models.PROTECT, related_name="+", verbose_name=_("skill"))
    min_level = models.PositiveSmallIntegerField(
        _("at least level"), default=1, validators=[MinValueValidator(1), MaxValueValidator(5)]
    )
    is_optional = models.BooleanField(_("optional"), default=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["step", "skill"], name="step_skill_once"),
            models.CheckConstraint(condition=Q(min_level__gte=1, min_level__lte=5), name="step_skill_level"),
        ]
        verbose_name = _("needed skill")
        verbose_name_plural = _("needed skills")

    def __str__(self) -> str:
        return f"{self.skill} {self.min_level}+"


class FallbackCondition(models.TextChoices):
    CLOSED = "closed", pgettext_lazy("of a queue", "Closed")
    UNSTAFFED = "unstaffed", _("Nobody suitable is signed in")
    FULL = "full", _("Full")
    SPENT = "spent", _("The last step is spent")


class FallbackAction(models.TextChoices):
    QUEUE = "queue", _("Another queue")
    PROMISE = "promise", _("Accept and promise an answer at opening")
    CLOSE = "close", _("Say that it is closed")


class Fallback(models.Model):
    """What becomes of a queue's work when it is closed, unstaffed, full, or its steps are spent."""

    queue = models.ForeignKey(Queue, on_delete=models.CASCADE, related_name="fallbacks", verbose_name=_("queue"))
    condition = models.CharField(_("when"), max_length=10, choices=FallbackCondition.choices)
    channel = models.CharField(
        _("channel"), max_length=12, choices=Channel.choices, blank=True, help_text=_("Empty: all others.")
    )
    action = models.CharField(_("then"), max_length=10, choices=FallbackAction.choices)
    to_queue = models.ForeignKey(
        Queue,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="receives_from",
        verbose_name=_("other queue"),
    )
    # By language: {"en": "…"}. Empty takes our own words.
    texts = models.JSONField(_("text for the customer"), default=dict, blank=True)

    class Meta:
        ordering = ["queue", "condition", "channel"]
        constraints = [
            models.UniqueConstraint(fields=["queue", "condition", "channel"], name="fallback_once"),
            models.CheckConstraint(
                condition=Q(action="queue", to_queue__isnull=False) | (~Q(action="queue") & Q(to_queue__isnull=True)),
                name="fallback_queue",
            ),
        ]
        verbose_name = _("fallback")
        verbose_name_plural = _("fallbacks")

    def __str__(self) -> str:
        return f"{self.queue}: {self.get_condition_display()}"

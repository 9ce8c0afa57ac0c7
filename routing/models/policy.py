"""How a queue weighs who gets what, whom a customer belongs to, and what some work costs beyond its channel."""

from __future__ import annotations

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

from contactcenter.conversations.models import Customer, Tag
from routing.matching import Weights
from routing.models.agents import Agent
from routing.models.queues import Queue

DEFAULTS = Weights()
_POINTS = [MinValueValidator(0.0), MaxValueValidator(1000.0)]


class QueueWeights(models.Model):
    """Points that each term of the score is worth at most (see `routing.matching`); no row: the defaults."""

    queue = models.OneToOneField(Queue, on_delete=models.CASCADE, related_name="weights", verbose_name=_("queue"))
    urgency = models.FloatField(_("urgency"), default=DEFAULTS.urgency, validators=_POINTS)
    urgency_base = models.FloatField(
        _("urgency at once"),
        default=DEFAULTS.urgency_base,
        validators=[MinValueValidator(0.0), MaxValueValidator(10.0)],
    )
    value_exponent = models.FloatField(
        _("customer value, exponent"),
        default=DEFAULTS.value_exponent,
        validators=[MinValueValidator(0.0), MaxValueValidator(3.0)],
    )
    fit = models.FloatField(_("fit"), default=DEFAULTS.fit, validators=_POINTS)
    last_agent = models.FloatField(_("last or preferred agent"), default=DEFAULTS.last_agent, validators=_POINTS)
    scarcity = models.FloatField(_("scarcity of the agent"), default=DEFAULTS.scarcity, validators=_POINTS)
    keep_voice = models.FloatField(_("keep voice agents for voice"), default=DEFAULTS.keep_voice, validators=_POINTS)
    packing = models.FloatField(_("pack chats"), default=DEFAULTS.packing, validators=_POINTS)
    idle = models.FloatField(_("idle time"), default=DEFAULTS.idle, validators=_POINTS)
    occupancy = models.FloatField(_("occupancy"), default=DEFAULTS.occupancy, validators=_POINTS)
    interruption = models.FloatField(_("interruption"), default=DEFAULTS.interruption, validators=_POINTS)

    class Meta:
        verbose_name = _("weights")
        verbose_name_plural = _("weights")

    def __str__(self) -> str:
        return str(self.queue)


class AccountManager(models.Model):
    """The agent who is asked first whenever this customer comes."""

    customer = models.OneToOneField(
        Customer, on_delete=models.CASCADE, related_name="account_manager", verbose_name=_("customer")
    )
    agent = models.ForeignKey(Agent, on_delete=models.CASCADE, related_name="customers", verbose_name=_("agent"))

    class Meta:
        verbose_name = _("account manager")
        verbose_name_plural = _("account managers")

    def __str__(self) -> str:
        return f"{self.agent}: {self.customer}"


class TagCost(models.Model):
    """Work with this tag costs so much of an agent's capacity, whatever its channel: 100 counts alone."""

    tag = models.OneToOneField(Tag, on_delete=models.CASCADE, related_name="cost", verbose_name=_("tag"))
    cost = models.PositiveSmallIntegerField(
        _("cost"),
        default=100,
        validators=[MinValueValidator(1), MaxValueValidator(100)],
        help_text=_("Share of an agent's capacity of 100."),
    )

    class Meta:
        verbose_name = _("cost of a tag")
        verbose_name_plural = _("costs of tags")

    def __str__(self) -> str:
        return f"{self.tag}: {self.cost}"

"""Waiting, offered and assigned work: typed columns that metrics and replay read."""

from __future__ import annotations

from typing import Any

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from contactcenter.accounts.models import User
from contactcenter.base.clock import now
from contactcenter.conversations.models import Conversation
from contactcenter.conversations.states import Channel
from routing.models.agents import Agent
from routing.models.queues import Disposition, Queue, SkillGroup
from routing.models.steps import QueueStep
from routing.states import (
    AssignmentRole,
    AssignmentState,
    OfferPurpose,
    OfferState,
    Outcome,
    TargetReason,
)


class QueueEntry(models.Model):
    """One stay in one queue.

    `rank_key` = entered_at - waited_before_seconds - boost_seconds in epoch seconds: it does not change with time,
    so the oldest claim is always the smallest key.
    """

    conversation = models.ForeignKey(Conversation, on_delete=models.CASCADE, related_name="entries")
    queue = models.ForeignKey(Queue, on_delete=models.PROTECT, related_name="entries")
    group = models.ForeignKey(SkillGroup, on_delete=models.PROTECT, related_name="entries")
    channel = models.CharField(max_length=12, choices=Channel.choices)
    entered_at = models.DateTimeField()
    # Waiting already spent on this work in earlier stays: the place that is kept.
    waited_before_seconds = models.FloatField(default=0)
    boost_seconds = models.FloatField(default=0)
    rank_key = models.FloatField()
    # While a work offer is pending the entry is open but not for others.
    is_offered = models.BooleanField(default=False)
    # The step in force (none: the queue's own requirement), and when the next one comes.
    step = models.ForeignKey(QueueStep, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    step_due_at = models.DateTimeField(null=True, blank=True)
    # Waited in this queue in earlier stays: its steps and the delays of its members go on from there.
    in_queue_before_seconds = models.FloatField(default=0)
    # What it costs an agent and what its customer is worth, as of entering.
    cost = models.PositiveSmallIntegerField(default=0)
    value = models.PositiveSmallIntegerField(default=1)
    # Another stay of the same customer that is one piece of work with this one, and stands for both.
    joined_to = models.ForeignKey("self", null=True, blank=True, on_delete=models.SET_NULL, related_name="joined")
    # The condition whose fallback has been carried out, so that it is not carried out again.
    fallback = models.CharField(max_length=10, blank=True)
    # Asked first, until `target_until`: a transfer to an agent, the owner of woken work, the agent the customer knows.
    target_agent = models.ForeignKey(Agent, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    target_until = models.DateTimeField(null=True, blank=True)
    target_reason = models.CharField(max_length=10, choices=TargetReason.choices, blank=True)
    last_agent = models.ForeignKey(Agent, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    note = models.TextField(blank=True)
    sent_by = models.ForeignKey(User, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    left_at = models.DateTimeField(null=True, blank=True)
    outcome = models.CharField(max_length=12, choices=Outcome.choices, blank=True)
    reason = models.CharField(max_length=30, blank=True)

    class Meta:
        indexes = [
            models.Index(
                fields=["group", "rank_key"],
                condition=Q(left_at__isnull=True, is_offered=False, joined_to__isnull=True),
                name="entry_heads",
            ),
            models.Index(
                fields=["target_agent"],
                condition=Q(left_at__isnull=True, target_agent__isnull=False),
                name="entry_in_person",
            ),
            models.Index(
                fields=["step_due_at"],
                condition=Q(left_at__isnull=True, step_due_at__isnull=False),
                name="entry_step_due",
            ),
            models.Index(
                fields=["joined_to"], condition=Q(left_at__isnull=True, joined_to__isnull=False), name="entry_joined"
            ),
            models.Index(fields=["queue", "rank_key"], condition=Q(left_at__isnull=True), name="entry_queue"),
            models.Index(fields=["queue", "entered_at"], name="entry_by_time"),
        ]
        constraints = [
            models.UniqueConstraint(fields=["conversation"], condition=Q(left_at__isnull=True), name="entry_one_open"),
            models.CheckConstraint(
                condition=Q(left_at__isnull=True, outcome="") | (Q(left_at__isnull=False) & ~Q(outcome="")),
                name="entry_outcome",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.conversation_id} in {self.queue_id}"


class Offer(models.Model):
    """ "Agent X, take Y within N seconds"."""

    conversation = models.ForeignKey(Conversation, on_delete=models.CASCADE, related_name="offers")
    entry = models.ForeignKey(QueueEntry, null=True, blank=True, on_delete=models.CASCADE, related_name="offers")
    agent = models.ForeignKey(Agent, on_delete=models.CASCADE, related_name="offers")
    purpose = models.CharField(max_length=8, choices=OfferPurpose.choices, default=OfferPurpose.WORK)
    state = models.CharField(max_length=10, choices=OfferState.choices, default=OfferState.PENDING)
    cost = models.PositiveSmallIntegerField()
    note = models.TextField(blank=True)
    sent_by = models.ForeignKey(User, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    answered_at = models.DateTimeField(null=True, blank=True)
    reason = models.CharField(max_length=100, blank=True)

    class Meta:
        indexes = [
            models.Index(fields=["expires_at"], condition=Q(state="pending"), name="offer_due"),
            models.Index(fields=["agent"], condition=Q(state="pending"), name="offer_pending"),
            models.Index(
                fields=["entry", "agent"], condition=Q(state__in=["declined", "expired"]), name="offer_not_taken"
            ),
            models.Index(
                fields=["agent", "answered_at"],
                condition=Q(state__in=["declined", "expired"]),
                name="offer_not_taken_by",
            ),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["conversation"], condition=Q(state="pending", purpose="work"), name="offer_one_pending_work"
            ),
            models.UniqueConstraint(
                fields=["conversation", "agent"], condition=Q(state="pending"), name="offer_one_pending_per_agent"
            ),
            models.CheckConstraint(
                condition=Q(state="pending", answered_at__isnull=True)
                | (~Q(state="pending") & Q(answered_at__isnull=False)),
                name="offer_answered_at",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.conversation_id} to {self.agent_id} {self.state}"


class Assignment(models.Model):
    """One agent's handling of one conversation, with its wrap-up."""

    conversation = models.ForeignKey(Conversation, on_delete=models.CASCADE, related_name="assignments")
    agent = models.ForeignKey(Agent, on_delete=models.PROTECT, related_name="assignments")
    queue = models.ForeignKey(Queue, null=True, blank=True, on_delete=models.PROTECT, related_name="assignments")
    offer = models.ForeignKey(Offer, null=True, blank=True, on_delete=models.SET_NULL, related_name="assignments")
    channel = models.CharField(max_length=12, choices=Channel.choices)
    role = models.CharField(max_length=10, choices=AssignmentRole.choices, default=AssignmentRole.PRIMARY)
    state = models.CharField(max_length=10, choices=AssignmentState.choices, default=AssignmentState.HANDLING)
    cost = models.PositiveSmallIntegerField()
    # Given beyond capacity by a person: costs nothing.
    over_capacity = models.BooleanField(default=False)
    # Taken along with other work of the same customer, which pays for both as long as it goes on.
    paid_by = models.ForeignKey("self", null=True, blank=True, on_delete=models.SET_NULL, related_name="paid_for")
    note = models.TextField(blank=True)
    # An adviser who takes part before the customer (conference) since then, and may answer too.
    joined_at = models.DateTimeField(null=True, blank=True)
    started_at = models.DateTimeField()
    handled_until = models.DateTimeField(null=True, blank=True)
    wrap_up_until = models.DateTimeField(null=True, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)
    # Paused by interrupting work: no load until resumed, oldest first.
    paused_at = models.DateTimeField(null=True, blank=True)
    paused_seconds = models.FloatField(default=0)
    disposition = models.ForeignKey(
        Disposition, null=True, blank=True, on_delete=models.PROTECT, related_name="assignments"
    )
    wrap_up_note = models.TextField(blank=True)

    class Meta:
        indexes = [
            models.Index(fields=["agent"], condition=~Q(state="done"), name="assignment_open"),
            models.Index(fields=["wrap_up_until"], condition=Q(state="wrap_up"), name="assignment_wrap_up_due"),
            models.Index(fields=["conversation", "-started_at"], name="assignment_history"),
            models.Index(fields=["agent", "-started_at"], name="assignment_by_agent"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["conversation"], condition=Q(role="primary", state="handling"), name="assignment_one_primary"
            ),
            models.UniqueConstraint(
                fields=["conversation", "agent"], condition=~Q(state="done"), name="assignment_one_open_per_agent"
            ),
            models.CheckConstraint(
                condition=Q(state="done", ended_at__isnull=False) | (~Q(state="done") & Q(ended_at__isnull=True)),
                name="assignment_ended_at",
            ),
            models.CheckConstraint(condition=Q(over_capacity=False) | Q(cost=0), name="assignment_over_capacity_free"),
            models.CheckConstraint(
                condition=~Q(state="wrap_up") | Q(wrap_up_until__isnull=False), name="assignment_wrap_up_until"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.conversation_id} by {self.agent_id} {self.state}"


class Decision(models.Model):
    """Why this agent: every candidate with every term, and why the others could not."""

    conversation = models.ForeignKey(Conversation, on_delete=models.CASCADE, related_name="decisions")
    entry = models.ForeignKey(QueueEntry, on_delete=models.CASCADE, related_name="decisions")
    offer = models.OneToOneField(Offer, on_delete=models.CASCADE, related_name="decision")
    at = models.DateTimeField(default=now)
    # What was asked for when it was made.
    group = models.ForeignKey(SkillGroup, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    step = models.ForeignKey(QueueStep, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    # {"candidates": [{"agent": id, "score": …, "terms": {…}}], "refused": [{"agent": id, "why": …}]}
    terms: models.JSONField[Any, Any] = models.JSONField()

    def __str__(self) -> str:
        return f"{self.conversation_id} {self.at:%H:%M:%S}"


class SweeperDuty(models.Model):
    """What one duty of the sweeper found: a metric that is normally zero for the repairing ones."""

    name = models.CharField(max_length=100, unique=True)
    last_run_at = models.DateTimeField()
    last_found = models.PositiveIntegerField(default=0)
    total_found = models.PositiveBigIntegerField(default=0)
    last_error = models.CharField(max_length=300, blank=True)

    class Meta:
        verbose_name = _("sweeper duty")
        verbose_name_plural = _("sweeper duties")

    def __str__(self) -> str:
        return self.name

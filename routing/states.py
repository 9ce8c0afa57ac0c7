"""The words and tables of routing: agents, offers, assignments, queue entries."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _


class AgentState(models.TextChoices):
    """What an agent declared, or the system set. Idle, offered, handling and wrap-up are derived, never stored."""

    OFFLINE = "offline", _("Offline")
    AVAILABLE = "available", _("Available")
    BREAK = "break", _("Break")
    NOT_RESPONDING = "not_responding", _("Not responding")


class OfferState(models.TextChoices):
    PENDING = "pending", _("Pending")
    ACCEPTED = "accepted", _("Accepted")
    DECLINED = "declined", _("Declined")
    EXPIRED = "expired", _("Missed")
    REVOKED = "revoked", _("Withdrawn")


class OfferPurpose(models.TextChoices):
    WORK = "work", _("Work")
    CONSULT = "consult", _("Consult")  # leaves the conversation ACTIVE


class AssignmentState(models.TextChoices):
    HANDLING = "handling", _("Handling")
    WRAP_UP = "wrap_up", _("Wrap-up")
    DONE = "done", _("Done")


class AssignmentRole(models.TextChoices):
    PRIMARY = "primary", _("Primary")
    CONSULT = "consult", _("Consult")
    SUPERVISOR = "supervisor", _("Supervisor")


class Outcome(models.TextChoices):
    """How a stay in a queue ended."""

    ANSWERED = "answered", _("Answered")
    ABANDONED = "abandoned", _("Abandoned")
    TRANSFERRED = "transferred", _("Transferred")
    OVERFLOWED = "overflowed", _("Overflowed")
    CALLBACK = "callback", _("Callback")
    VOICEMAIL = "voicemail", _("Voicemail")
    MOVED = "moved", _("Moved to another channel")
    JOINED = "joined", _("Joined")
    SELF_SERVED = "self_served", _("Solved alone")
    CANCELLED = "cancelled", _("Cancelled")


class PromiseState(models.TextChoices):
    """How a promise to a customer stands; derived, never stored."""

    RUNNING = "running", _("Running")
    PAUSED = "paused", _("Customer’s turn")
    AT_RISK = "at_risk", _("At risk")
    OVERDUE = "overdue", _("Overdue")
    MET = "met", _("Met")
    BREACHED = "breached", _("Breached")


# What lists can be narrowed to.
PROMISES_IN_DANGER = (PromiseState.AT_RISK, PromiseState.OVERDUE)


class TargetReason(models.TextChoices):
    """Why one agent is asked before the others."""

    OWNER = "owner", _("Their own work")
    TRANSFER = "transfer", _("Passed on to them")
    MANAGER = "manager", _("Account manager")
    LAST_AGENT = "last_agent", _("The agent the customer knows")


_A, _O, _W = AgentState, OfferState, AssignmentState

AGENT_ALLOWED: dict[AgentState, frozenset[AgentState]] = {
    _A.OFFLINE: frozenset({_A.AVAILABLE, _A.BREAK}),
    _A.AVAILABLE: frozenset({_A.OFFLINE, _A.BREAK, _A.NOT_RESPONDING}),
    # A break may change its reason.
    _A.BREAK: frozenset({_A.OFFLINE, _A.AVAILABLE, _A.BREAK}),
    _A.NOT_RESPONDING: frozenset({_A.OFFLINE, _A.AVAILABLE, _A.BREAK}),
}
OFFER_ALLOWED: dict[OfferState, frozenset[OfferState]] = {
    _O.PENDING: frozenset({_O.ACCEPTED, _O.DECLINED, _O.EXPIRED, _O.REVOKED}),
    _O.ACCEPTED: frozenset(),
    _O.DECLINED: frozenset(),
    _O.EXPIRED: frozenset(),
    _O.REVOKED: frozenset(),
}
ASSIGNMENT_ALLOWED: dict[AssignmentState, frozenset[AssignmentState]] = {
    _W.HANDLING: frozenset({_W.WRAP_UP, _W.DONE}),
    # The customer wrote again.
    _W.WRAP_UP: frozenset({_W.DONE, _W.HANDLING}),
    _W.DONE: frozenset(),
}
OUTCOME_ALLOWED: dict[str, frozenset[Outcome]] = {
    "": frozenset(Outcome),
    **{outcome: frozenset() for outcome in Outcome},
}

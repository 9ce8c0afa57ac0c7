"""Whom a customer knows: their account manager, whom supervisors name, else who handled them last."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from django.db import transaction
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from contactcenter.accounts.models import Role, User
from contactcenter.base.clock import now
from contactcenter.base.errors import Forbidden, Refused
from contactcenter.base.prepared import Prepared
from contactcenter.conversations.events import EventKind
from contactcenter.conversations.models import Conversation
from contactcenter.conversations.services.cards import announce_customer, lock_card, log_change
from routing.candidates import agents_for
from routing.models import AccountManager, Agent, Assignment, Queue, QueueEntry
from routing.states import AssignmentRole, TargetReason


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """An agent whom the customer knows, and whence."""

    agent_id: int
    reason: TargetReason


# Of a customer who was merged into this one, too, unless this one has their own.
_manager = Prepared(
    lambda customer: (
        AccountManager.objects.filter(Q(customer=customer) | Q(customer__merged_into=customer))
        .order_by(F("customer__merged_into").desc(nulls_first=True))
        .values_list("agent_id")
    )
)
_last = Prepared(
    lambda customer, since: (
        Assignment.objects.filter(conversation__customer=customer, role=AssignmentRole.PRIMARY, started_at__gte=since)
        .order_by("-started_at", "-pk")
        .values_list("agent_id")[:1]
    )
)


def known_agent(conversation: Conversation, queue: Queue) -> Known | None:
    """The account manager, else the last agent within the queue's `last_agent_days`; None if there is neither."""
    rows = _manager.tuples(conversation.customer_id)
    if rows:
        return Known(agent_id=rows[0][0], reason=TargetReason.MANAGER)
    if not queue.last_agent_days:
        return None
    rows = _last.tuples(conversation.customer_id, now() - timedelta(days=queue.last_agent_days))
    return Known(agent_id=rows[0][0], reason=TargetReason.LAST_AGENT) if rows else None


def ask_known_first(entry: QueueEntry, known: Known) -> None:
    """Let a stay that is about to begin wait for whom the customer knows, if they would take it now: nobody waits for
    somebody who is not there. Who is only the last agent must serve its group; a manager was named by a person."""
    seconds = entry.queue.last_agent_seconds
    if not seconds:
        return
    until = entry.entered_at + timedelta(seconds=seconds)
    if known.reason == TargetReason.MANAGER:
        entry.target_agent_id, entry.target_until = known.agent_id, until
    facts = agents_for(entry, entry.entered_at, only=known.agent_id)
    if facts and not facts[0].refused:
        entry.target_agent_id, entry.target_until, entry.target_reason = known.agent_id, until, known.reason
    else:
        entry.target_agent_id, entry.target_until = None, None


@transaction.atomic
def set_account_manager(
    *, customer_id: int, agent_id: int | None, actor: User, conversation_id: int | None = None
) -> None:
    """Name the agent who is asked first whenever this customer comes; None: nobody. Logged like the rest of the card.

    Raises Forbidden unless the actor is a supervisor, Refused for an agent who does not work for the brand, Gone.
    """
    if not actor.is_supervisor:
        raise Forbidden(_("Only supervisors name account managers."))
    card = lock_card(customer_id, conversation_id)
    row = AccountManager.objects.filter(customer=customer_id).select_related("agent__user").first()
    before = str(row.agent) if row is not None else ""
    if agent_id == (row.agent_id if row is not None else None):
        return
    after = ""
    if agent_id is None:
        AccountManager.objects.filter(customer=customer_id).delete()
    else:
        agent = _agent_of_brand(agent_id, card.customer.brand_id)
        AccountManager.objects.update_or_create(customer=card.customer, defaults={"agent": agent})
        after = str(agent)
    log_change(card, EventKind.CUSTOMER_CHANGED, actor=actor, field="manager", before=before, after=after)
    announce_customer(card.customer, "profile")


def _agent_of_brand(agent_id: int, brand_id: int) -> Agent:
    agents = Agent.objects.filter(user__is_active=True).filter(Q(user__brands=brand_id) | Q(user__role=Role.ADMIN))
    agent = agents.select_related("user").filter(pk=agent_id).first()
    if agent is None:
        raise Refused(_("Choose an agent who works for the customer’s brand."), code="bad_target")
    return agent

"""Small writes that several transitions share: ending an entry, an offer, an assignment. The caller holds the locks."""

from __future__ import annotations

from datetime import timedelta

from contactcenter.base.clock import now
from contactcenter.conversations.events import EventKind, record_event
from contactcenter.conversations.models import Conversation
from contactcenter.conversations.services.messages import grant_access
from contactcenter.conversations.states import check_transition
from routing.locking import agent_is_locked, lock_agents
from routing.models import Agent, Assignment, Offer, Queue, QueueEntry
from routing.profiles import cost_of
from routing.services.duplicates import followers_of, request_joining
from routing.services.loads import (
    has_room,
    refresh_load,
    unpause,
    wrap_up_seconds,
)
from routing.services.offering import tell_agent
from routing.states import (
    ASSIGNMENT_ALLOWED,
    OFFER_ALLOWED,
    OUTCOME_ALLOWED,
    AssignmentRole,
    AssignmentState,
    OfferState,
    Outcome,
)


def end_entry(entry: QueueEntry, outcome: Outcome, *, reason: str = "") -> None:
    """The stay in the queue is over; those that were joined to it and are not taken along are free again."""
    check_transition(OUTCOME_ALLOWED, entry.outcome, outcome)
    entry.outcome = outcome
    entry.reason = reason
    entry.left_at = now()
    entry.is_offered = False
    entry.save(update_fields=["outcome", "reason", "left_at", "is_offered"])
    if followers_of(entry.pk):
        request_joining(entry.conversation.customer_id)


def end_offer(offer: Offer, to: OfferState, *, reason: str = "") -> None:
    """Answer or withdraw a pending offer, and give its entry back to the queue; the agent's load is refreshed.

    Not after ACCEPTED: the assignment that begins then takes over the offer's cost.
    """
    check_transition(OFFER_ALLOWED, offer.state, to)
    offer.state = to
    offer.reason = reason
    offer.answered_at = now()
    offer.save(update_fields=["state", "reason", "answered_at"])
    if to == OfferState.ACCEPTED:
        return
    if offer.entry is not None and offer.entry.left_at is None:
        offer.entry.is_offered = False
        offer.entry.save(update_fields=["is_offered"])
    refresh_load(offer.agent)


def lock_everybody(conversation: Conversation, *extra: int) -> dict[int, Agent]:
    """Lock all agents with an offer or open assignment in a locked conversation, and `extra`, in the one order."""
    return lock_agents({*extra, *people_of(conversation)})


def people_of(*conversations: Conversation) -> set[int]:
    """The agents with an offer or open assignment in these conversations."""
    offered = Offer.objects.filter(conversation__in=conversations, state=OfferState.PENDING)
    open_work = Assignment.objects.filter(conversation__in=conversations).exclude(state=AssignmentState.DONE)
    return set(offered.values_list("agent_id", flat=True).union(open_work.values_list("agent_id", flat=True)))


def revoke_offers(conversation: Conversation, agents: dict[int, Agent], *, purpose: str | None = None) -> None:
    """Withdraw what is still offered of this conversation; all its agents are locked."""
    rows = Offer.objects.filter(conversation=conversation, state=OfferState.PENDING).select_related("entry")
    for offer in rows if purpose is None else rows.filter(purpose=purpose):
        offer.agent = agents[offer.agent_id]
        end_offer(offer, OfferState.REVOKED)
        record_event(
            conversation,
            EventKind.OFFER_REVOKED,
            offer=offer.pk,
            agent=str(offer.agent),
            agent_user=offer.agent.user_id,
        )
        tell_agent(offer.agent, "offer.changed", offer=offer.pk)


def begin_assignment(
    conversation: Conversation,
    agent: Agent,
    *,
    queue: Queue | None,
    role: AssignmentRole = AssignmentRole.PRIMARY,
    offer: Offer | None = None,
    note: str = "",
    cost: int | None = None,
    paid_by: Assignment | None = None,
) -> Assignment:
    """The agent handles the conversation from now on. Their own wrap-up of it, if any, is over.

    Without an accepted offer that has already paid for it, what does not fit into the agent's capacity is marked
    over capacity and costs nothing. `cost` is given where other work, `paid_by`, has paid for it, in part or in whole.
    """
    assert agent_is_locked(agent)
    earlier = Assignment.objects.filter(conversation=conversation, agent=agent).exclude(state=AssignmentState.DONE)
    for before in earlier:
        finish_assignment(before, agent)
        if before.wrap_up_until is not None:
            record_event(
                conversation, EventKind.WRAP_UP_ENDED, agent=str(agent), agent_user=agent.user_id, assignment=before.pk
            )
    over = False
    if offer is not None:
        cost, over = offer.cost, offer.cost == 0
    elif cost is None:
        cost = cost_of(conversation)
        over = not has_room(agent, cost)
    moment = now()
    assignment = Assignment.objects.create(
        conversation=conversation,
        agent=agent,
        queue=queue,
        offer=offer,
        channel=conversation.channel,
        role=role,
        cost=0 if over else cost,
        over_capacity=over,
        paid_by=paid_by,
        note=note,
        started_at=moment,
    )
    if agent.missed_in_row:
        agent.missed_in_row = 0
        agent.save(update_fields=["missed_in_row"])
    grant_access(conversation, agent.user)
    if role == AssignmentRole.PRIMARY:
        conversation.owner = agent.user
    refresh_load(agent, contact_at=moment)
    return assignment


def finish_assignment(assignment: Assignment, agent: Agent) -> None:
    """HANDLING or WRAP_UP -> DONE."""
    check_transition(ASSIGNMENT_ALLOWED, assignment.state, AssignmentState.DONE)
    moment = now()
    unpause(assignment, moment)
    assignment.state = AssignmentState.DONE
    assignment.handled_until = assignment.handled_until or moment
    assignment.ended_at = moment
    assignment.save(update_fields=["state", "handled_until", "ended_at", "paused_at", "paused_seconds"])
    refresh_load(agent, contact_at=moment)
    _let_others_pay(assignment, agent)


def _let_others_pay(ended: Assignment, agent: Agent) -> None:
    """What was taken along with it costs from now on what it would alone: the dearest pays for the others."""
    left = list(ended.paid_for.exclude(state=AssignmentState.DONE).select_related("conversation"))
    if not left:
        return
    heir = max(left, key=lambda row: (cost_of(row.conversation), -row.pk))
    cost = cost_of(heir.conversation)
    if heir.paused_at is not None or has_room(agent, cost - heir.cost):
        heir.cost = max(cost, heir.cost)
    heir.paid_by = None
    heir.save(update_fields=["cost", "paid_by"])
    ended.paid_for.exclude(pk=heir.pk).update(paid_by=heir)
    refresh_load(agent)


def resume_wrap_up(assignment: Assignment) -> None:
    """WRAP_UP -> HANDLING: the customer wrote again. It costs what it has cost; what is paused stays so."""
    check_transition(ASSIGNMENT_ALLOWED, assignment.state, AssignmentState.HANDLING)
    assignment.state = AssignmentState.HANDLING
    assignment.handled_until = None
    assignment.wrap_up_until = None
    assignment.save(update_fields=["state", "handled_until", "wrap_up_until"])


def end_handling(conversation: Conversation, assignment: Assignment, agent: Agent) -> None:
    """The work itself is over: into wrap-up, which costs the same, where the queue grants one, else done."""
    seconds = wrap_up_seconds(assignment.queue, assignment.channel) if assignment.role == AssignmentRole.PRIMARY else 0
    if not seconds:
        finish_assignment(assignment, agent)
        return
    check_transition(ASSIGNMENT_ALLOWED, assignment.state, AssignmentState.WRAP_UP)
    moment = now()
    assignment.state = AssignmentState.WRAP_UP
    assignment.handled_until = moment
    assignment.wrap_up_until = moment + timedelta(seconds=seconds)
    assignment.save(update_fields=["state", "handled_until", "wrap_up_until"])
    record_event(
        conversation, EventKind.WRAP_UP_STARTED, agent=str(agent), agent_user=agent.user_id, assignment=assignment.pk
    )


def end_all_handling(conversation: Conversation, agents: dict[int, Agent], *, wrap_up: bool = True) -> None:
    """Everybody stops handling: advisers are done, and so is the primary, after wrap-up unless there is none."""
    rows = Assignment.objects.filter(conversation=conversation, state=AssignmentState.HANDLING)
    for assignment in rows.select_related("queue"):
        agent = agents[assignment.agent_id]
        if assignment.role == AssignmentRole.PRIMARY and wrap_up:
            end_handling(conversation, assignment, agent)
            continue
        finish_assignment(assignment, agent)
        if assignment.role != AssignmentRole.PRIMARY:
            record_event(conversation, EventKind.CONSULT_ENDED, agent=str(agent), agent_user=agent.user_id)

"""Reading routing: who sees which queues, agents, offers; heads and candidates for the dispatcher."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, Min, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce

from contactcenter.accounts.models import User
from contactcenter.accounts.selectors import Viewer
from contactcenter.base.prepared import Prepared
from contactcenter.conversations.events import EventKind
from contactcenter.conversations.models import ChannelAccount, Conversation, Customer, Rating
from contactcenter.conversations.selectors import visible_conversations
from contactcenter.conversations.states import ConversationState
from routing.hours import Schedule, is_open, next_opening
from routing.models import (
    AccountManager,
    Agent,
    Assignment,
    Calendar,
    Decision,
    EntryPoint,
    Offer,
    Queue,
    QueueEntry,
    SkillGroupAgent,
    WaitAlert,
)
from routing.states import AgentState, AssignmentRole, AssignmentState, OfferState

# For so long an agent who declined is not asked again about the same stay in a queue.
DECLINE_SECONDS = 120


def visible_queues(viewer: Viewer) -> QuerySet[Queue]:
    """Supervisors see their brands' queues, agents their teams' and those they are members of."""
    if viewer.is_admin:
        return Queue.objects.all()
    mine = Queue.objects.filter(brand__in=viewer.brand_ids)
    if viewer.is_supervisor:
        return mine
    return mine.filter(Q(team__in=viewer.team_ids) | Q(members__agent__user=viewer.user_id)).distinct()


def visible_agents(viewer: Viewer) -> QuerySet[Agent]:
    """Colleagues of the viewer's brands: transfers and consults need them."""
    agents = Agent.objects.filter(user__is_active=True)
    if viewer.is_admin:
        return agents
    return agents.filter(Q(user__brands__in=viewer.brand_ids) | Q(user=viewer.user_id)).distinct()


def visible_offers(viewer: Viewer) -> QuerySet[Offer]:
    """One's own, and those of conversations that a supervisor sees."""
    if viewer.is_supervisor:
        return Offer.objects.filter(conversation__in=visible_conversations(viewer))
    return Offer.objects.filter(agent__user=viewer.user_id)


def visible_assignments(viewer: Viewer) -> QuerySet[Assignment]:
    return Assignment.objects.filter(conversation__in=visible_conversations(viewer))


def visible_entries(viewer: Viewer) -> QuerySet[QueueEntry]:
    return QueueEntry.objects.filter(conversation__in=visible_conversations(viewer))


def visible_decisions(viewer: Viewer) -> QuerySet[Decision]:
    return Decision.objects.filter(conversation__in=visible_conversations(viewer))


def visible_wait_alerts(viewer: Viewer) -> QuerySet[WaitAlert]:
    """What waits and nobody is going to take, for the supervisors of its queue."""
    if not viewer.is_supervisor:
        return WaitAlert.objects.none()
    return WaitAlert.objects.filter(entry__queue__in=visible_queues(viewer))


def agent_of(user: User) -> Agent | None:
    return Agent.objects.filter(user=user).select_related("user", "reason", "next_reason").first()


def manager_of(customer: Customer) -> Agent | None:
    """The agent who is asked first whenever this customer comes."""
    row = AccountManager.objects.filter(customer=customer).select_related("agent__user").first()
    return row.agent if row is not None else None


def open_entry(conversation: Conversation) -> QueueEntry | None:
    """Its stay in a queue, with the queue, its hours and what was told about the wait, while it waits."""
    return next(iter(_open_entry.objects(conversation.pk)), None)


_open_entry = Prepared(
    lambda pk: QueueEntry.objects.filter(conversation=pk, left_at=None).select_related("queue__calendar", "promise")[:1]
)


def waiting_entry(conversation_id: int) -> QueueEntry | None:
    """The stay, with its conversation, of what waits in a queue on its own account; None for anything else."""
    return next(iter(_waiting_entry.objects(conversation_id)), None)


_waiting_entry = Prepared(
    lambda pk: QueueEntry.objects.filter(
        conversation=pk,
        conversation__state=ConversationState.QUEUED,
        left_at=None,
        is_offered=False,
        joined_to=None,
    ).select_related("conversation")[:1]
)


def stays_of_pairs(leads: list[int]) -> list[QueueEntry]:
    """The open stays that lead, by their ids, and those that are joined to them."""
    return _pairs.objects(leads, leads) if leads else []


_pairs = Prepared(
    lambda leads, same: QueueEntry.objects.filter(Q(pk__in=leads) | Q(joined_to__in=same), left_at=None).order_by("pk")
)


def waited_seconds(conversation: Conversation, at: datetime) -> float:
    """Waiting collected so far: what was brought into the last stay and that stay itself.

    A reopened conversation starts at the message that reopened it: stays before do not count.
    """
    entry = stays_since_reopening(conversation).order_by("-pk").first()
    return waited_in(entry, at) if entry is not None else 0.0


def stays_since_reopening(conversation: Conversation) -> QuerySet[QueueEntry]:
    entries = QueueEntry.objects.filter(conversation=conversation)
    if conversation.reopened_count:
        reopened = conversation.events.filter(kind=EventKind.CONVERSATION_REOPENED).order_by("-seq")
        entries = entries.filter(entered_at__gte=reopened.values("at")[:1])
    return entries


def waited_in(entry: QueueEntry, at: datetime) -> float:
    """Waiting collected up to the end of this stay, or up to `at`."""
    return entry.waited_before_seconds + max(((entry.left_at or at) - entry.entered_at).total_seconds(), 0.0)


def position_in_queue(conversation: Conversation) -> int | None:
    """1 for the next in its queue; None if it is not waiting. An offered one still counts as first in line."""
    entry = open_entry(conversation)
    return None if entry is None else place_of(entry)


def place_of(entry: QueueEntry) -> int:
    """1 for the next in its queue."""
    rows = _ahead.tuples(entry.queue_id, entry.rank_key)
    return 1 + (rows[0][0] if rows else 0)


# Grouped by what is the same in all of them: a count, or no row.
_ahead = Prepared(
    lambda queue_id, rank_key: (
        QueueEntry.objects.filter(queue=queue_id, left_at=None, joined_to=None, rank_key__lt=rank_key)
        .order_by()
        .values("queue")
        .annotate(number=Count("pk"))
        .values_list("number")
    )
)


def positions_in_queue(conversation_ids: Iterable[int]) -> dict[int, int]:
    """The positions of all those that wait, in one question."""
    ahead = (
        QueueEntry.objects.filter(
            queue=OuterRef("queue"), left_at=None, joined_to=None, rank_key__lt=OuterRef("rank_key")
        )
        .order_by()
        .values("queue")
        .annotate(number=Count("pk"))
        .values("number")
    )
    waiting = QueueEntry.objects.filter(conversation__in=conversation_ids, left_at=None)
    rows = waiting.annotate(ahead=Coalesce(Subquery(ahead), 0)).values_list("conversation_id", "ahead")
    return {conversation_id: number + 1 for conversation_id, number in rows}


def primary_of(conversation: Conversation) -> Assignment | None:
    return (
        Assignment.objects.filter(
            conversation=conversation, role=AssignmentRole.PRIMARY, state=AssignmentState.HANDLING
        )
        .select_related("agent__user", "queue")
        .first()
    )


def ratings_of(agent: Agent, *, since: datetime) -> list[int]:
    """What customers gave since then to conversations that this agent was the last to handle."""
    last = Assignment.objects.filter(conversation=OuterRef("conversation"), role=AssignmentRole.PRIMARY)
    rows = Rating.objects.filter(at__gte=since).annotate(
        last_agent=Subquery(last.order_by("-started_at", "-pk").values("agent")[:1])
    )
    return list(rows.filter(last_agent=agent.pk).values_list("score", flat=True))


def entry_point_of(account: ChannelAccount, topic: str) -> EntryPoint | None:
    """Where this topic of the account goes: its own entry point, else the one without topic."""
    points = EntryPoint.objects.filter(account=account, topic__in=[topic, ""], queue__is_active=True)
    return points.order_by("-topic").select_related("queue__team", "queue__calendar").first()


def schedule_of(calendar: Calendar) -> Schedule:
    return Schedule(
        time_zone=calendar.time_zone,
        intervals=tuple(calendar.intervals.values_list("weekday", "opens_at", "closes_at")),
        holidays={
            holiday.day: None
            if holiday.opens_at is None or holiday.closes_at is None
            else (holiday.opens_at, holiday.closes_at)
            for holiday in calendar.holidays.all()
        },
    )


def queue_is_open(queue: Queue, at: datetime) -> bool:
    return queue.calendar is None or is_open(schedule_of(queue.calendar), at)


def queue_opens_at(queue: Queue, at: datetime) -> datetime | None:
    """`at` itself while open; None if it never opens again."""
    return at if queue.calendar is None else next_opening(schedule_of(queue.calendar), at)


def signed_in_members(at: datetime) -> QuerySet[SkillGroupAgent]:
    """The agents of skill groups who are signed in: not offline, and their console is alive; a break is no absence."""
    rows = SkillGroupAgent.objects.filter(agent__user__is_active=True, agent__presence__seen_until__gt=at)
    return rows.exclude(agent__state=AgentState.OFFLINE)


def group_is_staffed(group_id: int, at: datetime) -> bool:
    return signed_in_members(at).filter(group=group_id).exists()


@dataclass(frozen=True, slots=True, kw_only=True)
class QueueFigures:
    queue: Queue
    waiting: int
    longest_since: datetime | None


def queue_figures(viewer: Viewer) -> list[QueueFigures]:
    """Number waiting and the longest wait of every queue that the viewer sees, by name."""
    # A pair is one piece of work, in the queue of the one that leads.
    waiting = Q(entries__left_at=None, entries__joined_to=None)
    rows = (
        visible_queues(viewer)
        .filter(is_active=True)
        .select_related("team", "brand")
        .annotate(
            waiting=Count("entries", filter=waiting, distinct=True), longest=Min("entries__entered_at", filter=waiting)
        )
    )
    figures = [QueueFigures(queue=row, waiting=row.waiting, longest_since=row.longest) for row in rows]
    return sorted(figures, key=lambda figure: figure.queue.name.casefold())


def pending_offers(agent: Agent) -> list[Offer]:
    rows = Offer.objects.filter(agent=agent, state=OfferState.PENDING).order_by("created_at")
    return list(rows.select_related("conversation__customer", "conversation__account", "entry__queue", "sent_by"))

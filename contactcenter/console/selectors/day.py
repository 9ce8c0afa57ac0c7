"""An agent's day so far, in their own time zone: what they did, what waits for them."""

from __future__ import annotations

import zoneinfo
from collections import Counter, defaultdict
from dataclasses import dataclass
from datetime import datetime, timedelta

from contactcenter.accounts.selectors import Viewer
from contactcenter.base.clock import now
from contactcenter.conversations.models import Conversation
from contactcenter.conversations.selectors import visible_conversations
from contactcenter.conversations.states import Channel, ConversationState
from routing.models import Agent, AgentStateInterval, Assignment
from routing.selectors import ratings_of, visible_entries
from routing.states import AgentState, AssignmentRole, AssignmentState


@dataclass(frozen=True, slots=True, kw_only=True)
class Stay:
    """The time in one state, or on break for one reason."""

    state: AgentState
    reason: str
    seconds: int
    is_now: bool

    @property
    def label(self) -> str:
        return self.reason or str(self.state.label)


@dataclass(frozen=True, slots=True, kw_only=True)
class Day:
    since: datetime
    # (channel, how many), most first.
    handled: list[tuple[Channel, int]]
    # Average of handling and wrap-up together; None before the first is finished.
    handle_seconds: int | None
    waiting: int
    longest_since: datetime | None
    stays: list[Stay]
    # Snoozed ones that come back before midnight, the next first.
    returning: list[Conversation]
    # Average of today's ratings of what this agent handled last, and how many there are.
    rating: float | None
    ratings: int
    wrap_ups: list[Assignment]
    unanswered: list[Conversation]

    @property
    def contacts(self) -> int:
        return sum(number for _channel, number in self.handled)


def day_of(viewer: Viewer, agent: Agent) -> Day:
    """What the pane shows while nothing is open."""
    moment = now()
    zone = zoneinfo.ZoneInfo(viewer.time_zone)
    midnight = moment.astimezone(zone).replace(hour=0, minute=0, second=0, microsecond=0)
    tomorrow = (midnight + timedelta(days=1)).replace(tzinfo=zone)
    worked = Assignment.objects.filter(agent=agent, role=AssignmentRole.PRIMARY, handled_until__gte=midnight)
    finished = list(worked.order_by("pk"))
    entries = visible_entries(viewer).filter(left_at=None, queue__members__agent=agent)
    mine = visible_conversations(viewer).filter(owner=viewer.user_id).select_related("customer")
    open_wrap_ups = Assignment.objects.filter(agent=agent, state=AssignmentState.WRAP_UP)
    returning = mine.filter(state=ConversationState.SNOOZED, snoozed_until__lt=tomorrow)
    unanswered = mine.filter(state=ConversationState.ACTIVE, waiting_since__isnull=False)
    stays = _stays(agent, midnight, moment)
    ratings = ratings_of(agent, since=midnight)
    return Day(
        since=_first_work(agent, midnight) or midnight,
        handled=[
            (Channel(channel), number) for channel, number in Counter(work.channel for work in finished).most_common()
        ],
        handle_seconds=_average([work for work in finished if work.ended_at is not None]),
        waiting=entries.count(),
        longest_since=entries.order_by("entered_at").values_list("entered_at", flat=True).first(),
        stays=stays,
        returning=list(returning.order_by("snoozed_until")[:5]),
        rating=round(sum(ratings) / len(ratings), 1) if ratings else None,
        ratings=len(ratings),
        wrap_ups=list(open_wrap_ups.select_related("conversation__customer").order_by("wrap_up_until")),
        unanswered=list(unanswered.order_by("waiting_since")[:5]),
    )


def _average(finished: list[Assignment]) -> int | None:
    spent = [
        (work.ended_at - work.started_at).total_seconds() - work.paused_seconds for work in finished if work.ended_at
    ]
    return round(sum(spent) / len(spent)) if spent else None


def _stays(agent: Agent, midnight: datetime, moment: datetime) -> list[Stay]:
    """Today's time by state and reason, cut at midnight, longest first; nothing of being offline."""
    intervals = AgentStateInterval.objects.filter(agent=agent).exclude(state=AgentState.OFFLINE)
    spent: dict[tuple[str, str], float] = defaultdict(float)
    current = None
    for stay in intervals.exclude(ended_at__lt=midnight).select_related("reason"):
        key = (stay.state, str(stay.reason or ""))
        spent[key] += ((stay.ended_at or moment) - max(stay.started_at, midnight)).total_seconds()
        current = key if stay.ended_at is None else current
    rows = sorted(spent.items(), key=lambda row: -row[1])
    return [
        Stay(state=AgentState(state), reason=reason, seconds=round(seconds), is_now=(state, reason) == current)
        for (state, reason), seconds in rows
    ]


def _first_work(agent: Agent, midnight: datetime) -> datetime | None:
    """When the agent first said today that they are there."""
    begun = AgentStateInterval.objects.filter(agent=agent, started_at__gte=midnight).exclude(state=AgentState.OFFLINE)
    return begun.order_by("started_at").values_list("started_at", flat=True).first()


def next_of(viewer: Viewer, *, but: int) -> Conversation | None:
    """Whom the agent turns to after finishing one: who waits longest for a word of theirs, else their newest."""
    mine = visible_conversations(viewer).filter(owner=viewer.user_id, state=ConversationState.ACTIVE).exclude(pk=but)
    waiting = mine.filter(waiting_since__isnull=False).order_by("waiting_since").first()
    return waiting or mine.order_by("-last_message_at").first()

"""Colleagues and queues to hand work to, and what an agent may switch or choose."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from django.db.models import Q

from contactcenter.accounts.selectors import Viewer
from contactcenter.base.clock import now
from contactcenter.conversations.models import Conversation
from contactcenter.conversations.states import LIVE_CHANNELS, Channel
from routing.models import Agent, Assignment, ChannelProfile, Disposition, EntryPoint, Offer, Queue, QueueMember
from routing.selectors import QueueFigures, queue_figures, visible_agents, visible_entries, visible_offers
from routing.states import AgentState, AssignmentState, OfferState
from routing.waiting_time import Told, told_of
from routing.waits import queue_bands

MOST_RECENT = 4


def open_count(agent: Agent) -> int:
    """How many conversations an agent has in hand."""
    return Assignment.objects.filter(agent=agent, state=AssignmentState.HANDLING).count()


@dataclass(frozen=True, slots=True, kw_only=True)
class Colleague:
    """Somebody to transfer to, to ask or to give work to."""

    agent: Agent
    in_hand: int
    is_there: bool
    teams: str
    # What they do beside being available: "wrap_up", "contact" for a live customer, else nothing.
    activity: str


def colleagues(viewer: Viewer, conversation: Conversation) -> list[Colleague]:
    """Agents of the conversation's brand who are signed in, those who could take it first, then by name."""
    moment = now()
    rows = visible_agents(viewer).filter(user__brands=conversation.brand_id).exclude(user=viewer.user_id)
    found = rows.exclude(state=AgentState.OFFLINE).select_related("user", "reason", "presence")
    agents = list(found.prefetch_related("user__teams"))
    held: dict[int, list[Assignment]] = defaultdict(list)
    for work in Assignment.objects.filter(agent__in=agents).exclude(state=AssignmentState.DONE):
        held[work.agent_id].append(work)
    people = [
        Colleague(
            agent=agent,
            in_hand=sum(work.state == AssignmentState.HANDLING for work in held[agent.pk]),
            is_there=hasattr(agent, "presence") and agent.presence.seen_until > moment,
            teams=", ".join(sorted(team.name for team in agent.user.teams.all())),
            activity=_activity(held[agent.pk]),
        )
        for agent in agents
    ]
    return sorted(people, key=lambda row: (row.agent.state != AgentState.AVAILABLE, str(row.agent).casefold()))


def _activity(held: Iterable[Assignment]) -> str:
    states = {(work.state, work.channel in LIVE_CHANNELS) for work in held}
    if (AssignmentState.HANDLING, True) in states:
        return "contact"
    return "wrap_up" if any(state == AssignmentState.WRAP_UP for state, _live in states) else ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """Where a conversation may go, as the forms name it ("queue:3", "agent:7"): a queue or a colleague."""

    key: str
    is_recent: bool
    queue: QueueFigures | None = None
    # Agents of the queue who are there and have nothing in hand.
    free: int = 0
    # How long work of this channel would wait there.
    wait: Told | None = None
    colleague: Colleague | None = None


def targets_of(viewer: Viewer, conversation: Conversation) -> list[Target]:
    """Queues, then colleagues; before both what the viewer chose last."""
    recent = _recent_targets(viewer)
    queues = [row for row in queue_figures(viewer) if row.queue.brand_id == conversation.brand_id]
    free = _free_agents([row.queue for row in queues])
    bands = queue_bands([row.queue for row in queues], channel=conversation.channel)
    waits = {pk: told_of(band[conversation.channel]) for pk, band in bands.items()}
    found = [
        *(
            Target(
                key=key,
                is_recent=key in recent,
                queue=row,
                free=free.get(row.queue.pk, 0),
                wait=waits.get(row.queue.pk),
            )
            for row in queues
            for key in [f"queue:{row.queue.pk}"]
        ),
        *(
            Target(key=key, is_recent=key in recent, colleague=row)
            for row in colleagues(viewer, conversation)
            for key in [f"agent:{row.agent.pk}"]
        ),
    ]
    return sorted(found, key=lambda target: recent.index(target.key) if target.is_recent else MOST_RECENT)


def _recent_targets(viewer: Viewer) -> list[str]:
    """The last different ones that the viewer transferred to, out of the stays that they began."""
    sent = visible_entries(viewer).filter(sent_by=viewer.user_id).order_by("-pk")
    keys = [
        f"agent:{agent}" if agent else f"queue:{queue}"
        for queue, agent in sent.values_list("queue_id", "target_agent_id")[:30]
    ]
    return list(dict.fromkeys(keys))[:MOST_RECENT]


def _free_agents(queues: Sequence[Queue]) -> dict[int, int]:
    members = QueueMember.objects.filter(
        queue__in=queues,
        agent__state=AgentState.AVAILABLE,
        agent__next_state="",
        agent__presence__seen_until__gt=now(),
    )
    pairs = list(members.values_list("queue_id", "agent_id"))
    held = Assignment.objects.filter(agent__in={agent for _queue, agent in pairs}, state=AssignmentState.HANDLING)
    busy = set(held.values_list("agent_id", flat=True))
    return dict(Counter(queue for queue, agent in pairs if agent not in busy))


@dataclass(frozen=True, slots=True, kw_only=True)
class ChannelSwitch:
    """A channel that leads to the agent's queues: on or off, and how much of it they hold."""

    channel: Channel
    is_on: bool
    in_hand: int
    most: int


def channels_of(agent: Agent) -> list[Channel]:
    """The channels that lead to the agent's queues: those they may switch off."""
    points = EntryPoint.objects.filter(queue__members__agent=agent, account__is_active=True)
    found = set(points.values_list("account__channel", flat=True))
    return [channel for channel in Channel if channel.value in found]


def switches_of(agent: Agent) -> list[ChannelSwitch]:
    held = Assignment.objects.filter(agent=agent, state=AssignmentState.HANDLING)
    in_hand = Counter(held.values_list("channel", flat=True))
    costs = dict(ChannelProfile.objects.values_list("channel", "cost"))
    return [
        ChannelSwitch(
            channel=channel,
            is_on=channel not in agent.off_channels,
            in_hand=in_hand[channel.value],
            most=agent.capacity // costs[channel.value] if costs.get(channel.value) else 0,
        )
        for channel in channels_of(agent)
    ]


def dispositions_of(queue: Queue | None) -> list[Disposition]:
    """What may be chosen: the leaves of the queue's own tree and of the common one."""
    rows = Disposition.objects.filter(Q(queue=queue) | Q(queue=None), is_active=True, children=None)
    return sorted(
        rows.select_related("parent"), key=lambda row: (str(row.parent or "").casefold(), row.name.casefold())
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Missed:
    """The offer that went by, and who took it instead."""

    offer: Offer
    taken_by: Agent | None


def last_missed(viewer: Viewer, agent: Agent) -> Missed | None:
    """What an agent who is not responding has missed last."""
    if agent.state != AgentState.NOT_RESPONDING:
        return None
    missed = visible_offers(viewer).filter(agent=agent, state=OfferState.EXPIRED).order_by("-answered_at")
    offer = missed.select_related("conversation__customer", "entry__queue").first()
    if offer is None:
        return None
    later = Assignment.objects.filter(conversation=offer.conversation_id, started_at__gte=offer.answered_at)
    taken = later.exclude(agent=agent).select_related("agent__user").order_by("started_at").first()
    return Missed(offer=offer, taken_by=taken.agent if taken else None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Branch:
    """A disposition with those beneath it. Only those without any can be chosen."""

    disposition: Disposition
    path: str
    depth: int
    is_leaf: bool


def disposition_tree(queue: Queue | None) -> list[Branch]:
    """What may be chosen in wrap-up: the queue's own tree and the common one, each parent before its children."""
    rows = Disposition.objects.filter(Q(queue=queue) | Q(queue=None), is_active=True)
    children: dict[int | None, list[Disposition]] = defaultdict(list)
    for row in sorted(rows, key=lambda row: row.name.casefold()):
        children[row.parent_id].append(row)
    branches: list[Branch] = []

    def grow(row: Disposition, path: tuple[str, ...]) -> None:
        path = (*path, row.name)
        branches.append(Branch(disposition=row, path=" › ".join(path), depth=len(path), is_leaf=not children[row.pk]))
        for child in children[row.pk]:
            grow(child, path)

    for row in list(children[None]):
        grow(row, ())
    return branches

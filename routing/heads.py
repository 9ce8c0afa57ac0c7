"""What may this agent take: the dispatcher's question when an agent has got room.

The partial index of waiting entries by group and place is the queue: a few heads of each group that the agent serves
are read, and what waits for them in person. Short statements, each prepared by the database.
"""

from __future__ import annotations

from collections.abc import Container, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from django.db import connection

from contactcenter.conversations.states import Channel
from routing.matching import Waiting
from routing.models import Agent, QueueEntry
from routing.profiles import cheapest_of, is_shared, keeps_from_calls, policy_of, profiles, voice_agents
from routing.selectors import DECLINE_SECONDS
from routing.standing import has_room_for_a_call, room_for

HEADS_PER_GROUP = 4
# An offer that was missed so long ago no longer counts against the agent.
MISSED_SECONDS = 86_400


@dataclass(frozen=True, slots=True, kw_only=True)
class Room:
    """An agent who is there and available: their room by channel, where there is any."""

    agent_id: int
    user_id: int
    load: int
    capacity: int
    off_channels: Sequence[str]
    in_hand: Mapping[str, int]
    channels: Mapping[str, int]
    is_free_for_calls: bool
    # Entries that they have just declined, and those that they have missed.
    declined: Sequence[int]
    missed: Container[int]


_AGENT = """
SELECT a.user_id, a.load, a.capacity, a.off_channels,
       ARRAY(SELECT o.entry_id FROM routing_offer o WHERE o.agent_id = a.id AND o.state IN ('declined', 'expired')
             AND o.state = 'declined' AND o.answered_at > %(declined_since)s AND o.entry_id IS NOT NULL),
       ARRAY(SELECT o.entry_id FROM routing_offer o WHERE o.agent_id = a.id AND o.state IN ('declined', 'expired')
             AND o.state = 'expired' AND o.answered_at > %(missed_since)s AND o.entry_id IS NOT NULL),
       (SELECT json_object_agg(channel, cost) FROM (
            SELECT s.channel, SUM(s.cost) AS cost FROM routing_assignment s
            WHERE s.agent_id = a.id AND s.state = 'handling' AND s.role = 'primary' AND s.paused_at IS NULL
            GROUP BY s.channel) work)
FROM routing_agent a
JOIN accounts_user u ON u.id = a.user_id AND u.is_active
JOIN routing_agentpresence pr ON pr.agent_id = a.id AND pr.seen_until > %(now)s
WHERE a.id = %(agent)s AND a.state = 'available' AND a.next_state = ''
"""


def room_of(agent_id: int, at: datetime) -> Room | None:
    """None for an agent who is not there, not available, or has no room at all."""
    parameters: dict[str, Any] = {
        "agent": agent_id,
        "now": at,
        "declined_since": at - timedelta(seconds=DECLINE_SECONDS),
        "missed_since": at - timedelta(seconds=MISSED_SECONDS),
    }
    with connection.cursor() as cursor:
        cursor.execute(_AGENT, parameters)
        row = cursor.fetchone()
    if row is None:
        return None
    user_id, load, capacity, off, declined, missed, in_hand = row
    channels = _rooms(off, capacity=capacity, load=load, in_hand=in_hand or {})
    if not channels:
        return None
    return Room(
        agent_id=agent_id,
        user_id=user_id,
        load=load,
        capacity=capacity,
        off_channels=off,
        in_hand=in_hand or {},
        channels=channels,
        is_free_for_calls=(
            agent_id in voice_agents()
            and Channel.VOICE not in off
            and has_room_for_a_call(capacity=capacity, load=load, in_hand=in_hand or {})
        ),
        declined=declined,
        missed=frozenset(missed),
    )


def _rooms(off: Sequence[str], *, capacity: int, load: int, in_hand: Mapping[str, int]) -> dict[str, int]:
    """By channel, where there is enough for the cheapest work of it."""
    rooms = {
        channel: room_for(channel, capacity=capacity, load=load, in_hand=in_hand)
        for channel in profiles()
        if channel not in off
    }
    return {channel: room for channel, room in rooms.items() if room >= cheapest_of(channel)}


def is_full(room: Room, agent: Agent) -> bool:
    """Whether an agent who has been made an offer since, and had nothing paused for it, has no more room."""
    return not _rooms(room.off_channels, capacity=agent.capacity, load=agent.load, in_hand=room.in_hand)


class Place(NamedTuple):
    """Where a stay in a queue was when it was read without a lock."""

    entry_id: int
    group_id: int
    target_agent_id: int | None
    target_until: datetime | None

    @classmethod
    def of(cls, entry: QueueEntry) -> Place:
        return cls(entry.pk, entry.group_id, entry.target_agent_id, entry.target_until)

    def is_still(self, entry: QueueEntry) -> bool:
        """Whether the stay, as locked now, waits where it was read."""
        return self == Place.of(entry) and not entry.is_offered and entry.joined_to_id is None


class Head(NamedTuple):
    """A waiting entry near the front of a group that the agent serves, or one that waits for them in person."""

    place: Place
    work: Waiting


_COLUMNS = """e.id, e.conversation_id, e.queue_id, e.group_id, e.channel, e.rank_key, e.cost, e.value,
    e.target_agent_id, e.target_until, e.last_agent_id"""
# The CASE is for the planner: it takes a condition of that form to hold nearly always, and so reads a group in order of
# its index, up to the few that are asked for, where it would read it whole and sort it.
_HEADS = f"""
SELECT e.*, ga.fit, ga.priority, FALSE
FROM routing_skillgroupagent ga
JOIN routing_skillgroup g ON g.id = ga.group_id
JOIN unnest(%(channels)s::text[], %(rooms)s::int[]) AS room (channel, size) ON room.channel = g.channel
CROSS JOIN LATERAL (
    SELECT {_COLUMNS} FROM routing_queueentry e
    WHERE e.group_id = ga.group_id AND e.left_at IS NULL AND NOT e.is_offered AND e.joined_to_id IS NULL
      AND CASE WHEN e.cost <= room.size
                AND (e.target_until IS NULL OR e.target_until <= %(now)s)
                AND (e.sent_by_id IS DISTINCT FROM %(user)s OR e.entered_at <= %(declined_since)s)
                AND EXTRACT(EPOCH FROM %(now)s - e.entered_at) + e.in_queue_before_seconds >= ga.delay_seconds
                AND e.id <> ALL(%(declined)s::bigint[]) THEN TRUE END IS NOT NULL
    ORDER BY e.rank_key LIMIT %(heads)s
) e
WHERE ga.agent_id = %(agent)s
UNION ALL
SELECT {_COLUMNS}, 1::float8, 0, TRUE
FROM routing_queueentry e
JOIN unnest(%(channels)s::text[], %(rooms)s::int[]) AS room (channel, size)
  ON room.channel = e.channel AND e.cost <= room.size
WHERE e.target_agent_id = %(agent)s AND e.target_until > %(now)s AND e.left_at IS NULL AND NOT e.is_offered
  AND e.joined_to_id IS NULL AND e.id <> ALL(%(declined)s::bigint[])
"""  # noqa: S608


def heads_for(room: Room, at: datetime) -> list[Head]:
    """What this agent may take now: a few heads of each group they serve, and what waits for them in person."""
    parameters: dict[str, Any] = {
        "agent": room.agent_id,
        "user": room.user_id,
        "channels": list(room.channels),
        "rooms": list(room.channels.values()),
        "now": at,
        "declined_since": at - timedelta(seconds=DECLINE_SECONDS),
        "declined": room.declined,
        "heads": HEADS_PER_GROUP,
    }
    with connection.cursor() as cursor:
        cursor.execute(_HEADS, parameters)
        rows = cursor.fetchall()
    keeps = {channel for channel in room.channels if room.is_free_for_calls and keeps_from_calls(channel)}
    packs = {channel for channel in room.in_hand if is_shared(channel)}
    policies = {queue_id: policy_of(queue_id) for queue_id in {row[2] for row in rows}}
    moment = at.timestamp()
    return [
        Head(Place(entry_id, group_id, target_agent_id, target_until), Waiting(
            conversation_id=conversation_id,
            age_seconds=max(moment - rank_key, 0.0),
            target_seconds=policies[queue_id].target_seconds,
            priority=priority,
            value=value,
            fit=fit,
            is_last_agent=last_agent_id == room.agent_id,
            is_theirs=is_theirs,
            takes_voice=channel in keeps,
            packs=channel in packs,
            interrupts=room.load + cost > room.capacity,
            missed_it=entry_id in room.missed,
            weights=policies[queue_id].weights,
        ))
        for (entry_id, conversation_id, queue_id, group_id, channel, rank_key, cost, value, target_agent_id,
             target_until, last_agent_id, fit, priority, is_theirs) in rows
    ]  # fmt: skip

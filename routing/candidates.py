"""Who may take this work, and why the others may not: the dispatcher's question when something arrives.

Short statements in plain SQL, each prepared by the database; whatever hardly changes comes from `profiles`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import connection

from routing.matching import STARVING_RATIO, Candidate, mean_occupancy
from routing.models import QueueEntry
from routing.profiles import interruptible_channels, is_shared, keeps_from_calls, policy_of, voice_agents
from routing.selectors import DECLINE_SECONDS
from routing.standing import has_room_for_a_call, room_for, work_in_hand

MOST_CANDIDATES = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentFacts:
    """An agent of the entry's group (or its target), and why not, if not."""

    agent_id: int
    refused: str
    priority: int
    delay_seconds: int
    fit: float
    reach: float
    capacity: int
    load: int
    occupancy: float
    idle_seconds: float
    takes_voice: bool
    packs: bool = False
    interrupts: bool = False
    missed_it: bool = False
    is_last_agent: bool = False

    def as_candidate(self) -> Candidate:
        """What the score is made of."""
        return Candidate(
            agent_id=self.agent_id,
            priority=self.priority,
            fit=self.fit,
            reach=self.reach,
            occupancy=self.occupancy,
            idle_seconds=self.idle_seconds,
            is_last_agent=self.is_last_agent,
            takes_voice=self.takes_voice,
            packs=self.packs,
            interrupts=self.interrupts,
            missed_it=self.missed_it,
        )


# In the order in which they are worth being looked at: who may, who has no room, who is not there.
_FACTS = """
SELECT * FROM (
SELECT a.id, EXTRACT(EPOCH FROM %(now)s - a.last_contact_at)::float8 AS idle,
       EXTRACT(EPOCH FROM %(now)s - a.load_since)::float8, 'voice' = ANY(a.off_channels), r.fit, r.priority,
       r.delay_seconds, a.reach, a.capacity, a.load, a.occupancy, COALESCE(o.missed, FALSE),
       (SELECT e.conversation_id FROM routing_queueentry e
        WHERE e.group_id = %(group)s AND e.left_at IS NULL AND NOT e.is_offered AND e.joined_to_id IS NULL
          AND e.rank_key < %(starving)s
        ORDER BY e.rank_key LIMIT 1),
       CASE WHEN a.state <> 'available' THEN 'state'
            WHEN a.next_state <> '' THEN 'next_state'
            WHEN pr.seen_until IS NULL OR pr.seen_until <= %(now)s THEN 'presence'
            WHEN %(channel)s = ANY(a.off_channels) THEN 'channel_off'
            WHEN o.declined THEN 'declined'
            WHEN a.user_id = %(sender)s THEN 'passed_on'
            WHEN r.delay_seconds > %(waited)s THEN 'delay'
            WHEN a.load + %(cost)s > a.capacity THEN 'load'
            ELSE '' END AS refused
FROM {members} r
JOIN routing_agent a ON a.id = r.agent_id
JOIN accounts_user u ON u.id = a.user_id AND u.is_active
LEFT JOIN routing_agentpresence pr ON pr.agent_id = a.id
LEFT JOIN (
    SELECT agent_id, bool_or(state = 'expired') AS missed,
           bool_or(state = 'declined' AND answered_at > %(declined_since)s) AS declined
    FROM routing_offer WHERE entry_id = %(entry)s AND state IN ('declined', 'expired') GROUP BY agent_id
) o ON o.agent_id = a.id
WHERE {which} AND (%(only)s::bigint IS NULL OR a.id = %(only)s)
) facts
ORDER BY CASE refused WHEN '' THEN 0 WHEN 'load' THEN 1 ELSE 2 END, priority,
         id IS NOT DISTINCT FROM %(last_agent)s DESC, fit * %(w_fit)s - reach * %(w_scarcity)s DESC, idle DESC
LIMIT %(most)s
"""
_OF_GROUP = _FACTS.format(members="routing_skillgroupagent", which="r.group_id = %(group)s")
_TARGET = _FACTS.format(
    members="(SELECT %(target)s::bigint AS agent_id, 1::float8 AS fit, 0 AS priority, 0 AS delay_seconds)", which="TRUE"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """For the dispatcher: who may take the entry, the better first; (agent, why not) of the others; and the oldest
    conversation with the same demand that starves before this one, if any."""

    agents: Sequence[AgentFacts]
    refused: Sequence[tuple[int, str]]
    starving: int | None


def agents_for(entry: QueueEntry, at: datetime, *, only: int | None = None) -> list[AgentFacts]:
    """The agents that the entry may go to and those that it may not, the eligible and the better first.

    Who declined it or passed it on is not asked again for a while. `only` asks about one agent.
    """
    rows = _rows(entry, at, only)
    reader = _Reader(entry, rows)
    return [reader.facts(row) for row in rows]


def candidates_for(entry: QueueEntry, at: datetime) -> Found:
    """As `agents_for`, with no more of those that it may not go to than their names and why."""
    rows = _rows(entry, at, None)
    reader = _Reader(entry, rows)
    agents, refused = [], []
    for row in rows:
        if row[_REFUSED] in reader.asked:
            facts = reader.facts(row)
            if not facts.refused:
                agents.append(facts)
                continue
        refused.append((row[_ID], row[_REFUSED]))
    return Found(agents=agents, refused=refused, starving=rows[0][_STARVING] if rows else None)


def _rows(entry: QueueEntry, at: datetime, only: int | None) -> list[Any]:
    target = entry.target_agent_id if entry.target_until is not None and entry.target_until > at else None
    declined_since = at - timedelta(seconds=DECLINE_SECONDS)
    policy = policy_of(entry.queue_id)
    parameters = {
        "group": entry.group_id,
        "entry": entry.pk,
        "target": target,
        "channel": entry.channel,
        "cost": entry.cost,
        "waited": entry.in_queue_before_seconds + (at - entry.entered_at).total_seconds(),
        "only": only,
        "now": at,
        "declined_since": declined_since,
        "sender": entry.sent_by_id if entry.entered_at > declined_since else None,
        "starving": min(entry.rank_key, at.timestamp() - STARVING_RATIO * policy.target_seconds),
        "last_agent": entry.last_agent_id,
        "w_fit": policy.weights.fit,
        "w_scarcity": policy.weights.scarcity,
        "most": MOST_CANDIDATES,
    }
    with connection.cursor() as cursor:
        cursor.execute(_TARGET if target is not None else _OF_GROUP, parameters)
        return list(cursor.fetchall())


# Where the statement's columns are that decide about others.
_ID, _LOAD, _STARVING, _REFUSED = 0, 9, 12, 13


class _Reader:
    """Makes facts of rows; what is the same for all of them is looked up once.

    `asked` are the reasons, none included, with which an agent may still be the right one.
    """

    def __init__(self, entry: QueueEntry, rows: Sequence[Sequence[Any]]) -> None:
        self._entry = entry
        self._is_shared = is_shared(entry.channel)
        self._keeps_from_calls = keeps_from_calls(entry.channel)
        self._voice_agents = voice_agents() if self._keeps_from_calls else frozenset()
        self.asked = {"", "load"} if interruptible_channels(entry.channel) else {""}
        self._in_hand = self._work_of(rows)

    def _work_of(self, rows: Sequence[Sequence[Any]]) -> Mapping[int, Mapping[str, int]]:
        """The work of those for whom it decides: who is busy with its like or could be called away from what they
        have, and whose work may be interrupted for it."""
        matters = {""} if self._is_shared or self._keeps_from_calls else set()
        matters |= self.asked - {""}
        agents = [row[_ID] for row in rows if row[_LOAD] and row[_REFUSED] in matters]
        return work_in_hand(agents) if agents else {}

    def facts(self, row: Sequence[Any]) -> AgentFacts:
        (pk, idle, held, no_voice, fit, priority, delay, reach, capacity, load, occupancy, missed) = row[:12]
        entry, refused, in_hand = self._entry, row[_REFUSED], self._in_hand.get(row[_ID], {})
        interrupts = refused == "load" and entry.cost <= room_for(
            entry.channel, capacity=capacity, load=load, in_hand=in_hand
        )
        return AgentFacts(
            agent_id=pk,
            refused="" if interrupts else refused,
            priority=priority,
            delay_seconds=delay,
            fit=fit,
            reach=reach,
            capacity=capacity,
            load=load,
            occupancy=mean_occupancy(occupancy, load / max(capacity, 1), max(held, 0.0)),
            idle_seconds=max(idle, 0.0),
            takes_voice=(
                pk in self._voice_agents
                and not no_voice
                and has_room_for_a_call(capacity=capacity, load=load, in_hand=in_hand)
            ),
            packs=self._is_shared and entry.channel in in_hand,
            interrupts=interrupts,
            missed_it=missed,
            is_last_agent=pk == entry.last_agent_id,
        )

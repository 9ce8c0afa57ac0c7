"""The dispatcher's two questions in SQL: who may take this work, and what may this agent take.

Plain SQL because the hot path leans on a LATERAL join over the partial index of waiting entries.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import connection

from routing.models import QueueEntry
from routing.selectors import DECLINE_SECONDS

HEADS_PER_GROUP = 4
MOST_CANDIDATES = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentFacts:
    """An agent of the entry's group (or its target), and why not, if not."""

    agent_id: int
    fit: float
    idle_seconds: float
    interrupts: bool
    missed_it: bool
    refused: str


_AGENTS = """
WITH reachable AS (
    SELECT agent_id, fit FROM routing_skillgroupagent WHERE group_id = %(group)s AND %(target)s::bigint IS NULL
    UNION ALL SELECT %(target)s::bigint, 1.0 WHERE %(target)s::bigint IS NOT NULL
)
SELECT * FROM (
SELECT a.id, r.fit,
       EXTRACT(EPOCH FROM %(now)s - a.last_contact_at) AS idle,
       a.load + p.cost > a.capacity,
       EXISTS (SELECT 1 FROM routing_offer o
               WHERE o.entry_id = %(entry)s AND o.agent_id = a.id AND o.state = 'expired'),
       CASE WHEN a.state <> 'available' THEN 'state'
            WHEN a.next_state <> '' THEN 'next_state'
            WHEN pr.seen_until IS NULL OR pr.seen_until <= %(now)s THEN 'presence'
            WHEN p.channel = ANY(a.off_channels) THEN 'channel_off'
            WHEN EXISTS (SELECT 1 FROM routing_offer o WHERE o.entry_id = %(entry)s AND o.agent_id = a.id
                         AND o.state = 'declined' AND o.answered_at > %(declined_since)s) THEN 'declined'
            WHEN a.user_id = %(sender)s THEN 'passed_on'
            WHEN a.load + p.cost <= a.capacity THEN ''
            WHEN a.load + p.cost - a.capacity <= COALESCE((
                SELECT SUM(s.cost) FROM routing_assignment s
                JOIN routing_channelprofile sp ON sp.channel = s.channel
                WHERE s.agent_id = a.id AND s.state = 'handling' AND s.role = 'primary' AND s.paused_at IS NULL
                  AND p.channel = ANY(sp.interrupted_by)), 0) THEN ''
            ELSE 'load' END AS refused
FROM reachable r
JOIN routing_agent a ON a.id = r.agent_id
JOIN accounts_user u ON u.id = a.user_id AND u.is_active
JOIN routing_channelprofile p ON p.channel = %(channel)s
LEFT JOIN routing_agentpresence pr ON pr.agent_id = a.id
WHERE %(only)s::bigint IS NULL OR a.id = %(only)s
) facts
ORDER BY refused <> '', id IS NOT DISTINCT FROM %(last_agent)s DESC, fit DESC, idle DESC
LIMIT %(most)s
"""


def agents_for(entry: QueueEntry, at: datetime, *, only: int | None = None) -> list[AgentFacts]:
    """The agents that the entry may go to and those that it may not, the eligible and the better first.

    Who declined it or passed it on is not asked again for a while. `only` asks about one agent.
    """
    target = entry.target_agent_id if entry.target_until is not None and entry.target_until > at else None
    declined_since = at - timedelta(seconds=DECLINE_SECONDS)
    with connection.cursor() as cursor:
        cursor.execute(
            _AGENTS,
            {
                "group": entry.group_id,
                "entry": entry.pk,
                "channel": entry.channel,
                "target": target,
                "only": only,
                "now": at,
                "declined_since": declined_since,
                "sender": entry.sent_by_id if entry.entered_at > declined_since else None,
                "last_agent": entry.last_agent_id,
                "most": MOST_CANDIDATES,
            },
        )
        rows = cursor.fetchall()
    return [
        AgentFacts(
            agent_id=pk,
            fit=fit,
            idle_seconds=max(float(idle), 0.0),
            interrupts=interrupts,
            missed_it=missed,
            refused=refused,
        )
        for pk, fit, idle, interrupts, missed, refused in rows
    ]


@dataclass(frozen=True, slots=True, kw_only=True)
class Head:
    """A waiting entry near the front of a group that the agent serves."""

    conversation_id: int
    rank_key: float
    target_seconds: int
    value: int
    fit: float
    is_last_agent: bool
    is_theirs: bool
    interrupts: bool
    missed_it: bool


_HEADS = """
WITH room AS (
    SELECT p.channel, a.load + p.cost > a.capacity AS interrupts, a.user_id
    FROM routing_agent a
    JOIN accounts_user u ON u.id = a.user_id AND u.is_active
    JOIN routing_agentpresence pr ON pr.agent_id = a.id AND pr.seen_until > %(now)s
    JOIN routing_channelprofile p ON NOT p.channel = ANY(a.off_channels)
    WHERE a.id = %(agent)s AND a.state = 'available' AND a.next_state = ''
      AND (a.load + p.cost <= a.capacity OR a.load + p.cost - a.capacity <= COALESCE((
            SELECT SUM(s.cost) FROM routing_assignment s JOIN routing_channelprofile sp ON sp.channel = s.channel
            WHERE s.agent_id = a.id AND s.state = 'handling' AND s.role = 'primary' AND s.paused_at IS NULL
              AND p.channel = ANY(sp.interrupted_by)), 0))
), heads AS (
    SELECT e.id, e.conversation_id, e.queue_id, e.rank_key, e.last_agent_id, ga.fit, FALSE AS theirs, room.interrupts
    FROM routing_skillgroupagent ga
    JOIN routing_skillgroup g ON g.id = ga.group_id
    JOIN room ON room.channel = g.channel
    CROSS JOIN LATERAL (
        SELECT * FROM routing_queueentry e
        WHERE e.group_id = g.id AND e.left_at IS NULL AND NOT e.is_offered AND e.joined_to_id IS NULL
          AND (e.target_until IS NULL OR e.target_until <= %(now)s)
          AND (e.sent_by_id IS DISTINCT FROM room.user_id OR e.entered_at <= %(declined_since)s)
          AND NOT EXISTS (SELECT 1 FROM routing_offer o WHERE o.entry_id = e.id AND o.agent_id = %(agent)s
                          AND o.state = 'declined' AND o.answered_at > %(declined_since)s)
        ORDER BY e.rank_key LIMIT %(heads)s
    ) e
    WHERE ga.agent_id = %(agent)s
    UNION ALL
    SELECT e.id, e.conversation_id, e.queue_id, e.rank_key, e.last_agent_id, 1.0, TRUE, room.interrupts
    FROM routing_queueentry e JOIN room ON room.channel = e.channel
    WHERE e.target_agent_id = %(agent)s AND e.target_until > %(now)s
      AND e.left_at IS NULL AND NOT e.is_offered AND e.joined_to_id IS NULL
)
SELECT h.conversation_id, h.rank_key, q.target_seconds, c.value, h.fit, h.last_agent_id IS NOT DISTINCT FROM %(agent)s,
       h.theirs, h.interrupts,
       EXISTS (SELECT 1 FROM routing_offer o WHERE o.entry_id = h.id AND o.agent_id = %(agent)s AND o.state = 'expired')
FROM heads h
JOIN routing_queue q ON q.id = h.queue_id
JOIN conversations_conversation v ON v.id = h.conversation_id
JOIN conversations_customer c ON c.id = v.customer_id
"""


def heads_for(agent_id: int, at: datetime) -> list[Head]:
    """What this agent may take now: a few heads of each group they serve, and what waits for them in person.

    Nothing for an agent who is not there, not available or without room.
    """
    parameters: dict[str, Any] = {
        "agent": agent_id,
        "now": at,
        "declined_since": at - timedelta(seconds=DECLINE_SECONDS),
        "heads": HEADS_PER_GROUP,
    }
    with connection.cursor() as cursor:
        cursor.execute(_HEADS, parameters)
        rows = cursor.fetchall()
    return [
        Head(
            conversation_id=row[0],
            rank_key=row[1],
            target_seconds=row[2],
            value=row[3],
            fit=row[4],
            is_last_agent=row[5],
            is_theirs=row[6],
            interrupts=row[7],
            missed_it=row[8],
        )
        for row in rows
    ]


_STRANDED = """
WITH free AS MATERIALIZED (
    SELECT a.id, a.user_id, p.channel
    FROM routing_agent a
    JOIN accounts_user u ON u.id = a.user_id AND u.is_active
    JOIN routing_agentpresence pr ON pr.agent_id = a.id AND pr.seen_until > %(now)s
    JOIN routing_channelprofile p ON NOT p.channel = ANY(a.off_channels)
    WHERE a.state = 'available' AND a.next_state = ''
      AND EXISTS (SELECT 1 FROM routing_queueentry e
                  WHERE e.channel = p.channel AND e.left_at IS NULL AND NOT e.is_offered AND e.joined_to_id IS NULL)
      AND (a.load + p.cost <= a.capacity OR a.load + p.cost - a.capacity <= COALESCE((
            SELECT SUM(s.cost) FROM routing_assignment s JOIN routing_channelprofile sp ON sp.channel = s.channel
            WHERE s.agent_id = a.id AND s.state = 'handling' AND s.role = 'primary' AND s.paused_at IS NULL
              AND p.channel = ANY(sp.interrupted_by)), 0))
)
SELECT e.conversation_id,
       e.target_until IS NOT NULL OR e.sent_by_id IS NOT NULL
       OR EXISTS (SELECT 1 FROM routing_offer o WHERE o.entry_id = e.id AND o.state = 'declined')
FROM routing_queueentry e
WHERE e.left_at IS NULL AND NOT e.is_offered AND e.joined_to_id IS NULL AND EXISTS (
    SELECT 1 FROM free f
    WHERE f.channel = e.channel
      AND CASE WHEN e.target_until > %(now)s THEN f.id = e.target_agent_id
               ELSE EXISTS (SELECT 1 FROM routing_skillgroupagent ga
                            WHERE ga.group_id = e.group_id AND ga.agent_id = f.id)
                    AND (f.user_id IS DISTINCT FROM e.sent_by_id OR e.entered_at <= %(declined_since)s) END
      AND NOT EXISTS (SELECT 1 FROM routing_offer o WHERE o.entry_id = e.id AND o.agent_id = f.id
                      AND o.state = 'declined' AND o.answered_at > %(declined_since)s))
ORDER BY e.rank_key LIMIT %(most)s
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Stranded:
    """A conversation that waits although an eligible agent has room. `is_due`: because a time has passed (who was
    asked first, declined or passed it on); otherwise a dispatch was missed."""

    conversation_id: int
    is_due: bool


def find_stranded(at: datetime, *, most: int = 100) -> list[Stranded]:
    """What the sweeper dispatches, the longest waiting first."""
    with connection.cursor() as cursor:
        since = at - timedelta(seconds=DECLINE_SECONDS)
        cursor.execute(_STRANDED, {"now": at, "declined_since": since, "most": most})
        return [Stranded(conversation_id=row[0], is_due=row[1]) for row in cursor.fetchall()]


def stranded_conversations(at: datetime, *, most: int = 100) -> list[int]:
    """Conversations that wait although an eligible agent has room: none for longer than a second."""
    return [row.conversation_id for row in find_stranded(at, most=most)]

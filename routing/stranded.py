"""What waits although an eligible agent has room, by the dispatcher's own rules: the sweeper's question."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import connection

from routing.models import TagCost
from routing.selectors import DECLINE_SECONDS

_STRANDED = """
WITH asked AS MATERIALIZED (
    SELECT DISTINCT channel FROM routing_queueentry WHERE left_at IS NULL AND NOT is_offered AND joined_to_id IS NULL
), free AS MATERIALIZED (
    SELECT * FROM (
    SELECT a.id, a.user_id, asked.channel,
           a.capacity - a.load + COALESCE((
               SELECT SUM(s.cost) FROM routing_assignment s JOIN routing_channelprofile sp ON sp.channel = s.channel
               WHERE s.agent_id = a.id AND s.state = 'handling' AND s.role = 'primary' AND s.paused_at IS NULL
                 AND asked.channel = ANY(sp.interrupted_by)), 0) AS room
    FROM routing_agent a
    JOIN accounts_user u ON u.id = a.user_id AND u.is_active
    JOIN routing_agentpresence pr ON pr.agent_id = a.id AND pr.seen_until > %(now)s
    JOIN asked ON NOT asked.channel = ANY(a.off_channels)
    WHERE a.state = 'available' AND a.next_state = ''
    ) able WHERE room > 0
)
SELECT e.conversation_id,
       e.target_until IS NOT NULL OR e.sent_by_id IS NOT NULL OR taker.delay > 0
       OR EXISTS (SELECT 1 FROM routing_offer o WHERE o.entry_id = e.id AND o.state = 'declined')
FROM routing_queueentry e
CROSS JOIN LATERAL (
    SELECT COALESCE(ga.delay_seconds, 0) AS delay
    FROM free f LEFT JOIN routing_skillgroupagent ga ON ga.group_id = e.group_id AND ga.agent_id = f.id
    WHERE f.channel = e.channel AND e.cost <= f.room
      AND CASE WHEN e.target_until > %(now)s THEN f.id = e.target_agent_id
               ELSE ga.id IS NOT NULL
                    AND EXTRACT(EPOCH FROM %(now)s - e.entered_at) + e.in_queue_before_seconds >= ga.delay_seconds
                    AND (f.user_id IS DISTINCT FROM e.sent_by_id OR e.entered_at <= %(declined_since)s) END
      AND NOT EXISTS (SELECT 1 FROM routing_offer o WHERE o.entry_id = e.id AND o.agent_id = f.id
                      AND o.state = 'declined' AND o.answered_at > %(declined_since)s)
    ORDER BY 1 LIMIT 1
) taker
WHERE e.left_at IS NULL AND NOT e.is_offered AND e.joined_to_id IS NULL
ORDER BY e.rank_key LIMIT %(most)s
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Stranded:
    """A conversation that waits although an eligible agent has room. `is_due`: because a time has passed (who was
    asked first, declined or passed it on, or helps out after a delay); otherwise a dispatch was missed."""

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


_MISPRICED = """
SELECT e.conversation_id FROM routing_queueentry e JOIN routing_channelprofile p ON p.channel = e.channel
WHERE e.left_at IS NULL AND NOT e.is_offered AND e.cost <> p.cost LIMIT %s
"""
_MISPRICED_BY_TAG = """
SELECT e.conversation_id FROM routing_queueentry e
JOIN conversations_conversation v ON v.id = e.conversation_id
JOIN routing_channelprofile p ON p.channel = e.channel
WHERE e.left_at IS NULL AND NOT e.is_offered AND e.cost <> COALESCE((
    SELECT MAX(tc.cost) FROM routing_tagcost tc JOIN conversations_tag t ON t.id = tc.tag_id AND t.is_active
    WHERE lower(t.name) = ANY(SELECT lower(name) FROM unnest(v.tags) AS name)
      AND (t.brand_id IS NULL OR t.brand_id = v.brand_id)), p.cost)
LIMIT %s
"""


def find_mispriced(*, most: int) -> list[int]:
    """Waiting conversations whose tags, or the settings, make them cost something else than was kept."""
    with connection.cursor() as cursor:
        cursor.execute(_MISPRICED_BY_TAG if TagCost.objects.exists() else _MISPRICED, [most])
        return [row[0] for row in cursor.fetchall()]

"""What agents have in hand, and so how much room they have on each channel."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping

from django.db import connection

from contactcenter.conversations.states import Channel
from routing.profiles import interruptible_channels, profile_of

_IN_HAND = """
SELECT agent_id, channel, SUM(cost) FROM routing_assignment
WHERE agent_id = ANY(%s) AND state = 'handling' AND role = 'primary' AND paused_at IS NULL
GROUP BY agent_id, channel
"""


def work_in_hand(agent_ids: Iterable[int]) -> dict[int, dict[str, int]]:
    """By agent and channel: the cost of the work that they handle and that is not paused."""
    found: dict[int, dict[str, int]] = defaultdict(dict)
    with connection.cursor() as cursor:
        cursor.execute(_IN_HAND, [list(agent_ids)])
        for agent_id, channel, cost in cursor.fetchall():
            found[agent_id][channel] = cost
    return found


def room_for(channel: str, *, capacity: int, load: int, in_hand: Mapping[str, int]) -> int:
    """What may still be offered on this channel, with what it may pause."""
    pausable = sum(in_hand.get(name, 0) for name in interruptible_channels(channel)) if in_hand else 0
    return capacity - load + pausable


def has_room_for_a_call(*, capacity: int, load: int, in_hand: Mapping[str, int]) -> bool:
    """Whether a call could be offered now, with what calls may pause."""
    return profile_of(Channel.VOICE).cost <= room_for(Channel.VOICE, capacity=capacity, load=load, in_hand=in_hand)

"""Settings that every decision needs and that hardly ever change: each process reads them once in a few seconds."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from functools import lru_cache

from contactcenter.base.clock import now
from contactcenter.conversations.models import Conversation
from contactcenter.conversations.states import Channel
from routing.matching import Weights
from routing.models import ChannelProfile, Queue, QueueWeights, SkillGroupAgent, TagCost

# A change of a channel's profile, a queue's weights, a tag's cost counts within so long.
PROFILE_SECONDS = 5
_WEIGHTS = [field.name for field in fields(Weights) if field.name != "missed"]


def _period() -> int:
    return int(now().timestamp()) // PROFILE_SECONDS


@lru_cache(maxsize=1)
def _profiles_in(_period: int) -> dict[str, ChannelProfile]:
    return ChannelProfile.objects.in_bulk(field_name="channel")


@lru_cache(maxsize=1)
def _tag_costs_in(_period: int) -> list[tuple[str, int | None, int]]:
    return list(TagCost.objects.filter(tag__is_active=True).values_list("tag__name", "tag__brand", "cost"))


@lru_cache(maxsize=1)
def _cheapest_tag_in(period: int) -> int:
    return min((cost for _name, _brand, cost in _tag_costs_in(period)), default=100)


@dataclass(frozen=True, slots=True)
class Policy:
    """How a queue weighs its work, and how soon it wants it answered."""

    target_seconds: float
    weights: Weights


@lru_cache(maxsize=1)
def _policies_in(_period: int) -> dict[int, Policy]:
    rows = {row.queue_id: row for row in QueueWeights.objects.all()}
    defaults = Weights()
    return {
        queue_id: Policy(
            float(target),
            Weights(**{name: getattr(rows[queue_id], name) for name in _WEIGHTS}) if queue_id in rows else defaults,
        )
        for queue_id, target in Queue.objects.order_by().values_list("pk", "target_seconds")
    }


@lru_cache(maxsize=1)
def _voice_agents_in(_period: int) -> frozenset[int]:
    rows = SkillGroupAgent.objects.filter(group__channel=Channel.VOICE, group__queue__is_active=True)
    return frozenset(rows.values_list("agent_id", flat=True).distinct())


def forget_profiles() -> None:
    """Read everything anew: for tests, where no time passes. Changes count with the next period."""
    for cached in (_profiles_in, _tag_costs_in, _cheapest_tag_in, _policies_in, _voice_agents_in):
        cached.cache_clear()


def profiles() -> Mapping[str, ChannelProfile]:
    """By channel."""
    return _profiles_in(_period())


def profile_of(channel: str) -> ChannelProfile:
    return profiles()[channel]


def interruptible_channels(channel: str) -> list[str]:
    """The channels whose work this channel may pause."""
    return [name for name, profile in profiles().items() if channel in profile.interrupted_by]


def is_shared(channel: str) -> bool:
    """Whether an agent has room for several of this channel at once."""
    return profile_of(channel).cost <= 50


def keeps_from_calls(channel: str) -> bool:
    """Whether who has this in hand may be kept from a call by it: a call does not interrupt it."""
    return channel != Channel.VOICE and Channel.VOICE not in profile_of(channel).interrupted_by


def cost_of(conversation: Conversation) -> int:
    """The share of an agent's capacity: the highest cost among its tags, else its channel's."""
    tags = {tag.casefold() for tag in conversation.tags}
    costs = [
        cost
        for name, brand_id, cost in (_tag_costs_in(_period()) if tags else ())
        if name.casefold() in tags and brand_id in (None, conversation.brand_id)
    ]
    return max(costs, default=profile_of(conversation.channel).cost)


def cheapest_of(channel: str) -> int:
    """What the cheapest work of the channel costs."""
    return min(profile_of(channel).cost, _cheapest_tag_in(_period()))


def policy_of(queue_id: int) -> Policy:
    """A queue that was made within the period is read at once."""
    policies = _policies_in(_period())
    if queue_id not in policies:
        _policies_in.cache_clear()
        policies = _policies_in(_period())
    return policies[queue_id]


def voice_agents() -> frozenset[int]:
    """Those who serve voice: what keeps them from a call has its price."""
    return _voice_agents_in(_period())

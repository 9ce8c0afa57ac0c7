"""Who gets what. `Router` is the router's own matching; the others are what it is compared with.

Priority of membership goes before everything in all of them.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from routing.matching import Candidate, Ranked, Waiting, Weights, rank_agents, rank_waiting
from routing.simulation.floor import Member, SimAgent, Stay

# (who, whether something must be paused for it) and (what, as whom, must something be paused, waits for them alone).
AgentOption = tuple[Member, bool]
WorkOption = tuple[Stay, Member, bool, bool]


class Policy(Protocol):
    def pick_agent(self, stay: Stay, options: Sequence[AgentOption], now: float) -> Member: ...

    def pick_work(self, agent: SimAgent, options: Sequence[WorkOption], now: float) -> Stay: ...


class Router:
    """`routing.matching` with the weights of each queue."""

    def pick_agent(self, stay: Stay, options: Sequence[AgentOption], now: float) -> Member:
        best = self.rank_agents(stay, options, now)[0].id
        return next(member for member, _interrupts in options if member.agent.index == best)

    def rank_agents(self, stay: Stay, options: Sequence[AgentOption], now: float) -> list[Ranked]:
        """By the index of the agent, the best first."""
        rules = stay.group.channel
        known = stay.contact.known
        candidates = []
        for member, interrupts in options:
            agent = member.agent
            candidates.append(
                Candidate(
                    agent_id=agent.index,
                    priority=member.priority,
                    fit=member.fit,
                    reach=agent.reach,
                    occupancy=agent.occupancy(now),
                    idle_seconds=now - max(agent.idle_since, agent.assigned_at),
                    is_last_agent=agent.index == known,
                    takes_voice=agent.would_miss_calls(rules),
                    packs=rules.is_shared and agent.holds(rules),
                    interrupts=interrupts,
                )
            )
        return rank_agents(candidates, stay.queue.weights)

    def pick_work(self, agent: SimAgent, options: Sequence[WorkOption], now: float) -> Stay:
        best = self.rank_work(agent, options, now)[0].id
        return next(option[0] for option in options if option[0].number == best)

    def rank_work(self, agent: SimAgent, options: Sequence[WorkOption], now: float) -> list[Ranked]:
        """By the number of the stay, the best first."""
        works = []
        for stay, member, interrupts, is_theirs in options:
            rules = stay.group.channel
            works.append(
                Waiting(
                    conversation_id=stay.number,
                    age_seconds=now - stay.rank_key,
                    target_seconds=stay.queue.target_seconds,
                    priority=0 if is_theirs else member.priority,
                    value=stay.contact.value,
                    fit=member.fit,
                    is_last_agent=stay.contact.known == agent.index,
                    is_theirs=is_theirs,
                    takes_voice=agent.would_miss_calls(rules),
                    packs=rules.is_shared and agent.holds(rules),
                    interrupts=interrupts,
                    weights=stay.queue.weights,
                )
            )
        return rank_waiting(works, Weights())


class LongestIdle:
    """The agent who has been without work for longest; the contact that has waited longest, mail after the others.

    An agent who has something at hand comes after all who have nothing.
    """

    def pick_agent(self, stay: Stay, options: Sequence[AgentOption], now: float) -> Member:
        return min(options, key=lambda option: (option[0].priority, option[1], *self.order(stay, option[0].agent)))[0]

    def order(self, stay: Stay, agent: SimAgent) -> tuple[float, ...]:
        return (len(agent.works), agent.idle_since, agent.index)

    def pick_work(self, agent: SimAgent, options: Sequence[WorkOption], now: float) -> Stay:
        return min(
            options,
            key=lambda option: (
                option[1].priority,
                bool(option[0].group.channel.interrupted_by),
                option[0].rank_key,
                option[0].number,
            ),
        )[0]


class RoundRobin(LongestIdle):
    """The agents in turn."""

    def order(self, stay: Stay, agent: SimAgent) -> tuple[float, ...]:
        return (agent.assigned_at, agent.index)


class Strong(LongestIdle):
    """Longest idle as a good administrator sets it up: chats are packed, agents without voice come first."""

    def order(self, stay: Stay, agent: SimAgent) -> tuple[float, ...]:
        rules = stay.group.channel
        return (
            rules.is_shared and not agent.holds(rules),
            agent.takes_voice and not rules.is_voice,
            len(agent.works),
            agent.idle_since,
            agent.index,
        )


POLICIES: dict[str, type[Policy]] = {
    "ours": Router,
    "strong": Strong,
    "longest_idle": LongestIdle,
    "fifo": RoundRobin,
}

"""The simulation itself: contacts come, are matched, handled, interrupted, or give up. Events in order of time.

It follows the router: a new contact looks for an agent, an agent with room looks at the heads of the groups they
serve, interrupted work is resumed before anything new is taken.
"""

from __future__ import annotations

import heapq
import math
from bisect import bisect_left, insort
from collections.abc import Callable, Sequence
from typing import Any, Protocol

from routing.simulation.arrivals import Contact
from routing.simulation.floor import Group, Member, SimAgent, Stay, Work, build_agents
from routing.simulation.policies import AgentOption, Policy, WorkOption
from routing.simulation.world import ChannelRules, World, fit_of, requirement

PULSE_EVENTS = 2000


class Observer(Protocol):
    """Sees each match with the options that there were, and may let another contact follow one that is handled."""

    def pushed(self, stay: Stay, options: Sequence[AgentOption], now: float) -> None: ...

    def pulled(self, agent: SimAgent, stay: Stay, options: Sequence[WorkOption], now: float) -> None: ...

    def handled(self, stay: Stay, now: float) -> Contact | None: ...


class Simulation:
    """One run over one list of contacts. `stays` and `agents` hold what happened."""

    def __init__(
        self,
        world: World,
        policy: Policy,
        contacts: Sequence[Contact],
        *,
        pulse: Callable[[float], None] | None = None,
        observer: Observer | None = None,
    ) -> None:
        self.world, self.policy, self.contacts = world, policy, contacts
        self.pulse, self.observer = pulse, observer
        self.now = 0.0
        self.stays: list[Stay] = []
        self.waiting = dict.fromkeys(world.queues, 0)
        self.agents = build_agents(world)
        self._rules = [world.channels[which.channel] for which in world.classes]
        self._events: list[tuple[float, int, Callable[..., None], Any]] = []
        self._count = 0
        self._groups: dict[Any, Group] = {}
        self._number_of_groups()

    # --- groups ---------------------------------------------------------------------------------------------------

    def _number_of_groups(self) -> None:
        """Agents know how much of the work they can do before the first contact comes."""
        for index in range(len(self.world.classes)):
            self._group(index, None)
        for agent in self.agents:
            agent.reach = len(agent.served) / max(len(self._groups), 1)

    def _group(self, which: int, step: int | None) -> Group:
        """Waiting places are by (queue, channel, requirement, joining queues), as the router's are."""
        cls = self.world.classes[which]
        rules = self.world.queues[cls.queue].steps[step] if step is not None else None
        needed, optional = requirement(self.world, cls, rules)
        joins = rules.joins if rules else ()
        key = (cls.queue, cls.channel, joins, tuple(sorted(needed.items())), tuple(sorted(optional.items())))
        group = self._groups.get(key)
        if group is None:
            channels = self.world.channels
            pausable = any(cls.channel in channel.interrupted_by for channel in channels.values())
            group = self._groups[key] = Group(channels[cls.channel], pausable)
            for agent in self.agents:
                fit = fit_of(agent.rules.skills, needed, optional)
                queue = next((name for name in (cls.queue, *joins) if name in agent.rules.queues), None)
                if fit is None or queue is None or cls.channel not in agent.rules.channels:
                    continue
                place = agent.rules.queues[queue]
                member = Member(agent, fit, place.priority, place.delay_seconds)
                group.members.append(member)
                agent.served.append((group, member))
            group.delays = sorted({member.delay for member in group.members if member.delay > 0})
        return group

    # --- events ---------------------------------------------------------------------------------------------------

    def _at(self, moment: float, what: Callable[..., None], *arguments: Any) -> None:
        if moment < math.inf:
            self._count += 1
            heapq.heappush(self._events, (moment, self._count, what, arguments))

    def run(self) -> Simulation:
        """Until the end of the period; what waits or is handled then stays open."""
        end = self.world.duration_seconds
        for agent in self.agents:
            for begins, ends in agent.rules.shifts:
                if ends > begins:
                    self._at(max(begins, 0.0), self._begin_shift, agent)
                    self._at(ends, self._end_shift, agent)
        coming, place, handled = self.contacts, 0, 0
        events = self._events
        while True:
            arrival = coming[place].at if place < len(coming) else math.inf
            moment = min(arrival, events[0][0]) if events else arrival
            if moment > end or moment == math.inf:
                break
            self.now = moment
            # Shifts that begin now come before the contacts of the same moment.
            if events and events[0][0] <= arrival:
                _moment, _count, what, arguments = heapq.heappop(events)
                what(*arguments)
            else:
                self._arrive(coming[place])
                place += 1
            handled += 1
            if self.pulse is not None and handled % PULSE_EVENTS == 0:
                self.pulse(moment / end)
        self.now = end
        for agent in self.agents:
            agent.settle(end)
        return self

    def _begin_shift(self, agent: SimAgent) -> None:
        agent.is_on = True
        agent.idle_since = max(agent.idle_since, self.now)
        self._pull(agent)

    def _end_shift(self, agent: SimAgent) -> None:
        agent.is_on = False

    # --- waiting --------------------------------------------------------------------------------------------------

    def _arrive(self, contact: Contact) -> None:
        cls = self.world.classes[contact.which]
        queue = self.world.queues[cls.queue]
        stay = Stay(len(self.stays), contact, cls, queue, self._group(contact.which, None))
        self.stays.append(stay)
        known = self.agents[contact.known] if contact.known >= 0 else None
        # As the router does: whoever knows the customer is asked, if they take this channel at all.
        if known is not None and known.is_on and cls.channel in known.rules.channels and queue.last_agent_seconds > 0:
            stay.target, stay.target_until = known, self.now + queue.last_agent_seconds
        if self._push(stay):
            return
        if queue.places is not None and self.waiting[cls.queue] >= queue.places:
            stay.is_blocked = True
            return
        self.waiting[cls.queue] += 1
        stay.is_waiting = True
        self._join(stay, stay.group)
        if stay.target is not None:
            stay.target.theirs.append(stay)
            self._at(stay.target_until, self._look, stay, stay.group)
        self._at(contact.at + contact.patience_seconds, self._give_up, stay)
        for index, step in enumerate(queue.steps):
            self._at(contact.at + step.after_seconds, self._step, stay, index)

    def _join(self, stay: Stay, group: Group) -> None:
        stay.group = group
        insort(group.waiting, (stay.rank_key, stay.number, stay))
        for delay in group.delays:
            if stay.contact.at + delay > self.now:
                self._at(stay.contact.at + delay, self._look, stay, group)

    def _take_out(self, stay: Stay) -> None:
        places = stay.group.waiting
        del places[bisect_left(places, (stay.rank_key, stay.number))]

    def _leave(self, stay: Stay) -> None:
        if stay.is_waiting:
            stay.is_waiting = False
            self.waiting[stay.cls.queue] -= 1
            self._take_out(stay)
            if stay.target is not None:
                stay.target.theirs.remove(stay)

    def _give_up(self, stay: Stay) -> None:
        if stay.is_waiting:
            self._leave(stay)
            stay.left_at, stay.has_abandoned = self.now, True

    def _step(self, stay: Stay, index: int) -> None:
        if stay.is_waiting:
            self._take_out(stay)
            stay.boost += stay.queue.steps[index].boost_seconds
            stay.rank_key = stay.contact.at - stay.boost
            self._join(stay, self._group(stay.contact.which, index))
            self._push(stay)

    def _look(self, stay: Stay, group: Group) -> None:
        if stay.is_waiting and stay.group is group:
            self._push(stay)

    # --- matching -------------------------------------------------------------------------------------------------

    def _push(self, stay: Stay) -> bool:
        """Waiting work looks for an agent. Whether it found one."""
        group, now = stay.group, self.now
        rules, waited = group.channel, now - stay.contact.at
        target = stay.target if stay.target_until > now else None
        options = []
        members = group.members if target is None else [Member(target, 1.0, 0, 0.0)]
        for member in members:
            agent = member.agent
            # The hottest line: who is full and has nothing that could be paused is passed over at once.
            if agent.load + rules.cost > agent.capacity and not group.may_interrupt:
                continue
            if not agent.is_on or member.delay > waited:
                continue
            room = agent.room(rules)
            if room:
                options.append((member, room > 1))
        if not options:
            return False
        if self.observer is not None:
            self.observer.pushed(stay, options, now)
        member = options[0][0] if len(options) == 1 else self.policy.pick_agent(stay, options, now)
        self._start(stay, member.agent)
        return True

    def _pull(self, agent: SimAgent) -> None:
        """An agent takes what deserves them most until there is no room or nothing to take."""
        now, heads = self.now, self.world.heads
        while agent.is_on:
            options = []
            rooms: dict[str, int] = {}
            for group, member in agent.served:
                if not group.waiting:
                    continue
                room = rooms.get(group.channel.name)
                if room is None:
                    room = rooms[group.channel.name] = agent.room(group.channel)
                if not room:
                    continue
                found = 0
                for _key, _number, stay in group.waiting:
                    is_theirs = stay.target is agent
                    if stay.target_until > now and not is_theirs:
                        continue
                    if member.delay > now - stay.contact.at:
                        continue
                    options.append((stay, member, room > 1, is_theirs and stay.target_until > now))
                    found += 1
                    if found == heads:
                        break
            options += self._in_person(agent, options)
            if not options:
                return
            stay = options[0][0] if len(options) == 1 else self.policy.pick_work(agent, options, now)
            if self.observer is not None:
                self.observer.pulled(agent, stay, options, now)
            self._start(stay, agent)

    def _in_person(self, agent: SimAgent, seen: list[Any]) -> list[Any]:
        """What waits for this agent alone, however far behind in its group."""
        if not agent.theirs:
            return []
        known = {option[0].number for option in seen}
        found = []
        for stay in agent.theirs:
            room = agent.room(stay.group.channel)
            if room and stay.number not in known and stay.target_until > self.now:
                found.append((stay, Member(agent, 1.0, 0, 0.0), room > 1, True))
        return found

    # --- handling -------------------------------------------------------------------------------------------------

    def _start(self, stay: Stay, agent: SimAgent) -> None:
        self._leave(stay)
        rules = stay.group.channel
        agent.settle(self.now)
        for paused in agent.make_room(rules, self.now):
            self._pace(agent, paused.rules)
        accepting = rules.answer_seconds + stay.contact.answer_seconds
        stay.left_at = stay.answered_at = self.now + accepting
        stay.agent = agent
        seconds = stay.contact.handle_seconds * self._factor(stay, agent) + accepting
        agent.works.append(Work(stay, rules, seconds, self.now))
        agent.load += rules.cost
        agent.assigned_at = self.now
        self._pace(agent, rules)

    def _factor(self, stay: Stay, agent: SimAgent) -> float:
        """By what this agent's levels, and knowing the customer, change the handle time."""
        low, high = self.world.level_factors
        needed = stay.cls.skills
        factor = low
        if low != high and needed:
            level = sum(agent.rules.skills.get(skill, 1) for skill in needed) / len(needed)
            factor = low + (high - low) * (max(level, 1.0) - 1.0) / 4.0
        known = stay.contact.known == agent.index
        return factor * (self.world.known_factor if known else 1.0)

    def _pace(self, agent: SimAgent, rules: ChannelRules) -> None:
        """Work of this channel goes on at its present pace: its end is reckoned anew."""
        together = [work for work in agent.works if work.rules is rules]
        active = sum(not work.is_paused for work in together)
        for work in together:
            pace = 0.0 if work.is_paused else 1.0 / (1.0 + rules.slowdown * (active - 1))
            if work.pace != pace:
                work.change_pace(pace, self.now)
                if pace:
                    self._at(self.now + work.remaining / pace, self._finish, agent, work, work.version)

    def _finish(self, agent: SimAgent, work: Work, version: int) -> None:
        if work.version != version:
            return
        agent.settle(self.now)
        agent.works.remove(work)
        agent.load -= work.rules.cost
        agent.idle_since = self.now
        self._pace(agent, work.rules)
        for resumed in agent.resume():
            self._pace(agent, resumed.rules)
        following = self.observer.handled(work.stay, self.now) if self.observer is not None else None
        if following is not None:
            self._arrive(following)
        self._pull(agent)

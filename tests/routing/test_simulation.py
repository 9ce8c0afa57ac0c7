"""The simulation agrees with what is known exactly, and does what the router does."""

from __future__ import annotations

from dataclasses import replace
from statistics import fmean

import pytest

from routing.matching import Weights
from routing.simulation.arrivals import Contact, draw_contacts
from routing.simulation.draws import Constant, Exponential
from routing.simulation.engine import Simulation
from routing.simulation.measures import Figures, outcomes_of, report
from routing.simulation.policies import LongestIdle, Policy, Router, Strong
from routing.simulation.running import paired, run_seeds, summarise
from routing.simulation.world import (
    AgentRules,
    ChannelRules,
    ContactClass,
    Membership,
    QueueRules,
    StepRules,
    World,
)

CALL = ChannelRules(name="call", is_voice=True)
CHAT = ChannelRules(name="chat", cost=33, slowdown=0.12)
MAIL = ChannelRules(name="email", interrupted_by=frozenset({"call", "chat"}))
CHANNELS = {"call": CALL, "chat": CHAT, "email": MAIL}
ALL = frozenset(CHANNELS)


def one_pool(
    agents: int,
    per_hour: float,
    handle: float,
    hours: float,
    *,
    patience: float | None = None,
    places: int | None = None,
) -> World:
    """One class and one pool: M/M/s, with patience Erlang-A, with places a loss system."""
    return World(
        channels=CHANNELS,
        queues={"q": QueueRules(name="q", target_seconds=20, places=places)},
        classes=(
            ContactClass(
                name="calls",
                queue="q",
                channel="call",
                rates=(per_hour,),
                handle=Exponential(handle),
                patience=Exponential(patience) if patience else None,
            ),
        ),
        agents=tuple(agent(str(number)) for number in range(agents)),
        duration_seconds=hours * 3600,
        warmup_seconds=3600,
    )


def agent(name: str, queue: str = "q", **rules: object) -> AgentRules:
    defaults: dict[str, object] = {"queues": {queue: Membership()}, "channels": ALL}
    return AgentRules(name=name, **{**defaults, **rules})  # type: ignore[arg-type]


def mean_figures(world: World, seeds: range, policy: type[Policy] = LongestIdle) -> dict[str, float]:
    """Over seeds whose arrivals and work are stretched to their exact means: nearly all the noise of a busy queue's
    wait is that of its offered load."""
    rows: list[Figures] = []
    for seed in seeds:
        contacts = draw_contacts(world, seed)
        expected = sum(which.rates[0] for which in world.classes) * world.duration_seconds / 3600
        handle = fmean(contact.handle_seconds for contact in contacts)
        mean = world.classes[0].handle.mean  # type: ignore[attr-defined]
        stretched = [
            replace(one, at=one.at * len(contacts) / expected, handle_seconds=one.handle_seconds * mean / handle)
            for one in contacts
        ]
        rows.append(report(Simulation(world, policy(), stretched).run()).groups["all"])
    return {name: fmean(getattr(row, name) for row in rows) for name in Figures.__dataclass_fields__}


# Exact values of the closed forms: (world, P(wait), mean wait, P(lost)).
CLOSED_FORMS = {
    "M/M/8": (lambda hours: one_pool(8, 100, 180, hours), 0.167267, 10.036, 0.0),
    "Erlang-A": (lambda hours: one_pool(84, 504, 600, hours, patience=300), 0.431457, 15.277, 0.050924),
    "M/M/90/30": (lambda hours: one_pool(90, 504, 600, hours, places=30), 0.380, 27.0, 0.00364),
}


def check_closed_form(name: str, hours: float, seeds: range, *, share: float, probability: float) -> None:
    build, delayed, wait, lost = CLOSED_FORMS[name]
    found = mean_figures(build(hours), seeds)
    assert found["p_wait"] == pytest.approx(delayed, abs=probability)
    assert found["mean_wait_seconds"] == pytest.approx(wait, rel=share)
    assert found["p_abandon"] + found["p_blocked"] == pytest.approx(lost, abs=probability)


@pytest.mark.parametrize("name", CLOSED_FORMS)
def test_agrees_with_the_closed_forms_roughly(name: str) -> None:
    hours = 400 if name == "M/M/8" else 60
    check_closed_form(name, hours, range(1, 2), share=0.12, probability=0.03)


@pytest.mark.full
@pytest.mark.parametrize(("name", "hours"), [("M/M/8", 3000), ("Erlang-A", 400), ("M/M/90/30", 400)])
def test_agrees_with_the_closed_forms(name: str, hours: int) -> None:
    check_closed_form(name, hours, range(1, 6), share=0.02, probability=0.005)


def wallace_whitt(skills_each: int, hours: float, *, is_cyclic: bool, load: float = 84) -> World:
    """Six classes, 90 agents, 30 waiting places, agents equally good at all they can do (Wallace and Whitt 2005).

    The second skills are those of the next class for all (cyclic), or spread evenly: three agents have each pair.
    """
    names = [f"s{number}" for number in range(6)]
    agents = []
    for number in range(90):
        first, turn = number % 6, 0 if is_cyclic else number // 6 % 5
        order = [first, *((first + 1 + (turn + further) % 5) % 6 for further in range(5))][:skills_each]
        agents.append(agent(str(number), skills={names[one]: 5 for one in order}))
    classes = tuple(
        ContactClass(name=name, queue="q", channel="call", rates=(load,), handle=Exponential(600), skills={name: 1})
        for name in names
    )
    return World(
        channels=CHANNELS,
        queues={"q": QueueRules(name="q", target_seconds=30, places=30)},
        classes=classes,
        agents=tuple(agents),
        duration_seconds=hours * 3600,
        warmup_seconds=3600,
    )


def check_wallace_whitt(hours: float, seeds: range, blocked: float, *, is_cyclic: bool) -> None:
    one, two, six = (
        mean_figures(wallace_whitt(skills, hours, is_cyclic=is_cyclic), seeds, Router) for skills in (1, 2, 6)
    )
    gained = (one["mean_wait_seconds"] - two["mean_wait_seconds"]) / (
        one["mean_wait_seconds"] - six["mean_wait_seconds"]
    )
    assert gained >= 0.9
    assert two["p_blocked"] <= blocked


def test_two_skills_are_almost_as_good_as_all_roughly() -> None:
    check_wallace_whitt(25, range(1, 2), 0.008, is_cyclic=False)


@pytest.mark.full
@pytest.mark.parametrize("is_cyclic", [True, False])
def test_two_skills_are_almost_as_good_as_all(is_cyclic: bool) -> None:
    check_wallace_whitt(200, range(1, 4), 0.005, is_cyclic=is_cyclic)


def test_the_same_seed_makes_the_same_day_for_every_policy() -> None:
    world = one_pool(4, 60, 200, 3)
    first, second = draw_contacts(world, 7), draw_contacts(world, 7)
    assert first == second
    assert draw_contacts(world, 8) != first
    runs = [Simulation(world, policy(), first).run() for policy in (Router, Router, LongestIdle, Strong)]
    assert outcomes_of(runs[0]) == outcomes_of(runs[1])
    assert [stay.contact for stay in runs[0].stays] == [stay.contact for stay in runs[3].stays]


def test_paired_differences_are_seed_by_seed() -> None:
    world = one_pool(3, 60, 170, 6)
    more = replace(world, agents=(*world.agents, agent("more")))
    few, many = run_seeds(world, [1, 2, 3]), run_seeds(more, [1, 2, 3])
    change = paired(few, many, "all", "service_level")
    assert change.mean > 2 * change.error > 0
    summary = summarise(many)
    assert summary.runs == 3
    assert summary.groups["channel:call"]["service_level"].mean == summary.groups["all"]["service_level"].mean


# --- one contact at a time -----------------------------------------------------------------------------------------


def play(
    agents: list[AgentRules],
    contacts: list[tuple[float, str, float]],
    *,
    queue: QueueRules | None = None,
    policy: type[Policy] = Router,
    patience: float = float("inf"),
    hours: float = 10,
    known: int = -1,
) -> Simulation:
    """(when, class, seconds of work) each; the class is a channel, with `:skill` where it needs one."""
    names = sorted({name for _at, name, _seconds in contacts})
    classes = tuple(
        ContactClass(
            name=name,
            queue="q",
            channel=name.split(":")[0],
            handle=Constant(1),
            skills={name.split(":")[1]: 1} if ":" in name else {},
        )
        for name in names
    )
    world = World(
        channels=CHANNELS,
        queues={"q": queue or QueueRules(name="q")},
        classes=classes,
        agents=tuple(agents),
        duration_seconds=hours * 3600,
    )
    coming = [
        Contact(at=at, which=names.index(name), handle_seconds=seconds, patience_seconds=patience, value=1, known=known)
        for at, name, seconds in contacts
    ]
    return Simulation(world, policy(), coming).run()


def answered(run: Simulation) -> list[tuple[float | None, int | None]]:
    """When each was answered and by whom, in the order in which they came."""
    return [(stay.answered_at, stay.agent.index if stay.agent else None) for stay in run.stays]


def test_a_call_pauses_a_mail_which_goes_on_afterwards() -> None:
    run = play([agent("a")], [(0, "email", 600), (100, "call", 60), (700, "email", 10)])
    # 100 s of the mail were done, 60 s it waited, 500 s were left.
    assert answered(run) == [(0, 0), (100, 0), (700, 0)]
    assert run.agents[0].busy == [(0, 660), (700, 710)]


def test_chats_share_an_agent_and_slow_each_other_down() -> None:
    run = play([agent("a", capacity=99)], [(0, "chat", 100), (0, "chat", 100), (0, "chat", 100), (0, "chat", 100)])
    # Three at once: each takes 1.24 times as long.
    assert [at for at, _who in answered(run)] == [0, 0, 0, pytest.approx(124)]


def test_who_gives_up_is_gone() -> None:
    run = play([agent("a")], [(0, "call", 100), (10, "call", 100), (20, "call", 100)], patience=30)
    figures = report(run).groups["all"]
    assert figures.p_abandon == pytest.approx(2 / 3)
    assert figures.contacts == 3


def test_a_full_queue_turns_away() -> None:
    queue = QueueRules(name="q", places=1)
    run = play([agent("a")], [(0, "call", 100), (10, "call", 100), (20, "call", 100)], queue=queue)
    assert [stay.is_blocked for stay in run.stays] == [False, False, True]
    assert report(run).groups["all"].p_blocked == pytest.approx(1 / 3)


def test_a_step_swaps_what_is_asked_for() -> None:
    step = StepRules(after_seconds=30, skills={"any": 1})
    queue = QueueRules(name="q", skills={"expert": 4}, steps=(step,))
    people = [agent("expert", skills={"expert": 5}), agent("other", skills={"any": 1, "expert": 3})]
    run = play(people, [(0, "call", 500), (10, "call", 500)], queue=queue)
    assert answered(run) == [(0, 0), (40, 1)]


def test_a_step_lets_another_queue_join() -> None:
    queue = QueueRules(name="q", steps=(StepRules(after_seconds=20, joins=("help",)),))
    run = play([agent("a"), agent("b", "help")], [(0, "call", 500), (0, "call", 500)], queue=queue)
    assert answered(run) == [(0, 0), (20, 1)]


def test_a_delayed_member_helps_out_later() -> None:
    people = [agent("a"), agent("b", queues={"q": Membership(delay_seconds=45)})]
    run = play(people, [(0, "call", 500), (5, "call", 500)])
    assert answered(run) == [(0, 0), (50, 1)]


def test_priority_goes_before_points() -> None:
    people = [agent("a", skills={"x": 5}, queues={"q": Membership(priority=2)}), agent("b", skills={"x": 1})]
    assert answered(play(people, [(0, "call:x", 10)])) == [(0, 1)]


def test_the_agent_whom_the_customer_knows_is_asked_first() -> None:
    queue = QueueRules(name="q", last_agent_seconds=15)
    run = play([agent("a"), agent("b")], [(0, "call", 10), (1, "call", 500), (20, "call", 500)], queue=queue, known=0)
    assert answered(run) == [(0, 0), (10, 0), (35, 1)]


def test_nobody_waits_for_an_agent_who_is_not_there() -> None:
    queue = QueueRules(name="q", last_agent_seconds=15)
    run = play([agent("a", shifts=((3600, 7200),)), agent("b")], [(0, "call", 10)], queue=queue, known=0)
    assert answered(run) == [(0, 1)]


def test_shifts_begin_and_end() -> None:
    run = play([agent("a", shifts=((100, 200),))], [(0, "call", 150), (10, "call", 50)])
    assert answered(run) == [(100, 0), (None, None)]
    figures = report(run)
    assert figures.occupancy == 1
    assert figures.groups["all"].service_level == 0


def test_the_score_has_its_say() -> None:
    """A chat keeps away from the agent who could take calls, unless their weight is taken away."""
    people = [agent("voice"), agent("chats", channels=frozenset({"chat", "email"}), skills={})]
    assert answered(play(people, [(0, "chat", 60)]))[0][1] == 1
    none = Weights(keep_voice=0, scarcity=0, idle=0)
    assert answered(play(people, [(0, "chat", 60)], queue=QueueRules(name="q", weights=none)))[0][1] == 0

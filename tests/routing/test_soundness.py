"""What is wrong with a queue, in words: pure facts in, problems out; then as the database holds it."""

from __future__ import annotations

from dataclasses import replace
from datetime import time
from typing import Any

import pytest

from routing.matching import Weights
from routing.models import Fallback, QueueMember, QueueStep, QueueWeights, SLATarget, StepSkill
from routing.services.soundness import (
    WEEK_MINUTES,
    FallbackFacts,
    Floor,
    QueueFacts,
    StepFacts,
    check_floor,
    check_queue,
    find_overlap,
    minutes_of_week,
    read_floor,
)
from tests import factories as make

DELIVERY, BILLING, ADA, BEN = 1, 2, 11, 12
ORDERS = QueueFacts(
    id=1,
    name="Orders",
    brand_id=1,
    skills={DELIVERY: 2},
    members={ADA: 0, BEN: 20},
    channels=frozenset({"chat"}),
)
INVOICES = QueueFacts(id=2, name="Invoices", brand_id=1, members={BEN: 0})
ABROAD = QueueFacts(id=3, name="Abroad", brand_id=2, members={BEN: 0})
OFF = QueueFacts(id=4, name="Old", brand_id=1, is_active=False)


def floor(*others: QueueFacts) -> Floor:
    known = {queue.id: queue for queue in (ORDERS, INVOICES, ABROAD, OFF)} | {queue.id: queue for queue in others}
    return Floor(
        queues=known,
        levels={ADA: {DELIVERY: 3}, BEN: {BILLING: 4}},
        skill_names={DELIVERY: "Delivery", BILLING: "Billing"},
        offer_seconds={"chat": 30, "email": 120},
    )


def onward(to_queue: int, condition: str = "unstaffed", channel: str = "") -> FallbackFacts:
    return FallbackFacts(condition=condition, channel=channel, to_queue=to_queue)


def said(*others: QueueFacts, **changes: Any) -> list[tuple[str, bool]]:
    changed = replace(ORDERS, **changes)
    return [(problem.text, problem.is_refused) for problem in check_queue(changed, floor(changed, *others))]


def test_a_sound_queue_has_nothing_said_against_it() -> None:
    steps = (StepFacts(after_seconds=30, skills={DELIVERY: 1}), StepFacts(after_seconds=60, joins=(2,)))
    fine = {
        "steps": steps,
        "spent_seconds": 90,
        "fallbacks": (onward(2, "spent"), FallbackFacts(condition="closed", channel="chat")),
        "has_hours": True,
        "promises": (("", "first", 60),),
        "weights": Weights(),
    }
    assert said(**fine) == []


CASES: dict[str, tuple[dict[str, Any], str, bool]] = {
    "nobody": ({"members": {}}, "Nobody is a member", False),
    "all delayed": ({"members": {ADA: 30, BEN: 20}}, "nobody is asked in the first 20 seconds", False),
    "asks too much": ({"skills": {DELIVERY: 5}}, "No member has what it asks for (Delivery 5+)", False),
    "topic": ({"topics": {"lost": {BILLING: 5}}}, "the topic “lost” asks for (Billing 5+, Delivery 2+)", False),
    "step nobody meets": (
        {"steps": (StepFacts(after_seconds=30, skills={DELIVERY: 4}),)},
        "Nobody has what the step after 30 seconds asks for (Delivery 4+)",
        False,
    ),
    "step at once": ({"steps": (StepFacts(after_seconds=0),)}, "begins at once", False),
    "not rising": (
        {"steps": (StepFacts(after_seconds=30), StepFacts(after_seconds=30))},
        "after 30 seconds there cannot be one after 30",
        True,
    ),
    "spent too early": (
        {"steps": (StepFacts(after_seconds=60),), "spent_seconds": 60, "fallbacks": (onward(2, "spent"),)},
        "spent after 60 seconds, and the last begins only after 60",
        True,
    ),
    "joins abroad": ({"steps": (StepFacts(after_seconds=9, joins=(3,)),)}, "“Abroad” is of another brand", True),
    "joins itself": ({"steps": (StepFacts(after_seconds=9, joins=(1,)),)}, "Its own agents are asked anyway", True),
    "to one switched off": ({"fallbacks": (onward(4),)}, "“Old” is switched off", True),
    "to another brand": ({"fallbacks": (onward(3),)}, "“Abroad” is of another brand", True),
    "to itself": ({"fallbacks": (onward(1),)}, "go round and be answered nowhere (Orders › Orders)", True),
    "closed without hours": ({"fallbacks": (FallbackFacts(condition="closed"),)}, "without opening hours", False),
    "full at nothing": ({"fallbacks": (FallbackFacts(condition="full"),)}, "not at how many waiting", False),
    "spent never": ({"fallbacks": (FallbackFacts(condition="spent"),)}, "not after which time they are", False),
    "full, and then": ({"max_waiting": 5}, "It is full at some number", False),
    "spent, and then": ({"spent_seconds": 5}, "Its steps are spent at some time", False),
    "no urgency": ({"weights": Weights(urgency=0)}, "Urgency is worth nothing", False),
    "other terms": ({"weights": Weights(urgency=5, fit=50)}, "worth more than a wait of ten times", False),
    "value alone": ({"weights": Weights(value_exponent=3)}, "The most valuable customers go before", False),
    "promise": ({"promises": (("", "first", 20),)}, "First answer is promised within 20 seconds", False),
    "promise by mail": ({"promises": (("email", "next", 60),)}, "one offer alone may take 120", False),
}


@pytest.mark.parametrize(("changes", "text", "is_refused"), CASES.values(), ids=CASES.keys())
def test_what_is_wrong(changes: dict[str, Any], text: str, is_refused: bool) -> None:
    found = said(**changes)
    assert len(found) == 1, found
    assert text in found[0][0] and found[0][1] is is_refused


def test_work_does_not_go_round() -> None:
    back = replace(INVOICES, fallbacks=(onward(1, "full"),), max_waiting=3)
    assert said(back, fallbacks=(onward(2),)) == [
        (
            "Work would go round and be answered nowhere (Orders › Invoices › Orders): "
            "let one of these queues end otherwise.",
            True,
        )
    ]
    by_mail = replace(back, fallbacks=(onward(1, "full", "email"),))
    assert said(by_mail, fallbacks=(onward(2, channel="chat"),)) == [], "each channel goes its own way"
    assert said(by_mail, fallbacks=(onward(2, channel="email"),))[0][1]
    stopped = replace(back, fallbacks=(onward(1, "full"), FallbackFacts(condition="full", channel="email")))
    assert said(stopped, fallbacks=(onward(2, channel="email"),)) == [], "the channel's own goes before"
    assert said(replace(back, is_active=False), fallbacks=())[0:] == []


def test_queues_that_help_one_another_are_told() -> None:
    back = replace(INVOICES, steps=(StepFacts(after_seconds=9, joins=(1,)),))
    found = said(back, steps=(StepFacts(after_seconds=9, joins=(2,)),))
    assert found == [
        (
            "Queues that help one another (Orders › Invoices › Orders): when all are busy, nobody is served sooner.",
            False,
        )
    ]


def test_agents_who_join_count_and_queues_that_are_off_do_not() -> None:
    step = StepFacts(after_seconds=9, skills={BILLING: 4}, joins=(2,))
    assert said(members={ADA: 0}, steps=(step,)) == []
    assert said(members={ADA: 0}, steps=(replace(step, joins=()),)) != []
    assert said(members={}, is_active=False) == []


def test_hours_that_overlap() -> None:
    monday, sunday = (
        minutes_of_week(0, time(9), time(17)),
        minutes_of_week(6, time(22), time(2)),
    )
    assert find_overlap([monday, sunday], WEEK_MINUTES) is None
    assert find_overlap([monday, minutes_of_week(0, time(16), time(18))], WEEK_MINUTES) == (0, 1)
    assert find_overlap([sunday, minutes_of_week(0, time(1), time(3))], WEEK_MINUTES) == (0, 1)
    assert find_overlap([minutes_of_week(2, time(0), time(0))], WEEK_MINUTES) is None


@pytest.mark.django_db
def test_it_is_read_from_the_rows() -> None:
    queue, other = make.make_queue("orders"), make.make_queue("other")
    delivery = make.make_skill("delivery")
    agent = make.make_agent("ada", skills={"delivery": 2})
    QueueMember.objects.create(queue=queue, agent=agent, delay_seconds=5)
    QueueMember.objects.create(queue=other, agent=agent)
    step = QueueStep.objects.create(queue=queue, after_seconds=30)
    step.joins.set([other])
    StepSkill.objects.create(step=step, skill=delivery, min_level=3)
    StepSkill.objects.create(step=step, skill=make.make_skill("billing"), is_optional=True)
    Fallback.objects.create(queue=queue, condition="spent", action="queue", to_queue=other)
    SLATarget.objects.create(queue=queue, channel="chat", first_seconds=1)
    QueueWeights.objects.create(queue=queue, urgency=0)
    make.make_account(queue=queue)
    found = check_floor(read_floor())
    assert {problem.queue.name for problem in found} == {"Orders"}
    assert [problem.about for problem in found] == ["members", "fallbacks", "steps", "weights", "sla_targets"]
    assert any(f"({delivery} 3+)" in problem.text for problem in found), "an optional skill keeps nobody out"
    agent.user.is_active = False
    agent.user.save()
    assert "Nobody is a member" in check_floor(read_floor())[0].text

"""Queues in the set-up file: steps, members, fallbacks, promises and weights; the example of the documents."""

from __future__ import annotations

import re

import pytest
from django.conf import settings

from contactcenter.administration.setupfile.importing import plan_import
from routing.matching import Weights
from routing.models import Queue, QueueWeights, TagCost
from tests.administration.files import errors_of, export, take

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("world")]


def test_the_example_of_the_documents_works() -> None:
    """Twice: the second time there is nothing left to do, and what points to a step still finds it."""
    example = re.search(r"```yaml\n(.*?)```", (settings.BASE_DIR / "docs/setup.md").read_text(), re.S)
    assert example is not None
    plan = take(example.group(1))
    assert {change.section for change in plan.changes} == {"queues", "calendars", "channel_profiles", "tags"}
    queue = Queue.objects.get(slug="returns")
    widened = queue.steps.get(after_seconds=90)
    assert [row.skill.slug for row in widened.skills.filter(is_optional=True)] == ["delivery"]
    assert [one.slug for one in widened.joins.all()] == ["orders"]
    member = queue.members.get(agent__user__username="juris")
    assert (member.priority, member.delay_seconds) == (2, 30)
    assert queue.fallbacks.get(condition="spent").to_queue == Queue.objects.get(slug="service")
    assert queue.sla_targets.get(channel="chat").warn_percent == 70
    assert (queue.weights.urgency, queue.weights.fit) == (120, Weights().fit)
    assert TagCost.objects.get(tag__name="company").cost == 100
    assert take(example.group(1)).changes == []
    assert queue.steps.get(after_seconds=90) == widened
    take("version: 1\nqueues: [{slug: returns, weights: {}, steps: []}]\ntags: [{name: company, cost: null}]\n")
    assert not QueueWeights.objects.exists() and not queue.steps.exists() and not TagCost.objects.exists()


def test_queues_that_cannot_work_are_refused_and_doubtful_ones_noted() -> None:
    back = "queues: [{slug: service, fallbacks: [{condition: unstaffed, action: queue, to_queue: orders}]}]"
    errors = errors_of(f"version: 1\n{back}\n")
    assert "queues “Orders”: Work would go round and be answered nowhere (Orders › Service › Orders)" in errors[0]
    later = "queues: [{slug: a, name: A, brand: nordwind, team: Sales, steps: [{after_seconds: 9, joins: [b]}]},"
    later += " {slug: b, name: B, brand: nordwind, team: Sales, weights: {urgency: 0}}]"
    notes = plan_import(f"version: 1\n{later}\n".encode()).notes
    assert "queues “B”: Urgency is worth nothing: who has waited long is not served sooner. Give it points." in notes


BAD_PARTS = [
    ("members: [{agent: ben, priority: 10}]", "members[0].priority: "),
    ("members: [{agent: ben, delay: 1}]", "members[0]: unknown: delay."),
    ("members: [{priority: 1}]", "members[0].agent: text is needed."),
    ("steps: [{after_seconds: 9, skills: {billing: 0}}]", "steps[0].skills.billing: a level is 1 to 5."),
    ("steps: [{after_seconds: 9, skills: {billing: 1}, optional: [billing]}]", "steps[0].optional[0]: it is needed"),
    ("steps: [{after_seconds: 9, joins: [nowhere]}]", "steps[0].joins[0]: no queue “nowhere”."),
    ("steps: [{after_seconds: 9}, {after_seconds: 8}]", "steps[1].after_seconds: steps follow one another"),
    ("steps: [{after_seconds: 9}, {after_seconds: 9}]", "steps[1]: the same stands here twice."),
    ("steps: [{skills: {}}]", "steps[0].after_seconds: is needed."),
    ("steps: [{after_seconds: -1}]", "steps[0].after_seconds: "),
    ("fallbacks: [{condition: never, action: close}]", "fallbacks[0].condition: "),
    ("fallbacks: [{condition: full, action: queue}]", "fallbacks[0]: "),
    ("fallbacks: [{condition: full, action: close, texts: {xx: a}}]", "fallbacks[0].texts.xx: no language"),
    ("sla_targets: [{channel: pigeon}]", "sla_targets[0].channel: "),
    ("weights: {urgency: much}", "weights.urgency: a number is needed."),
    ("weights: {urgency: -1}", "weights: "),
    ("weights: {beauty: 1}", "weights: unknown: beauty."),
]


@pytest.mark.parametrize(("part", "error"), BAD_PARTS)
def test_errors_name_the_part(part: str, error: str) -> None:
    before = export()
    found = errors_of(f"version: 1\nqueues: [{{slug: orders, {part}}}]\n")
    assert any(line.startswith(f"queues[0].{error}") for line in found), found
    assert export() == before

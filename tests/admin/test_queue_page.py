"""A queue's page in admin: steps with skills, helpers, fallbacks, promises, weights; refused or warned in words."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.messages import get_messages
from django.test import Client

from contactcenter.accounts.models import AuditEntry
from contactcenter.conversations.models import Tag
from routing.models import (
    AccountManager,
    ChannelProfile,
    Fallback,
    Queue,
    QueueMember,
    QueueStep,
    QueueWeights,
    SLATarget,
    TagCost,
)
from tests import factories as make
from tests.admin.pages import add_row, filled, save

pytestmark = pytest.mark.django_db


@pytest.fixture
def queue() -> Queue:
    queue = make.make_queue("orders")
    make.make_agent("ada", queues=[queue], skills={"delivery": 3})
    return queue


def page(queue: Queue) -> str:
    return f"/admin/routing/queue/{queue.pk}/change/"


def step(number: int = 0, *skills: tuple[int, str], **fields: Any) -> dict[str, Any]:
    chosen = {f"needs_{at}": part for at, part in enumerate(part for pk, level in skills for part in (str(pk), level))}
    return add_row("steps", number, **{"after_seconds": 30 * (number + 1), **chosen, **fields})


def test_steps_with_their_skills(admin: Client, queue: Queue) -> None:
    delivery, billing, other = make.make_skill("delivery"), make.make_skill("billing"), make.make_queue("other")
    asked = step(0, (delivery.pk, "2"), (billing.pk, "0"), joins=[other.pk], boost_seconds=10)
    assert save(admin, page(queue), **asked) == []
    row = QueueStep.objects.get()
    assert (row.after_seconds, row.boost_seconds, list(row.joins.all())) == (30, 10, [other])
    needed = row.skills.order_by("is_optional").values_list("skill", "min_level", "is_optional")
    assert list(needed) == [(delivery.pk, 2, False), (billing.pk, 1, True)]
    assert save(admin, page(queue)) == [], "what is not changed stays"
    assert row.skills.count() == 2
    assert save(admin, page(queue), **{"steps-0-needs_0": "", "steps-0-needs_1": ""}) == []
    assert [skill.skill for skill in row.skills.all()] == [billing]
    logged = AuditEntry.objects.filter(kind="admin.changed").latest("pk").data
    assert logged[f"step {row}"]["needs"] == [f"{delivery} 2+, {billing} (optional)", f"{billing} (optional)"]


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        (lambda queue: {**step(0), **step(1, after_seconds=30)}, "Two steps begin at the same time"),
        (lambda queue: {**step(0), "spent_seconds": 20}, "and the last begins only after 30"),
        (lambda queue: step(0, joins=[queue.pk]), "choose another queue to join"),
        (lambda queue: step(0, joins=[foreign().pk]), "is of another brand: its agents"),
        (lambda queue: step(0, *[(make.make_skill("x").pk, "1")] * 2), "is there twice: take one out"),
        (lambda queue: fallback(queue), "go round and be answered nowhere"),
        (lambda queue: fallback(foreign()), "is of another brand: choose a queue of this one"),
        (lambda queue: fallback(make.make_queue("old", is_active=False)), "“Old” is switched off"),
        (
            lambda queue: {**fallback(make.make_queue("other")), **onward_again(make.make_queue("third"))},
            "The same condition is there twice",
        ),
        (lambda queue: fallback(None), "Choose the queue that takes it over"),
        (lambda queue: add_row("sla_targets", warn_percent=70), "Promise one of the times"),
        (lambda queue: add_row("sla_targets", first_seconds=60, resolution_seconds=30), "solved before it is answered"),
        (lambda queue: {"weights-0-urgency": -1}, "greater than or equal to 0"),
    ],
)
def test_what_cannot_work_is_refused(admin: Client, queue: Queue, rows: Any, said: str) -> None:
    errors = save(admin, page(queue), **rows(queue))
    assert any(said in error for error in errors), errors
    assert not QueueStep.objects.exists() and not Fallback.objects.exists()


def foreign() -> Queue:
    return make.make_queue("foreign", team=make.make_team(make.make_brand("other")))


def fallback(to_queue: Queue | None, **fields: Any) -> dict[str, Any]:
    given = {"condition": "unstaffed", "action": "queue", "to_queue": to_queue.pk if to_queue else "", **fields}
    return add_row("fallbacks", **given)


def onward_again(to_queue: Queue) -> dict[str, Any]:
    return add_row("fallbacks", 1, condition="unstaffed", action="queue", to_queue=to_queue.pk)


def test_a_fallback_with_its_texts(admin: Client, queue: Queue) -> None:
    other = make.make_queue("other")
    text = {"condition": "closed", "action": "promise", "texts_0": "Tomorrow.", "texts_4": "Jutro."}
    assert save(admin, page(queue), **fallback(other, **text)) == []
    row = Fallback.objects.get()
    assert (row.action, row.to_queue, row.texts) == ("promise", None, {"en": "Tomorrow.", "pl": "Jutro."})
    assert "Jutro." in admin.get(page(queue)).text
    assert save(admin, page(queue), **{"fallbacks-0-texts_0": ""}) == []
    row.refresh_from_db()
    assert row.texts == {"pl": "Jutro."}


def test_a_queue_that_takes_over_stays_in_use(admin: Client, queue: Queue) -> None:
    other = make.make_queue("other")
    assert save(admin, page(queue), **fallback(other)) == []
    assert save(admin, page(other), is_active=None) == [
        "Work of Orders goes here when they cannot answer: change their fallbacks first."
    ]


def test_members_stand_back_and_help_out(admin: Client, queue: Queue) -> None:
    ben = make.make_agent("ben")
    assert save(admin, page(queue), **add_row("members", 1, agent=ben.pk, priority=2, delay_seconds=20)) == []
    member = QueueMember.objects.get(agent=ben)
    assert (member.priority, member.delay_seconds) == (2, 20)
    assert save(admin, page(queue), **{"members-1-priority": 10}) != []


def test_weights_and_the_way_back(admin: Client, queue: Queue) -> None:
    assert save(admin, page(queue), target_seconds=30) == []
    assert not QueueWeights.objects.exists(), "the defaults hold as long as nobody changes one"
    assert filled(admin, page(queue))["weights-0-urgency"] == "100.0"
    assert "Default: 100." in admin.get(page(queue)).text
    assert save(admin, page(queue), **{"weights-0-urgency": 50}) == []
    assert QueueWeights.objects.get().urgency == 50
    assert save(admin, page(queue), **{"weights-0-DELETE": "on"}) == []
    assert not QueueWeights.objects.exists()


def test_promises(admin: Client, queue: Queue) -> None:
    assert save(admin, page(queue), **add_row("sla_targets", first_seconds=60, channel="email")) == []
    target = SLATarget.objects.get()
    assert (target.channel, target.first_seconds, target.warn_percent) == ("email", 60, 80)


def test_what_is_doubtful_is_said_on_saving_and_on_the_pages(admin: Client, queue: Queue) -> None:
    asked = step(0, (make.make_skill("delivery").pk, "5"))
    answer = admin.post(page(queue), {**filled(admin, page(queue), asked), **asked})
    said = [str(message) for message in get_messages(answer.wsgi_request)]
    assert any(text.startswith("Orders: Nobody has what the step after 30 seconds asks for") for text in said), said
    for address in (page(queue), "/admin/"):
        assert "Nobody has what the step after 30 seconds asks for" in admin.get(address).text
    assert f'href="{page(queue)}#steps-group"' in admin.get("/admin/").text


def test_account_managers(admin: Client, queue: Queue) -> None:
    customer, ada = make.make_customer("Carl"), queue.members.get().agent
    address = "/admin/routing/accountmanager/add/"
    stranger = make.make_agent(user=make.make_user("eve", teams=[foreign().team]))
    assert "does not work for Nordwind" in save(admin, address, customer=customer.pk, agent=stranger.pk)[0]
    assert save(admin, address, customer=customer.pk, agent=ada.pk) == []
    assert AccountManager.objects.get().agent == ada
    assert save(admin, address, customer=customer.pk, agent=ada.pk) == [
        "This customer has a manager already: change that row."
    ]
    assert "Carl" in admin.get("/admin/routing/accountmanager/", {"q": "carl"}).text


def test_costs_of_tags(admin: Client) -> None:
    tag = Tag.objects.create(name="complex")
    address = "/admin/routing/tagcost/add/"
    assert save(admin, address, tag=tag.pk, cost=101) != []
    assert save(admin, address, tag=tag.pk, cost=100) == []
    assert TagCost.objects.get().cost == 100
    assert save(admin, address, tag=tag.pk, cost=50) == ["This tag has a cost already: change that one."]


def test_interruptions_are_listed_in_words(admin: Client) -> None:
    ChannelProfile.objects.filter(channel="email").update(interrupted_by=["chat", "voice"])
    assert "Web chat, Phone" in admin.get("/admin/routing/channelprofile/").text

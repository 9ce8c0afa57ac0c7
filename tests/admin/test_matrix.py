"""The table of agents and skills: many cells at once, and never over somebody else's."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from contactcenter.accounts.models import AuditEntry, User
from routing.models import Agent, AgentSkill, Skill
from tests import factories as make

pytestmark = pytest.mark.django_db
PAGE = "/admin/routing/skill/matrix/"


def _save(admin: Client, *cells: tuple[Any, ...]) -> str:
    return admin.post(PAGE, {"cells": json.dumps(cells)}, follow=True).text


def _levels(agent: Agent) -> dict[str, int]:
    return dict(AgentSkill.objects.filter(agent=agent).values_list("skill__slug", "level"))


def test_many_cells_at_once(admin: Client) -> None:
    ada, ben = make.make_agent("ada", skills={"billing": 3, "en": 5}), make.make_agent("ben")
    billing, delivery = make.make_skill("billing"), make.make_skill("delivery")
    text = _save(admin, (ada.pk, billing.pk, 3, 0), (ada.pk, delivery.pk, 0, 2), (ben.pk, billing.pk, 0, 5))
    assert "3 levels saved." in text
    assert _levels(ada) == {"en": 5, "delivery": 2} and _levels(ben) == {"billing": 5}
    entry = AuditEntry.objects.get(target=f"routing.agent:{ada.pk}", kind="admin.changed")
    assert entry.data == {"skills": {"billing": [3, 0], "delivery": [0, 2]}}


def test_two_admins_at_once(admin: Client) -> None:
    ada = make.make_agent("ada", skills={"billing": 3})
    billing, delivery = make.make_skill("billing"), make.make_skill("delivery")
    assert "1 level saved." in _save(admin, (ada.pk, billing.pk, 3, 4))
    text = _save(admin, (ada.pk, billing.pk, 3, 1), (ada.pk, delivery.pk, 0, 2))
    assert "Ada, billing: somebody has changed it to 4 meanwhile" in text and "1 level saved." in text
    assert _levels(ada) == {"billing": 4, "delivery": 2}
    assert "meanwhile" not in _save(admin, (ada.pk, billing.pk, 3, 4)), "both wanted the same"


@pytest.mark.parametrize("cells", ["", "{}", "[[1,2,3]]", "[[1,1,0,6]]", '[["a",1,0,1]]', "[[1,1,0,true]]"])
def test_what_is_no_table_is_refused(admin: Client, cells: str) -> None:
    assert "Nothing was saved" in admin.post(PAGE, {"cells": cells}, follow=True).text


def test_the_new_level_counts_at_once(admin: Client, django_capture_on_commit_callbacks: Any) -> None:
    queue = make.make_queue(skills={"billing": 3})
    ada = make.make_agent("ada", queues=[queue])
    with django_capture_on_commit_callbacks(execute=True):
        conversation = make.make_waiting(make.make_account(queue=queue))
    assert make.pending_offer(conversation) is None
    with django_capture_on_commit_callbacks(execute=True):
        _save(admin, (ada.pk, make.make_skill("billing").pk, 0, 3))
    assert make.pending_offer(conversation).agent == ada


def test_filters(admin: Client) -> None:
    sales = make.make_team(name="Sales")
    ada, ben = make.make_agent("ada"), make.make_agent(user=make.make_user("ben", teams=[sales]))
    billing = make.make_skill("billing")
    make.make_skill("delivery")
    assert [row["agent"] for row in admin.get(PAGE, {"team": sales.pk}).context["rows"]] == [ben]
    assert [row["agent"] for row in admin.get(PAGE, {"q": "AD"}).context["rows"]] == [ada]
    assert admin.get(PAGE, {"skill": billing.pk}).context["skills"] == [billing]


def test_a_large_table_stays_quick(admin: Client) -> None:
    users = User.objects.bulk_create(User(username=f"agent{n}", password="!") for n in range(200))
    agents = Agent.objects.bulk_create(Agent(user=user) for user in users)
    skills = Skill.objects.bulk_create(Skill(name=f"Skill {n}", slug=f"skill-{n}") for n in range(30))
    AgentSkill.objects.bulk_create(AgentSkill(agent=agent, skill=skill) for agent in agents for skill in skills)
    with CaptureQueriesContext(connection) as asked:
        answer = admin.get(PAGE)
    assert answer.text.count("data-cell=") == 6000 and len(asked) < 20


def test_only_admins_see_it() -> None:
    client = Client(SERVER_NAME="127.0.0.1")
    client.force_login(make.make_user("ada"), backend="contactcenter.accounts.backends.DemoAwareBackend")
    assert client.get(PAGE).status_code == 302

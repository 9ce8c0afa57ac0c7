"""Brands, teams, people and agents in admin: saved, or refused with the way out."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from contactcenter.accounts.models import Brand, Role, Team, User
from routing.models import Agent, AgentStateInterval, AgentStateReason, QueueMember, Skill
from routing.states import AgentState
from tests import factories as make
from tests.admin.pages import add_row, save

pytestmark = pytest.mark.django_db
BRAND = {"name": "Sudwind", "slug": "sudwind", "time_zone": "Europe/Riga", "allowed_countries": "lv, EE"}


def test_a_brand(admin: Client) -> None:
    assert save(admin, "/admin/accounts/brand/add/", **BRAND) == []
    brand = Brand.objects.get()
    assert (brand.allowed_countries, brand.colour, brand.phone_region) == (["LV", "EE"], "#0b5cad", "LV")
    assert save(admin, f"/admin/accounts/brand/{brand.pk}/change/", colour="#00FF00") == []
    brand.refresh_from_db()
    assert (brand.colour, brand.allowed_countries) == ("#00ff00", ["LV", "EE"])


@pytest.mark.parametrize(
    ("field", "value", "said"),
    [
        ("time_zone", "Mars/Crater", "There is no time zone “Mars/Crater”"),
        ("colour", "red", "#rrggbb"),
        ("phone_region", "QQ", "There is no country “QQ”"),
        ("allowed_countries", "LV, XX", "There is no country “XX”"),
        ("slug", "nordwind", "Another brand uses this address part"),
        ("name", "", "required"),
    ],
)
def test_a_bad_brand(admin: Client, field: str, value: str, said: str) -> None:
    make.make_brand()
    errors = save(admin, "/admin/accounts/brand/add/", **{**BRAND, field: value})
    assert len(errors) == 1 and said in errors[0]
    assert Brand.objects.count() == 1


def test_a_team_stays_with_its_brand(admin: Client) -> None:
    brand, other = make.make_brand(), make.make_brand("other")
    assert save(admin, "/admin/accounts/team/add/", name="Sales", brand=brand.pk) == []
    team = Team.objects.get()
    assert save(admin, f"/admin/accounts/team/{team.pk}/change/", name="Sale", brand=other.pk) == []
    team.refresh_from_db()
    assert (team.name, team.brand) == ("Sale", brand)
    errors = save(admin, "/admin/accounts/team/add/", name="Sale", brand=brand.pk)
    assert len(errors) == 1 and "already exists" in errors[0]


PERSON = {"username": "nora", "password1": make.PASSWORD, "password2": make.PASSWORD, "role": "agent"}


def test_a_person_gets_the_brands_of_their_teams(admin: Client) -> None:
    team = make.make_team()
    assert save(admin, "/admin/accounts/user/add/", **PERSON, teams=[team.pk]) == []
    nora = User.objects.get(username="nora")
    assert list(nora.brands.all()) == [team.brand] and not nora.is_staff
    assert save(admin, f"/admin/accounts/user/{nora.pk}/change/", role="admin") == []
    nora.refresh_from_db()
    assert nora.is_staff and nora.is_superuser


def test_the_role_alone_decides(admin: Client) -> None:
    chief = make.make_user("chief", role=Role.ADMIN)
    assert save(admin, f"/admin/accounts/user/{chief.pk}/change/", role="supervisor") == []
    chief.refresh_from_db()
    assert not chief.is_staff and not chief.is_superuser and not chief.is_admin


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"role": "agent"}, "Choose at least one team"),
        ({"role": "supervisor"}, "Choose at least one brand"),
        ({"role": "admin", "username": "root"}, "already exists"),
        ({"role": "admin", "password2": "other"}, "didn’t match"),
    ],
)
def test_a_bad_person(admin: Client, fields: dict[str, Any], said: str) -> None:
    errors = save(admin, "/admin/accounts/user/add/", **{**PERSON, **fields})
    assert any(said in error for error in errors), errors
    assert User.objects.count() == 1


def test_the_time_zone_of_a_person_exists(admin: Client, root: User) -> None:
    page = f"/admin/accounts/user/{root.pk}/change/"
    assert "There is no time zone" in save(admin, page, time_zone="Mars/Crater")[0]
    assert save(admin, page, time_zone="Europe/Tallinn") == []


@pytest.mark.parametrize("fields", [{"role": "supervisor"}, {"is_active": None}])
def test_the_last_admin_stays(admin: Client, root: User, fields: dict[str, Any]) -> None:
    brand = make.make_brand()
    page = f"/admin/accounts/user/{root.pk}/change/"
    assert any("last admin" in error for error in save(admin, page, brands=[brand.pk], **fields))
    make.make_user("chief", role=Role.ADMIN, teams=[])
    assert save(admin, page, brands=[brand.pk], **fields) == []


def test_the_last_admin_is_not_deleted(admin: Client, root: User) -> None:
    answer = admin.post(f"/admin/accounts/user/{root.pk}/delete/", {"post": "yes"}, follow=True)
    assert "This is the last admin" in answer.text and User.objects.filter(pk=root.pk).exists()
    chosen = {"action": "delete_selected", "_selected_action": [root.pk], "post": "yes"}
    assert "This is the last admin" in admin.post("/admin/accounts/user/", chosen).text
    assert User.objects.filter(pk=root.pk).exists()


@pytest.mark.django_db(transaction=True)
def test_what_is_in_use_is_not_deleted(admin: Client) -> None:
    queue = make.make_queue()
    agent = make.make_agent("ada", queues=[queue])
    make.make_active(make.make_account(queue=queue), agent)
    for path in (
        f"accounts/brand/{queue.brand_id}",
        f"accounts/team/{queue.team_id}",
        f"routing/queue/{queue.pk}",
        f"routing/agent/{agent.pk}",
        f"accounts/user/{agent.user_id}",
    ):
        answer = admin.post(f"/admin/{path}/delete/", {"post": "yes"}, follow=True)
        assert "was not deleted. It is in use (" in answer.text, path
    assert Agent.objects.count() == 1 and QueueMember.objects.count() == 1


def test_what_is_not_in_use_is_deleted(admin: Client) -> None:
    skill = make.make_skill("billing")
    assert admin.post(f"/admin/routing/skill/{skill.pk}/delete/", {"post": "yes"}).status_code == 302
    assert not Skill.objects.exists()


def test_a_reason_of_past_breaks_is_not_deleted(admin: Client) -> None:
    agent, reason = make.make_agent("ada"), AgentStateReason.objects.create(name="Lunch")
    AgentStateInterval.objects.filter(agent=agent).update(reason=reason)
    page = f"/admin/routing/agentstatereason/{reason.pk}/"
    assert "switch it off" in admin.post(f"{page}delete/", {"post": "yes"}, follow=True).text
    assert save(admin, f"{page}change/", is_active=None) == []


def test_an_agent(admin: Client, django_capture_on_commit_callbacks: Any) -> None:
    queue, skill = make.make_queue(), make.make_skill("billing")
    user = make.make_user("ada", teams=[queue.team])
    rows = {
        **add_row("skills", skill=skill.pk, level=4),
        **add_row("memberships", queue=queue.pk),
    }
    assert save(admin, "/admin/routing/agent/add/", user=user.pk, new_capacity=60, **rows) == []
    agent = Agent.objects.get()
    assert (agent.capacity, agent.state) == (60, AgentState.OFFLINE)
    assert agent.skills.get().level == 4 and agent.memberships.get().queue == queue
    with django_capture_on_commit_callbacks(execute=True):
        page = f"/admin/routing/agent/{agent.pk}/change/"
        assert save(admin, page, new_capacity=50, no_channels=["voice"]) == []
    agent.refresh_from_db()
    assert (agent.capacity, agent.off_channels) == (50, ["voice"])


def test_a_bad_agent(admin: Client) -> None:
    foreign = make.make_queue("foreign", team=make.make_team(make.make_brand("other")))
    user = make.make_user("ada")
    page = "/admin/routing/agent/add/"
    assert "greater than or equal to 1" in save(admin, page, user=user.pk, new_capacity=0)[0]
    assert "less than or equal to 100" in save(admin, page, user=user.pk, new_capacity=101)[0]
    errors = save(admin, page, user=user.pk, **add_row("memberships", queue=foreign.pk))
    assert errors == ["Ada does not work for Other: add the brand to the user first."]
    skill = make.make_skill("billing")
    assert "5" in save(admin, page, user=user.pk, **add_row("skills", skill=skill.pk, level=6))[0]
    make.make_agent(user=user)
    assert save(admin, page, user=user.pk) == ["This user is an agent already."]


def test_skills_and_reasons(admin: Client) -> None:
    assert save(admin, "/admin/routing/skill/add/", name="Polish", slug="pl", language="pl") == []
    assert any("already exists" in text for text in save(admin, "/admin/routing/skill/add/", name="P", slug="pl"))
    assert save(admin, "/admin/routing/agentstatereason/add/", name="Lunch") == []
    assert "already exists" in save(admin, "/admin/routing/agentstatereason/add/", name="Lunch")[0]

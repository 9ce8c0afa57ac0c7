"""Queues, entry points, channels, dispositions and blocks in admin: saved, or refused with the way out."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from contactcenter.accounts.models import User
from contactcenter.conversations.models import BlockedAddress, ChannelAccount
from routing.models import ChannelProfile, Disposition, EntryPoint, Queue, SkillGroupAgent
from tests import factories as make
from tests.admin.pages import add_row, save

pytestmark = pytest.mark.django_db


def _queue(**fields: Any) -> dict[str, Any]:
    team = make.make_team()
    return {"name": "Orders", "slug": "orders", "brand": team.brand_id, "team": team.pk, **fields}


def test_a_queue_with_its_members(admin: Client) -> None:
    agent, skill = make.make_agent("ada", skills={"billing": 3}), make.make_skill("billing")
    account = make.make_account()
    rows = {
        **add_row("skills", skill=skill.pk, min_level=2),
        **add_row("members", agent=agent.pk),
        **add_row("entry_points", account=account.pk, topic="orders", topic_name="My order", min_level=1),
    }
    assert save(admin, "/admin/routing/queue/add/", **_queue(), **rows) == []
    queue = Queue.objects.get()
    assert queue.members.get().agent == agent and queue.entry_points.get().account == account
    make.make_waiting(account, topic="orders")
    assert SkillGroupAgent.objects.get().agent == agent
    assert save(admin, f"/admin/routing/queue/{queue.pk}/change/", target_seconds=20, offer_seconds=15) == []
    queue.refresh_from_db()
    assert (queue.target_seconds, queue.offer_seconds) == (20, 15)


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"slug": "taken"}, "Another queue has this short name"),
        ({"offer_seconds": 1}, "between 5 and 3600 seconds"),
        ({"name": ""}, "required"),
        (add_row("skills", skill="", min_level=9), "less than or equal to 5"),
    ],
)
def test_a_bad_queue(admin: Client, fields: dict[str, Any], said: str) -> None:
    make.make_queue("taken")
    errors = save(admin, "/admin/routing/queue/add/", **_queue(**fields))
    assert any(said in error for error in errors), errors


def test_a_queue_and_its_team_are_of_one_brand(admin: Client) -> None:
    foreign = make.make_team(make.make_brand("other"))
    errors = save(admin, "/admin/routing/queue/add/", **_queue(team=foreign.pk))
    assert errors == ["Support (Other) belongs to another brand: choose a team of Nordwind."]
    queue = make.make_queue()
    assert "belongs to another brand" in save(admin, f"/admin/routing/queue/{queue.pk}/change/", team=foreign.pk)[0]


def test_an_entry_point_stays_in_its_brand(admin: Client) -> None:
    account, queue = make.make_account(), make.make_queue()
    foreign = make.make_queue("foreign", team=make.make_team(make.make_brand("other")))
    page = "/admin/routing/entrypoint/add/"
    assert save(admin, page, account=account.pk, queue=queue.pk, min_level=1) == []
    point = EntryPoint.objects.get()
    change = f"/admin/routing/entrypoint/{point.pk}/change/"
    assert "Foreign is of Other and Shop of Nordwind" in save(admin, change, queue=foreign.pk)[0]
    assert save(admin, change, min_level=6) == ["Levels go from 1 to 5."]
    assert "already exists" in save(admin, page, account=account.pk, queue=queue.pk, min_level=1)[0]


def test_a_channel_profile(admin: Client) -> None:
    profile = ChannelProfile.objects.get(channel="chat")
    page = f"/admin/routing/channelprofile/{profile.pk}/change/"
    assert save(admin, page, cost=50, interrupted_by=["voice"]) == []
    profile.refresh_from_db()
    assert (profile.cost, profile.interrupted_by) == (50, ["voice"])
    assert "less than or equal to 100" in save(admin, page, cost=101)[0]
    assert "greater than or equal to 1" in save(admin, page, cost=0)[0]
    assert "does not interrupt itself" in save(admin, page, interrupted_by=["chat"])[0]
    assert "between 5 and 3600 seconds" in save(admin, page, offer_seconds=0)[0]


def test_every_profile_can_be_saved_as_it_is(admin: Client) -> None:
    for profile in ChannelProfile.objects.all():
        assert save(admin, f"/admin/routing/channelprofile/{profile.pk}/change/") == [], profile


def _disposition(name: str, **fields: Any) -> Disposition:
    return Disposition.objects.create(name=name, **fields)


def test_dispositions_are_a_tree_of_three_levels(admin: Client) -> None:
    queue, other = make.make_queue(), make.make_queue("other")
    order = _disposition("Order", queue=queue)
    late = _disposition("Late", parent=order, queue=queue)
    lost = _disposition("Lost", parent=late, queue=queue)
    page = "/admin/routing/disposition/add/"
    assert "more than 3 levels" in save(admin, page, name="Deep", parent=lost.pk, queue=queue.pk)[0]
    change = f"/admin/routing/disposition/{order.pk}/change/"
    assert "lies below this one" in save(admin, change, parent=lost.pk)[0]
    assert "is of the queue Support" in save(admin, page, name="Return", parent=order.pk, queue=other.pk)[0]
    assert "is of the queue Support" in save(admin, page, name="Return", parent=order.pk)[0]
    assert "is not of this queue" in save(admin, change, queue=other.pk)[0]
    top = _disposition("Top")
    assert "more than 3 levels" in save(admin, change, parent=top.pk)[0]
    assert save(admin, page, name="Return", parent=order.pk, queue=queue.pk) == []
    assert "Order › Late › Lost" in admin.get("/admin/routing/disposition/").text


SID = "AC" + "1" * 32
ACCOUNT = {"name": "Text", "slug": "text", "set_number": "+3726000001", "set_account_sid": SID}


def test_a_channel_account(admin: Client) -> None:
    queue = make.make_queue()
    page = "/admin/conversations/channelaccount/add/"
    assert "WhatsApp (Meta Cloud API)" in admin.get(page).text, "first which kind"
    page += "?kind=sms"
    fields = {**ACCOUNT, "brand": queue.brand.pk, "queue": queue.pk}
    assert save(admin, page, **fields, set_auth_token="hush") == []
    account = ChannelAccount.objects.get()
    assert (account.kind, account.channel, account.address) == ("sms", "sms", "+3726000001")
    assert (account.config, account.entry_points.get().queue) == ({"account_sid": SID}, queue)
    change = f"/admin/conversations/channelaccount/{account.pk}/change/"
    shown = admin.get(change).text
    assert "hush" not in shown and "/hooks/sms/text/" in shown
    assert save(admin, change, name="Texts") == []
    account.refresh_from_db()
    assert (account.secret, account.name) == ("hush", "Texts"), "left empty it is kept"
    errors = save(admin, page, **{**fields, "set_number": "12"}, set_auth_token="hush")
    assert "Another account uses this address part: choose another." in errors
    assert "This does not look right; it looks like +37260000000." in errors


def test_a_secret_goes_to_no_other_provider(admin: Client, settings: Any) -> None:
    settings.PROVIDER_HOSTS = ["elsewhere.example"]
    account = make.make_account("text", kind="sms", channel="sms", address="+3726000001", secret="hush")
    ChannelAccount.objects.update(config={"account_sid": SID})
    change = f"/admin/conversations/channelaccount/{account.pk}/change/"
    assert "Fill this in." in save(admin, change, set_api_base="https://elsewhere.example/")
    assert any("CC_PROVIDER_HOSTS" in error for error in save(admin, change, set_api_base="https://third.example/"))
    account.refresh_from_db()
    assert (account.api_base, account.secret) == ("", "hush")
    assert save(admin, change, set_api_base="https://elsewhere.example/", set_auth_token="new") == []
    account.refresh_from_db()
    assert (account.api_base, account.secret) == ("https://elsewhere.example/", "new")


def test_sending_is_paused_and_resumed(admin: Client) -> None:
    account = make.make_account("text", kind="sms", channel="sms", address="+3726000001", secret="hush")
    page = f"/admin/conversations/channelaccount/{account.pk}"
    for act, is_paused in (("pause", True), ("resume", False)):
        assert admin.get(f"{page}/{act}/").status_code == 302
        account.refresh_from_db()
        assert (account.paused_at is not None) == is_paused


def test_a_widget_has_a_page_of_its_own(admin: Client) -> None:
    account = make.make_account()
    answer = admin.get(f"/admin/conversations/channelaccount/{account.pk}/change/")
    assert answer["Location"] == f"/admin/webchat/widget/{account.pk}/change/"


def test_a_block_is_lifted_not_deleted(admin: Client, root: User) -> None:
    brand = make.make_brand()
    block = {"brand": brand.pk, "kind": "email", "address": "a@example.com", "reason": "Spam"}
    page = "/admin/conversations/blockedaddress/add/"
    assert save(admin, page, **block) == []
    made = BlockedAddress.objects.get()
    assert made.created_by == root
    assert save(admin, page, **block) == ["This address is blocked already."]
    past = {**block, "address": "b@example.com", "until_0": "2020-01-01", "until_1": "10:00"}
    assert save(admin, page, **past) == ["Choose a time in the future."]
    assert admin.post(f"/admin/conversations/blockedaddress/{made.pk}/delete/", {"post": "yes"}).status_code == 403
    lift = {"action": "lift", "_selected_action": [made.pk]}
    assert admin.post("/admin/conversations/blockedaddress/", lift).status_code == 302
    made.refresh_from_db()
    assert made.lifted_at is not None
    assert save(admin, page, **block) == []

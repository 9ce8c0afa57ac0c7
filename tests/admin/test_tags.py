"""Tags in admin: offered in the console, renamed and taken away wherever they stand."""

from __future__ import annotations

import pytest
from django.test import Client

from contactcenter.accounts.models import Role
from contactcenter.conversations.models import Conversation, Customer, Tag
from contactcenter.conversations.services.tags import count_tagged
from tests import factories as make
from tests.admin.pages import save

pytestmark = pytest.mark.django_db


def _tagged(*tags: str) -> Conversation:
    conversation = make.make_waiting(make.make_account(queue=make.make_queue()))
    Conversation.objects.filter(pk=conversation.pk).update(tags=list(tags))
    Customer.objects.filter(pk=conversation.customer_id).update(tags=list(tags))
    return conversation


def _tags(conversation: Conversation) -> list[list[str]]:
    conversation.refresh_from_db()
    conversation.customer.refresh_from_db()
    return [conversation.tags, conversation.customer.tags]


def test_a_tag_with_another_name_has_it_everywhere(admin: Client) -> None:
    conversation = _tagged("vip", "late")
    assert save(admin, "/admin/conversations/tag/add/", name="  late ", description="Came too late") == []
    tag = Tag.objects.get()
    assert tag.name == "late"
    page = f"/admin/conversations/tag/{tag.pk}/change/"
    assert admin.get(page).context["adminform"].form.instance == tag and count_tagged("late") == 2
    assert save(admin, page, name="delayed") == []
    assert _tags(conversation) == [["vip", "delayed"]] * 2
    Conversation.objects.filter(pk=conversation.pk).update(tags=["delayed", "slow"])
    assert save(admin, page, name="slow") == []
    assert _tags(conversation) == [["slow"], ["vip", "slow"]]


def test_a_tag_is_there_once_whatever_its_case(admin: Client) -> None:
    Tag.objects.create(name="VIP")
    assert save(admin, "/admin/conversations/tag/add/", name="vip") == ["There is this tag already."]


def test_a_tag_is_taken_away_from_all(admin: Client) -> None:
    conversation = _tagged("vip", "late")
    tag = Tag.objects.create(name="late")
    admin.post("/admin/conversations/tag/", {"action": "take_away", "_selected_action": [tag.pk]})
    assert not Tag.objects.exists()
    assert _tags(conversation) == [["vip"]] * 2


def test_agents_are_offered_those_of_their_brands() -> None:
    conversation = _tagged()
    own, other = conversation.brand, make.make_brand("other")
    for name, brand, is_active in (("a", None, True), ("b", own, True), ("c", other, True), ("d", None, False)):
        Tag.objects.create(name=f"tag-{name}", brand=brand, is_active=is_active, description="Because")
    client = Client(SERVER_NAME="127.0.0.1")
    team = conversation.entries.get().queue.team
    client.force_login(
        make.make_user("sue", role=Role.SUPERVISOR, teams=[team]),
        backend="contactcenter.accounts.backends.DemoAwareBackend",
    )
    shown = client.get(f"/console/c/{conversation.pk}/tags/", headers={"HX-Request": "true"}).text
    assert "tag-a" in shown and "tag-b" in shown and "Because" in shown
    assert "tag-c" not in shown and "tag-d" not in shown
    known = client.get(f"/console/customers/{conversation.customer_id}/tags/", headers={"HX-Request": "true"}).text
    assert "tag-b" in known and "tag-c" not in known

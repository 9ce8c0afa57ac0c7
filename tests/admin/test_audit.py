"""The change log tells what was and what is, of pages, their rows and their many; secrets never."""

from __future__ import annotations

import pytest
from django.test import Client

from contactcenter.accounts.models import AuditEntry, Role, User
from tests import factories as make
from tests.admin.pages import add_row, save

pytestmark = pytest.mark.django_db


def _last() -> AuditEntry:
    return AuditEntry.objects.filter(kind__startswith="admin.").latest("pk")


def test_old_and_new(admin: Client, root: User) -> None:
    queue = make.make_queue(target_seconds=60)
    save(admin, f"/admin/routing/queue/{queue.pk}/change/", target_seconds=20)
    entry = _last()
    assert (entry.kind, entry.actor, entry.target) == ("admin.changed", root, f"routing.queue:{queue.pk}")
    assert entry.data == {"target_seconds": [60, 20]}


def test_rows_by_their_names(admin: Client) -> None:
    user, sales = make.make_user("ada"), make.make_team(name="Sales")
    save(admin, f"/admin/accounts/user/{user.pk}/change/", teams=[sales.pk], role=Role.SUPERVISOR)
    assert _last().data == {"teams": [["Support (Nordwind)"], ["Sales (Nordwind)"]], "role": ["agent", "supervisor"]}


def test_inlines(admin: Client) -> None:
    skill = make.make_skill("billing")
    agent = make.make_agent("ada", skills={"billing": 2})
    page = f"/admin/routing/agent/{agent.pk}/change/"
    save(admin, page, **{"skills-0-level": "4"})
    assert _last().data == {"skill billing 4": {"level": [2, 4]}}
    other = make.make_skill("delivery")
    save(admin, page, **add_row("skills", 1, skill=other.pk, level=1))
    assert _last().data == {"skill delivery 1": {"skill": [None, "delivery"], "level": [None, 1]}}
    save(admin, page, **{"skills-0-DELETE": "on"})
    gone = next(iter(_last().data.values()))
    assert gone["skill"] == [str(skill), None] and gone["level"] == [4, None]


def test_secrets_are_not_written_down(admin: Client) -> None:
    account = make.make_account(kind="viber", channel="viber", address="Bird", secret="hush-hush")
    save(admin, f"/admin/conversations/channelaccount/{account.pk}/change/", set_token="quiet-quiet", name="New")
    assert _last().data == {"set_token": ["…", "…"], "name": ["Shop", "New"]}
    admin.post(f"/admin/conversations/channelaccount/{account.pk}/delete/", {"post": "yes"})
    assert _last().kind == "admin.deleted" and _last().data["secret"] == ["…", None]
    assert not any("hush" in str(entry.data) or "quiet" in str(entry.data) for entry in AuditEntry.objects.all())


def test_what_was_deleted(admin: Client) -> None:
    skill, other = make.make_skill("billing"), make.make_skill("delivery")
    admin.post(f"/admin/routing/skill/{skill.pk}/delete/", {"post": "yes"})
    assert _last().data == {"was": "billing", "name": ["billing", None], "slug": ["billing", None]}
    chosen = {"action": "delete_selected", "_selected_action": [other.pk], "post": "yes"}
    admin.post("/admin/routing/skill/", chosen)
    assert _last().data["was"] == "delivery"


def test_a_password_changed_is_told_without_it(admin: Client) -> None:
    user = make.make_user("ada")
    password = "staple battery horse"
    page = f"/admin/accounts/user/{user.pk}/password/"
    assert admin.post(page, {"password1": password, "password2": password}).status_code == 302
    entry = AuditEntry.objects.get(kind="user.password_changed")
    assert entry.target == f"accounts.user:{user.pk}" and entry.data == {}


def test_nothing_changed_is_no_entry(admin: Client) -> None:
    queue = make.make_queue()
    save(admin, f"/admin/routing/queue/{queue.pk}/change/")
    assert not AuditEntry.objects.exists()


def test_it_reads_well(admin: Client) -> None:
    queue = make.make_queue(target_seconds=60)
    save(admin, f"/admin/routing/queue/{queue.pk}/change/", target_seconds=20)
    text = admin.get(f"/admin/accounts/auditentry/{_last().pk}/change/").text
    assert "target_seconds</b>: 60 → 20" in text
    assert "target_seconds" in admin.get("/admin/accounts/auditentry/").text
    assert admin.post(f"/admin/accounts/auditentry/{_last().pk}/change/", {"kind": "x"}).status_code == 403
    assert admin.post(f"/admin/accounts/auditentry/{_last().pk}/delete/", {"post": "yes"}).status_code == 403

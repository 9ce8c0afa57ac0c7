"""The set-up as a file: there and back again, the difference before, and what strangers may put into it."""

from __future__ import annotations

import base64
from contextlib import suppress
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
import yaml
from django.apps import apps
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import CommandError, call_command
from django.db import connection
from django.test import Client
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from contactcenter.accounts.models import AuditEntry, Brand, Role, User
from contactcenter.administration.setupfile.exporting import write_setup
from contactcenter.administration.setupfile.importing import apply_import, plan_import
from contactcenter.administration.setupfile.reading import MOST_BYTES, BadFile, read_file
from contactcenter.base.errors import Gone
from contactcenter.conversations.models import ChannelAccount
from routing.models import Agent, Queue, SkillGroupAgent
from routing.services.groups import find_group
from tests import factories as make
from tests.administration.files import errors_of, export, take

pytestmark = pytest.mark.django_db
URL = "/admin/administration/setup/file/"


def wipe() -> None:
    """Everything that a set-up is made of, as if it had never been there."""
    with connection.cursor() as cursor:
        tables = {
            apps.get_model(name)._meta.db_table
            for name in ("accounts.Brand", "accounts.User", "routing.Skill", "routing.Calendar", "routing.Disposition")
        } | {"routing_channelprofile", "routing_agentstatereason", "canned_cannedreply", "conversations_tag"}
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute(f"TRUNCATE {', '.join(tables)} CASCADE")


@pytest.mark.usefixtures("world")
def test_there_and_back_again() -> None:
    before = export()
    assert before == export()
    wipe()
    plan = take(before)
    assert all(change.is_new for change in plan.changes)
    assert export() == before
    ada = User.objects.get(username="ada")
    assert not ada.has_usable_password()
    assert (User.objects.get(username="admin").is_superuser, ada.is_staff) == (True, False)
    assert not ChannelAccount.objects.exclude(secret="").exists()


@pytest.mark.usefixtures("world")
def test_no_secret_leaves() -> None:
    ChannelAccount.objects.update(config={"imap": {"password": "hunter3", "host": "mail.example"}, "api_token": "t0k"})
    text = export()
    assert "hunter" not in text and "t0k" not in text and "mail.example" in text
    assert User.objects.get(username="ada").password not in text


@pytest.mark.usefixtures("world")
def test_the_same_again_changes_nothing() -> None:
    password = User.objects.get(username="ada").password
    plan = take(export())
    assert plan.changes == [] and plan.notes == []
    assert User.objects.get(username="ada").password == password
    assert ChannelAccount.objects.get(slug="shop").secret == "hunter2"


@pytest.mark.usefixtures("world")
def test_the_difference_says_what_is_new_and_what_was() -> None:
    text = """
version: 1
queues:
- slug: orders
  target_seconds: 90
- slug: returns
  name: Returns
  brand: nordwind
  team: Sales
  skills: {delivery: 3}
  members: [ben]
"""
    plan = plan_import(text.encode())
    orders, returns = plan.changes
    assert (orders.label, orders.is_new, orders.values) == ("orders", False, [("target_seconds", 60, 90)])
    assert returns.is_new and ("members", None, ["ben"]) in returns.values
    assert not Queue.objects.filter(slug="returns").exists(), "it was only shown"
    take(text)
    assert Queue.objects.get(slug="orders").target_seconds == 90
    assert Queue.objects.count() == 6, "what the file does not name is left alone"


@pytest.mark.usefixtures("world")
def test_skill_groups_follow() -> None:
    queue = Queue.objects.get(slug="invoices")
    skill = queue.skills.get().skill
    group = find_group(queue, "chat", [(skill.pk, 3)])
    ben = Agent.objects.get(user__username="ben")
    assert not SkillGroupAgent.objects.filter(group=group, agent=ben).exists()
    take("version: 1\nagents:\n- user: ben\n  skills: {en: 5, billing: 5}\n".replace("en:", "language-en:"))
    assert SkillGroupAgent.objects.filter(group=group, agent=ben).exists()


@pytest.mark.usefixtures("world")
def test_an_agent_at_work_keeps_state_and_load() -> None:
    agent = Agent.objects.get(user__username="ada")
    Agent.objects.filter(pk=agent.pk).update(missed_in_row=2)
    take("version: 1\nagents:\n- user: ada\n  capacity: 60\n  skills: {language-en: 1}\n")
    agent.refresh_from_db()
    assert (agent.missed_in_row, agent.capacity) == (2, 60)
    assert [row.level for row in agent.skills.all()] == [1]


@pytest.mark.parametrize(
    "change", ["address: pk_other", "api_base: https://other.example", "config: {host: other.example}"]
)
@pytest.mark.usefixtures("world")
def test_a_secret_does_not_move_to_another_address(change: str) -> None:
    ChannelAccount.objects.filter(slug="shop").update(config={"host": "mail.example", "api_token": "t0k"})
    plan = take(f"version: 1\naccounts:\n- slug: shop\n  {change}\n")
    account = ChannelAccount.objects.get(slug="shop")
    assert (account.secret, account.config.get("api_token")) == ("", None)
    assert "secret is cleared" in plan.notes[0]


@pytest.mark.usefixtures("world")
def test_a_new_name_keeps_the_secret() -> None:
    ChannelAccount.objects.filter(slug="shop").update(config={"host": "mail.example", "api_token": "t0k"})
    take("version: 1\naccounts:\n- slug: shop\n  name: Other\n  config: {host: mail.example, side: left}\n")
    account = ChannelAccount.objects.get(slug="shop")
    assert (account.secret, account.name) == ("hunter2", "Other")
    assert account.config == {"host": "mail.example", "side": "left", "api_token": "t0k"}


@pytest.mark.parametrize(
    ("rows", "error"),
    [
        ("queues: [{slug: a}, {slug: b}, {slug: c, name: C, brand: nordwind, team: Salse}]", "queues[2].team: no team"),
        ("queues: [{slug: a, name: A, brand: nope, team: Sales}]", "queues[0].brand: no brand “nope”."),
        ("queues: [{name: A}]", "queues[0].slug: is needed."),
        ("queues: [{slug: orders, colour: red}]", "queues[0].colour: there is no such entry."),
        ("queues: [{slug: orders}, {slug: orders}]", "queues[1]: the same stands here twice."),
        ("queues: [orders]", "queues[0]: names with values are needed."),
        ("queues: {slug: orders}", "queues: a list is needed."),
        ("things: []", "things: there is no such section."),
        ("queues: [{slug: orders, target_seconds: true}]", "queues[0].target_seconds: a whole number is needed."),
        ("queues: [{slug: orders, target_seconds: -1}]", "queues[0].target_seconds: "),
        ("queues: [{slug: orders, is_active: 1}]", "queues[0].is_active: true or false is needed."),
        ("queues: [{slug: orders, name: 5}]", "queues[0].name: text is needed."),
        ("queues: [{slug: orders, name: null}]", "queues[0].name: text is needed."),
        ("queues: [{slug: orders, members: [nobody]}]", "queues[0].members[0]: no agent “nobody”."),
        ("agents: [{user: ada, capacity: -1}]", "agents[0].capacity: "),
        ("tags: [{name: late, brand: nowhere}]", "tags[0].brand: no brand “nowhere”."),
        ("agents: [{user: ada, skills: {billing: 6}}]", "agents[0].skills.billing: a level is 1 to 5."),
        ("agents: [{user: ada, skills: {flying: 1}}]", "agents[0].skills.flying: no skill “flying”."),
        ("calendars: [{name: Always, hours: {monday: '25:00-26:00'}}]", "calendars[0].hours.monday: "),
        ("calendars: [{name: Always, hours: {someday: ''}}]", "calendars[0].hours.someday: no day"),
        ("calendars: [{name: Always, holidays: [{day: 2026-13-01}]}]", "calendars[0].holidays[0].day: "),
        ("calendars: [{name: Always, time_zone: Mars/Base}]", "calendars[0].time_zone: no time zone"),
        ("brands: [{slug: nordwind, default_language: xx}]", "brands[0].default_language: "),
        ("accounts: [{slug: shop, config: {side: up}}]", "accounts[0].config.side: "),
        ("canned_replies: [{shortcut: x, title: X, texts: {en: '{nobody}'}}]", "canned_replies[0].texts.en: "),
        ("teams: [{brand: other, name: X}]", "teams[0].brand: no brand"),
        ("users: [{username: ada, role: emperor}]", "users[0].role: "),
        ("users: [{username: ada, password: secret}]", "users[0].password: there is no such entry."),
        ("users: [{username: admin, role: agent}]", "users: no active admin would be left."),
        ("users: [{username: ada, teams: [{brand: nordwind, name: Nobody}]}]", "users[0].teams[0]: no team"),
        ("dispositions: [{name: X, under: [Nowhere]}]", "dispositions[0].under[0]: no disposition"),
        ("tags: [{name: vip, cost: 101}]", "tags[0].cost: "),
        ("calendars: [{name: Always, hours: {monday: '9:00-12:00, 11:00-13:00'}}]", "calendars[0].hours: "),
    ],
)
@pytest.mark.usefixtures("world")
def test_errors_name_the_place(rows: str, error: str) -> None:
    before = export()
    found = errors_of(f"version: 1\n{rows}\n")
    assert any(line.startswith(error) for line in found), found
    assert export() == before


def test_nobody_takes_their_own_access_away() -> None:
    root = make.make_user("root", role=Role.ADMIN)
    make.make_user("second", role=Role.ADMIN)
    with pytest.raises(BadFile, match="your own access"):
        plan_import(b"version: 1\nusers: [{username: root, is_active: false}]\n", actor=root)


HOSTILE = {
    "bomb": "version: 1\na: &a [x, x]\nb: &b [*a, *a]\n",
    "merge": "version: 1\nbrands:\n- <<: {slug: x}\n",
    "object": "version: 1\nbrands: !!python/object/apply:os.system ['true']\n",
    "binary": "version: 1\nbrands: [{slug: !!binary aGk=}]\n",
    "deep": "version: 1\nbrands: " + "[" * 10_000 + "]" * 10_000,
    "twice": "version: 1\nbrands: []\nbrands: []\n",
    "numbered": "version: 1\nbrands: [{1: x}]\n",
    "documents": "version: 1\n---\nversion: 1\n",
    "no version": "brands: []\n",
    "true": "version: true\n",
    "other version": "version: 2\n",
    "a list": "- version: 1\n",
    "nothing": "",
    "no YAML": "version: 1\n\tbrands: [",
    "empty character": 'version: 1\nbrands: [{slug: x, name: "a\\0b"}]\n',
    "half a character": 'version: 1\nbrands: [{slug: x, name: "\\ud800"}]\n',
    "infinite": "version: 1\nbrands: [{slug: x, name: X, allowed_countries: [.inf]}]\n",
    "control": "version: 1\nbrands: [{slug: '\x00'}]\n",
}


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE.keys())
def test_hostile_files_are_refused(text: str) -> None:
    assert errors_of(text)
    assert not Brand.objects.exists()


def test_other_encodings_and_sizes_are_refused() -> None:
    with pytest.raises(BadFile, match="UTF-8"):
        read_file("version: 1\nbrands: [{slug: ä}]".encode("latin-1"))
    with pytest.raises(BadFile, match="5 MB"):
        read_file(b"#" * (MOST_BYTES + 1))


def test_days_and_words_stay_text() -> None:
    rows = read_file(b"version: 1\nx: [2026-12-24, no, NO, 12:30, true, 5, null]")["x"]
    assert rows == ["2026-12-24", "no", "NO", "12:30", True, 5, None] or rows[:3] == ["2026-12-24", False, False]


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@example(name="0\x850", text="a\u2028b\nc")
@given(
    name=st.text(min_size=1, max_size=100).filter(lambda text: text == text.strip() and "\x00" not in text),
    text=st.text(st.characters(blacklist_categories=("Cs", "Cc"), whitelist_characters="\n"), min_size=1, max_size=300),
)
def test_any_text_comes_back(name: str, text: str) -> None:
    written = write_setup({"brands": {("x",): {"slug": "x", "name": name, "note": text}}})
    assert read_file(written.encode())["brands"] == [{"slug": "x", "name": name, "note": text}]


@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    section=st.sampled_from(["brands", "teams", "users", "agents", "calendars", "queues", "accounts", "entry_points"]),
    rows=st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(max_size=5),
        lambda inner: (
            st.lists(inner, max_size=3)
            | st.dictionaries(
                st.sampled_from(["slug", "name", "brand", "team", "hours", "skills", "config", "members", "steps"]),
                inner,
            )
        ),
        max_leaves=8,
    ),
)
def test_any_types_are_refused_or_taken_never_a_crash(section: str, rows: Any) -> None:
    with suppress(BadFile):
        plan_import(yaml.safe_dump({"version": 1, section: rows}).encode())


def _admin() -> Client:
    client = Client()
    user = User.objects.filter(username="root").first() or make.make_user("root", role=Role.ADMIN)
    client.force_login(user, backend="contactcenter.accounts.backends.DemoAwareBackend")
    return client


def _upload(client: Client, text: str) -> Any:
    return client.post(URL, {"file": SimpleUploadedFile("setup.yaml", text.encode())})


def test_in_admin_it_is_shown_then_applied() -> None:
    client = _admin()
    assert client.get(URL).status_code == 200
    exported = client.post(URL, {"export": "1"})
    assert exported["Content-Type"].startswith("application/yaml")
    assert "username: root" in exported.text
    text = "version: 1\nbrands: [{slug: one, name: <One>}]\n"
    page = _upload(client, text)
    assert page.status_code == 200
    assert "&lt;One&gt;" in page.text
    assert not Brand.objects.filter(slug="one").exists()
    fields = {"content": base64.b64encode(text.encode()).decode(), "fingerprint": page.context["plan"].fingerprint}
    Brand.objects.create(slug="two", name="Two")
    late = client.post(URL, fields)
    assert late.status_code == 409
    assert "has changed since" in late.text
    fields["fingerprint"] = _upload(client, text).context["plan"].fingerprint
    assert client.post(URL, {**fields, "content": "%%%"}).status_code == 400
    assert client.post(URL, {**fields, "content": base64.b64encode(b"version: 1").decode()}).status_code == 409
    assert client.post(URL, fields).status_code == 302
    assert Brand.objects.get(slug="one").name == "<One>"
    kinds = set(AuditEntry.objects.values_list("kind", flat=True))
    assert {"setup.exported", "setup.imported"} <= kinds


def test_in_admin_errors_are_listed() -> None:
    client = _admin()
    page = _upload(client, "version: 1\nqueues: [{slug: x, name: X, brand: nope, team: y}]\n")
    assert page.status_code == 400
    assert "queues[0].brand: no brand “nope”." in page.text
    assert client.post(URL, {"x": "1"}).status_code == 400


def test_it_is_for_admins() -> None:
    client = Client()
    user = make.make_user("sue", role=Role.SUPERVISOR, is_staff=True)
    client.force_login(user, backend="contactcenter.accounts.backends.DemoAwareBackend")
    assert client.get(URL).status_code == 403


def test_commands(tmp_path: Path) -> None:
    make.make_user("root", role=Role.ADMIN)
    printed, file = StringIO(), tmp_path / "setup.yaml"
    call_command("export_setup", stdout=printed)
    call_command("export_setup", str(file))
    assert printed.getvalue() == file.read_text()
    said = StringIO()
    call_command("import_setup", str(file), stdout=said)
    assert "as the file says" in said.getvalue()
    file.write_text("version: 1\nbrands: [{slug: one, name: One}]\n")
    call_command("import_setup", str(file), stdout=said)
    assert "+ brands: one" in said.getvalue() and "add --apply" in said.getvalue()
    assert not Brand.objects.filter(slug="one").exists()
    call_command("import_setup", str(file), "--apply", stdout=said)
    assert Brand.objects.filter(slug="one").exists()
    file.write_text("version: 1\nbrands: [{slug: one, name: ''}]\n")
    with pytest.raises(CommandError, match=r"brands\[0\].name"):
        call_command("import_setup", str(file), stdout=said)
    with pytest.raises(CommandError):
        call_command("import_setup", str(tmp_path / "none.yaml"), stdout=said)


def test_another_set_up_by_now_is_not_overwritten() -> None:
    content = b"version: 1\nbrands: [{slug: one, name: One}]\n"
    fingerprint = plan_import(content).fingerprint
    make.make_brand("other")
    with pytest.raises(Gone):
        apply_import(content, expected=fingerprint)


@pytest.mark.usefixtures("world")
def test_a_queue_and_its_team_are_of_one_brand() -> None:
    Brand.objects.create(slug="other", name="Other")
    assert errors_of("version: 1\nqueues: [{slug: orders, brand: other}]\n") == [
        "queues[0].team: this team belongs to another brand."
    ]

"""Every list with 10,000 rows (1,000 without --full) in few queries; history is read only; the pages are admins'."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Sequence
from typing import Any

import pytest
from django.contrib import admin as django_admin
from django.db import connection
from django.db.models import Model
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from contactcenter.accounts.models import ApiToken, AuditEntry, Brand, Role, Team, User
from contactcenter.admin_site import NAVIGATION
from contactcenter.conversations.models import (
    BlockedAddress,
    ChannelAccount,
    Conversation,
    Customer,
    Effect,
    ErasureRequest,
    Event,
    Message,
    Tag,
)
from routing.models import (
    AccountManager,
    Agent,
    AgentSkill,
    AgentStateReason,
    Assignment,
    Calendar,
    Disposition,
    EntryPoint,
    Notice,
    NoticeText,
    Queue,
    QueueEntry,
    QueueMember,
    Skill,
    SkillGroup,
    TagCost,
    WaitCalibration,
    WaitPromise,
)
from selfservice.canned.models import CannedReply, CannedText
from tests import factories as make

pytestmark = pytest.mark.django_db
MANY, MOST_QUERIES = 10_000 if os.environ.get("CC_TEST_FULL") == "1" else 1_000, 20
OURS = ("accounts", "conversations", "routing", "canned", "webchat")


def _many(model: type[Any], rows: Iterable[Any]) -> list[Any]:
    return list(model._default_manager.bulk_create(rows, batch_size=1000))


def _users() -> list[User]:
    users = _many(User, (User(username=f"user{n}", password="!") for n in range(MANY)))
    team = make.make_team()
    _many(User.teams.through, (User.teams.through(user=user, team=team) for user in users))
    return users


def _agents() -> None:
    agents = _many(Agent, (Agent(user=user) for user in _users()))
    queue, skill = make.make_queue(), make.make_skill("billing")
    _many(QueueMember, (QueueMember(queue=queue, agent=agent) for agent in agents))
    _many(AgentSkill, (AgentSkill(skill=skill, agent=agent) for agent in agents))


def _accounts() -> list[ChannelAccount]:
    brand = make.make_brand()
    return _many(
        ChannelAccount,
        (
            ChannelAccount(brand=brand, kind="webchat", channel="chat", name=f"Shop {n}", slug=f"shop-{n}")
            for n in range(MANY)
        ),
    )


def _entry_points() -> None:
    queue = make.make_queue()
    _many(EntryPoint, (EntryPoint(account=account, queue=queue) for account in _accounts()))


def _dispositions() -> None:
    top = Disposition.objects.create(name="Top")
    middle = Disposition.objects.create(name="Middle", parent=top)
    _many(Disposition, (Disposition(name=f"Leaf {n}", parent=middle) for n in range(MANY)))


def _customers() -> list[Customer]:
    brand = make.make_brand()
    return _many(Customer, (Customer(brand=brand, name=f"Carl {n}") for n in range(MANY)))


def _managers() -> None:
    agent = make.make_agent("ada")
    _many(AccountManager, (AccountManager(customer=customer, agent=agent) for customer in _customers()))


def _tag_costs() -> None:
    tags = _many(Tag, (Tag(name=f"tag {n}") for n in range(MANY)))
    _many(TagCost, (TagCost(tag=tag) for tag in tags))


def _conversations() -> list[Conversation]:
    account, moment = make.make_account(), timezone.now()
    return _many(
        Conversation,
        (
            Conversation(
                brand=account.brand,
                customer=customer,
                account=account,
                channel="chat",
                state="closed",
                closed_at=moment,
                event_seq=1,
            )
            for customer in _customers()
        ),
    )


def _events() -> list[Conversation]:
    conversations = _conversations()
    _many(Event, (Event(conversation=one, seq=1, kind="message.added") for one in conversations))
    return conversations


def _messages() -> None:
    _many(Message, (Message(conversation=one, kind="in", seq=1) for one in _events()))


def _entries() -> None:
    queue, moment = make.make_queue(), timezone.now()
    group = SkillGroup.objects.create(queue=queue, channel="chat", key="x")
    _many(
        QueueEntry,
        (
            QueueEntry(
                conversation=one,
                queue=queue,
                group=group,
                channel="chat",
                entered_at=moment,
                left_at=moment,
                outcome="abandoned",
                rank_key=moment.timestamp(),
            )
            for one in _events()
        ),
    )


def _promises() -> None:
    _entries()
    moment = timezone.now()
    _many(
        WaitPromise,
        (
            WaitPromise(
                entry=one,
                queue_id=one.queue_id,
                channel="chat",
                made_at=moment,
                told_at=moment,
                base_seconds=60,
                p50_seconds=60,
                p90_seconds=120,
                actual_seconds=90,
                is_observed=True,
            )
            for one in QueueEntry.objects.all()
        ),
    )


def _calibrations() -> None:
    _queues()
    moment = timezone.now()
    _many(
        WaitCalibration,
        (
            WaitCalibration(queue=queue, channel="chat", handle_seconds=300, updated_at=moment)
            for queue in Queue.objects.all()
        ),
    )


def _assignments() -> None:
    agent, queue, moment = make.make_agent("ada"), make.make_queue(), timezone.now()
    _many(
        Assignment,
        (
            Assignment(
                conversation=one,
                agent=agent,
                queue=queue,
                channel="chat",
                state="done",
                cost=30,
                started_at=moment,
                ended_at=moment,
            )
            for one in _events()
        ),
    )


def _bulk(model: type[Model], make_row: Callable[[int], dict[str, Any]]) -> Callable[[], object]:
    return lambda: _many(model, (model(**make_row(n)) for n in range(MANY)))


def _canned() -> None:
    replies = _many(CannedReply, (CannedReply(shortcut=f"r{n}", title="Hello") for n in range(MANY)))
    _many(CannedText, (CannedText(reply=reply, language="en", text="Hello") for reply in replies))


def _notices() -> None:
    notices = _many(Notice, (Notice(name=f"Notice {n}") for n in range(MANY)))
    _many(NoticeText, (NoticeText(notice=notice, language="en", text="Hello") for notice in notices))


def _queues() -> None:
    team, calendar = make.make_team(), Calendar.objects.create(name="Office")
    _many(
        Queue,
        (Queue(brand=team.brand, team=team, calendar=calendar, name=f"Queue {n}", slug=f"q{n}") for n in range(MANY)),
    )


def _tokens() -> None:
    _many(
        ApiToken,
        (ApiToken(user=user, name="Shop", token_hash=user.username, scopes=["events:read"]) for user in _users()),
    )


def _erasures() -> None:
    _many(ErasureRequest, (ErasureRequest(customer=customer) for customer in _customers()))


LISTS: dict[str, Callable[[], object]] = {
    "accounts/brand": _bulk(Brand, lambda n: {"name": f"Brand {n}", "slug": f"brand-{n}"}),
    "accounts/team": lambda: _bulk(Team, lambda n: {"name": f"Team {n}", "brand": make.make_brand()})(),
    "accounts/user": _users,
    "accounts/apitoken": _tokens,
    "accounts/auditentry": _bulk(AuditEntry, lambda n: {"kind": "admin.changed", "data": {"name": [1, 2]}}),
    "routing/agent": _agents,
    "routing/skill": _bulk(Skill, lambda n: {"name": f"Skill {n}", "slug": f"skill-{n}"}),
    "routing/agentstatereason": _bulk(AgentStateReason, lambda n: {"name": f"Reason {n}"}),
    "routing/queue": _queues,
    "routing/calendar": _bulk(Calendar, lambda n: {"name": f"Hours {n}"}),
    "routing/entrypoint": _entry_points,
    "routing/disposition": _dispositions,
    "routing/queueentry": _entries,
    "routing/assignment": _assignments,
    "routing/waitpromise": _promises,
    "routing/waitcalibration": _calibrations,
    "conversations/channelaccount": _accounts,
    "webchat/widget": _accounts,
    "conversations/blockedaddress": lambda: _bulk(
        BlockedAddress, lambda n: {"brand": make.make_brand(), "kind": "email", "address": f"{n}@x", "reason": "Spam"}
    )(),
    "conversations/tag": _bulk(Tag, lambda n: {"name": f"tag {n}"}),
    "conversations/customer": _customers,
    "conversations/conversation": _events,
    "conversations/message": _messages,
    "conversations/event": _events,
    "conversations/effect": _bulk(
        Effect, lambda n: {"name": "deliver_message", "target_id": n, "key": f"x:{n}", "done_at": timezone.now()}
    ),
    "conversations/erasurerequest": _erasures,
    "canned/cannedreply": _canned,
    "routing/accountmanager": _managers,
    "routing/tagcost": _tag_costs,
    "routing/notice": _notices,
}
# Few rows by nature, or of the same shape as another.
SMALL = {"routing/channelprofile", "routing/sweeperduty", "routing/decision", "routing/offer"}


def _pages() -> dict[str, Any]:
    return {
        f"{model._meta.app_label}/{model._meta.model_name}": page
        for model, page in django_admin.site._registry.items()
        if model._meta.app_label in OURS
    }


def test_every_list_is_tried() -> None:
    assert set(_pages()) == set(LISTS) | SMALL


@pytest.mark.parametrize("name", [*LISTS, *sorted(SMALL)])
def test_a_long_list_takes_few_queries(admin: Client, name: str) -> None:
    if name in LISTS:
        LISTS[name]()
    # What every page asks for, such as content types, is asked for once.
    admin.get(f"/admin/{name}/")
    with CaptureQueriesContext(connection) as asked:
        answer = admin.get(f"/admin/{name}/")
    assert answer.status_code == 200
    assert len(asked) < MOST_QUERIES, len(asked)
    assert admin.get(f"/admin/{name}/", {"q": "7"}).status_code == 200
    assert admin.get(f"/admin/{name}/", {"q": "nobody at all"}).status_code == 200


HISTORY = [
    "accounts/auditentry",
    "conversations/conversation",
    "conversations/message",
    "conversations/event",
    "conversations/effect",
    "conversations/customer",
    "routing/queueentry",
    "routing/offer",
    "routing/assignment",
    "routing/decision",
    "routing/waitpromise",
    "routing/waitcalibration",
    "routing/sweeperduty",
]


@pytest.mark.parametrize("name", HISTORY)
def test_history_is_only_read(admin: Client, name: str) -> None:
    assert admin.get(f"/admin/{name}/add/").status_code == 403
    assert 'class="action-select"' not in admin.get(f"/admin/{name}/").text
    page = _pages()[name]
    assert not page.has_change_permission(None) and not page.has_delete_permission(None)


@pytest.mark.django_db(transaction=True)
def test_history_leads_to_the_console(admin: Client) -> None:
    queue = make.make_queue()
    conversation = make.make_active(make.make_account(queue=queue), make.make_agent("ada", queues=[queue]))
    rows: Sequence[Any] = [
        conversation,
        conversation.messages.get(),
        conversation.events.last(),
        conversation.entries.get(),
        conversation.offers.get(),
        conversation.assignments.get(),
        conversation.decisions.get(),
    ]
    link = f'href="/console/c/{conversation.pk}/"'
    for row in rows:
        path = f"/admin/{row._meta.app_label}/{row._meta.model_name}/"
        assert link in admin.get(path, {"q": f"#{conversation.pk}"}).text, path
        page = admin.get(f"{path}{row.pk}/change/")
        assert page.status_code == 200 and link in page.text, path
        assert "Where is my order?" not in page.text
        assert admin.post(f"{path}{row.pk}/change/", {}).status_code == 403
        assert admin.post(f"{path}{row.pk}/delete/", {"post": "yes"}).status_code == 403


def test_every_page_of_the_navigation_opens(admin: Client) -> None:
    pages = [item for group in NAVIGATION for item in group["items"]]
    home = admin.get("/admin/").text
    for page in pages:
        assert admin.get(str(page["link"])).status_code == 200, page["link"]
        assert f'href="{page["link"]}"' in home


@pytest.mark.parametrize("role", [Role.AGENT, Role.SUPERVISOR])
def test_others_do_not_get_in(role: Role) -> None:
    client = Client(SERVER_NAME="127.0.0.1")
    client.force_login(make.make_user(role=role), backend="contactcenter.accounts.backends.DemoAwareBackend")
    for name in _pages():
        assert client.get(f"/admin/{name}/").status_code == 302

"""Who sees what: the query and its twin in memory agree in every small world; lists, timelines, search."""

from __future__ import annotations

import itertools

import pytest

from contactcenter.accounts.models import Role
from contactcenter.accounts.selectors import viewer_of
from contactcenter.conversations.locking import lock_conversation
from contactcenter.conversations.models import Conversation, Message
from contactcenter.conversations.searching import Search, search_customers, search_messages
from contactcenter.conversations.selectors import (
    audience_of,
    list_page,
    sees,
    timeline_page,
    visible_attachments,
    visible_conversations,
    visible_customers,
    visible_drafts,
    visible_events,
    visible_identities,
    visible_match_proposals,
    visible_messages,
)
from contactcenter.conversations.services.customers import propose_match, update_customer
from contactcenter.conversations.services.messages import grant_access, save_draft
from routing.selectors import (
    queue_figures,
    visible_agents,
    visible_assignments,
    visible_decisions,
    visible_entries,
    visible_offers,
    visible_queues,
)
from tests import factories as make

pytestmark = pytest.mark.django_db


def test_every_small_world() -> None:
    """Two brands with two teams each; people of every role and reach; conversations with every owner and access."""
    brands = [make.make_brand(slug) for slug in ("north", "south")]
    teams = [make.make_team(brand, name) for brand in brands for name in ("one", "two")]
    people = [
        make.make_user(role=role, teams=reach)
        for role in Role
        for reach in ([], teams[:1], teams[1:2], teams[2:3], [teams[0], teams[2]])
    ]
    accounts = {brand: make.make_account(brand.slug, brand=brand) for brand in brands}
    customers = {brand: make.make_customer(brand=brand) for brand in brands}
    worlds = itertools.product(brands, [None, *teams], [None, people[0], people[1]], [None, people[0], people[3]])
    for brand, team, owner, guest in worlds:
        conversation = Conversation.objects.create(
            brand=brand, customer=customers[brand], account=accounts[brand], channel="chat", team=team, owner=owner
        )
        if guest is not None:
            grant_access(conversation, guest)
    rows = [(row, audience_of(row)) for row in Conversation.objects.all()]
    assert len(rows) == 90
    counts = set()
    for person in people:
        viewer = viewer_of(person)
        visible = set(visible_conversations(viewer).values_list("pk", flat=True))
        assert visible == {row.pk for row, audience in rows if sees(viewer, audience)}, person.role
        counts.add(len(visible))
    assert 0 in counts and 90 in counts and len(counts) > 4


@pytest.fixture
def world():
    """A waiting conversation of the north, offered to its agent, and the people who might look at it."""
    north, south = (make.make_brand(slug) for slug in ("north", "south"))
    team, other, foreign = make.make_team(north, "one"), make.make_team(north, "two"), make.make_team(south, "one")
    queue = make.make_queue("support", team=team)
    make.make_queue("foreign", team=foreign)
    make.make_queue("sibling", team=other)
    agent = make.make_agent("ada", queues=[queue])
    conversation = make.make_waiting(make.make_account(queue=queue))
    viewers = {
        "agent": viewer_of(agent.user),
        "other team": viewer_of(make.make_user(teams=[other])),
        "other brand": viewer_of(make.make_user(teams=[foreign])),
        "supervisor": viewer_of(make.make_user(role=Role.SUPERVISOR, teams=[other])),
        "other supervisor": viewer_of(make.make_user(role=Role.SUPERVISOR, teams=[foreign])),
        "admin": viewer_of(make.make_user(role=Role.ADMIN, teams=[])),
    }
    return conversation, viewers


INSIDE = {"agent", "supervisor", "admin"}
BRAND = INSIDE | {"other team"}
QUERIES = [
    (visible_messages, INSIDE),
    (visible_events, INSIDE),
    (visible_attachments, set()),
    (visible_entries, INSIDE),
    (visible_assignments, set()),
    (visible_customers, BRAND),
    (visible_identities, BRAND),
    (visible_agents, BRAND),
]


@pytest.mark.parametrize(("query", "who"), QUERIES, ids=lambda part: getattr(part, "__name__", ""))
def test_who_sees_what(world, query, who: set[str]) -> None:
    _conversation, viewers = world
    assert {name for name, viewer in viewers.items() if query(viewer).exists()} == who


def test_queues_drafts_and_proposals(world) -> None:
    conversation, viewers = world
    slugs = {name: sorted(visible_queues(viewer).values_list("slug", flat=True)) for name, viewer in viewers.items()}
    assert slugs == {
        "agent": ["support"],
        "other team": ["sibling"],
        "other brand": ["foreign"],
        "supervisor": ["sibling", "support"],
        "other supervisor": ["foreign"],
        "admin": ["foreign", "sibling", "support"],
    }
    figures = queue_figures(viewers["agent"])
    assert [(row.queue.slug, row.waiting, row.longest_since is not None) for row in figures] == [("support", 1, True)]
    author = make.User.objects.get(username="ada")
    save_draft(user=author, conversation=conversation, mode="reply", text="Dear", seen_seq=1)
    assert visible_drafts(viewers["agent"]).count() == 1 and not visible_drafts(viewers["admin"]).exists()
    other = make.make_customer(brand=conversation.brand)
    propose_match(conversation.customer, other, {"kind": "email", "address": "a@x.lv"})
    assert visible_match_proposals(viewers["other team"]).exists()
    assert not visible_match_proposals(viewers["other brand"]).exists()


@pytest.mark.django_db(transaction=True)
def test_offers_are_ones_own_or_a_supervisors(world) -> None:
    _conversation, viewers = world
    assert {name for name, viewer in viewers.items() if visible_offers(viewer).exists()} == INSIDE
    assert {name for name, viewer in viewers.items() if visible_decisions(viewer).exists()} == INSIDE


def test_pages_are_stable_while_new_work_comes() -> None:
    account, viewer = make.make_account(queue=make.make_queue()), viewer_of(make.make_user(role=Role.ADMIN, teams=[]))
    rows = [make.make_waiting(account) for _ in range(7)]
    # Two with the same moment: the id decides.
    Conversation.objects.filter(pk__in=[rows[2].pk, rows[3].pk]).update(last_message_at=rows[2].last_message_at)
    seen, cursor = [], None
    while page := list_page(visible_conversations(viewer), before=cursor, size=2):
        seen += [row.pk for row in page]
        cursor = (page[-1].last_message_at, page[-1].pk)
        make.make_waiting(account)
    assert seen == [row.pk for row in reversed(rows)]


def test_a_timeline_in_pages() -> None:
    conversation = make.make_waiting(make.make_account(queue=make.make_queue()), text="0")
    numbers = range(1, 6)
    for number in numbers:
        with make.transaction.atomic():
            make.add_message(lock_conversation(conversation.pk), make.MessageKind.IN, str(number))
    rows = Conversation.objects.filter(pk=conversation.pk)
    last = timeline_page(rows, size=4)
    assert [message.text for message in last] == ["2", "3", "4", "5"]
    assert [message.text for message in timeline_page(rows, before_id=last[0].pk, size=4)] == ["0", "1"]
    assert Message.objects.count() == 6


@pytest.mark.parametrize(
    ("query", "name"),
    [
        ("berzins", "Jānis Bērziņš"),
        ("BĒRZIŅŠ", "Jānis Bērziņš"),
        ("berzinsh", "Jānis Bērziņš"),
        ("berzens", "Jānis Bērziņš"),
        ("janis b", "Jānis Bērziņš"),
        ("erzi", "Jānis Bērziņš"),
        ("иванов", "Пётр Иванов"),
        ("петр", "Пётр Иванов"),
        ("Иваноф", "Пётр Иванов"),
        ("lodz", "Zofia z Łodzi"),
        ("tamm", "Õie Tamm"),
        ("oie", "Õie Tamm"),
    ],
)
def test_search_without_accents_and_with_typos(query: str, name: str) -> None:
    brand = make.make_brand()
    for known in ("Jānis Bērziņš", "Пётр Иванов", "Zofia z Łodzi", "Õie Tamm", "Karl Kask"):
        update_customer(make.make_customer(brand=brand), name=known)
    viewer = viewer_of(make.make_user(teams=[make.make_team(brand)]))
    found = search_customers(viewer, Search(text=query))
    assert found and found[0].name == name
    assert "Karl Kask" not in {row.name for row in found}
    stranger = viewer_of(make.make_user(teams=[make.make_team(make.make_brand("other"), "x")]))
    assert search_customers(stranger, Search(text=query)) == []


def test_search_by_address_and_in_messages() -> None:
    account = make.make_account(queue=make.make_queue())
    customer = make.make_customer()
    make.find_or_create_identity(
        brand=account.brand,
        kind=make.IdentityKind.EMAIL,
        address="Anna@Example.com",
        level="verified",
        customer=customer,
    )
    conversation = make.make_waiting(account, text="Mans rēķins ir pazudis", customer=customer)
    viewer = viewer_of(make.make_user(role=Role.ADMIN, teams=[]))
    assert search_customers(viewer, Search(text="anna@ex")) == [customer]
    assert [row.conversation for row in search_messages(viewer, Search(text="rekins"))] == [conversation]
    assert [row.conversation for row in search_messages(viewer, Search(text="pazudiss"))] == [conversation]
    assert search_messages(viewer, Search(text="nothing like it")) == [] == search_messages(viewer, Search(text="re"))
    assert search_customers(viewer, Search(text="a")) == []

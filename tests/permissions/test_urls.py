"""Every address by everybody: who gets in, who is told that there is nothing, who must sign in first.

A URL without a row here fails the test: whoever adds one says who may use it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from django.db import transaction
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, reverse

from contactcenter.console.models import SavedView
from contactcenter.conversations.models import CustomerMerge
from contactcenter.conversations.services.customers import propose_match
from tests import factories as make
from tests.permissions.places import bystander, file_coming, post
from tests.permissions.world import ROLES, World, build_world

pytestmark = pytest.mark.django_db

IN, GONE, NO, SIGN_IN = "in", "not there", "forbidden", "sign in"
STATUS = {
    IN: {200, 201, 204, 302, 400, 409},
    GONE: {404},
    NO: {403},
    SIGN_IN: {302, 401},
    # 503 where the test run has no worker and sweeper.
    "health": {200, 503},
}

# Who may do it: everybody else is told that it is not there (or that they may not, for what they see).
TEAM = ("handler", "teammate", "supervisor", "admin")
STAFF = ("handler", "teammate", "other_team", "other_brand", "supervisor", "other_supervisor", "admin")
AGENTS = ("handler", "teammate", "other_team", "other_brand")

Row = tuple[str, str, Callable[[World], dict[str, Any]], dict[str, Any], dict[str, str]]


def everybody(answer: str) -> dict[str, str]:
    return dict.fromkeys(ROLES, answer)


def only(*roles: str, others: str = GONE, anonymous: str = SIGN_IN, **special: str) -> dict[str, str]:
    return {**dict.fromkeys(ROLES, others), "anonymous": anonymous, **dict.fromkeys(roles, IN), **special}


def _conversation(world: World) -> dict[str, Any]:
    return {"pk": world.conversation.pk}


def _waiting(world: World) -> dict[str, Any]:
    return {"pk": world.waiting.pk}


def _nothing(world: World) -> dict[str, Any]:
    return {}


def _offer(world: World) -> dict[str, Any]:
    return {"pk": world.offer_id}


def _wrap_up(world: World) -> dict[str, Any]:
    return {"pk": world.assignment.pk}


def _scheduled(world: World) -> dict[str, Any]:
    return {"pk": world.scheduled.pk}


def _sent(world: World) -> dict[str, Any]:
    return {"pk": world.sent.pk}


def _view(world: World) -> dict[str, Any]:
    owner = world.people["handler"]
    return {"pk": SavedView.objects.get_or_create(owner=owner, name="Mail", query="channel=email")[0].pk}


def _bulk(world: World) -> dict[str, Any]:
    return {"action": "close"}


def _file(world: World) -> dict[str, Any]:
    return {"public_id": world.attachment.public_id}


def _customer(world: World) -> dict[str, Any]:
    return {"pk": world.customer.pk}


def _customer_id(world: World) -> dict[str, Any]:
    return {"customer_id": world.customer.pk}


def _public_id(world: World) -> dict[str, Any]:
    return {"public_id": world.conversation.public_id}


def _conversation_id(world: World) -> dict[str, Any]:
    return {"conversation_id": world.conversation.public_id}


def _queue(world: World) -> dict[str, Any]:
    return {"slug": world.queue.slug}


def _agent(world: World) -> dict[str, Any]:
    return {"username": "handler"}


def _agent_id(world: World) -> dict[str, Any]:
    return {"pk": world.people["handler"].agent.pk}


def _two_customers(world: World) -> dict[str, Any]:
    return {"pk": world.customer.pk, "other": world.waiting.customer_id}


def _address(world: World) -> dict[str, Any]:
    return {"pk": world.customer.identities.get().pk}


def _match(world: World) -> dict[str, Any]:
    return {"pk": propose_match(world.customer, world.waiting.customer, {}).pk}


def _merge(world: World) -> dict[str, Any]:
    kept, merged = make.make_customer("Kept"), make.make_customer("Merged")
    return {"pk": CustomerMerge.objects.create(kept=kept, merged=merged, moved=NOTHING_MOVED).pk}


NOTHING_MOVED: dict[str, Any] = {
    **{name: [] for name in ("identities", "identities_back", "records", "records_back", "conversations", "consents")},
    "fields": {},
}
# Customers belong to their brand: whoever works for it may look them up and write on their card.
BRAND = only("handler", "teammate", "other_team", "supervisor", "admin")
MESSAGE = {"text": "hello", "client_id": "abcdefgh-1"}
# Only who handles it (a supervisor may step in) changes a conversation; a teammate sees it and is refused.
HANDLING = only("handler", "supervisor", "admin", teammate=NO)
SUPERVISING = only("supervisor", "admin", handler=NO, teammate=NO, other_team=NO)
ONLY_HANDLER = only("handler", teammate=NO, supervisor=NO, admin=NO)

ROWS: list[Row] = [
    ("healthz", "GET", _nothing, {}, everybody("health")),
    ("console:front", "GET", _nothing, {}, everybody(IN)),
    ("console:home", "GET", _nothing, {}, only(*STAFF)),
    ("console:list", "GET", _nothing, {}, only(*STAFF)),
    ("console:figures", "GET", _nothing, {}, only(*STAFF)),
    ("console:filters", "GET", _nothing, {}, only(*STAFF)),
    ("console:views", "GET", _nothing, {}, only(*STAFF)),
    ("console:view-save", "GET", _nothing, {}, only(*STAFF)),
    ("console:views-manage", "GET", _nothing, {}, only(*STAFF)),
    ("console:view-rename", "POST", _view, {"name": "Mine"}, only("handler")),
    ("console:view-move", "POST", _view, {"to": "up"}, only("handler")),
    ("console:view-delete", "POST", _view, {}, only(*STAFF)),
    ("console:bulk", "POST", _bulk, {"ids": "1,2,3"}, only(*STAFF)),
    ("console:unread", "POST", _conversation, {}, only("handler", teammate=NO, supervisor=NO, admin=NO)),
    ("console:look", "POST", _nothing, {"theme": "dark"}, only(*STAFF)),
    ("console:settings", "GET", _nothing, {}, only(*STAFF)),
    ("console:settings-shortcuts", "POST", _nothing, {"reset": "1"}, only(*STAFF)),
    ("console:shortcuts", "GET", _nothing, {}, only(*STAFF)),
    ("console:search", "GET", _nothing, {}, only(*STAFF)),
    ("console:alerts", "GET", _nothing, {}, only(*STAFF)),
    ("console:print", "GET", _conversation, {}, only(*TEAM)),
    ("console:offers", "GET", _nothing, {}, only(*STAFF)),
    ("console:accept", "POST", _offer, {}, only("teammate", supervisor=NO, admin=NO, other_supervisor=NO)),
    (
        "console:decline",
        "POST",
        _offer,
        {"reason": "busy"},
        only("teammate", supervisor=NO, admin=NO, other_supervisor=NO),
    ),
    ("console:status", "GET", _nothing, {}, only(*STAFF)),
    ("console:status-channels", "POST", _nothing, {"on": ["chat"]}, only(*AGENTS, others=NO)),
    ("console:ask-sign-out", "GET", _nothing, {}, only(*STAFF)),
    ("console:sign-out", "POST", _nothing, {}, only(*STAFF, anonymous=IN)),
    ("console:wrap-up-finish", "POST", _wrap_up, {}, only("handler", supervisor=NO, admin=NO, other_supervisor=NO)),
    ("console:wrap-up-extend", "POST", _wrap_up, {}, only("handler", supervisor=NO, admin=NO, other_supervisor=NO)),
    ("console:conversation", "GET", _conversation, {}, only(*TEAM)),
    ("console:desk", "GET", _conversation, {}, only(*TEAM)),
    ("console:find", "GET", _conversation, {"q": "order"}, only(*TEAM)),
    ("console:timeline", "GET", _conversation, {}, only(*TEAM)),
    ("console:context", "GET", _conversation, {}, only(*TEAM)),
    ("console:reply", "POST", _conversation, MESSAGE, HANDLING),
    ("console:note", "POST", _conversation, MESSAGE, only(*TEAM)),
    ("console:draft", "POST", _conversation, {"mode": "reply", "text": "x", "seen_seq": 1}, only(*TEAM)),
    ("console:read", "POST", _conversation, {}, only(*TEAM)),
    ("console:upload", "POST", _conversation, {}, only(*TEAM)),
    ("console:answers", "GET", _conversation, {}, only(*TEAM)),
    ("console:colleagues", "GET", _conversation, {}, only(*TEAM)),
    ("console:later", "GET", _conversation, {}, only(*TEAM)),
    ("console:scheduled", "GET", _conversation, {}, only(*TEAM)),
    ("console:settle", "POST", _conversation, {}, only(*TEAM)),
    ("console:mentions-seen", "POST", _conversation, {}, only(*TEAM)),
    ("console:scheduled-send", "POST", _scheduled, {}, only("handler")),
    ("console:scheduled-take-back", "POST", _scheduled, {}, only("handler")),
    ("console:retry", "POST", _sent, {}, only(*TEAM)),
    ("console:resend", "POST", _sent, {}, only(*TEAM)),
    ("console:message-changes", "GET", _sent, {}, only(*TEAM)),
    ("console:comment", "POST", lambda world: {**_sent(world), "action": "hide"}, {}, HANDLING),
    ("console:file-again", "POST", file_coming, {}, only(*TEAM)),
    ("console:template", "GET", _conversation, {}, only(*TEAM)),
    ("console:thread", "GET", _conversation, {}, only(*TEAM)),
    ("console:settle-public", "POST", _conversation, {}, HANDLING),
    ("console:posts", "GET", _nothing, {}, only(*STAFF)),
    ("console:post-picture", "GET", post, {}, BRAND),
    ("console:take-up", "POST", bystander, {}, BRAND),
    ("console:bell", "GET", _nothing, {}, only(*STAFF)),
    ("console:notices", "GET", _nothing, {}, only(*STAFF)),
    ("console:notice-dismiss", "POST", lambda world: {"pk": 1}, {}, only(*STAFF)),
    ("console:discard", "POST", _file, {}, only(*TEAM)),
    ("console:take", "POST", _waiting, {}, only("handler", "teammate", supervisor=NO, admin=NO)),
    ("console:give", "GET", _waiting, {}, only(*TEAM)),
    ("console:why", "GET", _conversation, {}, only(*TEAM)),
    ("console:why-agent", "GET", _agent_id, {}, only("handler", "supervisor", "admin", teammate=NO, other_team=NO)),
    ("console:transfer", "GET", _conversation, {}, only(*TEAM)),
    ("console:snooze", "POST", _conversation, {"hours": 1}, HANDLING),
    ("console:close", "POST", _conversation, {}, HANDLING),
    ("console:consult", "GET", _conversation, {}, only(*TEAM)),
    ("console:consult-cancel", "POST", _conversation, {}, only("handler", teammate=NO, supervisor=NO, admin=NO)),
    (
        "console:consult-complete",
        "POST",
        _conversation,
        {"agent": 0},
        only("handler", teammate=NO, supervisor=NO, admin=NO),
    ),
    ("console:consult-end", "POST", _conversation, {"agent": 0}, only("handler", teammate=NO, supervisor=NO, admin=NO)),
    # Handling: details, consulting beside the timeline, ended ones, two into one and one into two
    ("console:consult-conference", "POST", _conversation, {"agent": 0}, ONLY_HANDLER),
    ("console:consult-log", "GET", _conversation, {}, ONLY_HANDLER),
    ("console:consult-say", "POST", _conversation, MESSAGE, ONLY_HANDLER),
    ("console:details", "POST", _conversation, {"subject": "Invoice"}, HANDLING),
    # Nothing has been raised here.
    ("console:wait-seen", "POST", lambda _world: {"pk": 0}, {}, only()),
    ("console:tags", "POST", _conversation, {"add": "Refund"}, HANDLING),
    ("console:reopen", "POST", _conversation, {}, only(*TEAM)),
    ("console:follow", "POST", _conversation, {}, only(*TEAM)),
    ("console:merge-with", "GET", _conversation, {}, only(*TEAM)),
    ("console:merge", "GET", _nothing, {}, only(*STAFF)),
    # Nothing has been merged here.
    ("console:unmerge", "POST", _conversation, {"merge": 0}, only()),
    ("console:split", "GET", _conversation, {}, only(*TEAM)),
    ("console:status-cancel", "POST", _nothing, {}, only(*AGENTS, others=NO)),
    ("console:file", "GET", _file, {}, only(*TEAM)),
    # Customers: everybody of the brand
    ("console:customers", "GET", _nothing, {}, only(*STAFF)),
    ("console:customer", "GET", _customer, {}, BRAND),
    ("console:customer-part", "GET", lambda world: {**_customer(world), "name": "addresses"}, {}, BRAND),
    ("console:customer-field", "POST", _customer, {"field": "language", "value": "lv", "was": ""}, BRAND),
    ("console:customer-manager", "POST", _customer, {"value": ""}, SUPERVISING),
    ("console:customer-tags", "POST", _customer, {"add": "Riga"}, BRAND),
    ("console:customer-consents", "GET", _customer, {}, BRAND),
    ("console:address-add", "POST", _customer, {"kind": "email", "address": "a@example.com"}, BRAND),
    ("console:address-remove", "POST", _address, {}, BRAND),
    ("console:address-block", "GET", _address, {}, BRAND),
    ("console:address-unblock", "POST", _address, {}, BRAND),
    ("console:contact-new", "GET", _nothing, {}, only(*STAFF)),
    ("console:customer-create", "POST", _nothing, {"name": "New"}, only(*STAFF)),
    ("console:contact", "GET", _customer, {}, BRAND),
    ("console:contact-start", "POST", _customer, {"way": "1-1"}, {**BRAND, "supervisor": NO, "admin": NO}),
    ("console:merge-find", "GET", _customer, {}, BRAND),
    ("console:customer-compare", "GET", _two_customers, {}, BRAND),
    ("console:customer-merge", "POST", _two_customers, {"kept": 0}, BRAND),
    ("console:merge-undo", "POST", _merge, {}, BRAND),
    ("console:match-dismiss", "POST", _match, {}, BRAND),
    # Nothing is being set up here: the wizard is there for nobody.
    ("administration:setup", "GET", _nothing, {}, everybody(GONE)),
    ("administration:setup-watch", "GET", _nothing, {}, everybody(GONE)),
    ("administration:setup-step", "GET", lambda world: {"name": "brand"}, {}, everybody(GONE)),
    ("admin:setup-file", "GET", _nothing, {}, only("admin", others=SIGN_IN)),
    ("admin:settings", "GET", _nothing, {}, only("admin", others=SIGN_IN)),
    ("api:schema", "GET", _nothing, {}, only(*STAFF)),
    ("api:docs", "GET", _nothing, {}, only(*STAFF)),
    ("api:customers", "GET", _nothing, {}, only(*STAFF)),
    ("api:customer", "GET", _customer, {}, BRAND),
    ("api:customer-manager", "GET", _customer, {}, BRAND),
    ("api:identities", "GET", _customer_id, {}, BRAND),
    ("api:records", "GET", _nothing, {}, only(*STAFF)),
    ("api:conversations", "GET", _nothing, {}, only(*STAFF)),
    ("api:conversation", "GET", _public_id, {}, only(*TEAM)),
    ("api:messages", "GET", _conversation_id, {}, only(*TEAM)),
    ("api:decisions", "GET", _conversation_id, {}, only(*TEAM)),
    ("api:queues", "GET", _nothing, {}, only(*STAFF)),
    ("api:queue", "GET", _queue, {}, only(*TEAM)),
    ("api:agents", "GET", _nothing, {}, only(*STAFF)),
    ("api:agent", "GET", _agent, {}, BRAND),
    ("api:events", "GET", _nothing, {}, only(*STAFF)),
]


# Doors of customers and providers, who are nobody here: tests/channels shows what their keys and tokens open.
# What programs change is in tests/api; the set-up link and the demo's pages have tests of their own.
ELSEWHERE = {
    "favicon",
    "brand-logo",
    "webhook",
    "outbound-file",
    "webchat-loader",
    "webchat-config",
    "webchat-frame",
    "webchat-messages",
    "webchat-files",
    "webchat-file",
    "webchat-page",
    "webchat-conversations",
    "webchat-conversation",
    "webchat-rating",
    "webchat-transcript",
    "webchat-transcript-file",
    "webchat-leave",
    "webchat-email",
    "webchat-email-code",
    "webchat-resume",
    "webchat-erase",
    "demo-shop",
    "administration:setup-link",
    "set_language",
    "api:identity",
    "api:nowhere",
    "demo:front",
    "demo:figures",
    "demo:seat",
    "demo:floor",
    "demo:mail",
    "demo:mail-item",
}


def _all_names(resolver: URLResolver | None = None, prefix: str = "") -> Iterator[str]:
    for entry in (resolver or get_resolver()).url_patterns:
        if isinstance(entry, URLResolver):
            namespace = f"{prefix}{entry.namespace}:" if entry.namespace else prefix
            yield from _all_names(entry, namespace)
        elif isinstance(entry, URLPattern):
            yield f"{prefix}{entry.name}" if entry.name else f"{prefix}{entry.pattern}"


def _client(world: World, role: str) -> Client:
    client = Client(SERVER_NAME="127.0.0.1")
    user = world.people[role]
    if user is not None:
        client.force_login(user, backend="contactcenter.accounts.backends.DemoAwareBackend")
    return client


@pytest.mark.timeout(600)  # every address by eight kinds of people
def test_who_gets_in() -> None:
    world = build_world()
    clients = {role: _client(world, role) for role in ROLES}
    signed_in = {role: client.cookies.copy() for role, client in clients.items()}
    wrong: dict[str, dict[str, str]] = {}
    for name, method, kwargs, data, expected in ROWS:
        path = reverse(name, kwargs=kwargs(world))
        for role in ROLES:
            with _undone():
                client = clients[role]
                client.cookies = signed_in[role].copy()
                response = client.get(path) if method == "GET" else client.post(path, data)
            leaks = not response.streaming and b"My secret question" in response.content and expected[role] != IN
            if leaks or response.status_code not in STATUS[expected[role]]:
                note = f"{response.status_code}, not {expected[role]}{', and it leaks' if leaks else ''}"
                wrong.setdefault(f"{method} {name}", {})[role] = note
    assert wrong == {}


@contextmanager
def _undone() -> Iterator[None]:
    """What happens inside is rolled back, so that each role meets the same world."""
    point = transaction.savepoint()
    yield
    transaction.savepoint_rollback(point)


def test_every_url_has_a_row() -> None:
    # Admin and sign-in are other projects' code with their own tests; what they let in is tested below.
    foreign = ("admin:", "account_", "mfa_", "socialaccount_", "openid_connect_", "usersessions_", "social/")
    own = {name for name in _all_names() if not name.startswith(foreign)}
    assert own - {row[0] for row in ROWS} - ELSEWHERE == set()


@pytest.mark.parametrize("role", ROLES)
def test_admin_is_for_admins(role: str) -> None:
    response = _client(build_world(), role).get("/admin/")
    assert response.status_code == (200 if role == "admin" else 302)

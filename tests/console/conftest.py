"""Two agents of one team, one of another, one of another brand, a supervisor, an admin, and a signed-in client each."""

from __future__ import annotations

from dataclasses import dataclass, field

import pytest
from django.test import Client

from contactcenter.accounts.models import Role, User
from contactcenter.conversations.models import ChannelAccount
from routing.models import Agent, Queue
from routing.states import AgentState
from tests import factories as make

HTMX = {"HX-Request": "true"}


@dataclass
class Floor:
    """Who is there. `client(user)` is their browser."""

    queue: Queue
    account: ChannelAccount
    ada: Agent
    ben: Agent
    other_team: Agent
    other_brand: Agent
    sue: User
    admin: User
    _clients: dict[int, Client] = field(default_factory=dict)

    def __post_init__(self) -> None:
        # Signed in before any event loop runs: a story with sockets may not touch the database itself.
        for who in (self.ada, self.ben, self.other_team, self.other_brand, self.sue, self.admin):
            user = who.user if isinstance(who, Agent) else who
            client = Client(headers=HTMX)
            client.force_login(user, backend="contactcenter.accounts.backends.DemoAwareBackend")
            self._clients[user.pk] = client

    def client(self, who: Agent | User) -> Client:
        return self._clients[who.user_id if isinstance(who, Agent) else who.pk]


@pytest.fixture
def floor() -> Floor:
    """Ada is the only one available, so that what begins is offered to her."""
    team = make.make_team()
    queue = make.make_queue(needs_language=False, wrap_up_seconds=30)
    sales = make.make_queue("sales", team=make.make_team(name="Sales"), needs_language=False)
    south = make.make_queue(
        "south", team=make.make_team(make.make_brand("suedwind"), name="South"), needs_language=False
    )
    return Floor(
        queue=queue,
        account=make.make_account(queue=queue),
        ada=make.make_agent("ada", queues=[queue]),
        ben=make.make_agent("ben", queues=[queue], state=AgentState.BREAK),
        other_team=make.make_agent("carla", queues=[sales], state=AgentState.BREAK),
        other_brand=make.make_agent("dora", queues=[south], state=AgentState.BREAK),
        sue=make.make_user("sue", role=Role.SUPERVISOR, teams=[team]),
        admin=make.make_user("root", role=Role.ADMIN, teams=[]),
    )

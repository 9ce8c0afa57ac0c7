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

    def client(self, who: Agent | User) -> Client:
        user = who.user if isinstance(who, Agent) else who
        if user.pk not in self._clients:
            self._clients[user.pk] = client = Client(headers=HTMX)
            client.force_login(user, backend="contactcenter.accounts.backends.DemoAwareBackend")
        return self._clients[user.pk]

    def sign_everybody_in(self, *, anew: bool = False) -> None:
        """Before an event loop runs: a story with sockets may not touch the database itself."""
        if anew:
            self._clients.clear()
        for who in (self.ada, self.ben, self.other_team, self.other_brand, self.sue, self.admin):
            self.client(who)


@pytest.fixture
def floor(request: pytest.FixtureRequest) -> Floor:
    """Ada is the only one available, so that what begins is offered to her."""
    team = make.make_team()
    queue = make.make_queue(needs_language=False, wrap_up_seconds=30)
    sales = make.make_queue("sales", team=make.make_team(name="Sales"), needs_language=False)
    south = make.make_queue(
        "south", team=make.make_team(make.make_brand("suedwind"), name="South"), needs_language=False
    )
    everybody = Floor(
        queue=queue,
        account=make.make_account(queue=queue),
        ada=make.make_agent("ada", queues=[queue]),
        ben=make.make_agent("ben", queues=[queue], state=AgentState.BREAK),
        other_team=make.make_agent("carla", queues=[sales], state=AgentState.BREAK),
        other_brand=make.make_agent("dora", queues=[south], state=AgentState.BREAK),
        sue=make.make_user("sue", role=Role.SUPERVISOR, teams=[team]),
        admin=make.make_user("root", role=Role.ADMIN, teams=[]),
    )
    if request.node.get_closest_marker("django_db").kwargs.get("transaction"):
        everybody.sign_everybody_in()
    return everybody

"""The API from outside: a program with a token, and a small floor behind it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pytest
from django.test import Client

from contactcenter.accounts.models import ApiToken, Scope, User
from contactcenter.accounts.tokens import make_token
from contactcenter.conversations.models import ChannelAccount, Conversation
from routing.models import Agent, Queue
from routing.services.handling import pull
from tests import factories as make

API = "/api/v1"


class Program:
    """A caller with a token; answers as the test client's."""

    def __init__(self, user: User, *scopes: str, **fields: Any) -> None:
        self.user = user
        self.token, self.text = make_token(
            user=user, name="test", scopes=scopes or Scope.values, expires_at=fields.get("expires_at"), actor=None
        )
        self.client = Client(SERVER_NAME="127.0.0.1")

    def ask(self, method: str, path: str, data: Any = None, **headers: str) -> Any:
        return self.client.generic(
            method,
            f"{API}/{path}",
            b"" if data is None else self.client._encode_json(data, "application/json"),
            content_type="application/json" if data is not None else "application/octet-stream",
            headers={
                "Authorization": f"Bearer {self.text}",
                **{name.replace("_", "-"): headers[name] for name in headers},
            },
        )

    def get(self, path: str, **headers: str) -> Any:
        return self.ask("GET", path, **headers)

    def post(self, path: str, data: Any, **headers: str) -> Any:
        return self.ask("POST", path, data, **headers)

    def patch(self, path: str, data: Any, **headers: str) -> Any:
        return self.ask("PATCH", path, data, **headers)

    def delete(self, path: str) -> Any:
        return self.ask("DELETE", path)

    def revoked(self) -> ApiToken:
        self.token.refresh_from_db()
        return self.token


@pytest.fixture(autouse=True)
def no_rate(settings: Any) -> None:
    """Clocks that go back meet what was counted ahead of them; the rate has a test of its own."""
    settings.API_RATE = (10**9, 1000)


@dataclass(frozen=True, slots=True, kw_only=True)
class Floor:
    queue: Queue
    account: ChannelAccount
    ada: Agent
    conversation: Conversation


@pytest.fixture
def floor() -> Floor:
    """Ada handles one conversation of Carl's."""
    queue = make.make_queue()
    account = make.make_account("shop", queue=queue)
    conversation = make.make_waiting(account)
    ada = make.make_agent("ada", queues=[queue])
    pull(conversation_id=conversation.pk, agent_id=ada.pk)
    conversation.refresh_from_db()
    return Floor(queue=queue, account=account, ada=ada, conversation=conversation)


@pytest.fixture
def ada(floor: Floor) -> Program:
    return Program(floor.ada.user)

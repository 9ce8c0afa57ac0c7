"""An admin who is signed in."""

from __future__ import annotations

import pytest
from django.test import Client

from contactcenter.accounts.models import Role, User
from tests import factories as make


@pytest.fixture
def root(db: None) -> User:
    return make.make_user("root", role=Role.ADMIN, teams=[])


@pytest.fixture
def admin(root: User) -> Client:
    client = Client(SERVER_NAME="127.0.0.1")
    client.force_login(root, backend="contactcenter.accounts.backends.DemoAwareBackend")
    return client

"""What all tests share: real PostgreSQL and Valkey from the environment, a moved clock, invariants after each."""

from __future__ import annotations

import os
from collections.abc import Iterator

import importlib

import pytest
from django.apps import apps
from django.db import connection

from contactcenter.management.commands.check_invariants import find_violations


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    if os.environ.get("CC_TEST_FULL") != "1":
        skip = pytest.mark.skip(reason="long; runs with --full")
        for item in items:
            if "full" in item.keywords:
                item.add_marker(skip)


@pytest.fixture(autouse=True)
def database_rules(request: pytest.FixtureRequest) -> Iterator[None]:
    """Tests with a database begin with the default profiles and end with every invariant holding."""
    marker = request.node.get_closest_marker("django_db")
    if marker is None:
        yield
        return
    request.getfixturevalue("transactional_db" if marker.kwargs.get("transaction") else "db")
    # A test in real transactions ends by emptying all tables, those that migrations filled too.
    profiles = importlib.import_module("routing.migrations.0002_default_profiles")
    profiles.write_profiles(apps, None)
    yield
    if not (connection.in_atomic_block and connection.needs_rollback):
        assert find_violations() == []

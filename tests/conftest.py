"""What all tests share: real PostgreSQL and Valkey from the environment, a moved clock, invariants after each."""

from __future__ import annotations

import gc
import importlib
import logging
import os
from collections.abc import Iterator
from typing import Any

import hypothesis
import pytest
from django.apps import apps
from django.conf import settings
from django.db import connection, transaction
from django.test import TransactionTestCase

from contactcenter.management.commands.check_invariants import find_violations

# Filled once by Django after migrating, and never changed by a test.
KEPT_TABLES = {"django_migrations", "django_content_type", "auth_permission"}


def pytest_configure() -> None:
    # Slow hashing protects stored passwords; in tests it is two thirds of the time.
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    # Every test client makes the middleware anew; without this each would look through all static files first.
    settings.WHITENOISE_AUTOREFRESH = True
    # A test keeps one transaction open all along, also while it waits for others or the machine stands still.
    options = settings.DATABASES["default"]["OPTIONS"]
    options["options"] = options["options"].replace("session_timeout=10s", "session_timeout=90s")
    # What is slow here may be the machine, which is no finding.
    known = hypothesis.settings.get_profile(hypothesis.settings.get_current_profile_name())
    slow = [hypothesis.HealthCheck.too_slow]
    hypothesis.settings.register_profile("any machine", known, deadline=None, suppress_health_check=slow)
    hypothesis.settings.load_profile("any machine")
    # Imported modules stay until the end; there is no need to look through them again and again.
    gc.freeze()
    gc.set_threshold(50_000, 20, 50)


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    if os.environ.get("CC_TEST_FULL") != "1":
        skip = pytest.mark.skip(reason="long; runs with --full")
        for item in items:
            if item.get_closest_marker("full"):
                item.add_marker(skip)
    # Groups mostly wait, for processes and browsers: begun first, they do so beside everything else.
    items.sort(key=lambda item: item.get_closest_marker("xdist_group") is None)


def _empty_tables(_case: Any) -> None:
    """Delete what a transactional test has left: few tables have rows, and truncating all of them takes a second.

    Foreign keys are checked at commit, so the order of the tables does not matter.
    """
    tables = sorted(set(connection.introspection.django_table_names(only_existing=True)) - KEPT_TABLES)
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(
            " UNION ALL ".join(f"(SELECT '{table}' FROM \"{table}\" LIMIT 1)" for table in tables)  # our own names
        )
        for (table,) in cursor.fetchall():
            cursor.execute(f'DELETE FROM "{table}"')


@pytest.fixture(autouse=True, scope="session")
def quick_emptying() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(TransactionTestCase, "_fixture_teardown", _empty_tables)
        yield


@pytest.fixture(autouse=True)
def fresh_settings() -> None:
    """A still clock keeps what the router remembers for a few seconds over the end of a test."""
    importlib.import_module("routing.profiles").forget_profiles()


@pytest.fixture(autouse=True)
def no_swallowed_errors() -> Iterator[None]:
    """What fails after a commit is logged and mended by the sweeper; in a test it is a failure."""
    swallowed: list[str] = []
    handler = logging.Handler(logging.ERROR)
    handler.emit = lambda record: swallowed.append(handler.format(record))  # type: ignore[method-assign]
    logger = logging.getLogger("django.db.backends.base")
    logger.addHandler(handler)
    yield
    logger.removeHandler(handler)
    assert swallowed == []


def restore_profiles() -> None:
    """A test in real transactions ends by emptying all tables, those that migrations filled too; and no time passes for
    what is kept in memory for some seconds."""
    if not apps.get_model("routing", "ChannelProfile").objects.exists():
        profiles = importlib.import_module("routing.migrations.0002_default_profiles")
        profiles.write_profiles(apps, None)
    importlib.import_module("routing.profiles").forget_profiles()


@pytest.fixture(autouse=True)
def database_rules(request: pytest.FixtureRequest) -> Iterator[None]:
    """Tests with a database begin with the default profiles and end with every invariant holding."""
    marker = request.node.get_closest_marker("django_db")
    if marker is None:
        yield
        return
    request.getfixturevalue("transactional_db" if marker.kwargs.get("transaction") else "db")
    restore_profiles()
    yield
    if not (connection.in_atomic_block and connection.needs_rollback):
        assert find_violations() == []

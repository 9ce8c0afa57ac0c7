"""State changes by one function each: nobody else writes them, and nothing happens behind the scenes."""

from __future__ import annotations

import ast

from django.apps import apps
from django.db.models import signals

from tests.architecture.sources import calls, imports, product

# The tables and what writes them.
STATE_WRITERS = (
    "routing/services/",
    "contactcenter/conversations/services/state.py",
    # New rows of a past that nobody has lived through; no row that is stored changes.
    "contactcenter/demo/stories.py",
)
STATEFUL = {"Conversation", "Offer", "Assignment", "QueueEntry", "Agent"}
# Words of other things: a step of a flow, a socket, the state of a thread.
OUR_APPS = ("contactcenter.", "routing", "channels_app", "selfservice")
# A field that is written as it is read, and the page that Django's own `User.save` belongs to.
SAVE_ALLOWED = {"contactcenter/base/crypto.py"}


def test_a_state_is_written_by_the_services_only() -> None:
    found = []
    for source in product():
        if source.name.startswith(STATE_WRITERS):
            continue
        for node in ast.walk(source.tree):
            targets = node.targets if isinstance(node, ast.Assign) else []
            for target in targets:
                if isinstance(target, ast.Attribute) and target.attr == "state" and not _is_own(target):
                    found.append(source.at(node))
        for call, name in calls(source.tree):
            writes = name.endswith((".update", ".create", ".bulk_create", "update_or_create"))
            if writes and any(word.arg == "state" for word in call.keywords) and name.split(".")[0] in STATEFUL:
                found.append(source.at(call))
    assert found == []


def _is_own(target: ast.Attribute) -> bool:
    """`self.state = …` is an object's own affair; a model's row is never `self` outside its module."""
    return isinstance(target.value, ast.Name) and target.value.id == "self"


def test_write_state_is_called_by_routing_only() -> None:
    users = {
        source.name
        for source in product()
        for _node, name in imports(source)
        if name == "contactcenter.conversations.services.state.write_state"
    }
    assert users and all(name.startswith("routing/services/") for name in users), users


def test_locks_are_taken_in_one_module() -> None:
    """`select_for_update` elsewhere would go round the order; what is neither conversation nor agent may."""
    allowed = {
        "contactcenter/conversations/locking.py",
        "routing/locking.py",  # the agents' part of the same order
        "contactcenter/conversations/effects.py",  # claims effects, which no other lock is taken with
        "contactcenter/accounts/services.py",  # the one-time link of the first start
        "contactcenter/administration/wizard.py",  # the steps that follow it: one row, one admin
        "routing/services/groups.py",  # a queue's row, taken after all others and never waited for with one
    }
    found = {
        source.name for source in product() for _call, name in calls(source.tree) if name.endswith("select_for_update")
    }
    stray = found - allowed
    assert not {name for name in stray if name.startswith(("routing/", "contactcenter/"))}, stray


def test_no_signals() -> None:
    for source in product():
        names = [name for _node, name in imports(source)]
        stray = [
            name for name in names if name.startswith("django.db.models.signals") or name.endswith("dispatch.receiver")
        ]
        assert stray == [], source.name
    for signal in (signals.pre_save, signals.post_save, signals.pre_delete, signals.post_delete, signals.m2m_changed):
        receivers = [receiver[1] for receiver in signal.receivers]
        ours = [
            str(row)
            for row in receivers
            if getattr(row() if callable(row) else row, "__module__", "").startswith(OUR_APPS)
        ]
        assert ours == []


def test_no_save_overrides_and_no_callbacks() -> None:
    found = []
    for source in product():
        if source.name in SAVE_ALLOWED or "/models" not in source.name:
            continue
        for node in ast.walk(source.tree):
            if isinstance(node, ast.FunctionDef) and node.name in {"save", "delete", "full_clean"}:
                found.append(source.at(node))
    assert found == []
    for model in apps.get_models():
        if model.__module__.startswith(OUR_APPS):
            assert not {"save", "delete"} & set(vars(model)), model


def test_models_do_not_write() -> None:
    """A method of a model reads; what it would write is a service."""
    found = []
    for source in product():
        if "/models/" not in source.name and not source.name.endswith("/models.py"):
            continue
        for call, name in calls(source.tree):
            if name.endswith((".save", ".update", ".create", ".delete", ".bulk_create", ".get_or_create")):
                found.append(source.at(call))
    assert found == []

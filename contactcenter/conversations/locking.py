"""The order in which rows are locked: conversation, then agent. Taking them the other way round is an error.

The conversation's row is the lock for its entries, offers, assignments, messages and events; these are never
locked themselves. Whoever holds an agent and needs a conversation finishes first and goes on after commit.
"""

from __future__ import annotations

from typing import TypeVar

from django.db import connection, models
from django.db.models import QuerySet

from contactcenter.conversations.models import Conversation

CONVERSATION_RANK = 1
AGENT_RANK = 2

_Model = TypeVar("_Model", bound=models.Model)


class LockOrderError(Exception):
    """Locks were asked for outside a transaction or in the wrong order: a bug that could deadlock."""


def _check_order(rank: int, pk: int) -> None:
    if not connection.in_atomic_block:
        raise LockOrderError("a lock outside a transaction locks nothing")
    blocks = [block for block in connection.atomic_blocks if not block._from_testcase]
    outermost = id(blocks[0]) if blocks else 0
    held = getattr(connection, "_held_locks", None)
    if held is None or held[0] != outermost:
        held = (outermost, set())
        connection._held_locks = held  # type: ignore[attr-defined]
    key = (rank, pk)
    if key not in held[1] and held[1] and max(held[1]) > key:
        raise LockOrderError(f"lock {key} asked for while holding {max(held[1])}")
    held[1].add(key)


def lock_row(rows: QuerySet[_Model], pk: int, *, rank: int, wait: bool = True) -> _Model | None:
    """The row, locked until the transaction ends and freshly read; None if it is taken and `wait` is false.

    Raises the model's DoesNotExist where waiting finds no row.
    """
    _check_order(rank, pk)
    locked = rows.select_for_update(skip_locked=not wait, of=("self",), no_key=True)
    return locked.get(pk=pk) if wait else locked.filter(pk=pk).first()


def lock_conversation(pk: int) -> Conversation:
    """The conversation, locked and freshly read."""
    conversation = lock_row(Conversation.objects.all(), pk, rank=CONVERSATION_RANK)
    assert conversation is not None
    return conversation


def try_lock_conversation(pk: int) -> Conversation | None:
    """The conversation unless somebody else holds it: dispatchers never wait."""
    return lock_row(Conversation.objects.all(), pk, rank=CONVERSATION_RANK, wait=False)


def is_locked(rank: int, pk: int) -> bool:
    """Whether this transaction has locked the row through this module."""
    blocks = [block for block in connection.atomic_blocks if not block._from_testcase]
    held = getattr(connection, "_held_locks", None)
    return bool(blocks) and held is not None and held[0] == id(blocks[0]) and (rank, pk) in held[1]

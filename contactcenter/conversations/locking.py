"""The order in which rows are locked: identity, conversation, customer, agent. Any other order is an error.

The conversation's row is the lock for its entries, offers, assignments, messages and events; these are never
locked themselves. Whoever holds an agent and needs a conversation finishes first and goes on after commit.
"""

from __future__ import annotations

from typing import Any, TypeVar

from django.db import connection, models, transaction
from django.db.models import QuerySet

from contactcenter.base.prepared import Prepared
from contactcenter.conversations.models import Conversation, Customer

# One sender's messages find or make a conversation one by one.
IDENTITY_RANK = 0
CONVERSATION_RANK = 1
CUSTOMER_RANK = 2
AGENT_RANK = 3

_Model = TypeVar("_Model", bound=models.Model)


class LockOrderError(Exception):
    """Locks were asked for outside a transaction or in the wrong order: a bug that could deadlock."""


class _Held:
    """The note of a lock among the transaction's commit hooks: Django drops these at commit, at rollback and with a
    savepoint that is rolled back, which is exactly when PostgreSQL lets go of the lock."""

    def __init__(self, key: tuple[int, int]) -> None:
        self.key = key

    def __call__(self) -> None:
        """Nothing to do: the lock ends with the transaction."""


def _held_keys() -> set[tuple[int, int]]:
    """(rank, pk) of what this transaction holds. Raises LockOrderError outside a transaction.

    The transactions that a test case wraps around a test do not count; what runs inside them as a savepoint does.
    """
    wrapping = sum(block._from_testcase for block in connection.atomic_blocks)  # type: ignore[attr-defined]
    if len(connection.atomic_blocks) == wrapping:
        raise LockOrderError("a lock outside a transaction locks nothing")
    savepoint = connection.savepoint_ids[wrapping - 1] if wrapping else None
    hooks: list[Any] = connection.run_on_commit
    return {
        hook.key
        for savepoints, hook, _robust in hooks
        if isinstance(hook, _Held) and (savepoint is None or savepoint in savepoints)
    }


def lock_row(rows: QuerySet[_Model], pk: int, *, rank: int, wait: bool = True) -> _Model | None:
    """The row, locked until the transaction ends and freshly read; None if it is taken and `wait` is false.

    `rows` joins only what the row never changes: when the lock was waited for, PostgreSQL reads the row again but
    keeps the joined ones as they were, and with an inner join to a new one it finds nothing.

    Only waiting can deadlock, so only what is waited for has to come in order. Raises LockOrderError, and the
    model's DoesNotExist where waiting finds no row.
    """
    is_new = _in_order((rank, pk), wait=wait)
    locked = rows.select_for_update(skip_locked=not wait, of=("self",), no_key=True)
    row = locked.get(pk=pk) if wait else locked.filter(pk=pk).first()
    if row is not None and is_new:
        connection.on_commit(_Held((rank, pk)), robust=True)
    return row


def try_lock_row(rows: Prepared[_Model], pk: int, *, rank: int) -> _Model | None:
    """As `lock_row` without waiting, by a query that is made once: one by key that skips what is locked."""
    is_new = _in_order((rank, pk), wait=False)
    row = next(iter(rows.objects(pk)), None)
    if row is not None and is_new:
        connection.on_commit(_Held((rank, pk)), robust=True)
    return row


def _in_order(key: tuple[int, int], *, wait: bool) -> bool:
    """Whether this transaction does not hold the lock yet. Raises LockOrderError if it may not ask for it."""
    held = _held_keys()
    if wait and key not in held and held and max(held) > key:
        raise LockOrderError(f"lock {key} asked for while holding {max(held)}")
    return key not in held


# Every change of a conversation begins with it.
_locked_conversation = Prepared(
    lambda pk: Conversation.objects.filter(pk=pk).select_for_update(of=("self",), no_key=True)
)


def lock_conversation(pk: int) -> Conversation:
    """The conversation, locked and freshly read."""
    key = (CONVERSATION_RANK, pk)
    is_new = _in_order(key, wait=True)
    conversation = next(iter(_locked_conversation.objects(pk)), None)
    if conversation is None:
        raise Conversation.DoesNotExist(f"there is no conversation {pk}")
    if is_new:
        connection.on_commit(_Held(key), robust=True)
    return _remember_audience(conversation)


class _MergedMeanwhile(Exception):
    """Leaves the savepoint, and so lets go of the lock taken in it."""


def lock_merged_into(pk: int) -> Conversation:
    """The conversation in which this one goes on, itself unless it was merged into another; locked.

    Where it was merged while we waited, its lock is let go first: the other's may come before it in the order.
    """
    while True:
        pk = follow_merges(pk)
        try:
            with transaction.atomic():
                conversation = lock_conversation(pk)
                if conversation.merged_into_id is not None:
                    raise _MergedMeanwhile
        except _MergedMeanwhile:
            continue
        return conversation


def follow_merges(pk: int) -> int:
    """The id of the conversation in which this one goes on, read without a lock."""
    while (into := Conversation.objects.values_list("merged_into", flat=True).get(pk=pk)) is not None:
        pk = into
    return pk


def lock_conversations(*pks: int) -> dict[int, Conversation]:
    """Several conversations, in the one order."""
    return {pk: lock_conversation(pk) for pk in sorted(set(pks))}


def lock_customer(pk: int) -> Customer:
    """The customer, locked and freshly read: their card is changed by one person after the other."""
    customer = lock_row(Customer.objects.select_related("brand"), pk, rank=CUSTOMER_RANK)
    assert customer is not None
    return customer


def try_lock_conversation(pk: int) -> Conversation | None:
    """The conversation unless somebody else holds it: dispatchers never wait."""
    conversation = try_lock_row(_free_conversation, pk, rank=CONVERSATION_RANK)
    return _remember_audience(conversation) if conversation is not None else None


_free_conversation = Prepared(
    lambda pk: Conversation.objects.filter(pk=pk).select_for_update(of=("self",), no_key=True, skip_locked=True)
)


def _remember_audience(conversation: Conversation) -> Conversation:
    """Who saw it before this transaction: events that change that say so, and screens take the row away."""
    conversation.audience_before = (conversation.team_id, conversation.owner_id)
    return conversation


def is_locked(rank: int, pk: int) -> bool:
    """Whether this transaction has locked the row through this module."""
    return bool(connection.atomic_blocks) and (rank, pk) in _held_keys()

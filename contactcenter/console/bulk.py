"""One act on several conversations: what will happen to each, and then each by its own service.

The plan is a preview from what is known now; the services check again, and one that refuses stops no other.
"""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy
from django.utils.translation import ngettext

from contactcenter.accounts.models import User
from contactcenter.base.errors import Refused
from contactcenter.conversations.models import Conversation
from contactcenter.conversations.services.details import change_tags
from contactcenter.conversations.states import ConversationState, SnoozeReason
from routing.models import Agent, Assignment, Queue, QueueEntry
from routing.services import handling
from routing.states import AssignmentRole, AssignmentState

logger = logging.getLogger(__name__)
_S = ConversationState
_TAKABLE = frozenset({_S.QUEUED, _S.OFFERED, _S.SNOOZED})
GO = "go"


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What is asked for: one action with what it needs."""

    action: str
    actor: User
    agent: Agent | None = None
    queue: Queue | None = None
    add: Sequence[str] = ()
    remove: Sequence[str] = ()
    reason: SnoozeReason = SnoozeReason.CUSTOMER
    until: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """Where one is now: the user who handles it, the queue it waits in."""

    handler: int | None
    queue: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    wish: Wish
    # Each conversation with `go` or why it stays.
    verdicts: list[tuple[Conversation, str]]
    # Selected, but the viewer no longer sees them.
    missing: int = 0

    @property
    def going(self) -> list[Conversation]:
        return [conversation for conversation, verdict in self.verdicts if verdict == GO]

    @property
    def lines(self) -> list[tuple[str, str]]:
        """(verdict, how many with it in words), what happens first."""
        counts = Counter(verdict for _conversation, verdict in self.verdicts)
        counts["missing"] = self.missing
        found = [(verdict, _words(self.wish, verdict, number)) for verdict, number in counts.items() if number]
        return sorted(found, key=lambda line: line[0] != GO)


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    conversation: Conversation
    is_done: bool
    text: str = ""


def _words(wish: Wish, verdict: str, n: int) -> str:
    """How many meet this verdict, as a sentence."""
    target = str(wish.agent or (wish.queue.name if wish.queue else ""))
    if verdict == GO:
        text = {
            "close": ngettext("%(n)s will be closed", "%(n)s will be closed", n),
            "snooze": ngettext("%(n)s will be snoozed", "%(n)s will be snoozed", n),
            "tag": ngettext("%(n)s will be changed", "%(n)s will be changed", n),
            "assign": ngettext("%(n)s will go to %(target)s", "%(n)s will go to %(target)s", n),
        }[wish.action]
    elif verdict == "already":
        text = {
            "close": ngettext("%(n)s is closed already", "%(n)s are closed already", n),
            "snooze": ngettext("%(n)s is snoozed already", "%(n)s are snoozed already", n),
            "tag": ngettext("%(n)s needs no change", "%(n)s need no change", n),
            "assign": ngettext("%(n)s is with %(target)s already", "%(n)s are with %(target)s already", n),
        }[wish.action]
    else:
        text = {
            "not_yours": ngettext("%(n)s is not yours and stays", "%(n)s are not yours and stay", n),
            "closed": ngettext("%(n)s is closed and stays so", "%(n)s are closed and stay so", n),
            "waits": ngettext(
                "%(n)s waits in a queue and stays there; take it first",
                "%(n)s wait in a queue and stay there; take them first",
                n,
            ),
            "not_now": ngettext("%(n)s cannot be changed in its state", "%(n)s cannot be changed in their state", n),
            "brand": ngettext("%(n)s belongs to another brand", "%(n)s belong to another brand", n),
            "missing": ngettext("%(n)s can no longer be seen", "%(n)s can no longer be seen", n),
        }[verdict]
    return text % {"n": n, "target": target}


# Why a single one stays.
STAYS: dict[str, str | Promise] = {
    "already": _lazy("It was so already"),
    "not_yours": _lazy("Not yours"),
    "closed": _lazy("Closed"),
    "waits": _lazy("Waits in a queue; take it first"),
    "not_now": _lazy("Cannot be changed in its state"),
    "brand": _lazy("Belongs to another brand"),
}


# -- what will happen ---------------------------------------------------------------------------


def plan(wish: Wish, conversations: Sequence[Conversation], *, missing: int = 0) -> Plan:
    """What would happen to each of these, as far as can be told now."""
    primaries = Assignment.objects.filter(
        conversation__in=conversations, role=AssignmentRole.PRIMARY, state=AssignmentState.HANDLING
    )
    handlers = dict(primaries.values_list("conversation_id", "agent__user_id"))
    waiting = QueueEntry.objects.filter(conversation__in=conversations, left_at=None)
    queues = dict(waiting.values_list("conversation_id", "queue_id"))
    judge = _JUDGES[wish.action]
    verdicts = [
        (row, judge(wish, row, Held(handler=handlers.get(row.pk), queue=queues.get(row.pk)))) for row in conversations
    ]
    return Plan(wish=wish, verdicts=verdicts, missing=missing)


def _may_act(wish: Wish, held: Held) -> bool:
    return wish.actor.is_supervisor or held.handler == wish.actor.pk


def _judge_close(wish: Wish, row: Conversation, held: Held) -> str:
    if row.state == _S.CLOSED:
        return "already"
    is_own_snoozed = row.state == _S.SNOOZED and row.owner_id == wish.actor.pk
    return GO if is_own_snoozed or _may_act(wish, held) else "not_yours"


def _judge_snooze(wish: Wish, row: Conversation, held: Held) -> str:
    if row.state in {_S.SNOOZED, _S.CLOSED}:
        return "already" if row.state == _S.SNOOZED else "closed"
    if not _may_act(wish, held):
        return "not_yours"
    return GO if row.state in {_S.ACTIVE, _S.QUEUED} else "not_now"


def _judge_tag(wish: Wish, row: Conversation, _held: Held) -> str:
    is_anothers = row.owner_id not in {None, wish.actor.pk} and row.state != _S.CLOSED
    if is_anothers and not wish.actor.is_supervisor:
        return "not_yours"
    present = {tag.casefold() for tag in row.tags}
    changes = any(tag.casefold() not in present for tag in wish.add)
    return GO if changes or any(tag.casefold() in present for tag in wish.remove) else "already"


def _judge_assign(wish: Wish, row: Conversation, held: Held) -> str:
    if row.state == _S.CLOSED:
        return "closed"
    if wish.queue is not None and wish.queue.brand_id != row.brand_id:
        return "brand"
    if wish.agent is not None and held.handler == wish.agent.user_id:
        return "already"
    if row.state == _S.ACTIVE:
        return GO if _may_act(wish, held) else "not_yours"
    if wish.queue is not None:
        if row.state not in {_S.QUEUED, _S.OFFERED}:
            return "not_now"
        if held.queue == wish.queue.pk:
            return "already"
        return GO if wish.actor.is_supervisor else "waits"
    if row.state not in _TAKABLE:
        return "not_now"
    takes = wish.agent is not None and wish.agent.user_id == wish.actor.pk
    return GO if takes or wish.actor.is_supervisor else "not_yours"


_JUDGES: dict[str, Callable[[Wish, Conversation, Held], str]] = {
    "assign": _judge_assign,
    "tag": _judge_tag,
    "snooze": _judge_snooze,
    "close": _judge_close,
}
ACTIONS = tuple(_JUDGES)


# -- and then it does ---------------------------------------------------------------------------


def run(planned: Plan) -> list[Result]:
    """Each conversation by its own service and transaction; what is refused says why, in the order of the plan."""
    results = []
    for row, verdict in planned.verdicts:
        if verdict == GO:
            results.append(_run_one(planned.wish, row))
        else:
            results.append(Result(conversation=row, is_done=verdict == "already", text=str(STAYS[verdict])))
    return results


def _run_one(wish: Wish, row: Conversation) -> Result:
    try:
        _ACTS[wish.action](wish, row)
    except Refused as error:
        return Result(conversation=row, is_done=False, text=str(error.text))
    except Exception:
        logger.exception("%s of conversation %s failed", wish.action, row.pk)
        return Result(conversation=row, is_done=False, text=_("Something went wrong. Try again."))
    return Result(conversation=row, is_done=True)


def _assign(wish: Wish, row: Conversation) -> None:
    if row.state == _S.ACTIVE or wish.queue is not None:
        to_agent = wish.agent.pk if wish.agent is not None else None
        handling.transfer(conversation_id=row.pk, actor=wish.actor, queue=wish.queue, to_agent_id=to_agent)
        return
    assert wish.agent is not None
    if wish.agent.user_id == wish.actor.pk:
        handling.pull(conversation_id=row.pk, agent_id=wish.agent.pk)
    else:
        handling.give(conversation_id=row.pk, agent_id=wish.agent.pk, actor=wish.actor)


def _tag(wish: Wish, row: Conversation) -> None:
    change_tags(conversation_id=row.pk, actor=wish.actor, add=wish.add, remove=wish.remove)


def _snooze(wish: Wish, row: Conversation) -> None:
    handling.snooze(conversation_id=row.pk, actor=wish.actor, reason=wish.reason, until=wish.until)


def _close(wish: Wish, row: Conversation) -> None:
    handling.close(conversation_id=row.pk, actor=wish.actor)


_ACTS: dict[str, Callable[[Wish, Conversation], None]] = {
    "assign": _assign,
    "tag": _tag,
    "snooze": _snooze,
    "close": _close,
}

"""Queues and agents as they stand now, for programs."""

from __future__ import annotations

from dataclasses import dataclass

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import Count, Exists, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce

from contactcenter.accounts.selectors import Viewer
from contactcenter.base.clock import now
from routing.models import Agent, AgentPresence, Assignment, Queue, QueueMember
from routing.selectors import queue_figures, visible_agents, visible_queues
from routing.states import AgentState, AssignmentState
from routing.waiting_time import Band
from routing.waits import queue_bands


@dataclass(frozen=True, slots=True, kw_only=True)
class QueueNow:
    queue: Queue
    waiting: int
    longest_wait_seconds: int | None
    agents_signed_in: int
    agents_available: int
    # What somebody who enters now would be told, by channel.
    waits: dict[str, Band]


def queues_now(viewer: Viewer) -> list[QueueNow]:
    """The active queues that the viewer sees, by name."""
    moment = now()
    waiting = queue_figures(viewer)
    here = Q(agent__state=AgentState.AVAILABLE, agent__next_state="", agent__presence__seen_until__gt=moment)
    members = QueueMember.objects.filter(queue__in=[row.queue.pk for row in waiting])
    counts = (
        members.exclude(agent__state=AgentState.OFFLINE)
        .values("queue")
        .annotate(signed_in=Count("pk"), available=Count("pk", filter=here))
    )
    agents = {row["queue"]: row for row in counts}
    bands = queue_bands([row.queue for row in waiting])
    nobody = {"signed_in": 0, "available": 0}
    return [
        QueueNow(
            queue=row.queue,
            waiting=row.waiting,
            longest_wait_seconds=int((moment - row.longest_since).total_seconds()) if row.longest_since else None,
            agents_signed_in=agents.get(row.queue.pk, nobody)["signed_in"],
            agents_available=agents.get(row.queue.pk, nobody)["available"],
            waits=bands.get(row.queue.pk, {}),
        )
        for row in waiting
    ]


def agents_now(viewer: Viewer) -> QuerySet[Agent]:
    """The agents whom the viewer sees, with `is_present`, `handling` and the `queues` that both see."""
    present = AgentPresence.objects.filter(agent=OuterRef("pk"), seen_until__gt=now())
    held = Assignment.objects.filter(agent=OuterRef("pk"), state=AssignmentState.HANDLING)
    served = QueueMember.objects.filter(agent=OuterRef("pk"), queue__in=visible_queues(viewer).values("pk"))
    rows = Agent.objects.filter(pk__in=visible_agents(viewer).values("pk")).select_related("user", "reason")
    return rows.annotate(
        is_present=Exists(present),
        handling=Coalesce(Subquery(held.order_by().values("agent").annotate(number=Count("pk")).values("number")), 0),
        queues=ArraySubquery(served.order_by("queue__slug").values("queue__slug")),
    )

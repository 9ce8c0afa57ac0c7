"""The home page of admin: what is left to do until the first real contact was answered, and whether all works."""

from __future__ import annotations

import platform
import shutil
import tomllib
from dataclasses import dataclass
from datetime import timedelta
from functools import lru_cache
from typing import Any

import django
import redis
from django.conf import settings
from django.db import connection
from django.db.models import Count, Exists, Min, OuterRef, Q, QuerySet, Subquery
from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext as _

from channels_app.models import InboundDelivery, InboundOutcome
from channels_app.webchat.models import Installation
from contactcenter.accounts.models import Brand, Role, User
from contactcenter.accounts.selectors import Viewer, viewer_of
from contactcenter.administration.models import Setup
from contactcenter.base.clock import now
from contactcenter.conversations.models import ChannelAccount, Effect
from contactcenter.conversations.selectors import visible_accounts, visible_messages
from contactcenter.conversations.states import Delivery, MessageKind
from contactcenter.health import broker, probe_components
from routing.models import AgentSkill, Queue, QueueMember, SweeperDuty
from routing.services.logging import LOGGED_KIND
from routing.services.soundness import check_floor, read_floor

RECENT = timedelta(days=1)
OVERDUE = timedelta(minutes=1)
LOW_DISK = 0.1


@dataclass(frozen=True, slots=True)
class Task:
    """One line of the list of what is left to do."""

    title: str
    hint: str
    is_done: bool
    url: str


def add_home(request: HttpRequest, context: dict[str, Any]) -> dict[str, Any]:
    """Called by the admin site for its first page."""
    assert isinstance(request.user, User)
    viewer = viewer_of(request.user)
    tasks = find_tasks(viewer)
    return context | {
        "title": _("Home"),
        "tasks": tasks,
        "tasks_done": sum(task.is_done for task in tasks),
        "setup": Setup.objects.filter(finished_at=None, admin=request.user).first(),
        "problems": check_floor(read_floor()),
        "accounts": account_rows(viewer),
        "components": probe_components(),
        "effects": _effects(),
        "duties": _duties(),
        "disk": _disk(),
        "mail": {"host": f"{settings.EMAIL_HOST}:{settings.EMAIL_PORT}", "from": settings.DEFAULT_FROM_EMAIL},
        "versions": {**_versions(), "Valkey": _broker_version()},
        "read_at": now(),
    }


def find_tasks(viewer: Viewer) -> list[Task]:
    """In the order in which they are done; none once a real contact was answered."""
    answers = visible_messages(viewer).filter(kind=MessageKind.OUT, author__isnull=False)
    setup = Setup.objects.first()
    if setup is not None:
        # The test contact of the wizard is not the first real one.
        finished = setup.finished_at
        answers = answers.filter(conversation__created_at__gt=finished) if finished else answers.none()
    asked: dict[str, QuerySet[Any]] = {
        "brand": Brand.objects.all(),
        "people": User.objects.filter(is_active=True).exclude(role=Role.ADMIN),
        "skills": AgentSkill.objects.exclude(skill__language=""),
        "queues": QueueMember.objects.filter(queue__is_active=True),
        "hours": Queue.objects.filter(calendar__isnull=False),
        "channel": Installation.objects.all(),
        "inbound": InboundDelivery.objects.filter(outcome=InboundOutcome.RECORDED),
        "answered": answers,
    }
    row = User.objects.filter(pk=viewer.user_id).values_list(*(Exists(rows) for rows in asked.values())).get()
    found: dict[str, bool] = dict(zip(asked, row, strict=True))
    return [] if found["answered"] else _tasks(found)


def _tasks(found: dict[str, bool]) -> list[Task]:
    def page(name: str) -> str:
        return reverse(f"admin:{name}_changelist")

    has_mail = settings.DEMO or settings.EMAIL_HOST != "localhost"
    return [
        Task(
            _("Brand"), _("The name, colour and time zone that customers know."), found["brand"], page("accounts_brand")
        ),
        Task(_("People"), _("Agents and supervisors with their teams."), found["people"], page("accounts_user")),
        Task(
            _("Skills and languages"),
            _("What each agent speaks and knows, with a level."),
            found["skills"],
            page("routing_agent"),
        ),
        Task(
            _("A queue with members"),
            _("Where customers wait, and who answers."),
            found["queues"],
            page("routing_queue"),
        ),
        Task(_("Opening hours"), _("A queue without them is always open."), found["hours"], page("routing_calendar")),
        Task(
            _("A channel in place"),
            _("A page shows the widget, or a provider has delivered."),
            found["channel"] or found["inbound"],
            page("webchat_widget"),
        ),
        Task(
            _("Mail server"),
            _("Set CC_MAIL_HOST and CC_MAIL_FROM where the program is started; see docs/configuration.md."),
            has_mail,
            "",
        ),
        Task(_("First contact answered"), _("Somebody wrote, and an agent answered."), False, reverse("console:home")),
    ]


def account_rows(viewer: Viewer) -> QuerySet[ChannelAccount]:
    """The accounts with their last message each way, and what failed on them within a day; those for what is logged by
    hand have no traffic."""
    messages = visible_messages(viewer).filter(account=OuterRef("pk")).order_by("-id")
    recent = now() - RECENT
    failed = messages.filter(delivery=Delivery.FAILED, created_at__gte=recent)
    unread = InboundDelivery.objects.filter(
        account=OuterRef("pk"),
        received_at__gte=recent,
        outcome__in=[InboundOutcome.FAILED, InboundOutcome.UNREADABLE],
    ).order_by("-received_at")
    return (
        visible_accounts(viewer)
        .exclude(kind=LOGGED_KIND)
        .select_related("brand")
        .annotate(
            last_in=Subquery(messages.filter(kind=MessageKind.IN).values("created_at")[:1]),
            last_out=Subquery(messages.filter(kind=MessageKind.OUT).values("created_at")[:1]),
            failed_out=Subquery(failed.values("delivery_error")[:1]),
            failed_in=Subquery(unread.values("error")[:1]),
            has_failed=Exists(failed),
            has_unread=Exists(unread),
        )
        .order_by("pk")
    )


def _effects() -> dict[str, Any]:
    """What waits to be carried out: how much is overdue, how much failed at least once."""
    rows = Effect.objects.filter(done_at=None)
    return rows.aggregate(
        waiting=Count("pk"),
        overdue=Count("pk", filter=Q(not_before__lt=now() - OVERDUE)),
        failing=Count("pk", filter=~Q(last_error="")),
        oldest=Min("created_at"),
    )


def _duties() -> dict[str, Any]:
    rows = list(SweeperDuty.objects.order_by("name"))
    return {
        "last_run_at": max((row.last_run_at for row in rows), default=None),
        "count": len(rows),
        "failing": [row for row in rows if row.last_error],
    }


def _disk() -> dict[str, Any]:
    # The folder is made with the first file.
    folder = next(path for path in (settings.DATA_DIR, *settings.DATA_DIR.absolute().parents) if path.exists())
    usage = shutil.disk_usage(folder)
    free = usage.free / usage.total
    return {"free": usage.free, "percent": round(free * 100), "is_low": free < LOW_DISK}


@lru_cache(maxsize=1)
def _versions() -> dict[str, str]:
    project = tomllib.loads((settings.BASE_DIR / "pyproject.toml").read_text())["project"]
    connection.ensure_connection()
    server: int = connection.pg_version  # type: ignore[attr-defined]
    return {
        "Contact center": str(project["version"]),
        "Python": platform.python_version(),
        "Django": django.get_version(),
        "PostgreSQL": f"{server // 10000}.{server % 10000}",
    }


def _broker_version() -> str:
    try:
        with broker() as client:
            known: dict[str, Any] = client.info("server")
    except redis.RedisError:
        return "–"
    return str(known.get("valkey_version") or known.get("redis_version", "–"))

"""What each step of the first start makes or changes. Every step may be saved again."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import time
from typing import Any

from django.conf import settings
from django.db import models, transaction
from django.utils.text import slugify

from channels_app.webchat.access import KIND
from contactcenter.accounts.models import LANGUAGE_CHOICES, Brand, Team, User
from contactcenter.accounts.selectors import viewer_of
from contactcenter.accounts.services import make_first_admin, record_audit
from contactcenter.administration.models import Setup
from contactcenter.base.clock import now
from contactcenter.conversations.models import ChannelAccount
from contactcenter.conversations.selectors import visible_conversations, visible_messages
from contactcenter.conversations.services.access import announce_access
from contactcenter.conversations.states import Channel, MessageKind
from routing.models import Agent, Calendar, CalendarInterval, EntryPoint, Queue, QueueMember, Skill
from routing.selectors import agent_of
from routing.services.groups import rebuild_groups, set_agent_skills

STEPS = ("brand", "languages", "queue", "hours", "channel", "test")
USUAL_LEVEL = 3


@transaction.atomic
def begin_setup(*, token: str, is_agent: bool, **person: str) -> User:
    """Make the first admin with the one-time link; the steps that follow are theirs. Raises Gone."""
    user = make_first_admin(token=token, **person)
    if is_agent:
        Agent.objects.create(user=user)
    Setup.objects.create(admin=user)
    return user


def open_setup() -> Setup | None:
    """The set-up that is under way; none in demo mode, and none once it is finished."""
    if settings.DEMO:
        return None
    rows = Setup.objects.filter(finished_at=None)
    return rows.select_related("admin", "brand", "queue__team", "queue__calendar", "account").first()


def current_step(setup: Setup) -> str:
    """The first step whose result is not there."""
    results: dict[str, object] = {"brand": setup.brand, "queue": setup.queue, "channel": setup.account}
    return next(
        (step for step in STEPS[:-1] if step not in setup.done or not results.get(step, True)),
        STEPS[-1],
    )


@transaction.atomic
def keep_draft(setup: Setup, step: str, draft: dict[str, Any]) -> None:
    """Keep what was typed into a step that is left without saving."""
    row = Setup.objects.select_for_update().get(pk=setup.pk)
    row.drafts[step] = draft
    row.save(update_fields=["drafts"])


@transaction.atomic
def save_step(setup: Setup, step: str, given: dict[str, Any]) -> None:
    """Carry out a step. Two tabs that save the same one after the other change one thing, they do not make two."""
    row = Setup.objects.select_for_update(of=("self",)).get(pk=setup.pk)
    _SAVES[step](row, given)
    row.drafts.pop(step, None)
    row.done = [name for name in STEPS if name in {*row.done, step}]
    row.save()
    record_audit(f"setup.{step}", actor=row.admin, target=str(row.brand.slug if row.brand else ""))


@transaction.atomic
def finish_setup(setup: Setup) -> None:
    """The wizard is not there any more; everything goes on in admin."""
    Setup.objects.filter(pk=setup.pk).update(finished_at=now(), drafts={})
    record_audit("setup.completed", actor=setup.admin, target=setup.brand.slug if setup.brand else "")


def _save_brand(setup: Setup, given: dict[str, Any]) -> None:
    brand = setup.brand or Brand(default_language=setup.admin.language)
    brand.name, brand.slug, brand.colour = given["brand_name"], given["brand_slug"], given["colour"]
    brand.save()
    setup.brand = brand
    setup.admin.brands.add(brand)
    announce_access([setup.admin_id])


def _save_languages(setup: Setup, given: dict[str, Any]) -> None:
    brand = setup.brand
    assert brand is not None
    brand.default_language, brand.time_zone = given["default_language"], given["time_zone"]
    brand.save(update_fields=["default_language", "time_zone"])
    if setup.queue and setup.queue.calendar:
        setup.queue.calendar.time_zone = brand.time_zone
        setup.queue.calendar.save(update_fields=["time_zone"])
    for code, name in LANGUAGE_CHOICES:
        if code in given["languages"]:
            Skill.objects.get_or_create(
                language=code, defaults={"name": _free(Skill, "name", name), "slug": _free(Skill, "slug", code)}
            )
    _teach(setup.admin, given["languages"])
    # What nobody speaks and nothing asks for was a slip of the step before.
    left = Skill.objects.exclude(language="").exclude(language__in=given["languages"])
    left.filter(agents=None, entrypoint=None).exclude(pk__in=Queue.objects.values("skills__skill")).delete()


def _teach(user: User, languages: list[str]) -> None:
    """An admin who answers speaks what was chosen, and keeps every other skill."""
    agent = agent_of(user)
    if agent is None:
        return
    held = {row.skill: row.level for row in agent.skills.select_related("skill")}
    levels = {skill: level for skill, level in held.items() if not skill.language or skill.language in languages}
    for skill in Skill.objects.filter(language__in=languages):
        levels.setdefault(skill, USUAL_LEVEL)
    set_agent_skills(agent, levels)


def _save_queue(setup: Setup, given: dict[str, Any]) -> None:
    brand, queue = setup.brand, setup.queue
    assert brand is not None
    if queue is None:
        team, _is_new = Team.objects.get_or_create(brand=brand, name=given["team_name"])
        queue = Queue(brand=brand, team=team, slug=_free(Queue, "slug", slugify(given["queue_name"]) or "queue"))
    elif queue.team.name != given["team_name"]:
        queue.team, _is_new = Team.objects.get_or_create(brand=brand, name=given["team_name"])
    queue.name = given["queue_name"]
    queue.save()
    setup.queue = queue
    setup.admin.teams.add(queue.team)
    agent = agent_of(setup.admin)
    if agent is not None:
        QueueMember.objects.get_or_create(queue=queue, agent=agent)
    rebuild_groups([queue])
    announce_access([setup.admin_id])


def _save_hours(setup: Setup, given: dict[str, Any]) -> None:
    brand, queue = setup.brand, setup.queue
    assert brand is not None and queue is not None
    if queue.calendar is None:
        queue.calendar = Calendar.objects.create(name=_free(Calendar, "name", brand.name), time_zone=brand.time_zone)
        queue.save(update_fields=["calendar"])
    hours: list[tuple[int, time, time]] = given["hours"]
    queue.calendar.intervals.all().delete()
    CalendarInterval.objects.bulk_create(
        CalendarInterval(calendar=queue.calendar, weekday=weekday, opens_at=opens, closes_at=closes)
        for weekday, opens, closes in hours
    )


def _save_channel(setup: Setup, given: dict[str, Any]) -> None:
    brand, queue = setup.brand, setup.queue
    assert brand is not None and queue is not None
    account = setup.account or ChannelAccount(
        brand=brand,
        kind=KIND,
        channel=Channel.CHAT,
        name=brand.name,
        slug=_free(ChannelAccount, "slug", brand.slug),
        address=f"pk_{secrets.token_urlsafe(12)}",
    )
    greeting = {**account.config.get("greeting", {}), brand.default_language: given["greeting"]}
    account.config = {
        **account.config,
        "origins": given["origins"],
        "greeting": {language: text for language, text in greeting.items() if text},
    }
    account.save()
    setup.account = account
    EntryPoint.objects.get_or_create(account=account, topic="", defaults={"queue": queue})


_SAVES: dict[str, Callable[[Setup, dict[str, Any]], None]] = {
    "brand": _save_brand,
    "languages": _save_languages,
    "queue": _save_queue,
    "hours": _save_hours,
    "channel": _save_channel,
}


def _free(model: type[models.Model], field: str, wanted: str) -> str:
    """`wanted`, with a number behind it if it is taken."""
    most: int = model._meta.get_field(field).max_length  # type: ignore[union-attr, assignment]
    wanted, number = wanted[: most - 4], 1
    name = wanted
    while model._default_manager.filter(**{field: name}).exists():
        number += 1
        name = f"{wanted}-{number}"
    return name


def snippet_of(account: ChannelAccount) -> str:
    """What a page includes to show this widget."""
    return (
        "<script>\n"
        "(function(w,d,u){w.cc=w.cc||function(){(w.cc.q=w.cc.q||[]).push([].slice.call(arguments))};\n"
        "var s=d.createElement('script');s.async=1;s.src=u;d.head.appendChild(s)})"
        f"(window,document,'{settings.PUBLIC_URL}/w/v1.js');\n"
        f"cc('init',{{key:'{account.address}'}});\n"
        "</script>"
    )


@dataclass(frozen=True, slots=True)
class TestContact:
    has_come: bool
    is_answered: bool


def test_contact(setup: Setup) -> TestContact:
    """Whether somebody has written to the first channel, and was answered by a person."""
    viewer = viewer_of(setup.admin)
    conversations = visible_conversations(viewer).filter(account=setup.account)
    messages = visible_messages(viewer).filter(conversation__in=conversations)
    return TestContact(
        has_come=conversations.exists(),
        is_answered=messages.filter(kind=MessageKind.OUT, author__isnull=False).exists(),
    )

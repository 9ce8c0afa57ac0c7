"""Values that are lists or mappings: skills with levels, members, hours, texts. Each is replaced as a whole."""

from __future__ import annotations

import zoneinfo
from datetime import date
from typing import Any

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from contactcenter.accounts.models import Brand, Role, Team, User
from contactcenter.administration.hours import parse_hours, show_hours
from contactcenter.administration.setupfile.values import BadValue, Value, find, need
from contactcenter.base.clock import now
from routing.models import Agent, CalendarInterval, Disposition, Skill, TagCost
from routing.services.dispatching import request_dispatch
from routing.services.soundness import WEEK_MINUTES, find_overlap, minutes_of_week
from selfservice.canned.admin import CannedTextForm

DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")


def check_time_zone(row: Any) -> dict[str, str]:
    if row.time_zone and row.time_zone not in zoneinfo.available_timezones():
        return {"time_zone": _("no time zone “%s”.") % row.time_zone}
    return {}


def prepare_user(user: User, before: dict[str, Any] | None) -> list[str]:
    """New people choose a password by the link of “Cannot sign in?”; whether they are in admin follows the role."""
    if before is None:
        user.set_unusable_password()
    if before is None or before["role"] != user.role:
        user.is_staff = user.is_superuser = user.role == Role.ADMIN
    return []


def _take_brands(user: User, value: Any) -> None:
    slugs = [need(slug, str, at=f"[{at}]") for at, slug in enumerate(need(value, list))]
    user.brands.set([find(Brand, _("no brand “%s”.") % slug, at=f"[{at}]", slug=slug) for at, slug in enumerate(slugs)])


def _take_teams(user: User, value: Any) -> None:
    teams = []
    for at, given in enumerate(need(value, list)):
        part = need(given, dict, at=f"[{at}]")
        if set(part) != {"brand", "name"}:
            raise BadValue(_("“brand” and “name” are needed."), f"[{at}]")
        text = _("no team “%(name)s” in brand “%(brand)s”.") % part
        key = {"brand__slug": need(part["brand"], str, at=f"[{at}]"), "name": need(part["name"], str, at=f"[{at}]")}
        teams.append(find(Team, text, at=f"[{at}]", **key))
    user.teams.set(teams)


USER_BRANDS = Value(
    name="brands", show=lambda user: sorted(brand.slug for brand in user.brands.all()), take=_take_brands, late=True
)
USER_TEAMS = Value(
    name="teams",
    show=lambda user: [
        {"brand": brand, "name": name}
        for brand, name in sorted((team.brand.slug, team.name) for team in user.teams.all())
    ],
    take=_take_teams,
    late=True,
)


def find_skill(slug: str) -> Skill:
    """Raises BadValue, naming the entry."""
    row: Skill = find(Skill, _("no skill “%s”.") % slug, at=f".{slug}", slug=slug)
    return row


def levels(name: str, owner: str, column: str) -> Value:
    """Skills with a level from 1 to 5 each."""

    def take(row: Any, value: Any) -> None:
        wanted = {find_skill(slug): need(level, int, at=f".{slug}") for slug, level in need(value, dict).items()}
        for skill, level in wanted.items():
            if not 1 <= level <= 5:
                raise BadValue(_("a level is 1 to 5."), f".{skill.slug}")
        held = getattr(row, name)
        held.exclude(skill__in=wanted).delete()
        for skill, level in wanted.items():
            held.update_or_create(skill=skill, **{owner: row}, defaults={column: level})

    return Value(
        name=name,
        show=lambda row: dict(sorted((part.skill.slug, getattr(part, column)) for part in getattr(row, name).all())),
        take=take,
        late=True,
    )


def _take_capacity(agent: Agent, value: Any) -> None:
    field = Agent._meta.get_field("capacity")
    try:
        capacity = field.clean(need(value, int), agent)
    except ValidationError as error:
        raise BadValue(" ".join(error.messages)) from error
    if capacity == agent.capacity:
        return
    # As `set_capacity`, which has a transaction of its own: what is above a lower one may stay.
    agent.load_at_capacity_change, agent.capacity = agent.load, capacity
    agent.save(update_fields=["capacity", "load_at_capacity_change"])
    request_dispatch(agent_id=agent.pk)


CAPACITY = Value(name="capacity", show=lambda agent: agent.capacity, take=_take_capacity, late=True)


def _take_entry_skills(entry: Any, value: Any) -> None:
    slugs = need(value, list)
    entry.skills.set([find_skill(need(slug, str, at=f"[{at}]")) for at, slug in enumerate(slugs)])


ENTRY_SKILLS = Value(
    name="skills",
    show=lambda entry: sorted(skill.slug for skill in entry.skills.all()),
    take=_take_entry_skills,
    late=True,
)


def _show_calendar(calendar: Any) -> dict[str, str]:
    spans: dict[int, list[Any]] = {}
    for row in sorted(calendar.intervals.all(), key=lambda row: (row.weekday, row.opens_at, row.closes_at)):
        spans.setdefault(row.weekday, []).append((row.opens_at, row.closes_at))
    return {DAYS[number]: show_hours(day) for number, day in spans.items()}


def _spans(text: Any, at: str) -> list[Any]:
    try:
        return list(parse_hours(need(text, str, at=at)))
    except ValueError as error:
        raise BadValue(_("“%s” is no time such as 09:00-17:00.") % error, at) from error


def _take_calendar(calendar: Any, value: Any) -> None:
    wanted = need(value, dict)
    for name in wanted:
        if name not in DAYS:
            raise BadValue(_("no day “%s”.") % name, f".{name}")
    rows = [
        CalendarInterval(calendar=calendar, weekday=DAYS.index(name), opens_at=opens, closes_at=closes)
        for name, text in wanted.items()
        for opens, closes in _spans(text, f".{name}")
    ]
    spans = [minutes_of_week(row.weekday, row.opens_at, row.closes_at) for row in rows]
    if pair := find_overlap(spans, WEEK_MINUTES):
        one, other = (rows[place] for place in pair)
        raise BadValue(_("“%(one)s” and “%(other)s” overlap: change one of them.") % {"one": one, "other": other})
    calendar.intervals.all().delete()
    CalendarInterval.objects.bulk_create(rows)


def _show_holidays(calendar: Any) -> list[dict[str, Any]]:
    rows = sorted(calendar.holidays.all(), key=lambda row: row.day)
    return [
        {
            "day": row.day.isoformat(),
            "name": row.name,
            "hours": show_hours([(row.opens_at, row.closes_at)]) if row.opens_at is not None else "",
        }
        for row in rows
    ]


def _take_holidays(calendar: Any, value: Any) -> None:
    calendar.holidays.all().delete()
    for at, given in enumerate(need(value, list)):
        part = need(given, dict, at=f"[{at}]")
        if unknown := set(part) - {"day", "name", "hours"}:
            raise BadValue(_("unknown: %s.") % ", ".join(sorted(unknown)), f"[{at}]")
        hours = _spans(part.get("hours", ""), f"[{at}].hours")
        if len(hours) > 1:
            raise BadValue(_("one time of opening a day."), f"[{at}].hours")
        opens, closes = hours[0] if hours else (None, None)
        try:
            day = date.fromisoformat(need(part.get("day"), str, at=f"[{at}].day"))
            row = calendar.holidays.model(
                calendar=calendar,
                day=day,
                name=need(part.get("name", ""), str, at=f"[{at}].name"),
                opens_at=opens,
                closes_at=closes,
            )
            row.full_clean()
        except ValidationError as error:
            raise BadValue(" ".join(error.messages), f"[{at}]") from error
        except ValueError as error:
            raise BadValue(_("a day is written as 2026-12-24."), f"[{at}].day") from error
        row.save()


HOURS = Value(name="hours", show=_show_calendar, take=_take_calendar, late=True)
HOLIDAYS = Value(name="holidays", show=_show_holidays, take=_take_holidays, late=True)


def _path(row: Any) -> list[str]:
    names: list[str] = []
    while row.parent is not None:
        row = row.parent
        names.insert(0, row.name)
    return names


def _take_under(row: Any, value: Any) -> None:
    parent = None
    for at, name in enumerate(need(value, list)):
        text = _("no disposition “%s” above it.") % name
        key = {"name": need(name, str, at=f"[{at}]"), "parent": parent}
        parent = find(Disposition, text, at=f"[{at}]", **key)
    row.parent = parent


UNDER = Value(name="under", show=_path, take=_take_under, default=[])


def _take_texts(reply: Any, value: Any) -> None:
    wanted = {}
    for language, text in need(value, dict).items():
        form = CannedTextForm({"language": language, "text": need(text, str, at=f".{language}")})
        if not form.is_valid():
            raise BadValue(" ".join(str(row) for rows in form.errors.values() for row in rows), f".{language}")
        wanted[language] = form.cleaned_data["text"]
    if not wanted:
        raise BadValue(_("a text in one language at least."))
    if wanted == _show_texts(reply):
        return
    reply.texts.all().delete()
    for language, text in wanted.items():
        reply.texts.create(language=language, text=text)
    reply.updated_at = now()
    reply.save(update_fields=["updated_at"])


def _show_texts(reply: Any) -> dict[str, str]:
    return dict(sorted((text.language, text.text) for text in reply.texts.all()))


TEXTS = Value(name="texts", show=_show_texts, take=_take_texts, late=True)


def _take_tag_cost(tag: Any, value: Any) -> None:
    if value is None:
        TagCost.objects.filter(tag=tag).delete()
        return
    row = TagCost.objects.filter(tag=tag).first() or TagCost(tag=tag)
    row.cost = need(value, int)
    try:
        row.full_clean()
    except ValidationError as error:
        raise BadValue(" ".join(error.messages)) from error
    row.save()


TAG_COST = Value(
    name="cost", show=lambda tag: tag.cost.cost if hasattr(tag, "cost") else None, take=_take_tag_cost, late=True
)

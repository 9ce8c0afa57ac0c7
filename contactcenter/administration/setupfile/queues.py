"""What belongs to a queue in the file: members, steps, fallbacks, promises, weights. Each is replaced as a whole."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import fields
from itertools import pairwise
from typing import Any

from django.core.exceptions import ValidationError
from django.db import models
from django.utils.translation import gettext as _

from contactcenter.accounts.models import LANGUAGE_CHOICES
from contactcenter.administration.setupfile.parts import find_skill
from contactcenter.administration.setupfile.values import BadValue, Value, columns, find, need, optional
from routing.matching import Weights
from routing.models import Agent, Fallback, Queue, QueueMember, QueueStep, QueueWeights, SLATarget

_MEMBER = columns(QueueMember, "priority", "delay_seconds")
_COLUMNS = {column.name for column in QueueWeights._meta.concrete_fields}
_WEIGHTS = [one.name for one in fields(Weights) if one.name in _COLUMNS]


def _read(row: Any, given: Any, values: Sequence[Value], at: str) -> dict[str, Any]:
    """Take the part's values into the row, all but the late ones. Returns the part. Raises BadValue with the place."""
    part: dict[str, Any] = need(given, dict, at=at)
    if unknown := set(part) - {value.name for value in values}:
        raise BadValue(_("unknown: %s.") % ", ".join(sorted(unknown)), at)
    _take(row, part, [value for value in values if not value.late], at)
    return part


def _take(row: Any, part: dict[str, Any], values: Sequence[Value], at: str) -> None:
    for value in values:
        if value.name not in part and value.default is ...:
            raise BadValue(_("is needed."), f"{at}.{value.name}")
        try:
            value.take(row, part.get(value.name, value.default))
        except BadValue as error:
            raise BadValue(str(error), f"{at}.{value.name}{error.path}") from error


def _save(row: Any, at: str) -> None:
    try:
        row.full_clean()
    except ValidationError as error:
        raise BadValue(" ".join(error.messages), at) from error
    row.save()


def _list(
    name: str,
    model: type[models.Model],
    key: Sequence[str],
    values: Sequence[Value],
    check: Callable[[list[Any]], None] = lambda rows: None,
) -> Value:
    """Rows of a queue, found again by `key` so that what points to them stays."""

    def take(queue: Any, value: Any) -> None:
        rows, parts = [], []
        for at, given in enumerate(need(value, list)):
            row: Any = model(queue=queue)
            parts.append(_read(row, given, values, f"[{at}]"))
            rows.append(row)
        keys = [tuple(getattr(row, part) for part in key) for row in rows]
        for at, one in enumerate(keys):
            if one in keys[:at]:
                raise BadValue(_("the same stands here twice."), f"[{at}]")
        check(rows)
        known = {tuple(getattr(row, part) for part in key): row.pk for row in getattr(queue, name).all()}
        getattr(queue, name).exclude(pk__in=[known[one] for one in keys if one in known]).delete()
        for at, (row, part, one) in enumerate(zip(rows, parts, keys, strict=True)):
            row.pk = known.get(one)
            row._state.adding = row.pk is None
            _save(row, f"[{at}]")
            _take(row, part, [value for value in values if value.late], f"[{at}]")

    return Value(
        name=name,
        show=lambda queue: [
            {value.name: value.show(row) for value in values}
            for row in sorted(getattr(queue, name).all(), key=lambda row: [getattr(row, part) for part in key])
        ],
        take=take,
        late=True,
    )


def _defaults(model: type[models.Model], *names: str) -> list[Value]:
    """Columns that may be left out of a part."""
    return [optional(value, model._meta.get_field(value.name).get_default()) for value in columns(model, *names)]  # type: ignore[union-attr]


def _queue(slug: Any, at: str = "") -> Queue:
    row: Queue = find(Queue, _("no queue “%s”.") % slug, at=at, slug=need(slug, str, at=at))
    return row


# -- members: a name, or a mapping where somebody stands back
def _take_members(queue: Any, value: Any) -> None:
    wanted: dict[Agent, QueueMember] = {}
    for at, given in enumerate(need(value, list)):
        part = {"agent": given} if isinstance(given, str) else need(given, dict, at=f"[{at}]")
        name = need(part.get("agent"), str, at=f"[{at}]" if isinstance(given, str) else f"[{at}].agent")
        agent = find(Agent, _("no agent “%s”.") % name, at=f"[{at}]", user__username=name)
        row = QueueMember.objects.filter(queue=queue, agent=agent).first() or QueueMember(queue=queue, agent=agent)
        row.priority, row.delay_seconds = 1, 0
        rest = {key: one for key, one in part.items() if key != "agent"}
        _read(row, rest, _defaults(QueueMember, "priority", "delay_seconds"), f"[{at}]")
        _save(row, f"[{at}]")
        wanted[agent] = row
    QueueMember.objects.filter(queue=queue).exclude(agent__in=wanted).delete()


def _show_members(queue: Any) -> list[Any]:
    shown = []
    for member in sorted(queue.members.all(), key=lambda row: row.agent.user.username):
        name, rest = member.agent.user.username, {value.name: value.show(member) for value in _MEMBER}
        stands_back = (member.priority, member.delay_seconds) != (1, 0)
        shown.append({"agent": name, **rest} if stands_back else name)
    return shown


MEMBERS = Value(name="members", show=_show_members, take=_take_members, late=True)


# -- steps
def _take_needed(step: Any, value: Any) -> None:
    wanted = {find_skill(slug): need(level, int, at=f".{slug}") for slug, level in need(value, dict).items()}
    for skill, level in wanted.items():
        if not 1 <= level <= 5:
            raise BadValue(_("a level is 1 to 5."), f".{skill.slug}")
    step.skills.filter(is_optional=False).exclude(skill__in=wanted).delete()
    for skill, level in wanted.items():
        step.skills.update_or_create(skill=skill, defaults={"min_level": level, "is_optional": False})


def _take_optional(step: Any, value: Any) -> None:
    slugs = [need(slug, str, at=f"[{at}]") for at, slug in enumerate(need(value, list))]
    wanted = [find_skill(slug) for slug in slugs]
    for at, skill in enumerate(wanted):
        if step.skills.filter(skill=skill, is_optional=False).exists():
            raise BadValue(_("it is needed already."), f"[{at}]")
    step.skills.filter(is_optional=True).exclude(skill__in=wanted).delete()
    for skill in wanted:
        step.skills.get_or_create(skill=skill, defaults={"is_optional": True})


def _take_joins(step: Any, value: Any) -> None:
    step.joins.set([_queue(slug, f"[{at}]") for at, slug in enumerate(need(value, list))])


def _check_rising(rows: list[Any]) -> None:
    for at, (before, after) in enumerate(pairwise(rows), start=1):
        if after.after_seconds <= before.after_seconds:
            raise BadValue(_("steps follow one another: this one does not begin later."), f"[{at}].after_seconds")


_STEP = [
    *columns(QueueStep, "after_seconds"),
    Value(
        name="skills",
        show=lambda step: {
            row.skill.slug: row.min_level
            for row in sorted(step.skills.all(), key=lambda row: row.skill.slug)
            if not row.is_optional
        },
        take=_take_needed,
        late=True,
        default={},
    ),
    Value(
        name="optional",
        show=lambda step: sorted(row.skill.slug for row in step.skills.all() if row.is_optional),
        take=_take_optional,
        late=True,
        default=[],
    ),
    Value(
        name="joins",
        show=lambda step: sorted(queue.slug for queue in step.joins.all()),
        take=_take_joins,
        late=True,
        default=[],
    ),
    *_defaults(QueueStep, "needs_language", "boost_seconds", "skip_if_unstaffed"),
]
STEPS = _list("steps", QueueStep, ["after_seconds"], _STEP, _check_rising)


# -- fallbacks
def _take_to_queue(row: Any, value: Any) -> None:
    row.to_queue = None if value is None else _queue(value)


def _take_texts(row: Any, value: Any) -> None:
    codes = {code for code, _name in LANGUAGE_CHOICES}
    for code, text in need(value, dict).items():
        if code not in codes:
            raise BadValue(_("no language “%s”.") % code, f".{code}")
        need(text, str, at=f".{code}")
    row.texts = value


FALLBACKS = _list(
    "fallbacks",
    Fallback,
    ["condition", "channel"],
    [
        *columns(Fallback, "condition"),
        *_defaults(Fallback, "channel"),
        *columns(Fallback, "action"),
        Value(
            name="to_queue",
            show=lambda row: row.to_queue.slug if row.to_queue else None,
            take=_take_to_queue,
            default=None,
        ),
        Value(name="texts", show=lambda row: dict(sorted(row.texts.items())), take=_take_texts, default={}),
    ],
)

PROMISES = _list(
    "sla_targets",
    SLATarget,
    ["channel"],
    _defaults(SLATarget, "channel", "first_seconds", "next_seconds", "resolution_seconds", "warn_percent"),
)


# -- weights: those that are named, the others by default; none of them: the defaults
def _take_weights(queue: Any, value: Any) -> None:
    given = need(value, dict)
    if unknown := set(given) - set(_WEIGHTS):
        raise BadValue(_("unknown: %s.") % ", ".join(sorted(unknown)))
    for name, points in given.items():
        # Beyond that it is no float any more.
        if isinstance(points, bool) or not isinstance(points, int | float) or abs(points) > 1e6:
            raise BadValue(_("a number is needed."), f".{name}")
    row = QueueWeights(queue=queue, pk=QueueWeights.objects.filter(queue=queue).values_list("pk", flat=True).first())
    row._state.adding = row.pk is None
    for name, points in given.items():
        setattr(row, name, float(points))
    if given:
        _save(row, "")
    else:
        QueueWeights.objects.filter(queue=queue).delete()


def _show_weights(queue: Any) -> dict[str, float]:
    row = getattr(queue, "weights", None)
    return {name: getattr(row, name) for name in _WEIGHTS} if row is not None else {}


WEIGHTS = Value(name="weights", show=_show_weights, take=_take_weights, late=True)
READS = (
    "members__agent__user",
    "steps__skills__skill",
    "steps__joins",
    "fallbacks__to_queue",
    "sla_targets",
    "weights",
)

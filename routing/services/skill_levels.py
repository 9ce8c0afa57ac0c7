"""Levels of many agents changed at once, from a table that somebody else may be changing too."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from django.db import transaction

from contactcenter.accounts.models import User
from contactcenter.accounts.services import record_audit
from routing.locking import lock_agent
from routing.models import Agent, AgentSkill, Skill
from routing.services.groups import set_agent_skills


@dataclass(frozen=True, slots=True, kw_only=True)
class LevelChange:
    """A cell as it was shown, and as it is wanted; 0 is no skill."""

    agent_id: int
    skill_id: int
    was: int
    level: int


@dataclass(frozen=True, slots=True, kw_only=True)
class LevelConflict:
    """A cell that somebody else has changed since it was shown."""

    agent: Agent
    skill: Skill
    level: int


def change_levels(changes: Iterable[LevelChange], *, actor: User | None) -> tuple[int, list[LevelConflict]]:
    """Write what still stands as it was shown, agent by agent. Returns how many cells, and those left alone."""
    wanted: dict[int, list[LevelChange]] = {}
    for change in changes:
        wanted.setdefault(change.agent_id, []).append(change)
    skills = Skill.objects.in_bulk({change.skill_id for rows in wanted.values() for change in rows})
    known = set(Agent.objects.filter(pk__in=wanted).values_list("pk", flat=True))
    number, conflicts = 0, []
    for agent_id in sorted(known):
        written, left = _change_agent(agent_id, wanted[agent_id], skills, actor)
        number += written
        conflicts += left
    return number, conflicts


@transaction.atomic(durable=True)
def _change_agent(
    agent_id: int, changes: list[LevelChange], skills: dict[int, Skill], actor: User | None
) -> tuple[int, list[LevelConflict]]:
    agent = lock_agent(agent_id)
    levels = {held.skill: held.level for held in AgentSkill.objects.filter(agent=agent).select_related("skill")}
    conflicts: list[LevelConflict] = []
    written: dict[str, list[int]] = {}
    for change in changes:
        skill = skills.get(change.skill_id)
        if skill is None:
            continue
        level = levels.get(skill, 0)
        if level == change.level:
            continue
        if level != change.was:
            conflicts.append(LevelConflict(agent=agent, skill=skill, level=level))
            continue
        written[skill.slug] = [level, change.level]
        levels[skill] = change.level
    if written:
        set_agent_skills(agent, {skill: level for skill, level in levels.items() if level})
        record_audit("admin.changed", actor=actor, target=f"routing.agent:{agent.pk}", data={"skills": written})
    return len(written), conflicts

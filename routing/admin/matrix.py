"""The table of agents and skills: many levels at a glance, changed in place and saved together."""

from __future__ import annotations

import json
from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from unfold.widgets import UnfoldAdminSelect2MultipleWidget, UnfoldAdminSelectWidget, UnfoldAdminTextInputWidget

from contactcenter.accounts.admin_base import actor_of
from contactcenter.accounts.models import Team
from routing.models import Agent, AgentSkill, Skill
from routing.services.skill_levels import LevelChange, change_levels

MOST_ROWS = 200
MOST_CHANGES = 6000


class MatrixFilter(forms.Form):
    q = forms.CharField(
        label=gettext_lazy("Agent"), required=False, widget=UnfoldAdminTextInputWidget(attrs={"type": "search"})
    )
    team = forms.ModelChoiceField(
        Team.objects.select_related("brand"),
        label=gettext_lazy("Team"),
        required=False,
        empty_label=gettext_lazy("All teams"),
        widget=UnfoldAdminSelectWidget(),
    )
    skill = forms.ModelMultipleChoiceField(
        Skill.objects.all(),
        label=gettext_lazy("Skills"),
        required=False,
        widget=UnfoldAdminSelect2MultipleWidget(),
    )


def _read_changes(text: str) -> list[LevelChange]:
    """The cells that the page sent, `[agent, skill, was, level]` each. Raises ValueError on anything else."""
    rows = json.loads(text)
    if not isinstance(rows, list) or len(rows) > MOST_CHANGES:
        raise ValueError("not a list of cells")
    changes = []
    for row in rows:
        if not isinstance(row, list) or len(row) != 4 or not all(type(one) is int for one in row):
            raise ValueError("not a cell")
        agent_id, skill_id, was, level = row
        if not 0 <= level <= 5:
            raise ValueError("not a level")
        changes.append(LevelChange(agent_id=agent_id, skill_id=skill_id, was=was, level=level))
    return changes


def _save(request: HttpRequest) -> HttpResponse:
    back = HttpResponseRedirect(request.get_full_path())
    try:
        changes = _read_changes(request.POST.get("cells", ""))
    except ValueError:
        messages.error(request, _("Nothing was saved: levels go from 0 to 5."))
        return back
    number, conflicts = change_levels(changes, actor=actor_of(request))
    if number:
        text = ngettext("%(number)s level saved.", "%(number)s levels saved.", number)
        messages.success(request, text % {"number": number})
    for conflict in conflicts[:20]:
        text = _("%(agent)s, %(skill)s: somebody has changed it to %(level)s meanwhile. Yours was not saved.")
        names = {"agent": conflict.agent, "skill": conflict.skill, "level": conflict.level or "–"}
        messages.warning(request, text % names)
    return back


def _table(form: MatrixFilter) -> dict[str, Any]:
    """Agents by name with a level for each skill shown; a few questions, however large it is."""
    wanted = form.cleaned_data if form.is_valid() else {}
    skills = list(wanted.get("skill") or Skill.objects.all())
    agents = Agent.objects.filter(user__is_active=True).select_related("user").prefetch_related("user__teams")
    if wanted.get("team"):
        agents = agents.filter(user__teams=wanted["team"])
    found = sorted(agents, key=lambda agent: agent.user.shown_name.casefold())
    if word := (wanted.get("q") or "").strip().casefold():
        found = [agent for agent in found if word in f"{agent.user.shown_name} {agent.user.username}".casefold()]
    shown = found[:MOST_ROWS]
    held = AgentSkill.objects.filter(agent__in=shown, skill__in=skills).values_list("agent_id", "skill_id", "level")
    levels = {(agent_id, skill_id): level for agent_id, skill_id, level in held}
    return {
        "skills": skills,
        "rows": [
            {"agent": agent, "cells": [(skill, levels.get((agent.pk, skill.pk), 0)) for skill in skills]}
            for agent in shown
        ],
        "sums": [sum(levels.get((agent.pk, skill.pk), 0) >= 3 for agent in shown) for skill in skills],
        "number": len(found),
        "most": MOST_ROWS,
    }


def skill_matrix(model_admin: Any, request: HttpRequest) -> HttpResponse:
    """The page; only for those who may change agents."""
    if not request.user.has_perm("routing.change_agent"):
        raise PermissionDenied
    if request.method == "POST":
        return _save(request)
    form = MatrixFilter(request.GET)
    context = {
        **model_admin.admin_site.each_context(request),
        "title": _("Skills and levels"),
        "opts": model_admin.model._meta,
        "form": form,
        "media": form.media,
        **_table(form),
    }
    return TemplateResponse(request, "routing/admin/skill_matrix.html", context)

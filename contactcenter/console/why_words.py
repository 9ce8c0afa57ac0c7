"""The router's reasons and terms in words."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from routing.explaining import AgentExplained, Level, NotYet
from routing.models import Agent
from routing.states import AgentState

if TYPE_CHECKING:
    from django_stubs_ext import StrPromise

TERMS: dict[str, StrPromise] = {
    "urgency": gettext_lazy("Urgency"),
    "fit": gettext_lazy("Fit"),
    "last_agent": gettext_lazy("Last agent"),
    "scarcity": gettext_lazy("Rare skills"),
    "keep_voice": gettext_lazy("Keep for voice"),
    "packing": gettext_lazy("Chats together"),
    "idle": gettext_lazy("Idle"),
    "occupancy": gettext_lazy("Occupancy"),
    "interruption": gettext_lazy("Interrupts"),
    "missed": gettext_lazy("Missed it before"),
    "starving": gettext_lazy("Waits far too long"),
}
REASONS: dict[str, StrPromise] = {
    "": gettext_lazy("May take it now"),
    "state": gettext_lazy("Not available"),
    "next_state": gettext_lazy("Is about to leave"),
    "presence": gettext_lazy("Console not connected"),
    "channel_off": gettext_lazy("Has switched this channel off"),
    "declined": gettext_lazy("Has just declined it"),
    "passed_on": gettext_lazy("Has just passed it on"),
    "delay": gettext_lazy("Helps out later"),
    "load": gettext_lazy("No room"),
    "skill": gettext_lazy("Lacks a skill"),
    "target": gettext_lazy("Somebody else is asked first"),
}
_BLOCKS: dict[str, StrPromise] = {
    "next_state": gettext_lazy("Another status has been chosen and begins when the work in hand has ended."),
    "presence": gettext_lazy("No console is connected: open it, or look at the connection."),
    "no_queue": gettext_lazy("Not a member of any queue: an admin can change that."),
}


def term_label(name: str) -> str:
    return str(TERMS.get(name, name))


def reason_label(code: str) -> str:
    return str(REASONS.get(code, code))


def state_words(agent: Agent) -> str:
    """ "Break: Lunch", or the state alone."""
    state = str(AgentState(agent.state).label)
    return f"{state}: {agent.reason}" if agent.reason is not None else state


def not_yet_words(row: NotYet) -> str:
    """The reason with what makes it so."""
    if row.reason == "state":
        return state_words(row.agent)
    if row.reason == "skill":
        return ", ".join(_missing(level) for level in row.missing)
    if row.reason == "load":
        return _("No room: %(load)s of %(capacity)s used") % {"load": row.agent.load, "capacity": row.agent.capacity}
    return reason_label(row.reason)


def _missing(level: Level) -> str:
    names = {"skill": level.skill.name, "has": level.has, "needs": level.level}
    return _("%(skill)s %(has)s, needs %(needs)s") % names if level.has else _("No %(skill)s") % names


def levels_words(levels: Sequence[Level]) -> str:
    """ "Latvian 3, Orders 2"; "-" for nothing."""
    return ", ".join(f"{level.skill.name} {level.level}" for level in levels) or "–"


def block_words(explained: AgentExplained) -> list[str]:
    """What keeps everything from an agent."""
    words = []
    for code in explained.blocks:
        if code == "state":
            words.append(_("Status: %s. New work comes to those who are available.") % state_words(explained.agent))
        else:
            words.append(str(_BLOCKS[code]))
    return words

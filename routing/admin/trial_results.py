"""What came out of a trial, in the words and plots of its page."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from zoneinfo import ZoneInfo

from django.utils.formats import number_format
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from routing.models import Queue, Trial
from routing.trials.comparing import MOST_OFF
from routing.trials.plotting import Plot, plot

# Beyond so many standard errors a difference is hardly chance.
_SURE = 2.0
_SHARES = {"service_level", "p_abandon", "p_blocked", "value_lost", "occupancy", "occupancy_spread", "last_agent_share"}
# (figure, its name, +1 if more is better, -1 if less is, 0 if neither).
_FIGURES: tuple[tuple[str, str | Promise, int], ...] = (
    ("service_level", gettext_lazy("Service level"), 1),
    ("asa_seconds", gettext_lazy("Average speed of answer"), -1),
    ("p95_seconds", gettext_lazy("95 of 100 are answered within"), -1),
    ("p_abandon", gettext_lazy("Abandoned"), -1),
    ("p_blocked", gettext_lazy("Turned away"), -1),
    ("weighted_wait_seconds", gettext_lazy("Wait, weighted by value"), -1),
    ("value_lost", gettext_lazy("Value lost"), -1),
    ("last_agent_share", gettext_lazy("Got the agent they know"), 1),
    ("occupancy", gettext_lazy("Occupancy"), 0),
    ("occupancy_spread", gettext_lazy("Occupancy, spread between agents"), -1),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One figure: as it was, replayed, with the change, and the difference with its 95 % range."""

    label: str | Promise
    actual: str
    before: str
    after: str
    difference: str
    verdict: str
    tone: str  # better | worse | same


def shown_result(trial: Trial, zone: ZoneInfo) -> dict[str, Any]:
    result: dict[str, Any] = trial.result
    actual = result["actual"]
    rows = [_row(name, label, good, result) for name, label, good in _FIGURES if _is_known(name, result)]
    names = dict(Queue.objects.values_list("slug", "name"))
    others = [
        {
            "name": names.get(other["queue"], other["queue"]),
            "before": _shown("service_level", other["before"]),
            "after": _shown("service_level", other["after"]),
            **_verdict("service_level", 1, other["change"].get("service_level")),
        }
        for other in result["others"]
    ]
    off = result["off_by"]
    return {
        "rows": rows,
        "others": others,
        "has_actual": actual is not None,
        "contacts": round(actual["contacts"] if actual else result["before"].get("contacts", [0])[0] or 0),
        "is_off": off is not None and off > MOST_OFF,
        "off_points": number_format(off * 100, 1) if off is not None else "",
        "plots": _plots(result, trial, zone),
    }


def _is_known(name: str, result: Mapping[str, Any]) -> bool:
    found = result["before"].get(name)
    # A share of turned away customers says nothing where no queue is ever full.
    return (
        found is not None and found[0] is not None and (name != "p_blocked" or bool(found[0] or _after(name, result)))
    )


def _after(name: str, result: Mapping[str, Any]) -> float | None:
    found = result["after"].get(name)
    return found[0] if found else None


def _row(name: str, label: str | Promise, good: int, result: Mapping[str, Any]) -> Row:
    actual = (result["actual"] or {}).get(name)
    return Row(
        label=label,
        actual=_shown(name, actual),
        before=_shown(name, result["before"][name][0]),
        after=_shown(name, _after(name, result)),
        **_verdict(name, good, result["change"].get(name)),
    )


def _shown(name: str, value: float | None) -> str:
    if value is None:
        return "–"
    if name in _SHARES:
        return _("%s %%") % number_format(value * 100, 1)
    return _("%s s") % number_format(value, 1 if value < 100 else 0)


def _verdict(name: str, good: int, change: list[float | None] | None) -> dict[str, str]:
    """The difference with twice its standard error, and whether it is one."""
    if not change or change[0] is None:
        return {"difference": "–", "verdict": "", "tone": "same"}
    mean, error = change[0], change[1] or 0.0
    scale = 100 if name in _SHARES else 1
    text = f"{'+' if mean > 0 else '−' if mean < 0 else ''}{number_format(abs(mean) * scale, 1)}"
    text += f" ± {number_format(_SURE * error * scale, 1)}"
    if abs(mean) <= _SURE * error or round(abs(mean) * scale, 1) == 0:
        return {"difference": text, "verdict": _("no clear difference"), "tone": "same"}
    if not good:
        return {"difference": text, "verdict": _("more") if mean > 0 else _("less"), "tone": "same"}
    is_better = (mean > 0) == (good > 0)
    return {
        "difference": text,
        "verdict": _("better") if is_better else _("worse"),
        "tone": "better" if is_better else "worse",
    }


def _plots(result: Mapping[str, Any], trial: Trial, zone: ZoneInfo) -> list[Plot]:
    series, starts_at = result["series"], trial.starts_at.astimezone(zone)
    before, after, actual = _("As it is"), _("With the change"), _("As it was")

    def line(label: str, name: str, figure: str) -> tuple[str, str, Any]:
        return label, name, lambda row: (row[name] or {}).get(figure)

    def lines(figure: str, *, was: bool) -> list[tuple[str, str, Any]]:
        shown = [line(before, "before", figure), line(after, "after", figure)]
        return [line(actual, "actual", figure), *shown] if was and result["actual"] else shown

    def percent(value: float) -> str:
        return _("%s %%") % round(value * 100)

    def seconds(value: float) -> str:
        return _("%s s") % number_format(value, 0 if value >= 4 or value == int(value) else 1)

    return [
        plot(_("Service level"), series, lines("service_level", was=True), starts_at, most=1.0, shown=percent),
        plot(_("Average wait"), series, lines("wait", was=True), starts_at, shown=seconds),
        plot(_("Occupancy"), series, lines("occupancy", was=False), starts_at, most=1.0, shown=percent),
        plot(
            _("Conversations that came"),
            series,
            [(_("Conversations"), "actual", lambda row: row["contacts"])],
            starts_at,
            shown=lambda value: number_format(value, 0),
        ),
    ]

"""What the timeline says of waiting: joined with another channel, passed on, promised, turned away, watched."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext as _

from contactcenter.conversations.events import EventKind
from contactcenter.conversations.states import Channel
from routing.models import FallbackCondition, WaitAlert

WAITING_ICONS: dict[str, str] = {
    EventKind.WAIT_JOINED: "link",
    EventKind.WAIT_PARTED: "link",
    EventKind.WAIT_TAKEN_ALONG: "headset",
    EventKind.WAIT_OVERFLOWED: "transfer",
    EventKind.WAIT_PROMISED: "clock",
    EventKind.WAIT_TURNED_AWAY: "close",
    EventKind.WAIT_ALERTED: "alert",
}


def waiting_line(kind: EventKind, data: Mapping[str, Any]) -> str:
    """The line in the present language; empty where the kind's own label says it all."""
    if kind == EventKind.WAIT_JOINED and data.get("channel") in Channel.values:
        return _("The customer also waits on %(channel)s: one agent takes both") % {
            "channel": Channel(data["channel"]).label
        }
    if kind == EventKind.WAIT_OVERFLOWED and data.get("condition") in FallbackCondition.values:
        return _("Passed on from %(queue)s to %(target)s: %(condition)s") % {
            **data,
            "condition": FallbackCondition(data["condition"]).label,
        }
    if (
        kind in {EventKind.WAIT_PROMISED, EventKind.WAIT_TURNED_AWAY}
        and data.get("condition") in FallbackCondition.values
    ):
        words = {"condition": FallbackCondition(data["condition"]).label}
        if kind == EventKind.WAIT_PROMISED:
            return _("The customer was promised an answer later: %(condition)s") % words
        return _("Ended by itself: %(condition)s") % words
    if kind == EventKind.WAIT_ALERTED and data.get("reason") in WaitAlert.Reason.values:
        return _("The supervisors were told: %(reason)s") % {"reason": WaitAlert.Reason(data["reason"]).label}
    return ""

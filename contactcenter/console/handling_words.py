"""What the timeline says of changed details, merges, splits and ratings."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from contactcenter.conversations.events import EventKind
from contactcenter.conversations.states import Channel, Priority
from routing.models import SLAKind

HANDLING_ICONS: dict[str, str] = {
    EventKind.CONVERSATION_MERGED: "merge",
    EventKind.CONVERSATION_JOINED: "merge",
    EventKind.CONVERSATION_UNMERGED: "history",
    EventKind.CONVERSATION_SPLIT: "split",
    EventKind.CONVERSATION_SPLIT_OFF: "split",
    EventKind.CONSULT_CONFERENCE: "users",
    EventKind.RATING_GIVEN: "star",
    EventKind.MESSAGE_LEFT: "mail",
    EventKind.SLA_WARNED: "clock",
    EventKind.SLA_BREACHED: "alert",
}
# After these the entries of a timeline stand elsewhere: screens fetch it again.
REORDERING_KINDS = frozenset(
    {
        EventKind.CONVERSATION_MERGED.value,
        EventKind.CONVERSATION_JOINED.value,
        EventKind.CONVERSATION_UNMERGED.value,
        EventKind.CONVERSATION_SPLIT.value,
        EventKind.CONVERSATION_SPLIT_OFF.value,
    }
)


def handling_line(kind: EventKind, data: Mapping[str, Any]) -> str:
    """The line in the present language; empty where the kind's own label says it all."""
    if kind == EventKind.CONVERSATION_CHANGED and isinstance(data.get("changes"), dict):
        return " ".join(
            _change(str(data["actor"]), name, before, after) for name, (before, after) in data["changes"].items()
        )
    if kind == EventKind.CONVERSATION_JOINED and data.get("channel") in Channel.values:
        return _("%(actor)s merged a conversation by %(channel)s into this one") % {
            "actor": data["actor"],
            "channel": Channel(data["channel"]).label,
        }
    if kind == EventKind.CONVERSATION_SPLIT and isinstance(data.get("count"), int):
        return ngettext(
            "%(actor)s moved %(count)s message to a conversation of its own",
            "%(actor)s moved %(count)s messages to a conversation of their own",
            data["count"],
        ) % {"actor": data["actor"], "count": data["count"]}
    if kind in {EventKind.SLA_WARNED, EventKind.SLA_BREACHED} and data.get("promise") in SLAKind.values:
        return str(kind.label).format(promise=SLAKind(data["promise"]).label)
    if kind == EventKind.RATING_GIVEN and data.get("comment"):
        return _("The customer rated it %(score)s of 5: “%(comment)s”") % data
    return ""


def _change(actor: str, name: str, before: Any, after: Any) -> str:
    """One sentence for one field."""
    words = {"actor": actor, "before": before, "after": after}
    if name == "subject":
        text = _("%(actor)s set the subject: “%(after)s”") if after else _("%(actor)s took the subject away")
    elif name == "topic":
        text = _("%(actor)s set the topic: %(after)s") if after else _("%(actor)s took the topic away")
    elif name == "priority":
        words["after"] = Priority(after).label
        text = _("%(actor)s set the priority: %(after)s")
    elif name == "tags":
        return _tags(actor, before, after)
    else:
        text = _("%(actor)s changed it")
    return text % words


def _tags(actor: str, before: list[str], after: list[str]) -> str:
    added = [tag for tag in after if tag not in before]
    removed = [tag for tag in before if tag not in after]
    if not removed:
        text = ngettext("%(actor)s added the tag %(added)s", "%(actor)s added the tags %(added)s", len(added))
    elif not added:
        text = ngettext("%(actor)s removed the tag %(removed)s", "%(actor)s removed the tags %(removed)s", len(removed))
    else:
        text = _("%(actor)s added the tags %(added)s and removed %(removed)s")
    return text % {"actor": actor, "added": ", ".join(added), "removed": ", ".join(removed)}

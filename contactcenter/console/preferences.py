"""What people set for their own desk: defaults, keys, reading, checking, writing. Called by pages and settings."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from contactcenter.accounts.models import User
from contactcenter.base.errors import Refused
from contactcenter.console.models import Preferences
from contactcenter.conversations.realtime import announce_on_commit

UNDO_CHOICES = (0, 5, 10, 20, 30)
VOLUME = 0.6
# Kinds of sounds; the scripts know how each one sounds.
ALERTS: dict[str, Promise] = {
    "live_offer": _("A live contact is offered: chat, call"),
    "offer": _("Other work is offered"),
    "reply": _("A customer writes in a conversation of yours"),
    "mention": _("A colleague mentions you"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Shortcut:
    """One key: a physical one (`event.code`), so that it is in the same place in every language."""

    action: str
    label: Promise
    key: str
    # Fixed keys belong to the browser or to the place for writing, and are only shown.
    is_fixed: bool = False


_GROUPS: tuple[tuple[Promise, tuple[Shortcut, ...]], ...] = (
    (
        _("Everywhere"),
        (
            Shortcut(action="palette", label=_("Search and commands"), key="Ctrl+KeyK"),
            Shortcut(action="search", label=_("Search"), key="Slash"),
            Shortcut(action="help", label=_("Keyboard shortcuts"), key="Shift+Slash"),
            Shortcut(action="accept", label=_("Accept what is offered"), key="Ctrl+Shift+KeyA"),
            Shortcut(action="decline", label=_("Decline what is offered"), key="Ctrl+Shift+KeyD"),
            Shortcut(action="panes", label=_("Next part of the screen"), key="F6", is_fixed=True),
            Shortcut(action="back", label=pgettext_lazy("shortcut", "Back"), key="Escape", is_fixed=True),
        ),
    ),
    (
        _("List"),
        (
            Shortcut(action="next", label=_("Next conversation"), key="KeyJ"),
            Shortcut(action="previous", label=_("Previous conversation"), key="KeyK"),
            Shortcut(action="open", label=_("Open the conversation"), key="Enter", is_fixed=True),
            Shortcut(action="select", label=_("Select the conversation"), key="KeyX"),
        ),
    ),
    (
        _("Open conversation"),
        (
            Shortcut(action="reply", label=_("Reply"), key="KeyR"),
            Shortcut(action="note", label=_("Note"), key="KeyN"),
            Shortcut(action="close", label=_("Close and wrap up"), key="KeyE"),
            Shortcut(action="assign", label=_("Take or give"), key="KeyA"),
            Shortcut(action="transfer", label=_("Transfer"), key="KeyT"),
            Shortcut(action="snooze", label=_("Snooze"), key="KeyZ"),
            Shortcut(action="label", label=_("Tags"), key="KeyL"),
            Shortcut(action="unread", label=_("Mark as unread"), key="KeyU"),
        ),
    ),
    (
        _("While writing"),
        (
            Shortcut(action="send", label=_("Send"), key="Ctrl+Enter", is_fixed=True),
            Shortcut(action="send_close", label=_("Send and close"), key="Ctrl+Shift+Enter", is_fixed=True),
        ),
    ),
)
SHORTCUTS = {shortcut.action: shortcut for _name, group in _GROUPS for shortcut in group}
_CODE = (
    r"Key[A-Z]|Digit\d|F\d{1,2}|Slash|Backslash|Period|Comma|Semicolon|Quote|BracketLeft|BracketRight|Minus|Equal"
    r"|Backquote|Enter|Space|Delete|Insert|Home|End|PageUp|PageDown|Arrow(?:Up|Down|Left|Right)"
)
_KEY = re.compile(rf"(Ctrl\+)?(Alt\+)?(Shift\+)?({_CODE})")
_CAPS = {
    "Slash": "/",
    "Backslash": "\\",
    "Period": ".",
    "Comma": ",",
    "Semicolon": ";",
    "Quote": "'",
    "BracketLeft": "[",
    "BracketRight": "]",
    "Minus": "-",
    "Equal": "=",
    "Backquote": "`",
    "Enter": "↵",
    "Escape": "Esc",
    "ArrowUp": "↑",
    "ArrowDown": "↓",
    "ArrowLeft": "←",
    "ArrowRight": "→",
    "Shift": "⇧",
}


def key_words(key: str) -> str:
    """A key as it stands on the keyboard: "Ctrl+Shift+KeyA" -> "Ctrl ⇧ A"."""
    if key == "Shift+Slash":
        return "?"
    parts = [_CAPS.get(part, part.removeprefix("Key").removeprefix("Digit")) for part in key.split("+")]
    return " ".join(parts)


def preferences_of(user: User) -> Preferences:
    """The user's own settings; an unsaved row of defaults for who has never changed any."""
    return Preferences.objects.filter(user=user).first() or Preferences(user=user)


def keys_of(preferences: Preferences) -> dict[str, str]:
    """Every action's key, as this person has it."""
    own = preferences.shortcuts
    return {
        action: shortcut.key if shortcut.is_fixed else own.get(action, shortcut.key)
        for action, shortcut in SHORTCUTS.items()
    }


def shortcut_groups(preferences: Preferences) -> list[tuple[Promise, list[dict[str, Any]]]]:
    """The help sheet and the editor: groups of actions with their keys."""
    keys = keys_of(preferences)
    return [
        (
            name,
            [
                {"action": row.action, "label": row.label, "key": key_words(keys[row.action]), "is_fixed": row.is_fixed}
                for row in group
            ],
        )
        for name, group in _GROUPS
    ]


def sounds_of(preferences: Preferences) -> dict[str, dict[str, Any]]:
    """Volume (0 is silent) and loudspeaker of every kind of alert; an empty loudspeaker is the common one."""
    own = preferences.sounds
    return {
        kind: {
            "volume": float(own.get(kind, {}).get("volume", VOLUME)),
            "device": str(own.get(kind, {}).get("device", "")),
        }
        for kind in ALERTS
    }


def for_browser(preferences: Preferences) -> dict[str, Any]:
    """What the scripts go by."""
    keys = keys_of(preferences)
    return {
        "theme": preferences.user.theme,
        "density": preferences.density,
        "undo_seconds": preferences.undo_seconds,
        "notifications": preferences.has_notifications,
        "shortcuts": preferences.has_shortcuts,
        "keys": keys,
        "caps": {action: key_words(key) for action, key in keys.items()},
        "sounds": sounds_of(preferences),
        "device": str(preferences.sounds.get("device", "")),
    }


@transaction.atomic
def save_preferences(user: User, *, person: dict[str, str], desk: dict[str, Any]) -> Preferences:
    """Write language, theme and time zone of the person, and the desk's own settings."""
    changed = [name for name, value in person.items() if getattr(user, name) != value]
    for name in changed:
        setattr(user, name, person[name])
    if changed:
        user.save(update_fields=changed)
    if {"language", "time_zone"} & set(changed):
        # Frames come in the new language from now on.
        announce_on_commit({"topic": f"user:{user.pk}", "kind": "access.changed"})
    return Preferences.objects.update_or_create(user=user, defaults=desk)[0]


@transaction.atomic
def save_shortcut(user: User, *, action: str, key: str) -> Preferences:
    """Put an action on another key. Raises Refused for a key that cannot be one, or is another action's."""
    preferences = preferences_of(user)
    shortcut = SHORTCUTS.get(action)
    if shortcut is None or shortcut.is_fixed:
        raise Refused(_("This key cannot be changed."), code="fixed_key")
    if not _KEY.fullmatch(key):
        raise Refused(_("This key cannot be used. Choose a letter, a digit or a sign."), code="bad_key")
    taken = next((other for other, own in keys_of(preferences).items() if own == key and other != action), None)
    if taken is not None:
        words = {"key": key_words(key), "action": SHORTCUTS[taken].label}
        raise Refused(_("%(key)s is used for “%(action)s”. Choose another key.") % words, code="key_taken")
    own = {**preferences.shortcuts, action: key}
    if key == shortcut.key:
        del own[action]
    return Preferences.objects.update_or_create(user=user, defaults={"shortcuts": own})[0]


def reset_shortcuts(user: User) -> Preferences:
    """All keys as they were at first."""
    return Preferences.objects.update_or_create(user=user, defaults={"shortcuts": {}})[0]

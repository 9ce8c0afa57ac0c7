"""Choices whose keys are stored and whose words are translated when shown."""

from __future__ import annotations

from django.utils.translation import gettext, pgettext
from django.utils.translation import gettext_lazy as _

DECLINE_REASONS = {
    "busy": _("Busy with other work"),
    "not_my_topic": _("Not my topic"),
    "language": _("Not my language"),
    "technical": _("Something does not work here"),
}


def shell_words() -> dict[str, str]:
    """What alerts, the offline banner and Ctrl K say in the browser."""
    return {
        "offline_since": gettext("No connection since %s."),
        "offline": gettext("Trying again in %s s. You can read and write; what you write is kept."),
        "connecting": gettext("Trying again now. You can read and write; what you write is kept."),
        "as_of": gettext("As of %s"),
        "offered": gettext("Work for you"),
        "mentioned": gettext("%s mentions you"),
        "due_soon": gettext("%s: the promised time is nearly over"),
        "overdue": gettext("%s: the promised time is over"),
        "wrote": gettext("has written"),
        "this_conversation": gettext("This conversation"),
        "reply": gettext("Write a reply"),
        "note": gettext("Write a note, only the team sees it"),
        "settings": gettext("Settings"),
        "theme_light": gettext("Light colours"),
        "theme_dark": gettext("Dark colours"),
        "theme_auto": gettext("Colours as the system"),
        "density_cosy": gettext("Comfortable rows"),
        "density_compact": gettext("Compact rows"),
        "shortcuts": gettext("Keyboard shortcuts"),
        "offer": gettext("Offer"),
        "view": pgettext("list", "View"),
        "status": gettext("Your status"),
        "go_to": gettext("Go to"),
        "account": gettext("Your account"),
        "no_devices": gettext("The browser does not tell which loudspeakers there are."),
    }

"""What the scripts of the timeline say; `%s` is filled in by them."""

from __future__ import annotations

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

# One number for each form that a language of ours has for counted things; the browser knows which form a number takes.
SAMPLES = (1, 2, 5, 10)


def _counted(key: str, one: str, many: str) -> dict[str, str]:
    return {f"{key}_{sample}": ngettext(one, many, sample) for sample in SAMPLES}


def timeline_words() -> dict[str, str]:
    """In the present language."""
    return {
        **_counted("events", "%s event", "%s events"),
        "today": _("Today, %s"),
        "yesterday": _("Yesterday, %s"),
        "new_below": _("%s new, %s"),
        "to_now": _("Back to now"),
        "found_of": _("%s of %s"),
        "found_none": _("Nothing found"),
        "find_more": _("Write at least two letters"),
        "typing": _("%s is typing"),
        "typing_reply": _("%s is typing a reply"),
        "viewing": _("%s is viewing"),
        "viewing_all": _("Viewing: %s"),
    }

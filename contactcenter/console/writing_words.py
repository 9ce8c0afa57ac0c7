"""What the scripts of the place for writing say; `%s` is filled in by them."""

from __future__ import annotations

from django.utils.translation import gettext as _
from django.utils.translation import pgettext


def writing_words() -> dict[str, str]:
    """In the present language."""
    return {
        "draft_saved": _("Draft saved %s"),
        "draft_kept": _("Draft kept on this computer"),
        "sending": _("Sending"),
        "in_outbox": _("In the outbox"),
        "outbox_wait": _("In the outbox: %s"),
        "note_for": _("Note for %s"),
        "take_back": _("Take back"),
        "goes_out_in": _("Goes out in %s s"),
        "undo": _("Undo"),
        "not_sent": _("Not sent. %s"),
        "refused_at": pgettext("reply", "Refused %s"),
        "uploading": _("Uploading"),
        "still_uploading": _("A file is still being uploaded."),
        "write_first": _("Write something first."),
        "remove": _("Remove"),
        "again": _("Try again"),
        "file_limits": _("At most %s files of %s each, no programs"),
        "no_files": _("%s takes no files"),
        "chars_left": _("Characters left: %s"),
        "chars_over": _("Characters too many: %s"),
        "parts": _("Text messages: %s · characters left in the last: %s"),
        "messages": _("Goes as several messages: %s"),
        "found": _("Found: %s"),
        "nothing_found": _("Nothing found"),
        "other_language": _("In another language: %s."),
        "fill_in": _("Fill in: %s"),
    }

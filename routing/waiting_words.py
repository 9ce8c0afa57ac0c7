"""A wait in words. The widget has the same ones in its catalogue."""

from __future__ import annotations

from django.utils.translation import gettext as _

from routing.waiting_time import Told


def wait_words(told: Told) -> str:
    if not told.last:
        return _("Less than a minute")
    if told.first == told.last:
        return (_("About %s hours") if told.in_hours else _("About %s minutes")) % told.last
    return (_("About %s to %s hours") if told.in_hours else _("About %s to %s minutes")) % (told.first, told.last)

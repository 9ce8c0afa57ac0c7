"""Approved texts: where their values go, and what the customer reads then."""

from __future__ import annotations

import re
from collections.abc import Sequence

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from contactcenter.base.errors import Refused
from contactcenter.base.text import clean_input
from contactcenter.conversations.models import MessageTemplate

_PLACE = re.compile(r"\{\{\s*([1-9][0-9]?)\s*\}\}")
# Providers take neither line breaks nor runs of spaces in a value.
_BREAKS = re.compile(r"\s+")


def places_of(text: str) -> int:
    """How many values a text takes: the highest number in {{1}}, {{2}} …"""
    return max((int(number) for number in _PLACE.findall(text)), default=0)


def fill_template(template: MessageTemplate, values: Sequence[str]) -> tuple[str, tuple[str, ...]]:
    """(what the customer reads, the values as they are sent). Raises Refused for a missing value."""
    count = places_of(template.text)
    given = tuple(_BREAKS.sub(" ", clean_input(value)) for value in values[:count])
    if len(given) < count or not all(given):
        text = ngettext(
            "The template has %(count)s place to fill in.", "The template has %(count)s places to fill in.", count
        )
        raise Refused(text % {"count": count}, code="value_missing")
    return _PLACE.sub(lambda found: given[int(found[1]) - 1], template.text), given


def check_template(text: str, labels: Sequence[str]) -> None:
    """Raise Refused unless the places are numbered from 1 without a gap, each with a label."""
    numbers = {int(number) for number in _PLACE.findall(text)}
    if numbers != set(range(1, len(numbers) + 1)):
        raise Refused(_("Number the places from {{1}} on, without a gap."), code="bad_places")
    if len(labels) != len(numbers):
        raise Refused(_("Name each place: one word or two for what goes there."), code="bad_labels")

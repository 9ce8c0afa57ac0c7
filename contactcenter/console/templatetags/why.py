"""The router's reasons in templates."""

from __future__ import annotations

from django import template

from contactcenter.console import why_words

register = template.Library()
register.filter("term_label", why_words.term_label)
register.filter("reason_label", why_words.reason_label)
register.filter("not_yet_words", why_words.not_yet_words)
register.filter("levels_words", why_words.levels_words)


@register.filter
def points(value: float) -> str:
    """With its sign; nothing is a plain 0."""
    return f"{value:+.1f}".replace("-", "−") if abs(value) >= 0.05 else "0"

"""Small words of the customer's card: values, records, evidence, what a merge does."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

from django import template
from django.utils.formats import number_format
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from contactcenter.console import customer_words as words
from contactcenter.console.templatetags.console import icon
from contactcenter.conversations.services.merging import MergePlan
from contactcenter.conversations.states import IdentityKind, IdentityLevel

register = template.Library()
_SYMBOLS = {"EUR": "€", "USD": "$", "GBP": "£", "PLN": "zł"}


@register.filter
def words_of(text: str) -> list[str]:
    return text.split()


@register.filter
def language_words(code: str) -> str:
    return words.language_name(code) if code else ""


@register.filter
def cut_underscores(zone: str) -> str:
    """“America/New_York” -> “America/New York”."""
    return zone.replace("_", " ")


@register.filter
def value_words(value: int) -> str:
    return str(words.VALUES.get(value, value))


@register.filter
def source_words(source: str) -> str:
    return str(words.SOURCES.get(source, source))


@register.filter
def as_vals(value: str, key: str) -> SafeString:
    """`{"key": "value"}` for `hx-vals` in single quotes, whatever the value holds."""
    text = json.dumps({key: value}).replace("&", "\\u0026").replace("<", "\\u003c").replace("'", "\\u0027")
    return mark_safe(text)  # noqa: S308


@register.simple_tag
def record_heading(kind: str) -> dict[str, str]:
    heading, symbol = words.record_kind(kind)
    return {"words": heading, "icon": symbol}


@register.simple_tag
def status_chip(status: str) -> SafeString:
    look, symbol = words.status_look(status)
    return format_html('<span class="chip {}">{}{}</span>', look, icon(symbol, "s"), status)


@register.simple_tag
def money(amount: Decimal, currency: str) -> str:
    """“€ 49.90”, the number as the reader's language writes it."""
    return f"{_SYMBOLS.get(currency, currency)} {number_format(amount, decimal_pos=2)}".strip()


@register.filter
def pairs(data: Any) -> list[tuple[str, Any]]:
    """A record's own fields; not `.items`, which may be one of them."""
    return list(data.items()) if isinstance(data, dict) else [("", data)]


@register.filter
def as_label(key: str) -> str:
    """A key of a record's data as people read it: “tracking_no” -> “Tracking no”."""
    return str(key).replace("_", " ").replace("-", " ").strip().capitalize()


@register.filter
def as_value(value: Any) -> str:
    """A value of a record's data: lists in one line, nested ones as they are."""
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if isinstance(value, list) and not any(isinstance(part, (list, dict)) for part in value):
        return ", ".join(str(part) for part in value)
    if isinstance(value, (list, dict)):
        return json.dumps(value, ensure_ascii=False)
    return "–" if value is None else str(value)


@register.simple_tag
def evidence_words(evidence: dict[str, str]) -> str:
    """Why two customers may be one."""
    try:
        kind, level = IdentityKind(evidence["kind"]).label, IdentityLevel(evidence["level"]).label
    except (KeyError, ValueError):
        return _("Proposed by another system")
    if evidence["kind"] == IdentityKind.VISITOR:
        return _("Same browser (%(level)s)") % {"level": level}
    return _("Same %(kind)s: %(address)s (%(level)s)") % {
        "kind": str(kind).lower(),
        "address": evidence.get("address", ""),
        "level": str(level).lower(),
    }


@register.filter
def plan_lines(plan: MergePlan) -> list[str]:
    """What a merge does, a sentence for each thing."""
    lines = [
        _("Kept as they are: name, language and what else %(customer)s has") % {"customer": plan.kept},
    ]
    for count, text in _counts(plan):
        if count:
            lines.append(text % {"n": count})
    fields = [str(words.FIELDS.get(name, _("tags"))) for name in plan.fields]
    if fields:
        lines.append(_("Taken over or joined: %(fields)s") % {"fields": ", ".join(fields)})
    return lines


def _counts(plan: MergePlan) -> list[tuple[int, str]]:
    addresses, records = len(plan.identities), len(plan.records)
    conversations, consents = plan.merged.conversations.count(), plan.merged.consents.count()
    return [
        (addresses, ngettext("%(n)s address moves", "%(n)s addresses move", addresses)),
        (conversations, ngettext("%(n)s conversation moves", "%(n)s conversations move", conversations)),
        (records, ngettext("%(n)s record moves", "%(n)s records move", records)),
        (consents, ngettext("%(n)s line of consent moves", "%(n)s lines of consent move", consents)),
    ]

"""The words of the customer's card: kinds of records, what a status looks like, languages, lines of the timeline."""

from __future__ import annotations

from typing import Any

from django.utils.functional import Promise
from django.utils.translation import get_language_info, gettext_lazy, pgettext_lazy
from django.utils.translation import gettext as _

from contactcenter.accounts.models import LANGUAGE_CHOICES
from contactcenter.base.text import preview
from contactcenter.conversations.events import EventKind
from contactcenter.conversations.models import ConsentEntry

# Languages that customers are known to speak; those of the product first.
LANGUAGES = (*(code for code, _name in LANGUAGE_CHOICES), "lt", "fi", "sv", "de", "uk", "fr", "es", "it")
VALUES: dict[int, str | Promise] = {
    1: pgettext_lazy("customer", "Ordinary"),
    3: pgettext_lazy("customer", "Important"),
    10: pgettext_lazy("customer", "VIP"),
}
PURPOSES = dict(ConsentEntry._meta.get_field("purpose").choices or [])
SOURCES: dict[str, str | Promise] = {
    "agent": gettext_lazy("an agent wrote it down"),
    "opt_out_word": gettext_lazy("the customer wrote an opt-out word"),
    "webchat": gettext_lazy("ticked in the form before the chat"),
}
RECORD_KINDS: dict[str, tuple[str | Promise, str]] = {
    "order": (gettext_lazy("Orders"), "box"),
    "invoice": (gettext_lazy("Invoices"), "receipt"),
    "appointment": (gettext_lazy("Appointments"), "clock"),
    "return": (gettext_lazy("Returns"), "refresh"),
    "contract": (gettext_lazy("Contracts"), "note"),
    "subscription": (gettext_lazy("Subscriptions"), "refresh"),
    "ticket": (gettext_lazy("Tickets"), "tag"),
    "basket": (gettext_lazy("Baskets"), "cart"),
}
# Words that companies' systems use for how a record stands; any other is neutral.
_GOOD = {"delivered", "paid", "done", "completed", "active", "confirmed", "shipped"}
_SLOW = {"delayed", "pending", "open", "due", "unpaid", "waiting"}
_WRONG = {"overdue", "failed", "lost", "refused", "cancelled", "canceled"}
_BACK = {"returned", "refunded"}
FIELDS: dict[str, str | Promise] = {
    "name": gettext_lazy("name"),
    "language": gettext_lazy("language"),
    "time_zone": gettext_lazy("time zone"),
    "value": gettext_lazy("value"),
    "note": gettext_lazy("note"),
    "manager": gettext_lazy("account manager"),
}
CUSTOMER_ICONS: dict[str, str] = {
    EventKind.IDENTITY_BLOCKED: "lock",
    EventKind.IDENTITY_UNBLOCKED: "lock",
    EventKind.CUSTOMER_CHANGED: "user",
    EventKind.CUSTOMER_MERGED: "merge",
    EventKind.CUSTOMER_UNMERGED: "split",
    EventKind.CONSENT_GIVEN: "shield",
    EventKind.CONSENT_WITHDRAWN: "shield",
    EventKind.CONTACT_LOGGED: "edit",
}


def language_name(code: str) -> str:
    """A language in the reader's words: "lv" -> “Latvian”; one that nobody knows stays as it is."""
    try:
        return str(get_language_info(code)["name_translated"]).capitalize()
    except KeyError:
        return code.upper()


def language_choices(current: str = "") -> list[tuple[str, str]]:
    codes = dict.fromkeys([*LANGUAGES, *([current] if current else [])])
    return [(code, language_name(code)) for code in codes]


def record_kind(kind: str) -> tuple[str, str]:
    """(heading, icon) of a kind of records."""
    words, icon = RECORD_KINDS.get(kind, (kind.replace("_", " ").replace("-", " ").capitalize(), "box"))
    return str(words), icon


def status_look(status: str) -> tuple[str, str]:
    """(state class, icon) of a record's status."""
    words = set(status.casefold().replace("_", " ").replace("-", " ").split())
    for known, look in ((_WRONG, ("bad", "alert")), (_SLOW, ("warn", "clock")), (_GOOD, ("ok", "check"))):
        if words & known:
            return look
    return "", "refresh" if words & _BACK else "clock"


def customer_line(kind: EventKind, data: dict[str, Any]) -> str | None:
    """The timeline's line about a customer's card; None for what only needs its label filled in."""
    if kind in {EventKind.CONSENT_GIVEN, EventKind.CONSENT_WITHDRAWN}:
        data["purpose"] = PURPOSES.get(data["purpose"], data["purpose"])
        return None
    if kind != EventKind.CUSTOMER_CHANGED:
        return None
    field, before, after = data["field"], _shown(data["field"], data["before"]), _shown(data["field"], data["after"])
    words = {"actor": data["actor"], "field": FIELDS.get(field, field), "before": before, "after": after}
    if field == "tag":
        line = _("{actor} tagged the customer {after}") if after else _("{actor} removed the tag {before}")
        return line.format(**words)
    if field == "address":
        line = _("{actor} added the address {after}") if after else _("{actor} removed the address {before}")
        return line.format(**words)
    if not before:
        return _("{actor} changed the customer: {field} “{after}”").format(**words)
    if not after:
        return _("{actor} changed the customer: {field} empty, was “{before}”").format(**words)
    return str(kind.label).format(**words)


def _shown(field: str, value: str) -> str:
    if field == "language" and value:
        return language_name(value)
    if field == "value" and value.isdecimal():
        return str(VALUES.get(int(value), value))
    return preview(value, 80)

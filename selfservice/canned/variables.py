"""The variables of canned replies: the one list that filling in, admin's help and its check read."""

from __future__ import annotations

import re
from collections.abc import Mapping

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from contactcenter.accounts.models import User
from contactcenter.conversations.models import Conversation, Record

VARIABLES: dict[str, Promise] = {
    "customer": _("the customer's name"),
    "first_name": _("the first word of the customer's name"),
    "agent": _("the name of the agent who writes"),
    "brand": _("the brand's name"),
    "order": _("the number of the customer's last order"),
    "subject": _("the subject of the conversation"),
}
_PLACE = re.compile(r"\{([A-Za-z_][A-Za-z0-9_]*)\}")


def values_for(conversation: Conversation, agent: User) -> dict[str, str]:
    """What the variables mean in this conversation; empty where it is not known."""
    name = conversation.customer.name
    order = Record.objects.filter(customer=conversation.customer_id, kind="order").first()
    return {
        "customer": name,
        "first_name": name.split()[0] if name.split() else "",
        "agent": agent.shown_name,
        "brand": conversation.brand.name,
        "order": order.external_id if order is not None else "",
        "subject": conversation.subject,
    }


def fill(text: str, values: Mapping[str, str]) -> tuple[str, list[str]]:
    """The text with its variables filled in, and those left as they stand: unknown, or without a value here."""
    left = dict.fromkeys(name for name in _PLACE.findall(text) if not values.get(name))
    return _PLACE.sub(lambda place: values.get(place[1]) or place[0], text), list(left)


def find_unknown(text: str) -> list[str]:
    """Names in braces that are no variable."""
    return [name for name in dict.fromkeys(_PLACE.findall(text)) if name not in VARIABLES]

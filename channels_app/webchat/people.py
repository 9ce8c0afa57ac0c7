"""What we know of the person at the widget, and what their form still has to ask."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from channels_app.webchat.availability import availability_of
from channels_app.webchat.config import Ask, WidgetConfig
from channels_app.webchat.visitors import Visitor
from contactcenter.conversations.models import ConsentEntry, Identity
from contactcenter.conversations.services.customers import mail_address
from contactcenter.conversations.states import IdentityKind, IdentityLevel

_PERSONAL = frozenset({"name", "email", "phone"})
_ADDRESSES = {"email": IdentityKind.EMAIL, "phone": IdentityKind.PHONE}
CONSENT_SOURCE = "webchat"


def mask_email(address: str) -> str:
    """ "liga@example.lv" as "l…@example.lv": whoever knows it recognises it."""
    local, _at, host = address.rpartition("@")
    return f"{local[:1]}…@{host}"


def person_json(visitor: Visitor) -> dict[str, Any]:
    """What the page may say of its own visitor."""
    name = visitor.claims.name if visitor.claims else ""
    email, level = "", ""
    if visitor.identity is not None:
        customer_id = visitor.identity.customer_id
        name = name or visitor.identity.customer.name
        found = mail_address(customer_id)
        level = IdentityLevel.VERIFIED.value if found is not None else ""
        if found is None:
            claimed = Identity.objects.filter(customer=customer_id, kind=IdentityKind.EMAIL)
            found = claimed.order_by("-pk").first()
            level = IdentityLevel.CLAIMED.value if found is not None else ""
        email = mask_email(found.address) if found is not None else ""
    return {"name": name, "email": email, "email_level": level, "signed": visitor.claims is not None}


def fields_to_ask(visitor: Visitor, config: WidgetConfig) -> Sequence[Ask]:
    """The form's fields without those that a signed identity or an earlier message has answered."""
    asks = [ask for ask in config.prechat if not (ask.name in _PERSONAL and visitor.claims is not None)]
    if not availability_of(visitor.account).topics:
        asks = [ask for ask in asks if ask.name != "topic"]
    if visitor.identity is None:
        return asks
    customer = visitor.identity.customer
    known = set(Identity.objects.filter(customer=customer, kind__in=_ADDRESSES.values()).values_list("kind", flat=True))
    answered = {name for name, kind in _ADDRESSES.items() if kind in known}
    if customer.name:
        answered.add("name")
    has_consented = ConsentEntry.objects.filter(customer=customer, source=CONSENT_SOURCE, is_granted=True)
    if any(ask.name == "consent" for ask in asks) and has_consented.exists():
        answered.add("consent")
    return [ask for ask in asks if ask.name not in answered]

"""PURE: who writes on WhatsApp: a telephone number, or an id within the company's portfolio, or both.

Since 2026 people may keep their number from companies; then only the business-scoped user id is told: two letters of
a country, a dot, up to 128 letters and figures. Source:
developers.facebook.com/documentation/business-messaging/whatsapp/business-scoped-user-ids.
"""

from __future__ import annotations

import re

from channels_app.types import Sender
from contactcenter.conversations.states import IdentityKind, IdentityLevel

_SCOPED_ID = re.compile(r"[A-Z]{2}\.[A-Za-z0-9]{1,128}")
_NUMBER = re.compile(r"\+?[1-9][0-9]{6,14}")


def is_scoped_id(address: str) -> bool:
    return _SCOPED_ID.fullmatch(address) is not None


def whatsapp_sender(*addresses: str, name: str = "", handle: str = "") -> Sender | None:
    """Whoever has these addresses, numbers first; what is neither number nor id is passed over. None for nobody."""
    numbers = [f"+{given.lstrip('+')}" for given in addresses if _NUMBER.fullmatch(given)]
    found = list(dict.fromkeys([*numbers, *(given for given in addresses if is_scoped_id(given))]))
    if not found:
        return None
    return Sender(
        kind=IdentityKind.WHATSAPP,
        address=found[0],
        level=IdentityLevel.RECOGNISED,
        name=name,
        handle=f"@{handle}" if handle else "",
        also=tuple((IdentityKind.WHATSAPP, address) for address in found[1:]),
    )

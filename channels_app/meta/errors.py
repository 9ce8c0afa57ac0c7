"""What Graph's error codes mean for the one who wrote.

Sources: developers.facebook.com/docs/graph-api/guides/error-handling, .../messenger-platform/error-codes and
.../whatsapp/cloud-api/support/error-codes. Where a subcode says more than its code, its line is the one that counts.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.utils.translation import gettext_lazy as _

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise

# It was not taken, and may be later; the seconds after which to ask again, where back-off is too quick.
RETRIED: dict[int, float | None] = {
    1: None, 2: None, 4: 60, 17: 60, 32: 60, 613: 60, 1200: None, 80006: 60, 80007: 60, 130429: None, 131000: None,
    131016: None, 131048: 600, 131053: None, 131056: 6, 133016: 600,
}  # fmt: skip

_SIGN_IN = _("The account's access has expired or was withdrawn: an administrator must connect it again.")
_PERMISSION = _("The account lacks a permission at the provider: an administrator must check it.")
_BLOCKED = _("The provider has restricted this account: an administrator must look at it there.")
_WINDOW = _("The window for answers has closed: only an approved template can be sent now.")
_WINDOW_PLAIN = _("The window for answers has closed: the customer has to write first.")
_NOBODY = _("This person cannot be reached: they have left, blocked us or cannot take such messages.")
_TEMPLATE = _("The template and its values do not fit: an administrator must check it.")

# Nothing can be sent from this account until somebody has put it right.
OF_ACCOUNT: dict[int, _StrPromise] = {
    10: _PERMISSION,
    190: _SIGN_IN,
    200: _PERMISSION,
    230: _PERMISSION,
    299: _PERMISSION,
    368: _BLOCKED,
    131031: _BLOCKED,
    131037: _("The sender's display name has not been approved at the provider."),
    131042: _("The provider wants the account's payment data put right."),
    131045: _("The number is not registered at the provider."),
    131057: _("The account is under maintenance at the provider."),
}
OF_MESSAGE: dict[int, _StrPromise] = {
    100: _("The provider did not accept the message's form."),
    551: _NOBODY,
    130472: _("The provider keeps such messages from this person."),
    130497: _("The provider does not deliver to this country."),
    131021: _("This is our own number."),
    131026: _NOBODY,
    131030: _("The number is not on the list of the test account."),
    131047: _WINDOW,
    131049: _("The provider holds back such messages to this person; try again tomorrow."),
    131050: _("The customer does not want such messages."),
    131051: _("This person cannot take this kind of message."),
    131052: _("The provider could not fetch the file."),
    131062: _("This person can only be reached by telephone number with such messages."),
    132000: _TEMPLATE,
    132001: _TEMPLATE,
    132005: _TEMPLATE,
    132007: _("The template breaks the provider's rules."),
    132008: _TEMPLATE,
    132012: _TEMPLATE,
    132015: _("The template is paused at the provider."),
    132016: _("The template has been switched off at the provider."),
}
OF_SUBCODE: dict[int, _StrPromise] = {
    2018278: _WINDOW_PLAIN,
    2018065: _WINDOW_PLAIN,
    2018001: _NOBODY,
    2018108: _NOBODY,
    1545041: _NOBODY,
    2018300: _("Another app holds this conversation at the provider."),
    2018344: _("The page has to accept the provider's terms: an administrator must do so there."),
    1893063: _BLOCKED,
}
_BLAMING = frozenset({1893063, 2018344})


def seconds_until_retry(code: int) -> tuple[bool, float | None]:
    """Whether to try again, and after how many seconds; None leaves that to the usual back-off."""
    return code in RETRIED, RETRIED.get(code)


def words_for(code: int, subcode: int = 0, message: str = "") -> str:
    """What an agent reads: our words, else the provider's own with its code."""
    known = OF_SUBCODE.get(subcode) or OF_MESSAGE.get(code) or OF_ACCOUNT.get(code)
    if known is not None:
        return str(known)
    return " ".join(part for part in (message, f"({code})" if code else "") if part)


def blames_account(code: int, subcode: int = 0) -> bool:
    """Whether nothing else could be sent either."""
    if subcode in OF_SUBCODE:
        return subcode in _BLAMING
    return code in OF_ACCOUNT

"""What Twilio's error codes mean for the one who wrote. Source: twilio.com/docs/api/errors."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.utils.translation import gettext_lazy as _

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise

# It was not taken, and may be later.
RETRIED = frozenset({"20429", "21611", "30001", "63018"})
# Nothing else could be sent either.
BLAMING = frozenset({"20003", "20404", "21606", "63007"})

_OPTED_OUT = _("The customer has said STOP: nothing may be sent to this number from here.")
_UNREACHABLE = _("The number cannot be reached: switched off, out of range or not in service.")
_NO_MOBILE = _("This number cannot receive text messages.")
_FILTERED = _("The network has blocked the message.")
_NOBODY = _("This person cannot be reached: they have left, blocked us or cannot take such messages.")
_TEMPLATE = _("The template and its values do not fit: an administrator must check it.")
_SIGN_IN = _("The account's access data are refused: an administrator must check them.")

WORDS: dict[str, _StrPromise] = {
    "20003": _SIGN_IN,
    "20404": _("The provider does not know this account: an administrator must check it."),
    "21211": _("This is not a valid phone number."),
    "21408": _("Sending to this country is not allowed in the provider's settings."),
    "21606": _("The sending number is not the account's: an administrator must check it."),
    "21610": _OPTED_OUT,
    "21612": _("There is no way from the sending number to this number."),
    "21614": _NO_MOBILE,
    "21617": _("The text is too long: at most 1,600 characters."),
    "30003": _UNREACHABLE,
    "30004": _FILTERED,
    "30005": _("This number does not exist any more."),
    "30006": _NO_MOBILE,
    "30007": _FILTERED,
    "30008": _("The network did not say why."),
    "30034": _("The number has not been registered with the networks: an administrator must do so."),
    "63003": _NOBODY,
    "63005": _("The provider did not accept the message's form."),
    "63007": _("The sending number is not the account's: an administrator must check it."),
    "63013": _("The message breaks the provider's rules."),
    "63014": _NOBODY,
    "63015": _("The number is not on the list of the test account."),
    "63016": _("The window for answers has closed: only an approved template can be sent now."),
    "63019": _("The provider could not fetch the file."),
    "63021": _("The provider did not accept the message's form."),
    "63024": _NOBODY,
    "63027": _TEMPLATE,
    "63028": _TEMPLATE,
    "63032": _NOBODY,
    "63033": _NOBODY,
    "63038": _("The account has sent as much as it may in a day."),
    "63041": _("The template is paused at the provider."),
    "63049": _("The provider holds back such messages to this person; try again tomorrow."),
    "21656": _TEMPLATE,
}


def words_for(code: str, message: str = "") -> str:
    """What an agent reads: our words, else the provider's own with its code."""
    if code in WORDS:
        return str(WORDS[code])
    return " ".join(part for part in (message, f"({code})" if code else "") if part)

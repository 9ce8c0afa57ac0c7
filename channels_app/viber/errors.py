"""What Viber's status numbers mean. Source: creators.viber.com/docs/bots-api/resources/error-codes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.utils.translation import gettext_lazy as _

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise

# It was not taken, and may be later: too many messages (12), an internal failure of theirs (1, 11).
RETRIED: dict[int, float | None] = {1: None, 11: None, 12: 600}
BLAMING = frozenset({2, 4, 7, 8, 10, 19, 23, 24})

_NOBODY = _("This person cannot be reached: they have left, blocked us or cannot take such messages.")
_FORM = _("The provider did not accept the message's form.")
_SIGN_IN = _("The account's access data are refused: an administrator must check them.")

WORDS: dict[int, _StrPromise] = {
    2: _SIGN_IN,
    3: _FORM,
    4: _("The bot's settings are not complete at the provider: an administrator must check them."),
    5: _NOBODY,
    6: _NOBODY,
    7: _("The provider has restricted this account: an administrator must look at it there."),
    8: _SIGN_IN,
    9: _FORM,
    10: _("The bot has no webhook at the provider: an administrator must set it."),
    13: _NOBODY,
    14: _NOBODY,
    15: _NOBODY,
    19: _("The account has sent as much as it may."),
    20: _NOBODY,
    21: _("The provider does not deliver to this country."),
    23: _("The provider wants the account's payment data put right."),
    24: _("The provider wants the account's payment data put right."),
}


def words_for(status: int, message: str = "") -> str:
    """What an agent reads: our words, else the provider's own with its number."""
    return str(WORDS[status]) if status in WORDS else f"{message} ({status})".strip()

"""How often a visitor may do what."""

from __future__ import annotations

import math
import time

from django.conf import settings
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from contactcenter.base.errors import Refused
from contactcenter.base.rates import Rate, count_act

RATES = {
    "conversation": Rate(burst=3, seconds=60),
    "message": Rate(burst=20, seconds=3),
    # Offices share one address.
    "address_message": Rate(burst=100, seconds=0.6),
    "upload": Rate(burst=5, seconds=12),
    # Beyond "conversation" from one address, with a proof of work.
    "address_conversation": Rate(burst=30, seconds=20),
    # Reading what is older, rating, transcripts, deletion.
    "act": Rate(burst=30, seconds=2),
    "code_mail": Rate(burst=3, seconds=1200),
    "address_code_mail": Rate(burst=10, seconds=600),
    "code": Rate(burst=10, seconds=30),
    "resume": Rate(burst=20, seconds=10),
    # A challenge is answered once.
    "proof": Rate(burst=1, seconds=600),
}


class TooFast(Refused):
    """More than the rate allows; the text says when to go on."""

    code = "too_fast"
    status = 429


def check_rates(*acts: tuple[str, str]) -> None:
    """Count one act of each (kind, subject), in one round trip. Raises TooFast with how long to wait."""
    if not settings.WIDGET_LIMITS:
        return
    wait = math.ceil(count_act({f"{kind}:{subject}": RATES[kind] for kind, subject in acts}))
    if wait:
        raise TooFast(
            ngettext("Too quick: please wait %(seconds)s second.", "Too quick: please wait %(seconds)s seconds.", wait)
            % {"seconds": wait}
        )


class FrameBudget:
    """What one socket may send in all; kept in the socket, so it costs nothing."""

    PER_SECOND = 5.0
    BURST = 60.0

    def __init__(self) -> None:
        self._left = self.BURST
        self._at = time.monotonic()

    def spend(self) -> bool:
        """Whether one more frame is taken."""
        if not settings.WIDGET_LIMITS:
            return True
        moment = time.monotonic()
        self._left = min(self._left + (moment - self._at) * self.PER_SECOND, self.BURST)
        self._at = moment
        if self._left < 1:
            return False
        self._left -= 1
        return True


def too_many_frames() -> str:
    return _("Too much at once; please slow down.")

"""Who a visitor of the demo may be, and what there is to try."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from contactcenter.demo.customers import NAMED

if TYPE_CHECKING:
    from django_stubs_ext import StrPromise


@dataclass(frozen=True, slots=True, kw_only=True)
class Seat:
    """`username` is empty for the customer, whom the shop knows and we do not sign in."""

    slug: str
    title: StrPromise
    who: str
    icon: str
    button: StrPromise
    goes_to: str
    steps: Sequence[StrPromise]
    username: str = ""


SEATS = (
    Seat(
        slug="customer",
        title=_("Customer"),
        who=NAMED[0].name,
        icon="cart",
        button=_("Open the shop"),
        goes_to="demo-shop",
        steps=(
            _("Ask for order 10482 in the shop’s chat"),
            _("Reload the page: your place in line is kept"),
            _("End the chat and rate the answer"),
        ),
    ),
    Seat(
        slug="agent",
        title=_("Agent"),
        who="Ada",
        icon="headset",
        button=_("Sit down as Ada"),
        goes_to="console:home",
        username="ada",
        steps=(
            _("Become available and accept the chat"),
            _("Hand it over, or ask a colleague for advice"),
            _("Close it, wrap up, then look at your day"),
        ),
    ),
    Seat(
        slug="supervisor",
        title=_("Supervisor"),
        who="Sue",
        icon="live",
        button=_("Sit down as Sue"),
        goes_to="console:home",
        username="sue",
        steps=(
            _("See who waits in which queue, and how long"),
            _("Give a waiting conversation to an agent"),
            _("Look up what was said eight weeks ago"),
        ),
    ),
    Seat(
        slug="admin",
        title=_("Admin"),
        who="Admin",
        icon="settings",
        button=pgettext_lazy("the administration", "Open settings"),
        goes_to="admin:index",
        username="admin",
        steps=(
            _("Raise Ben’s Polish to level 4"),
            _("Change the greeting of the shop’s chat"),
            _("Close a queue on Sundays"),
        ),
    ),
)

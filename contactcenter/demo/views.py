"""Pages of demo mode: the front door, the living floor's switch, the mail that would have been sent."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any, Concatenate, ParamSpec

from django.conf import settings
from django.contrib.auth import login
from django.core.exceptions import BadRequest, PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import get_language
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from channels_app.webchat.shop import SHOP_CUSTOMER
from contactcenter.accounts.models import User
from contactcenter.accounts.services import record_audit
from contactcenter.conversations.models import Conversation
from contactcenter.conversations.states import ConversationState
from contactcenter.demo.customers import NAMED
from contactcenter.demo.floor import SPEEDS, floor_speed, start_floor, stop_floor
from contactcenter.demo.mail import find_mail, sent_mail
from contactcenter.demo.seats import SEATS
from contactcenter.demo.seeding import FIRST_CUSTOMER_NUMBER
from contactcenter.middleware import is_forwarded, is_loopback
from routing.models import Agent
from routing.states import AgentState

_P = ParamSpec("_P")
_View = Callable[Concatenate[HttpRequest, _P], HttpResponse]


def _this_machine_only(view: _View[_P]) -> _View[_P]:
    """Without a password, and only for who sits at this machine: `--demo` may show the rest to others."""

    @wraps(view)
    def guarded(request: HttpRequest, /, *args: _P.args, **kwargs: _P.kwargs) -> HttpResponse:
        if not settings.DEMO:
            raise Http404
        if is_forwarded(request) or not is_loopback(request.META.get("REMOTE_ADDR", "")):
            raise PermissionDenied
        return view(request, *args, **kwargs)

    return guarded


def _figures() -> dict[str, Any]:
    waiting = (ConversationState.QUEUED, ConversationState.OFFERED)
    return {
        "waiting": Conversation.objects.filter(state__in=waiting).count(),
        "served": Conversation.objects.filter(state=ConversationState.ACTIVE).count(),
        "available": Agent.objects.filter(state=AgentState.AVAILABLE).count(),
        "agents": Agent.objects.filter(user__is_active=True).count(),
        "speed": floor_speed(),
        "speeds": SPEEDS,
    }


@never_cache
@require_safe
def front(request: HttpRequest) -> HttpResponse:
    """One screen that says what there is to try, with a seat for each role."""
    return render(request, "demo/front.html", {"seats": SEATS, **_figures()})


@never_cache
@require_safe
def figures(request: HttpRequest) -> HttpResponse:
    """The floor as it is now, for the front door to fetch again and again."""
    return render(request, "demo/_floor.html", _figures())


@require_POST
@_this_machine_only
def take_seat(request: HttpRequest, slug: str) -> HttpResponse:
    """Sign in as one of the demo's people; the customer is signed in at the shop."""
    seat = next((seat for seat in SEATS if seat.slug == slug), None)
    if seat is None:
        raise Http404
    at_the_shop = request.session.get(SHOP_CUSTOMER)
    if not seat.username:
        at_the_shop = {"id": str(FIRST_CUSTOMER_NUMBER), "name": NAMED[0].name, "email": NAMED[0].email}
    else:
        user = get_object_or_404(User, username=seat.username, is_demo=True, is_active=True)
        user.language = get_language() or user.language  # the front door's
        user.save(update_fields=["language"])
        login(request, user, backend=settings.AUTHENTICATION_BACKENDS[0])
        record_audit("demo.seat_taken", actor=user)
    # Another person's sign-in empties the session, but who shops in this browser is somebody else's affair.
    if at_the_shop:
        request.session[SHOP_CUSTOMER] = at_the_shop
    return redirect(seat.goes_to)


@require_POST
@_this_machine_only
def switch_floor(request: HttpRequest) -> HttpResponse:
    """Bring the floor to life at a speed, or send everybody on it home."""
    speed = request.POST.get("speed", "")
    if speed not in map(str, (0, *SPEEDS)):
        raise BadRequest("no such speed")
    if speed == "0":
        stop_floor()
    else:
        start_floor(int(speed))
    return redirect("demo:front")


@require_safe
def mail_list(request: HttpRequest) -> HttpResponse:
    """What would have been sent: sign-in codes, transcripts, notifications. Demo mode answers this machine only."""
    return render(request, "demo/mail_list.html", {"mails": sent_mail()})


@require_safe
def mail_item(request: HttpRequest, name: str, number: int) -> HttpResponse:
    mail = find_mail(name, number)
    if mail is None:
        raise Http404
    return render(request, "demo/mail_item.html", {"mail": mail})

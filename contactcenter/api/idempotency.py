"""The same request sent twice is carried out once, where the caller gives it an `Idempotency-Key`.

The key is claimed before the work begins; the answer is kept in the transaction of the work. So a claim without an
answer has done nothing, and once it is too old to be at work it may be taken over.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from datetime import timedelta
from functools import wraps
from typing import Concatenate, ParamSpec, TypeVar

from django.db import transaction
from django.utils.translation import gettext_lazy as _
from rest_framework.request import Request
from rest_framework.response import Response

from contactcenter.api.models import IdempotencyKey
from contactcenter.api.views.base import Access
from contactcenter.base.clock import now
from contactcenter.base.errors import Gone, Refused

HEADER = "Idempotency-Key"
# Nothing runs for so long: the database gives up waiting after seconds.
MOST_AT_WORK = timedelta(minutes=1)
KEPT = timedelta(hours=24)

_P = ParamSpec("_P")
_View = TypeVar("_View", bound=Access)
Handler = Callable[Concatenate[_View, Request, _P], Response]


def idempotent(handler: Handler[_View, _P]) -> Handler[_View, _P]:
    """Answer a known key with its first answer. Errors are not kept: nothing was done, so it may be tried again."""

    @wraps(handler)
    def once(view: _View, request: Request, /, *args: _P.args, **kwargs: _P.kwargs) -> Response:
        key = request.headers.get(HEADER)
        if key is None:
            return handler(view, request, *args, **kwargs)
        claim = _claim(view, request, key)
        if claim.status is not None:
            return Response(claim.body, status=claim.status, headers={"Idempotency-Replayed": "true"})
        mine = IdempotencyKey.objects.filter(pk=claim.pk, started_at=claim.started_at, status=None)
        try:
            with transaction.atomic():
                response = handler(view, request, *args, **kwargs)
                if not mine.update(status=response.status_code, body=response.data):
                    raise _in_flight()
        except BaseException:
            mine.delete()
            raise
        return response

    return once


def _claim(view: Access, request: Request, key: str) -> IdempotencyKey:
    """The row of this key: fresh for us to work under, or answered before. Raises Refused, Gone."""
    if not 0 < len(key) <= 255 or not key.isascii() or not key.isprintable():
        raise Refused(_("The key has 1 to 255 ASCII characters."), code="bad_idempotency_key")
    fingerprint = _fingerprint(request)
    moment = now()
    claim, is_new = IdempotencyKey.objects.get_or_create(
        user=view.user, key=key, defaults={"fingerprint": fingerprint, "started_at": moment}
    )
    if is_new:
        return claim
    outdated = IdempotencyKey.objects.filter(pk=claim.pk, started_at=claim.started_at)
    if claim.started_at <= moment - KEPT:
        if outdated.update(fingerprint=fingerprint, started_at=moment, status=None, body=None):
            claim.fingerprint, claim.started_at, claim.status = fingerprint, moment, None
            return claim
        raise _in_flight()
    if claim.fingerprint != fingerprint:
        raise Refused(_("This key was used for another request; take a new one."), code="idempotency_key_reused")
    if claim.status is None:
        lost = claim.started_at <= moment - MOST_AT_WORK
        if not (lost and outdated.filter(status=None).update(started_at=moment)):
            raise _in_flight()
        claim.started_at = moment
    return claim


def _in_flight() -> Gone:
    return Gone(_("The first request with this key is still being carried out; ask again."), code="in_flight")


def _fingerprint(request: Request) -> str:
    # Read before the parser does, so that both get it.
    body: bytes = request._request.body
    asked = f"{request.method} {request.get_full_path()}\n".encode()
    return hashlib.sha256(asked + body).hexdigest()


def delete_old_keys() -> int:
    """A duty of the sweeper."""
    return IdempotencyKey.objects.filter(started_at__lte=now() - KEPT).delete()[0]

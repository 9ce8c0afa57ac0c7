"""Who calls: a program by its token, or somebody signed in; what their scopes allow, and how often."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, cast

from django.conf import settings
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from drf_spectacular.extensions import OpenApiAuthenticationExtension
from rest_framework import exceptions
from rest_framework.authentication import BaseAuthentication, get_authorization_header
from rest_framework.permissions import BasePermission
from rest_framework.request import Request
from rest_framework.throttling import BaseThrottle

from contactcenter.accounts.models import ApiToken, Scope, User
from contactcenter.accounts.tokens import find_token
from contactcenter.base.rates import Rate, count_act

if TYPE_CHECKING:  # which reads the settings that name these classes
    from rest_framework.views import APIView


class TokenAuthentication(BaseAuthentication):
    """`Authorization: Bearer cct_…`"""

    def authenticate(self, request: Request | HttpRequest) -> tuple[User, ApiToken] | None:
        words = get_authorization_header(cast(Request, request)).split()
        if not words or words[0].lower() != b"bearer":
            return None
        token = find_token(words[1].decode("latin-1")) if len(words) == 2 else None
        if token is None:
            raise exceptions.AuthenticationFailed(
                _("This token is not valid: it is unknown, expired or revoked."), code="bad_token"
            )
        return token.user, token

    def authenticate_header(self, request: Request) -> str:
        return 'Bearer realm="api"'


class TokenScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    target_class = TokenAuthentication
    name = "token"

    def get_security_definition(self, auto_schema: Any) -> dict[str, str]:
        return {"type": "http", "scheme": "bearer", "bearerFormat": "cct_…"}


class ScopeMissing(exceptions.PermissionDenied):
    """The token is good, but not for this."""

    def __init__(self, scope: Scope) -> None:
        super().__init__(_("This token lacks the scope “%(scope)s”.") % {"scope": scope.value}, code="missing_scope")
        self.more = {"scope": scope.value}


class HasScope(BasePermission):
    """Tokens need the scope that the view names for the method; signed-in people have them all."""

    def has_permission(self, request: Request, view: APIView) -> bool:
        if not request.user.is_authenticated:
            return False
        scope: Scope | None = getattr(view, "scopes", {}).get(request.method)
        if scope is not None and isinstance(request.auth, ApiToken) and scope not in request.auth.scopes:
            raise ScopeMissing(scope)
        return True


class TooManyRequests(exceptions.Throttled):
    """Says when to go on, in words and in headers."""

    def __init__(self, rate: Rate, wait: int) -> None:
        super().__init__(wait=wait)
        window = math.ceil(rate.burst * rate.seconds)
        self.headers = {
            "Retry-After": str(wait),
            "RateLimit-Policy": f'"token";q={rate.burst};w={window}',
            "RateLimit": f'"token";r=0;t={wait}',
        }


class TokenRate(BaseThrottle):
    """So many requests at once and then so many a second, for each token."""

    def allow_request(self, request: Request, view: APIView) -> bool:
        if not request.user.is_authenticated:
            return True
        burst, per_second = settings.API_RATE
        rate = Rate(burst=burst, seconds=1 / per_second)
        caller = f"token:{request.auth.pk}" if isinstance(request.auth, ApiToken) else f"user:{request.user.pk}"
        wait = count_act({f"api:{caller}": rate})
        if wait:
            raise TooManyRequests(rate, max(math.ceil(round(wait, 2)), 1))
        return True

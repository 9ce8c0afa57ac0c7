"""What every request passes: a log context, the demo's guard, the user's language and zone, security headers."""

from __future__ import annotations

import ipaddress
import uuid
import zoneinfo
from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseForbidden
from django.utils import timezone, translation

from contactcenter.base.logs import log_context

View = Callable[[HttpRequest], HttpResponse]

_FORWARDING_HEADERS = ("HTTP_FORWARDED", "HTTP_X_FORWARDED_FOR", "HTTP_X_FORWARDED_HOST", "HTTP_X_REAL_IP")


class RequestContextMiddleware:
    """Every log line of a request carries its id; the answer names it too."""

    def __init__(self, get_response: View) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        request_id = uuid.uuid4().hex[:12]
        with log_context(request=request_id, path=request.path):
            response = self.get_response(request)
        response["X-Request-Id"] = request_id
        return response


def is_loopback(host: str) -> bool:
    """Whether a Host name or address (without port) is this machine's own."""
    host = host.strip("[]").lower()
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def is_forwarded(request: HttpRequest) -> bool:
    """Whether somebody passed this on, so that the address it came from is not its sender's."""
    return any(header in request.META for header in _FORWARDING_HEADERS)


class DemoGuardMiddleware:
    """A demo nobody asked for by name answers this machine alone: its passwords are public."""

    def __init__(self, get_response: View) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if settings.DEMO and not settings.DEMO_OPEN:
            host = request.get_host().rsplit(":", 1)[0] if not request.get_host().endswith("]") else request.get_host()
            if is_forwarded(request) or not is_loopback(host):
                return HttpResponseForbidden(
                    "The demo answers on this machine only. "
                    "Start with --demo to show it to others, or --no-demo for real use."
                )
        return self.get_response(request)


class UserPreferencesMiddleware:
    """Signed-in people get their own language and time zone."""

    def __init__(self, get_response: View) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        user = request.user
        if not user.is_authenticated:
            return self.get_response(request)
        zone = user.time_zone or settings.TIME_ZONE
        with translation.override(user.language), timezone.override(zoneinfo.ZoneInfo(zone)):
            request.LANGUAGE_CODE = user.language
            response = self.get_response(request)
        response.headers.setdefault("Content-Language", user.language)
        return response


# Our own pages load nothing from elsewhere and run no inline script.
_POLICY = (
    "default-src 'self'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; media-src 'self' blob:; "
    "connect-src 'self' {sockets}; object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
)
# The admin framework brings Alpine, which evaluates expressions, and inline styles.
_ADMIN_POLICY = (
    "default-src 'self'; script-src 'self' 'unsafe-eval' 'unsafe-inline'; style-src 'self' 'unsafe-inline'; "
    "img-src 'self' data: blob:; font-src 'self' data:; object-src 'none'; base-uri 'none'; form-action 'self'; "
    "frame-ancestors 'none'"
)


class SecurityHeadersMiddleware:
    """A strict content policy; a view that needs another sets it itself."""

    def __init__(self, get_response: View) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        scheme = "wss" if request.is_secure() else "ws"
        policy = _ADMIN_POLICY if request.path.startswith("/admin/") else _POLICY
        response.headers.setdefault(
            "Content-Security-Policy", policy.format(sockets=f"{scheme}://{request.get_host()}")
        )
        response.headers.setdefault("Permissions-Policy", "camera=(), geolocation=(), payment=(), usb=()")
        return response

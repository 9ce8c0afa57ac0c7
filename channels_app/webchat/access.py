"""Which pages may embed a widget, and which may talk to us: lists of exact origins."""

from __future__ import annotations

import ipaddress
from contextlib import suppress
from urllib.parse import urlsplit

from django.conf import settings
from django.http import HttpRequest
from django.http.request import split_domain_port, validate_host

from channels_app.webchat.config import origin_of
from contactcenter.base.prepared import Prepared
from contactcenter.conversations.models import ChannelAccount
from contactcenter.middleware import is_loopback

KIND = "webchat"
# Only a proxy writes these; the demo that nobody asked for by name answers none.
_FORWARDING_HEADERS = ("forwarded", "x-forwarded-for", "x-forwarded-host", "x-real-ip")


def find_account(key: str) -> ChannelAccount | None:
    """The active widget with this public key."""
    return next(iter(_active_widget.objects(key)), None)


_active_widget = Prepared(
    lambda key: ChannelAccount.objects.select_related("brand").filter(kind=KIND, address=key, is_active=True)[:1]
)


def listed_origins(account: ChannelAccount) -> list[str]:
    """The well-formed origins of the account; a mistyped one lets nobody in and no text into a header."""
    origins = []
    for given in account.config.get("origins") or ():
        with suppress(ValueError, TypeError):
            origins.append(origin_of(given))
    return origins


def embedding_origins(account: ChannelAccount, request: HttpRequest) -> list[str]:
    """Where this widget may be embedded; the demo's shop and the admins' preview stand on our own origin."""
    may_preview = request.user.is_authenticated and request.user.is_admin
    own = [f"{request.scheme}://{request.get_host()}".lower()] if settings.DEMO or may_preview else []
    return [*listed_origins(account), *own]


def request_origin(request: HttpRequest) -> str:
    """The origin a request says it comes from. Browsers leave it out of same-origin GETs alone."""
    origin = request.headers.get("Origin", "").lower()
    if not origin and request.headers.get("Sec-Fetch-Site") == "same-origin":
        return f"{request.scheme}://{request.get_host()}".lower()
    return origin


def is_own_origin(origin: str, host: str) -> bool:
    """Whether a page of ours, served under `host`, sent this."""
    domain, _port = split_domain_port(host)
    if not validate_host(domain, settings.ALLOWED_HOSTS):
        return False
    parts = urlsplit(origin.lower())
    public = urlsplit(settings.PUBLIC_URL.lower())
    return parts.scheme in {"http", "https"} and (
        parts.netloc == host.lower() or (parts.scheme, parts.netloc) == (public.scheme, public.netloc)
    )


def admits_socket(headers: dict[str, str]) -> bool:
    """Own origin, and what the demo's guard asks of every request."""
    host = headers.get("host", "")
    if not is_own_origin(headers.get("origin", ""), host):
        return False
    if settings.DEMO and not settings.DEMO_OPEN:
        domain, _port = split_domain_port(host)
        return is_loopback(domain) and not any(name in headers for name in _FORWARDING_HEADERS)
    return True


def client_address(address: str) -> str:
    """Whom a limit counts: an IPv4 address, or the /64 that an IPv6 customer has to themselves."""
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return address
    if isinstance(parsed, ipaddress.IPv6Address):
        mapped = parsed.ipv4_mapped
        return str(mapped) if mapped else str(ipaddress.ip_network((parsed, 64), strict=False).network_address)
    return str(parsed)

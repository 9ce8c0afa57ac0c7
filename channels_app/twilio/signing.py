"""Twilio's webhook signature: base64 of an HMAC over the address and the form.

Source: twilio.com/docs/usage/webhooks/webhooks-security. Of a form each key, sorted, is followed by its values; values
that repeat count once, sorted. A JSON body is not part of it: the address carries its SHA-256 instead.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Iterable, Mapping, Sequence
from urllib.parse import parse_qs, urlsplit, urlunsplit

_DEFAULT_PORTS = {"https": 443, "http": 80}


def sign(url: str, form: Mapping[str, Sequence[str]], token: str) -> str:
    """The signature of a request to `url` with these form fields (empty for GET and JSON)."""
    return _digest(url + "".join(_signed_fields(form)), token)


def is_signed(url: str, form: Mapping[str, Sequence[str]], token: str, given: str, *, body: bytes = b"") -> bool:
    """Whether `given` is the signature. A port in the address may have been left out or added on the way.

    With `bodySHA256` in the address the form is empty, and `body` has to have that digest.
    """
    wanted = parse_qs(urlsplit(url).query).get("bodySHA256")
    if wanted is not None:
        if not hmac.compare_digest(hashlib.sha256(body).hexdigest(), wanted[-1]):
            return False
        form = {}
    if not token or not given.isascii():
        return False
    fields = "".join(_signed_fields(form))
    same = [hmac.compare_digest(_digest(way + fields, token), given) for way in _spellings(url)]
    return any(same)


def _signed_fields(form: Mapping[str, Sequence[str]]) -> Iterable[str]:
    return (name + value for name in sorted(form) for value in sorted(set(form[name])))


def _digest(text: str, token: str) -> str:
    digest = hmac.new(token.encode(), text.encode("utf-8", "surrogatepass"), hashlib.sha1)
    return base64.b64encode(digest.digest()).decode()


def _spellings(url: str) -> tuple[str, ...]:
    """The address without a port, and with the one that goes without saying or the one it has."""
    parts = urlsplit(url)
    host = parts.hostname or ""
    host = f"[{host}]" if ":" in host else host
    port = parts.port or _DEFAULT_PORTS.get(parts.scheme)
    bare, full = parts._replace(netloc=host), parts._replace(netloc=f"{host}:{port}")
    return urlunsplit(bare), urlunsplit(full)

"""Meta's signatures: `X-Hub-Signature-256: sha256=<hex>`, HMAC-SHA256 of the raw body with the app secret.

Source: developers.facebook.com/docs/graph-api/webhooks/getting-started.
"""

from __future__ import annotations

import hashlib
import hmac

_PREFIX = "sha256="


def sign(body: bytes, app_secret: str) -> str:
    """The header's value for a body."""
    return _PREFIX + hmac.new(app_secret.encode(), body, hashlib.sha256).hexdigest()


def is_signed(body: bytes, app_secret: str, given: str) -> bool:
    """Whether the header fits the body. Without a secret nothing does."""
    return bool(app_secret) and hmac.compare_digest(sign(body, app_secret).encode(), given.encode())

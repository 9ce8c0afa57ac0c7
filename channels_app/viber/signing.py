"""Viber's signatures: `X-Viber-Content-Signature: <hex>`, HMAC-SHA256 of the raw body with the bot's token.

Source: creators.viber.com/docs/bots-api/resources/callbacks. The token is also what we sign in with.
"""

from __future__ import annotations

import hashlib
import hmac


def sign(body: bytes, token: str) -> str:
    """The header's value for a body."""
    return hmac.new(token.encode(), body, hashlib.sha256).hexdigest()


def is_signed(body: bytes, token: str, given: str) -> bool:
    """Whether the header fits the body. Without a token nothing does."""
    return bool(token) and hmac.compare_digest(sign(body, token).encode(), given.encode())

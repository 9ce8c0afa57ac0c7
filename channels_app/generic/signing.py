"""Standard Webhooks: three headers, HMAC-SHA256 over `id.timestamp.body`. Source: standardwebhooks.com.

The secret is written `whsec_` and base64; several signatures may stand in one header, so that secrets can change.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import secrets
from datetime import timedelta

from contactcenter.base.clock import now

TOLERANCE = timedelta(minutes=5)
_PREFIX, _VERSION = "whsec_", "v1"


def new_secret() -> str:
    """A secret of 32 random bytes."""
    return _PREFIX + base64.b64encode(secrets.token_bytes(32)).decode()


def key_of(secret: str) -> bytes:
    """The key in a written secret. Raises ValueError for what is none."""
    try:
        return base64.b64decode(secret.removeprefix(_PREFIX), validate=True)
    except binascii.Error as error:
        raise ValueError("not base64") from error


def sign(body: bytes, secret: str, *, message_id: str, timestamp: int) -> str:
    """The value of `webhook-signature`."""
    content = f"{message_id}.{timestamp}.".encode() + body
    digest = hmac.new(key_of(secret), content, hashlib.sha256).digest()
    return f"{_VERSION},{base64.b64encode(digest).decode()}"


def is_signed(body: bytes, secret: str, *, message_id: str, timestamp: str, given: str) -> bool:
    """Whether one of the given signatures fits, and the time is within five minutes of now."""
    if not secret or not message_id or not (timestamp.isascii() and timestamp.isdecimal() and len(timestamp) < 13):
        return False
    if abs(now().timestamp() - int(timestamp)) > TOLERANCE.total_seconds():
        return False
    try:
        right = sign(body, secret, message_id=message_id, timestamp=int(timestamp))
    except ValueError:
        return False
    return any(hmac.compare_digest(right.encode(), part.encode()) for part in given.split(" "))

"""Who sits at a widget: an opaque token that we made, or claims that the host page's server signed."""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import jwt
from django.conf import settings
from django.utils.translation import gettext as _

from contactcenter.base.clock import now
from contactcenter.base.errors import Refused
from contactcenter.base.text import clean_input
from contactcenter.conversations.models import ChannelAccount

LONGEST_IDENTITY = timedelta(hours=24)
_MOST_JWT_CHARACTERS = 4096
_TOKEN_BYTES = 16


class IdentityRefused(Refused):
    """A signed identity that is not accepted; the visitor goes on without it."""

    code = "identity_refused"
    status = 403


@dataclass(frozen=True, slots=True, kw_only=True)
class Claims:
    """What the host page's server vouches for. Nothing else that the page says is believed."""

    id: str
    expires_at: datetime
    name: str = field(default="", repr=False)
    email: str = field(default="", repr=False)
    phone: str = field(default="", repr=False)


def verify_claims(account: ChannelAccount, token: object) -> Claims:
    """The claims of a JWT (RFC 7519): HS256 with the account's secret, `aud` = the widget's key, `id`, and `exp`
    at most 24 hours ahead. Raises IdentityRefused."""
    if not account.secret:
        raise IdentityRefused(_("This widget takes no signed identity."))
    if not isinstance(token, str) or len(token) > _MOST_JWT_CHARACTERS:
        raise IdentityRefused(_("The signed identity cannot be read."))
    try:
        claims: dict[str, Any] = jwt.decode(
            token,
            account.secret,
            algorithms=["HS256"],
            audience=account.address,
            options={"require": ["exp", "aud", "id"]},
        )
        expires_at = datetime.fromtimestamp(int(claims["exp"]), UTC)
    except jwt.ExpiredSignatureError as error:
        raise IdentityRefused(_("The signed identity has expired."), code="identity_expired") from error
    except (jwt.PyJWTError, ValueError, OverflowError) as error:
        raise IdentityRefused(_("The signed identity is not valid for this widget.")) from error
    if expires_at > now() + LONGEST_IDENTITY:
        raise IdentityRefused(_("The signed identity lasts longer than 24 hours."))
    customer_id = clean_input(str(claims["id"])) if isinstance(claims["id"], str | int) else ""
    if not customer_id or len(customer_id) > 200:
        raise IdentityRefused(_("The signed identity names nobody."))
    return Claims(
        id=customer_id,
        expires_at=expires_at,
        **{
            name: clean_input(claims[name])[:254]
            for name in ("name", "email", "phone")
            if isinstance(claims.get(name), str)
        },
    )


def new_token() -> str:
    """128 random bits, as the visitor's browser keeps them."""
    return secrets.token_urlsafe(_TOKEN_BYTES)


def token_for_first_message(account: ChannelAccount, client_id: str) -> str:
    """The same token for the same first message: when the answer to it was lost, sending it again reaches the same
    conversation. `client_id` is 122 random bits that only the visitor's page knows; the token is 128 bits of a
    keyed hash of it."""
    message = f"{account.address}\n{client_id}".encode()
    digest = hmac.digest(f"webchat.token:{settings.SECRET_KEY}".encode(), message, "sha256")
    return base64.urlsafe_b64encode(digest[:_TOKEN_BYTES]).rstrip(b"=").decode()


def hash_token(token: str) -> str:
    """What we keep of a token: the address of the visitor's identity."""
    return hashlib.sha256(f"webchat:{token}".encode()).hexdigest()

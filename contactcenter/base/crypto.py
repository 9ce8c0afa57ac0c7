"""Secrets at rest: encrypted with a key derived from the installation's secret key."""

from __future__ import annotations

import base64
import hashlib
from functools import lru_cache
from typing import Any

from cryptography.fernet import Fernet, InvalidToken
from django.conf import settings
from django.db import models


class SecretUnreadable(Exception):
    """A stored secret was written under another `CC_SECRET_KEY`; it must be entered again."""


@lru_cache(maxsize=4)
def _fernet(secret_key: str) -> Fernet:
    digest = hashlib.sha256(b"contactcenter.secrets:" + secret_key.encode()).digest()
    return Fernet(base64.urlsafe_b64encode(digest))


def encrypt(text: str) -> str:
    """`text` as a Fernet token (AES-128-CBC with HMAC-SHA256, https://github.com/fernet/spec)."""
    return _fernet(settings.SECRET_KEY).encrypt(text.encode()).decode()


def decrypt(token: str) -> str:
    """The text behind `token`. Raises SecretUnreadable if the key has changed since."""
    try:
        return _fernet(settings.SECRET_KEY).decrypt(token.encode()).decode()
    except InvalidToken as error:
        raise SecretUnreadable("This secret cannot be read with the present CC_SECRET_KEY; enter it again.") from error


class EncryptedTextField(models.TextField):  # type: ignore[type-arg]
    """Text that is plain in Python and encrypted in the database. Empty stays empty."""

    def get_prep_value(self, value: Any) -> Any:
        value = super().get_prep_value(value)
        return encrypt(value) if value else value

    def from_db_value(self, value: str | None, expression: Any, connection: Any) -> str | None:
        return decrypt(value) if value else value

"""Changes to people that leave a trace: audit entries, the first admin."""

from __future__ import annotations

import hashlib
import secrets
from typing import Any

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from contactcenter.accounts.models import AuditEntry, Role, SetupLink, User
from contactcenter.base.clock import now
from contactcenter.base.errors import Gone


def record_audit(kind: str, *, actor: User | None, target: str = "", data: dict[str, Any] | None = None) -> AuditEntry:
    """Append to the audit log, in the caller's transaction."""
    return AuditEntry.objects.create(kind=kind, actor=actor, target=target, data=data or {})


def _token_hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


@transaction.atomic
def make_setup_link() -> str | None:
    """A fresh token for `/setup/`, or None once an admin exists. Earlier links stop working."""
    if User.objects.filter(is_superuser=True, is_demo=False).exists():
        return None
    SetupLink.objects.filter(used_at=None).delete()
    token = secrets.token_urlsafe(32)
    SetupLink.objects.create(token_hash=_token_hash(token))
    return token


def setup_link_is_valid(token: str) -> bool:
    """Whether this token may still make the first admin."""
    return SetupLink.objects.filter(token_hash=_token_hash(token), used_at=None).exists()


@transaction.atomic
def make_first_admin(*, token: str, username: str, display_name: str, email: str, password: str, language: str) -> User:
    """Make the first admin, which uses the link up. Raises Gone if it was used."""
    link = SetupLink.objects.select_for_update().filter(token_hash=_token_hash(token), used_at=None).first()
    if link is None:
        raise Gone(_("This link has been used. Sign in, or start the program again for a new link."))
    link.used_at = now()
    link.save(update_fields=["used_at"])
    user = User.objects.create_user(
        username,
        email,
        password,
        display_name=display_name,
        role=Role.ADMIN,
        is_staff=True,
        is_superuser=True,
        language=language,
    )
    record_audit("setup.admin", actor=user, target=username[:100])
    return user

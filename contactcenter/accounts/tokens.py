"""Tokens of the API: made, revoked, and found again by what a program shows."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Collection
from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from contactcenter.accounts.models import ApiToken, Scope, User
from contactcenter.accounts.services import record_audit
from contactcenter.base.clock import now
from contactcenter.base.errors import Refused

# Lets secret scanners and people tell what it is.
MARK = "cct_"
_USE_IS_KEPT_EVERY = timedelta(minutes=1)


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode("utf-8", "replace")).hexdigest()


@transaction.atomic
def make_token(
    *, user: User, name: str, scopes: Collection[str], expires_at: datetime | None, actor: User | None
) -> tuple[ApiToken, str]:
    """A new token and its text, which nobody can read again. Raises Refused for a scope that does not exist."""
    unknown = sorted(set(scopes) - set(Scope.values))
    if unknown or not scopes:
        raise Refused(
            _("Unknown scope “%(scope)s”. There are: %(known)s.")
            % {"scope": ", ".join(unknown), "known": ", ".join(Scope.values)},
            code="unknown_scope",
        )
    text = MARK + secrets.token_urlsafe(32)
    token = ApiToken.objects.create(
        user=user,
        name=name,
        token_hash=_hash(text),
        prefix=text[:12],
        scopes=[scope for scope in Scope.values if scope in scopes],
        expires_at=expires_at,
    )
    data = {"name": name, "user": user.username, "scopes": token.scopes}
    record_audit("api_token.created", actor=actor, target=f"accounts.apitoken:{token.pk}", data=data)
    return token, text


@transaction.atomic
def revoke_token(token: ApiToken, *, actor: User) -> bool:
    """From now on it opens nothing. Returns False for one that was revoked before."""
    if not ApiToken.objects.filter(pk=token.pk, revoked_at=None).update(revoked_at=now()):
        return False
    data = {"name": token.name, "user": token.user.username}
    record_audit("api_token.revoked", actor=actor, target=f"accounts.apitoken:{token.pk}", data=data)
    return True


def find_token(text: str) -> ApiToken | None:
    """The token that opens now, noted as used; None for one unknown, expired, revoked or of somebody locked out."""
    if not text.startswith(MARK):
        return None
    moment = now()
    live = ApiToken.objects.filter(Q(expires_at=None) | Q(expires_at__gt=moment), revoked_at=None, user__is_active=True)
    token = live.filter(token_hash=_hash(text)).select_related("user").first()
    if token is None or (token.user.is_demo and not settings.DEMO):
        return None
    due = moment - _USE_IS_KEPT_EVERY
    if token.last_used_at is None or token.last_used_at <= due:
        stale = ApiToken.objects.filter(Q(last_used_at=None) | Q(last_used_at__lte=due), pk=token.pk)
        stale.update(last_used_at=moment)
    return token

"""Sign-in with a password; the demo's people cannot sign in where there is no demo."""

from __future__ import annotations

from allauth.account.auth_backends import AuthenticationBackend
from django.conf import settings
from django.contrib.auth.models import AnonymousUser

from contactcenter.accounts.models import User


class DemoAwareBackend(AuthenticationBackend):  # type: ignore[misc]
    """Refuses demo people without demo mode, also for sessions begun while it was on."""

    def user_can_authenticate(self, user: User | AnonymousUser | None) -> bool:
        if getattr(user, "is_demo", False) and not settings.DEMO:
            return False
        return bool(super().user_can_authenticate(user))

"""allauth's doors: nobody signs up; company accounts join people whom an admin has made."""

from __future__ import annotations

from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.core.exceptions import ImmediateHttpResponse
from allauth.socialaccount.adapter import DefaultSocialAccountAdapter
from django.conf import settings
from django.contrib import messages
from django.db.models.functions import Lower
from django.http import HttpRequest
from django.shortcuts import redirect
from django.utils.translation import gettext as _

from contactcenter.accounts.models import User


class AccountAdapter(DefaultAccountAdapter):  # type: ignore[misc]
    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False

    def pre_login(self, request: HttpRequest, user: User, **kwargs: Any) -> Any:
        if user.is_demo and not settings.DEMO:
            messages.error(request, _("The demo's people can sign in in demo mode only."))
            return redirect("account_login")
        return super().pre_login(request, user, **kwargs)


class SocialAccountAdapter(DefaultSocialAccountAdapter):  # type: ignore[misc]
    """A company account signs in the user with the same verified address; it never makes one."""

    def is_open_for_signup(self, request: HttpRequest, sociallogin: Any) -> bool:
        return False

    def pre_social_login(self, request: HttpRequest, sociallogin: Any) -> None:
        if sociallogin.is_existing:
            return
        verified = {address.email.lower() for address in sociallogin.email_addresses if address.verified}
        people = list(User.objects.alias(address=Lower("email")).filter(address__in=verified, is_active=True)[:2])
        if len(people) != 1:
            messages.error(request, _("No user has this company address. Ask an admin to add you."))
            raise ImmediateHttpResponse(redirect("account_login"))
        sociallogin.connect(request, people[0])

"""The demo's people, for the sign-in page of demo mode."""

from __future__ import annotations

from django import template
from django.conf import settings

from contactcenter.accounts.models import User

register = template.Library()


@register.simple_tag
def demo_people() -> list[User]:
    """Who can be tried out; nobody where there is no demo."""
    if not settings.DEMO:
        return []
    return list(User.objects.filter(is_demo=True, is_active=True).order_by("pk"))

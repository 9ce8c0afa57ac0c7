"""System checks: names in settings lead somewhere, and no demo password works where there is no demo."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from celery import current_app
from django.conf import settings
from django.contrib.auth.hashers import check_password
from django.core.checks import CheckMessage, Error, Tags, register
from django.db import DatabaseError
from django.utils.module_loading import import_string

DEMO_PASSWORD = "demo"  # noqa: S105  (public on purpose; nobody can use it without demo mode)


@register
def check_names(app_configs: Any, **kwargs: Any) -> Iterable[CheckMessage]:
    """Adapters and duties can be imported; every effect has a registered task."""
    for name in [*settings.CHANNEL_ADAPTERS.values(), *settings.SWEEPER_DUTIES]:
        try:
            import_string(name)
        except ImportError as error:
            yield Error(f"{name} cannot be imported: {error}", id="contactcenter.E001")
    current_app.autodiscover_tasks(force=True)
    for effect, task in settings.EFFECT_TASKS.items():
        if task not in current_app.tasks:
            yield Error(f"The effect {effect} names the task {task}, which is not registered.", id="contactcenter.E002")


@register(Tags.security, deploy=True)
def check_demo_passwords(app_configs: Any, **kwargs: Any) -> Iterable[CheckMessage]:
    """Nobody can sign in with the demo's password outside demo mode."""
    from contactcenter.accounts.models import User

    if settings.DEMO:
        return
    try:
        people = list(User.objects.filter(is_active=True, is_demo=False)[:1000])
    except DatabaseError:
        return  # not migrated yet: nobody can sign in
    for user in people:
        if check_password(DEMO_PASSWORD, user.password):
            yield Error(
                f"The demo password works for {user.username}.", hint="Set another password.", id="contactcenter.E003"
            )

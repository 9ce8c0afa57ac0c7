from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand

from contactcenter.accounts.services import make_setup_link


class Command(BaseCommand):
    help = "Prints a one-time link that makes the first admin and brand. Prints nothing once there is an admin."

    def handle(self, *args: Any, **options: Any) -> None:
        token = make_setup_link()
        if token:
            self.stdout.write(f"setup: {settings.PUBLIC_URL}/setup/{token}/")

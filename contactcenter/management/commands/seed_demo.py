from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from contactcenter.demo.seeding import seed_demo


class Command(BaseCommand):
    help = "Makes the demo's people, queues and customers, in demo mode only. Running it again changes nothing."

    def handle(self, *args: Any, **options: Any) -> None:
        if not settings.DEMO:
            raise CommandError("The demo's people have public passwords: start in demo mode to make them.")
        self.stdout.write("demo made" if seed_demo() else "demo is there already")

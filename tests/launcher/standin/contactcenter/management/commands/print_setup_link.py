"""A link that leads nowhere."""

import os
from typing import Any

from django.core.management.base import BaseCommand


class Command(BaseCommand):
    def handle(self, *args: Any, **options: Any) -> None:
        self.stdout.write(f"set it up at {os.environ['CC_PUBLIC_URL']}/setup/once/")

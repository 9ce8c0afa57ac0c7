"""Has nothing to sweep and waits to be told to stop."""

import signal
from typing import Any

from django.core.management.base import BaseCommand


class Command(BaseCommand):
    def handle(self, *args: Any, **options: Any) -> None:
        signal.pause()

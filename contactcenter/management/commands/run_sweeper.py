from __future__ import annotations

import signal
from typing import Any

from django.core.management.base import BaseCommand

from contactcenter.sweeper import Sweeper


class Command(BaseCommand):
    help = "Runs beat and the sweeper, or stands by while another process does. Start one or two."
    # Checked by `migrate` before; it would load every page of the product into a process that shows none.
    requires_system_checks = ()

    def handle(self, *args: Any, **options: Any) -> None:
        sweeper = Sweeper()
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: sweeper.stop())
        sweeper.run()

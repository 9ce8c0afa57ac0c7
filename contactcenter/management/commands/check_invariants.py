from __future__ import annotations

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import connection

SQL = Path(__file__).resolve().parents[2] / "invariants.sql"


def find_violations() -> list[tuple[str, str]]:
    """(rule, what breaks it) for every row that breaks a rule of the model."""
    with connection.cursor() as cursor:
        cursor.execute(SQL.read_text())
        return [(str(rule), str(what)) for rule, what in cursor.fetchall()]


class Command(BaseCommand):
    help = "Checks what must always hold (contactcenter/invariants.sql); fails naming each violation."

    def handle(self, *args: Any, **options: Any) -> None:
        violations = find_violations()
        if violations:
            raise CommandError("\n".join(f"{rule}: {what}" for rule, what in violations))
        self.stdout.write("all invariants hold")

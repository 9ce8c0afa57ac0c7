from __future__ import annotations

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from contactcenter.accounts.services import record_audit
from contactcenter.administration.setupfile.exporting import read_setup, write_setup


class Command(BaseCommand):
    help = "Writes the set-up as YAML, without secrets and passwords, to a file or to standard output."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", nargs="?", type=Path)

    def handle(self, *args: Any, file: Path | None = None, **options: Any) -> None:
        text = write_setup(read_setup())
        record_audit("setup.exported", actor=None)
        if file is None:
            self.stdout.write(text, ending="")
        else:
            file.write_text(text, encoding="utf-8")

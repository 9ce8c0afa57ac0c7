from __future__ import annotations

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from contactcenter.administration.setupfile.importing import Plan, apply_import, plan_import
from contactcenter.administration.setupfile.reading import BadFile


class Command(BaseCommand):
    help = "Shows what a set-up file would change, and with --apply changes it. What the file does not name is left."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path)
        parser.add_argument("--apply", action="store_true")

    def handle(self, *args: Any, file: Path, apply: bool = False, **options: Any) -> None:
        try:
            content = file.read_bytes()
            plan = plan_import(content)
            self._show(plan)
            if apply and plan.changes:
                apply_import(content, expected=plan.fingerprint)
        except OSError as error:
            raise CommandError(str(error)) from error
        except BadFile as error:
            raise CommandError("\n".join(error.errors)) from error
        if plan.changes:
            self.stdout.write("applied" if apply else "nothing was changed: add --apply")

    def _show(self, plan: Plan) -> None:
        if not plan.changes:
            self.stdout.write("the set-up is as the file says")
        for change in plan.changes:
            self.stdout.write(f"{'+' if change.is_new else '~'} {change.section}: {change.label}")
            for name, old, new in change.values:
                self.stdout.write(f"    {name}: {new!r}" if change.is_new else f"    {name}: {old!r} -> {new!r}")
        for note in plan.notes:
            self.stdout.write(f"! {note}")

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser


class Command(BaseCommand):
    help = "Collects all strings into locale/*/LC_MESSAGES/django.po, compiles them, and counts what is missing."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("languages", nargs="*", help="et lv ru pl; all of them without")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            from contactcenter import translating
        except ImportError as error:
            raise CommandError("Babel is missing: run `python3 run.py test` once, it installs the tools.") from error
        for language in options["languages"] or translating.target_languages():
            translating.update(language)
            missing = translating.problems(language)
            self.stdout.write(f"{language}: {len(missing)} to do")

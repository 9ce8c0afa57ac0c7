"""Brings the database up to date before the processes start: `python -m launcher.prepare [seed_demo|print_setup_link]`.

The management commands of the project in one process, because loading it takes longer than most of them.
"""

import os
import sys

import django
from django.core.management import CommandError, call_command


def prepare(further: list[str]) -> None:
    """Check the project, migrate, then run the further commands."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "contactcenter.settings")
    django.setup()
    # What migrating says goes to the log: standard output is the further commands'.
    call_command("migrate", interactive=False, skip_checks=False, stdout=sys.stderr)
    for command in further:
        call_command(command)


if __name__ == "__main__":
    try:
        prepare(sys.argv[1:])
    except CommandError as error:
        sys.exit(str(error))

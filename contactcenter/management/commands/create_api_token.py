from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from contactcenter.accounts.models import Scope, User
from contactcenter.accounts.tokens import make_token
from contactcenter.base.clock import now
from contactcenter.base.errors import Refused


class Command(BaseCommand):
    help = "Makes a token for the API and prints it, once: only its hash is stored."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("user", help="user name of whom the token acts for")
        parser.add_argument("--name", default="API", help="the program that will use it")
        parser.add_argument("--scopes", default=",".join(Scope.values), help="separated by commas; all unless given")
        parser.add_argument("--days", type=int, help="how long it is valid; without it until it is revoked")

    def handle(self, *args: Any, **options: Any) -> None:
        user = User.objects.filter(username=options["user"]).first()
        if user is None:
            raise CommandError(f"There is no user {options['user']}.")
        days = options["days"]
        if days is not None and not 0 < days <= 36500:
            raise CommandError("--days must be 1 to 36500.")
        try:
            _token, text = make_token(
                user=user,
                name=options["name"][:100],
                scopes=[scope.strip() for scope in options["scopes"].split(",") if scope.strip()],
                expires_at=now() + timedelta(days=days) if days else None,
                actor=None,
            )
        except Refused as refusal:
            raise CommandError(str(refusal.text)) from refusal
        self.stdout.write(text)

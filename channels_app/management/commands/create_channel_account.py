from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.core.validators import validate_slug
from django.urls import reverse

from channels_app.accounts import BadSettings, create_account
from channels_app.kinds import kinds
from contactcenter.accounts.models import Brand
from contactcenter.base.errors import Refused
from routing.models import Queue


class Command(BaseCommand):
    help = "Makes a channel account whose traffic enters a queue, and prints the webhook address for the provider."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("kind", help=", ".join(kinds()))
        parser.add_argument("slug", help="part of its address: letters, figures, hyphens")
        parser.add_argument("--brand", required=True, help="short name of the brand")
        parser.add_argument("--queue", required=True, help="short name of the queue")
        parser.add_argument("--name", help="what colleagues call it; the slug unless given")
        parser.add_argument(
            "--set", action="append", default=[], metavar="KEY=VALUE", help="a setting of the kind; as often as needed"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        kind = kinds().get(options["kind"])
        if kind is None:
            raise CommandError(f"There is no kind {options['kind']}; there are: {', '.join(kinds())}.")
        try:
            validate_slug(options["slug"])
        except ValidationError as error:
            raise CommandError(f"{options['slug']}: {error.message}") from error
        brand = Brand.objects.filter(slug=options["brand"]).first()
        if brand is None:
            raise CommandError(f"There is no brand {options['brand']}.")
        queue = Queue.objects.filter(slug=options["queue"]).first()
        if queue is None:
            raise CommandError(f"There is no queue {options['queue']}.")
        try:
            account = create_account(
                kind,
                slug=options["slug"],
                brand=brand,
                queue=queue,
                values=dict(_pair(given) for given in options["set"]),
                name=options["name"] or options["slug"],
                actor=None,
            )
        except BadSettings as wrong:
            raise CommandError(str(wrong)) from wrong
        except Refused as refusal:
            raise CommandError(str(refusal.text)) from refusal
        self.stdout.write(f"{settings.PUBLIC_URL}{reverse('webhook', args=[account.kind, account.slug])}")


def _pair(given: str) -> tuple[str, str]:
    key, equals, value = given.partition("=")
    if not equals:
        raise CommandError(f"--set {given}: write key=value.")
    return key.strip(), value

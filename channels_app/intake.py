"""From a provider's request to processed events: stored raw and committed first, processed by a worker."""

from __future__ import annotations

import hashlib
import json
import logging
import math
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from django.db import transaction
from django.utils.crypto import constant_time_compare

from channels_app.inbound import handle
from channels_app.models import InboundDelivery, InboundOutcome
from channels_app.quiet import NotYet
from channels_app.secrets import secret_of
from channels_app.thanks import show_thanks
from channels_app.types import InboundEvent, event_from_json, event_to_json
from contactcenter.base.clock import now
from contactcenter.conversations.effects import RetryLater, add_effect
from contactcenter.conversations.models import ChannelAccount, Effect

logger = logging.getLogger(__name__)

# How long an event waits for the message that it speaks of.
WAITED_FOR = timedelta(minutes=15)
_ID_LENGTH = 250
_RAW_LENGTH = 100_000


def storable(value: Any) -> Any:
    """`value` without what PostgreSQL's JSON cannot hold: NUL characters, lone surrogates, numbers without end."""
    if isinstance(value, str):
        return value.replace("\0", "").encode("utf-8", "replace").decode()
    if isinstance(value, float) and not math.isfinite(value):
        return str(value)
    if isinstance(value, dict):
        return {storable(str(key)): storable(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [storable(item) for item in value]
    return value


def _key(external_id: str, raw: Any) -> str:
    """The provider's id, or a digest of the event where there is none or it is too long."""
    if external_id and len(external_id) <= _ID_LENGTH:
        return external_id
    return hashlib.sha256((external_id or json.dumps(raw, sort_keys=True, default=str)).encode()).hexdigest()


@transaction.atomic(durable=True)
def store_events(account: ChannelAccount, events: Sequence[InboundEvent]) -> int:
    """Keep each event once, with the account that it is for, and plan its processing. Returns how many were new."""
    new = 0
    for event in events:
        raw = storable(dict(event.raw))
        data = storable(event_to_json(event))
        owner = _owner(account, event)
        defaults = {"kind": event.kind.value, "event": data, "raw": raw}
        if owner is None:
            defaults |= {"outcome": InboundOutcome.NOBODYS, "processed_at": now(), "error": str(event.target)[:300]}
        delivery, is_new = InboundDelivery.objects.get_or_create(
            account=owner or account, external_id=_key(data["external_id"], [event.kind.value, raw]), defaults=defaults
        )
        if is_new:
            new += 1
            if owner is not None:
                add_effect("process_inbound", delivery.pk, key=f"process_inbound:{delivery.pk}")
    return new


def _owner(account: ChannelAccount, event: InboundEvent) -> ChannelAccount | None:
    """The account that an event is for: itself, or the one it names among those that share the app; None if unknown."""
    if event.target is None or event.target == (account.kind, account.address):
        return account
    kind, address = event.target
    app_secret = secret_of(account, "app_secret")
    rows = ChannelAccount.objects.filter(kind=kind, address=address, is_active=True)
    return next((row for row in rows if constant_time_compare(secret_of(row, "app_secret"), app_secret)), None)


def store_unreadable(account: ChannelAccount, body: bytes, error: str) -> None:
    """Keep a verified request that could not be parsed, for people to look at."""
    InboundDelivery.objects.get_or_create(
        account=account,
        external_id=hashlib.sha256(body).hexdigest(),
        defaults={
            "kind": "unreadable",
            "raw": {"body": storable(body[:_RAW_LENGTH].decode("utf-8", "replace"))},
            "outcome": InboundOutcome.UNREADABLE,
            "processed_at": now(),
            "error": error[:300],
        },
    )


def process(effect: Effect) -> None:
    """The work of a `process_inbound` effect. Raises RetryLater for what may succeed later."""
    delivery = InboundDelivery.objects.select_related("account__brand").get(pk=effect.target_id)
    InboundDelivery.objects.filter(pk=delivery.pk).update(attempts=effect.attempts)
    if delivery.processed_at is not None:
        return
    event = event_from_json(delivery.event)
    try:
        with transaction.atomic(durable=True):
            # The claim and what is made of the event commit together: processed once, whoever else tries.
            mine = InboundDelivery.objects.filter(pk=delivery.pk, processed_at=None).update(processed_at=now())
            if not mine:
                return
            handled = handle(delivery.account, event)
            show_thanks(event, handled)
            InboundDelivery.objects.filter(pk=delivery.pk).update(
                outcome=handled.outcome, message=handled.message, error=""
            )
    except NotYet as error:
        rows = InboundDelivery.objects.filter(pk=delivery.pk)
        waited = now() - delivery.received_at
        if waited > WAITED_FOR:
            # It speaks of something from before our time.
            rows.update(processed_at=now(), outcome=InboundOutcome.IGNORED, error=str(error)[:300])
            return
        rows.update(error=str(error)[:300])
        raise RetryLater(str(error), seconds=max(1.0, waited.total_seconds() / 4), counts=False) from error


def give_up(effect: Effect, error: str) -> None:
    """Kept with its error; health shows it, and a person decides."""
    InboundDelivery.objects.filter(pk=effect.target_id, processed_at=None).update(
        processed_at=now(), outcome=InboundOutcome.FAILED, error=error
    )

"""From a provider's request to processed events: stored raw and committed first, processed by a worker."""

from __future__ import annotations

import hashlib
import json
import logging
from collections.abc import Sequence
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import transaction
from django.utils import translation

from channels_app.base import FetchesFiles, FileRefused, TemporaryFailure
from channels_app.inbound import Extras, handle
from channels_app.models import InboundDelivery, InboundOutcome
from channels_app.quiet import NotYet
from channels_app.registry import adapter_for
from channels_app.thanks import show_thanks
from channels_app.types import InboundEvent, event_from_json, event_to_json
from contactcenter.base.clock import now
from contactcenter.conversations.effects import RetryLater, add_effect
from contactcenter.conversations.models import ChannelAccount, Effect

logger = logging.getLogger(__name__)

_ID_LENGTH = 250
_RAW_LENGTH = 100_000


def storable(value: Any) -> Any:
    """`value` without what PostgreSQL's JSON cannot hold: NUL characters and lone surrogates."""
    if isinstance(value, str):
        return value.replace("\0", "").encode("utf-8", "replace").decode()
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
    """Keep each event once and plan its processing. Returns how many were new."""
    new = 0
    for event in events:
        raw = storable(dict(event.raw))
        data = storable(event_to_json(event))
        delivery, is_new = InboundDelivery.objects.get_or_create(
            account=account,
            external_id=_key(data["external_id"], [data, raw]),
            defaults={"kind": event.kind.value, "event": data, "raw": raw},
        )
        if is_new:
            add_effect("process_inbound", delivery.pk, key=f"process_inbound:{delivery.pk}")
            new += 1
    return new


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
        files, refused = _fetch(delivery.account, event)
        with transaction.atomic(durable=True):
            # The claim and what is made of the event commit together: processed once, whoever else tries.
            mine = InboundDelivery.objects.filter(pk=delivery.pk, processed_at=None).update(processed_at=now())
            if not mine:
                return
            handled = handle(delivery.account, event, extras=Extras(files=files, refused_files=refused))
            show_thanks(event, handled)
            InboundDelivery.objects.filter(pk=delivery.pk).update(
                outcome=handled.outcome, message=handled.message, error=""
            )
    except (NotYet, TemporaryFailure) as error:
        InboundDelivery.objects.filter(pk=delivery.pk).update(error=str(error)[:300])
        raise RetryLater(str(error)) from error


def _fetch(account: ChannelAccount, event: InboundEvent) -> tuple[list[SimpleUploadedFile], list[str]]:
    """The files, and of those that will not come a line with the reason."""
    adapter = adapter_for(account)
    found: list[SimpleUploadedFile] = []
    refused: list[str] = []
    if not event.files or not isinstance(adapter, FetchesFiles):
        return found, refused
    with translation.override(account.brand.default_language):
        for file in event.files:
            try:
                found.append(SimpleUploadedFile(file.name, adapter.fetch_file(file)))
            except FileRefused as refusal:
                refused.append(f"[{file.name}: {refusal}]")
    return found, refused


def give_up(effect: Effect, error: str) -> None:
    """Kept with its error; health shows it, and a person decides."""
    InboundDelivery.objects.filter(pk=effect.target_id, processed_at=None).update(
        processed_at=now(), outcome=InboundOutcome.FAILED, error=error
    )

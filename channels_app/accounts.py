"""Making a channel account from what its kind asks for."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from channels_app.kinds import Kind
from channels_app.secrets import pack_secrets
from contactcenter.accounts.models import Brand, User
from contactcenter.accounts.services import record_audit
from contactcenter.base.clock import now
from contactcenter.base.errors import Refused
from contactcenter.conversations.effects import send_hint
from contactcenter.conversations.models import ChannelAccount, Effect, Message
from contactcenter.conversations.states import Delivery
from routing.models import EntryPoint, Queue


class BadSettings(Exception):
    """What is wrong with an account's settings, by name."""

    def __init__(self, wrong: Mapping[str, Refused]) -> None:
        self.wrong = wrong
        super().__init__("; ".join(f"{name}: {refusal.text}" for name, refusal in wrong.items()))


@transaction.atomic
def create_account(
    kind: Kind, *, slug: str, brand: Brand, queue: Queue, values: Mapping[str, str], name: str, actor: User | None
) -> ChannelAccount:
    """An active account whose traffic enters `queue`.

    Raises BadSettings, and Refused with the code `taken` or `brand`.
    """
    if wrong := kind.check(values):
        raise BadSettings(wrong)
    if queue.brand_id != brand.pk:
        raise Refused(_("The queue belongs to another brand."), code="brand")
    try:
        with transaction.atomic():
            account = ChannelAccount.objects.create(
                brand=brand,
                kind=kind.kind,
                channel=kind.channel,
                name=name,
                slug=slug,
                reopen_hours=kind.reopen_hours,
                **fields_of(kind, values),
            )
    except IntegrityError as error:
        raise Refused(_("Another account uses this address part: choose another."), code="taken") from error
    EntryPoint.objects.create(account=account, queue=queue)
    record_audit("account.created", actor=actor, target=f"account:{slug}", data={"kind": kind.kind})
    return account


def fields_of(kind: Kind, values: Mapping[str, str]) -> dict[str, Any]:
    """The columns that hold these values; what is left empty is not among them."""
    fields: dict[str, Any] = {"config": {}}
    secrets: dict[str, str] = {}
    for setting in kind.all_settings:
        value = values.get(setting.name, "").strip() or (setting.make() if setting.make else "")
        if not value:
            continue
        if setting.place == "config":
            fields["config"][setting.name] = value
        elif setting.place == "secret":
            secrets[setting.name] = value
        else:
            fields[setting.place] = value
    if secrets:
        fields["secret"] = pack_secrets(secrets, is_alone=len(kind.secrets) == 1)
    return fields


def pause_account(account: ChannelAccount, *, actor: User | None) -> None:
    """Nothing goes out until it is resumed; what comes in is taken all the same. Paused twice is paused once."""
    if ChannelAccount.objects.filter(pk=account.pk, paused_at=None).update(paused_at=now()):
        record_audit("account.paused", actor=actor, target=f"account:{account.slug}")


@transaction.atomic
def resume_account(account: ChannelAccount, *, actor: User | None) -> None:
    """What waited goes out now, in its order."""
    if not ChannelAccount.objects.filter(pk=account.pk, paused_at__isnull=False).update(paused_at=None):
        return
    record_audit("account.resumed", actor=actor, target=f"account:{account.slug}")
    waiting = Message.objects.filter(account=account, delivery=Delivery.PENDING).values("pk")
    effects = Effect.objects.filter(name="deliver_message", target_id__in=waiting, done_at=None)
    effects.filter(not_before__gt=now()).update(not_before=now())
    for effect in effects.order_by("pk")[:_HINTED]:
        transaction.on_commit(lambda pk=effect.pk: send_hint(pk, "deliver_message"), robust=True)  # type: ignore[misc]


# The sweep finds the others within seconds.
_HINTED = 500

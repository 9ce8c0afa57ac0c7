"""Whatever providers post: every documented kind, signed through the real address, twice, shuffled, broken."""

from __future__ import annotations

import copy
import random
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from django.db import transaction
from django.db.models import QuerySet
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from channels_app.models import BystanderComment, InboundDelivery, InboundOutcome
from contactcenter.conversations.locking import lock_conversation
from contactcenter.conversations.models import (
    ChannelAccount,
    ConsentEntry,
    Conversation,
    Customer,
    Identity,
    Message,
    Record,
)
from contactcenter.conversations.services.messages import add_message
from contactcenter.conversations.states import Delivery, IdentityLevel, MessageKind
from tests import factories as make
from tests.channels.kinds.documented import DOCUMENTED
from tests.channels.kinds.providers import PROVIDERS, fixture, make_kind, names_of, post, work_off

pytestmark = pytest.mark.django_db(transaction=True)
ALL = [(kind, name) for kind in PROVIDERS for name in names_of(kind)]
STRANGE = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(allow_nan=False), st.text(max_size=40), st.just([]), st.just({})
)


@pytest.fixture(autouse=True)
def site(settings: Any) -> None:
    settings.PUBLIC_URL = "https://contactcenter.example"
    settings.DEMO = False


@pytest.mark.parametrize("kind", PROVIDERS)
def test_every_documented_kind_has_a_fixture(kind: str) -> None:
    assert set(DOCUMENTED[kind]) - set(names_of(kind)) == set()


@pytest.mark.parametrize(("kind", "name"), ALL)
def test_twice_is_once_and_nothing_raw_is_lost(kind: str, name: str) -> None:
    account = make_kind(kind)
    for _time in range(2):
        assert 200 <= post(account, fixture(kind, name)).status_code < 300
    kept = InboundDelivery.objects.values_list("pk", flat=True)
    assert kept and len(kept) == len(set(InboundDelivery.objects.values_list("external_id", flat=True)))
    assert all(row.raw for row in InboundDelivery.objects.all())
    count = len(kept)
    post(account, fixture(kind, name))
    assert InboundDelivery.objects.count() == count
    work_off()
    assert not failed().exists()


def failed() -> QuerySet[InboundDelivery]:
    """What could not be used; what speaks of messages that nobody knows has only waited for them."""
    return InboundDelivery.objects.filter(outcome=InboundOutcome.FAILED).exclude(error__contains="unknown message")


def paths(value: Any, here: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """The place of every key and item."""
    steps = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for step, inner in steps:
        yield (*here, step)
        yield from paths(inner, (*here, step))


def changed(body: Any, path: tuple[Any, ...], *value: Any) -> Any:
    """A copy with what is at `path` replaced, or left out."""
    found = copy.deepcopy(body)
    place = found
    for step in path[:-1]:
        place = place[step]
    if value:
        place[path[-1]] = value[0]
    else:
        del place[path[-1]]
    return found


@pytest.mark.parametrize("kind", PROVIDERS)
def test_no_missing_key_is_an_error(kind: str) -> None:
    account = make_kind(kind)
    for name in names_of(kind):
        body = fixture(kind, name)
        for path in paths(body):
            assert post(account, changed(body, path)).status_code < 300, (name, path)
    work_off()
    assert not failed().exists()


@pytest.mark.parametrize("kind", PROVIDERS)
@given(data=st.data())
@settings(max_examples=120, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_no_strange_value_is_an_error(kind: str, data: Any) -> None:
    account = ChannelAccount.objects.filter(slug=kind).first() or make_kind(kind)
    name = data.draw(st.sampled_from(names_of(kind)))
    body = fixture(kind, name)
    path = data.draw(st.sampled_from(sorted(paths(body), key=str)))
    value = data.draw(st.text(max_size=300) if PROVIDERS[kind].sign is None else STRANGE)
    try:
        str(value).encode()
    except UnicodeEncodeError:
        return
    assert post(account, changed(body, path, value)).status_code < 300
    work_off()
    assert not failed().exists()


def sent_before(account: ChannelAccount) -> None:
    """A message of ours that receipts, reactions and answers speak of."""
    provider = PROVIDERS[account.kind]
    kind, address, scope = provider.person
    customer = Customer.objects.create(brand=account.brand)
    scope = scope or (account.slug if account.kind in {"viber", "telegram", "generic"} else "")
    identity = Identity.objects.create(
        customer=customer, brand=account.brand, kind=kind, address=address, scope=scope, level=IdentityLevel.RECOGNISED
    )
    conversation = make.make_waiting(account, customer=customer)
    Conversation.objects.filter(pk=conversation.pk).update(identity=identity)
    with transaction.atomic():
        add_message(
            lock_conversation(conversation.pk),
            MessageKind.OUT,
            "On its way",
            identity=identity,
            account=account,
            external_id=provider.sent,
            delivery=Delivery.ACCEPTED,
            at=datetime(2026, 11, 1, tzinfo=UTC),
        )


def state_of(account: ChannelAccount) -> dict[str, Any]:
    """All that is shown, without what only tells rows apart."""
    brand = account.brand
    columns = ("kind", "external_id", "text", "unsupported", "is_public", "delivery", "reactions")
    # Some providers do not tell when something was deleted.
    marks = ("edited_at", "deleted_at", "hidden_at")
    rows = Message.objects.filter(conversation__brand=brand).exclude(external_id="")
    consents = ConsentEntry.objects.filter(customer__brand=brand).values_list("purpose", "is_granted", "address")
    return {
        "messages": sorted(
            str(
                (
                    *(getattr(row, name) for name in columns),
                    *(getattr(row, name) is not None for name in marks),
                    _answers(row),
                )
            )
            for row in rows.select_related("reply_to")
        ),
        "files": sorted(rows.values_list("attachments__reference", "attachments__state").exclude(attachments=None)),
        "identities": sorted(Identity.objects.filter(brand=brand).values_list("kind", "address", "level")),
        "records": sorted(Record.objects.filter(customer__brand=brand).values_list("kind", "external_id", "status")),
        "consents": sorted(set(consents)),
        "bystanders": sorted(
            map(str, BystanderComment.objects.filter(post__account=account).values_list("external_id", "text"))
        ),
    }


# A stop and a start have no order but that of their arrival; of two receipts that both are ends, the first counts; who
# is a bystander shows only when one knows with whom we talk.
UNORDERED = {
    "preference_stop", "preference_resume", "status_failed", "receipt_failed", "bystander_edited", "comment_reply",
}  # fmt: skip


def _answers(message: Message) -> str:
    return message.reply_to.external_id if message.reply_to else ""


@pytest.mark.parametrize("kind", PROVIDERS)
def test_the_order_of_arrival_changes_nothing(kind: str) -> None:
    states = []
    for seed in range(4):
        queue = make.make_queue(f"q{seed}", team=make.make_team(make.make_brand(f"brand-{seed}")))
        account = make_kind(kind, queue=queue, slug=f"shuffled-{seed}")
        sent_before(account)
        names = [name for name in names_of(kind) if name not in UNORDERED]
        random.Random(seed).shuffle(names)
        for name in names:
            for _time in range(random.Random(seed).choice((1, 2))):
                assert post(account, fixture(kind, name)).status_code < 300
            work_off()
        states.append({part: _without_slug(rows, account) for part, rows in state_of(account).items()})
    for state in states[1:]:
        for part, rows in states[0].items():
            assert state[part] == rows


def _without_slug(rows: list[Any], account: ChannelAccount) -> list[Any]:
    return [str(row).replace(account.slug, "") for row in rows]

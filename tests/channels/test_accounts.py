"""Making channel accounts by command: every setting is checked, and the provider's webhook address comes back."""

from __future__ import annotations

import re
from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from contactcenter.accounts.models import AuditEntry
from contactcenter.conversations.models import ChannelAccount
from contactcenter.conversations.states import Channel
from routing.models import Queue
from tests import factories as make

pytestmark = pytest.mark.django_db
SID = "AC" + "a1" * 16
GOOD = {"number": "+37260000001", "account_sid": SID, "auth_token": "hush"}


@pytest.fixture
def queue(settings: Any) -> Queue:
    settings.PUBLIC_URL = "https://contactcenter.example"
    return make.make_queue()


def create(queue: Queue, *, kind: str = "sms", slug: str = "text", brand: str = "", **values: str) -> str:
    out = StringIO()
    pairs = [f"--set={name}={value}" for name, value in values.items()]
    call_command(
        "create_channel_account",
        kind,
        slug,
        "--brand",
        brand or queue.brand.slug,
        "--queue",
        queue.slug,
        *pairs,
        stdout=out,
    )
    return out.getvalue().strip()


def test_an_account_is_made_and_its_address_printed(queue: Queue) -> None:
    assert create(queue, **GOOD) == "https://contactcenter.example/hooks/sms/text/"
    account = ChannelAccount.objects.get()
    assert (account.kind, account.channel, account.address) == ("sms", Channel.SMS, "+37260000001")
    assert account.secret == "hush" and account.config == {"account_sid": SID}
    assert account.entry_points.get().queue == queue
    assert AuditEntry.objects.filter(kind="account.created", target="account:text").exists()


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"auth_token": ""}, "auth_token: Fill this in."),
        ({"number": "372600"}, "number: This does not look right; it looks like +37260000000."),
        ({"account_sid": "SM12"}, "account_sid: This does not look right"),
        ({"colour": "blue"}, "colour: There is no such setting; there are: number, account_sid,"),
        ({"api_base": "https://evil.example"}, "api_base: Only the provider's own host"),
        ({"api_base": "http://[::1"}, "api_base: Only the provider's own host"),
    ],
)
def test_what_is_wrong_is_named(queue: Queue, values: dict[str, str], said: str) -> None:
    with pytest.raises(CommandError, match=f"^{re.escape(said)}"):
        create(queue, **{**GOOD, **values})
    assert not ChannelAccount.objects.exists()


def test_what_does_not_exist_or_is_taken(queue: Queue) -> None:
    for fields, said in (
        ({"kind": "telex"}, "There is no kind telex; there are: sms"),
        ({"slug": "a b"}, "a b: "),
        ({"brand": "nobody"}, "There is no brand nobody."),
    ):
        with pytest.raises(CommandError, match=said):
            create(queue, **fields, **GOOD)
    create(queue, **GOOD)
    with pytest.raises(CommandError, match="Another account uses this address part"):
        create(queue, **GOOD)
    other = make.make_queue("elsewhere", team=make.make_team(make.make_brand("other")))
    with pytest.raises(CommandError, match="belongs to another brand"):
        create(other, brand=queue.brand.slug, slug="more", **GOOD)
    assert ChannelAccount.objects.count() == 1

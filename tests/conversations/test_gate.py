"""The gate of all that goes out: each refusal, consent, rates, budgets; what passes is counted."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest
import time_machine

from contactcenter.accounts.models import AuditEntry
from contactcenter.base.errors import Refused
from contactcenter.conversations.gate import check_outbound, has_consent, is_blocked
from contactcenter.conversations.models import BlockedAddress, ConsentEntry, OutboundUse
from tests import factories as make

pytestmark = pytest.mark.django_db
MOBILE = "+37126123456"


@pytest.fixture
def line():
    return make.make_account("line", kind="fake", channel="sms")


@pytest.fixture
def customer():
    return make.make_customer()


def send(line, customer, address: str = MOBILE, **fields):
    return check_outbound(account=line, customer=customer, kind="phone", address=address, **fields)


def refused(line, customer, *args, **fields) -> str:
    before = OutboundUse.objects.count()
    with pytest.raises(Refused) as refusal:
        send(line, customer, *args, **fields)
    assert OutboundUse.objects.count() == before, "what is refused is not counted"
    return refusal.value.code


def limit(line, **limits) -> None:
    line.config = {"limits": limits}
    line.save()


def test_what_passes_is_counted(line, customer) -> None:
    use = send(line, customer, cost=Decimal("0.07"))
    assert (use.account, use.address, use.cost) == (line, MOBILE, Decimal("0.07"))


def test_a_paused_account(line, customer) -> None:
    line.is_active = False
    assert refused(line, customer) == "account_paused"


def test_the_block_list_until_it_is_lifted(line, customer) -> None:
    block = BlockedAddress.objects.create(brand=line.brand, kind="phone", address=MOBILE, reason="threats")
    assert refused(line, customer) == "blocked"
    block.until = make.later(-1)
    block.save()
    assert send(line, customer)
    assert not is_blocked(brand_id=make.make_brand("other").pk, kind="phone", address=MOBILE)
    block.until, block.lifted_at = None, make.later(0)
    block.save()
    assert send(line, customer)


def consent(customer, is_granted: bool, purpose: str = "service", **fields) -> None:
    ConsentEntry.objects.create(customer=customer, purpose=purpose, is_granted=is_granted, source="test", **fields)


def test_service_is_allowed_until_withdrawn_and_everything_else_must_be_given(line, customer) -> None:
    assert send(line, customer)
    assert refused(line, customer, purpose="marketing") == "no_consent"
    consent(customer, True, "marketing", channel="sms")
    assert send(line, customer, purpose="marketing")
    consent(customer, False, "service", channel="email")
    assert send(line, customer), "another channel"
    consent(customer, False, "service")
    assert refused(line, customer) == "no_consent"
    consent(customer, True, "service", channel="sms", address=MOBILE)
    assert send(line, customer), "the newest line counts"
    assert not has_consent(customer, purpose="service", channel="sms", address="+37120000000")


@pytest.mark.parametrize(
    ("address", "code"),
    [
        ("+442079460000", "country_not_allowed"),
        ("not a number", "bad_phone"),
        ("+37190000000", "number_type_not_allowed"),
    ],
)
def test_numbers(line, customer, address: str, code: str) -> None:
    assert refused(line, customer, address) == code


def test_countries_of_the_brand(line, customer) -> None:
    line.brand.allowed_countries = ["GB", "EE"]
    assert send(line, customer, "+442079460000")
    assert refused(line, customer) == "country_not_allowed"


def test_a_talk_by_messenger_has_no_rate_per_address(line, customer) -> None:
    line.channel = "telegram"
    line.save()
    for _number in range(30):
        check_outbound(account=line, customer=customer, kind="telegram", address="5551234567")
    line.channel = "sms"
    line.save()
    for _number in range(20):
        send(line, customer)
    assert refused(line, customer) == "rate_limited"


def test_rates_per_address_and_account(line, customer) -> None:
    with time_machine.travel("2026-03-02T09:00Z", tick=False) as clock:
        limit(line, per_address_hour=2, per_account_minute=3, per_account_day=5)
        send(line, customer)
        send(line, customer)
        assert refused(line, customer) == "rate_limited"
        send(line, customer, "+37126000001")
        assert refused(line, customer, "+37126000002") == "rate_limited", "three a minute"
        clock.shift(61)
        send(line, customer, "+37126000002")
        assert refused(line, customer) == "rate_limited", "still the same hour"
        clock.shift(timedelta(hours=1))
        send(line, customer)
        clock.shift(61)
        assert refused(line, customer, "+37126000003") == "rate_limited", "five a day"
        clock.shift(timedelta(days=1))
        assert send(line, customer)


def test_the_budget_stops_and_the_alarm_comes_before(line, customer) -> None:
    with time_machine.travel("2026-03-02T09:00Z", tick=False) as clock:
        limit(line, budget_per_day="1.00", per_address_hour=None)
        for _ in range(7):
            send(line, customer, cost=Decimal("0.10"))
        assert not AuditEntry.objects.filter(kind="gate.budget_alarm").exists()
        send(line, customer, cost=Decimal("0.10"))
        send(line, customer, cost=Decimal("0.10"))
        assert AuditEntry.objects.filter(kind="gate.budget_alarm").count() == 1
        assert refused(line, customer, cost=Decimal("0.11")) == "budget_spent"
        send(line, customer, cost=Decimal("0.10"))
        assert refused(line, customer, cost=Decimal("0.0001")) == "budget_spent"
        assert send(line, customer), "what costs nothing still goes"
        clock.shift(timedelta(days=1, seconds=1))
        assert send(line, customer, cost=Decimal("0.10"))

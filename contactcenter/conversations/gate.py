"""The one gate of everything that goes out: block list, consent, countries, number types, rates, budgets.

Adapters' sends and dials pass it just before they happen. It says no with a reason for the agent; what it lets
through is counted.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import phonenumbers
from django.db.models import Q, Sum
from django.utils.translation import gettext_lazy as _

from contactcenter.accounts.services import record_audit
from contactcenter.base.clock import now
from contactcenter.base.errors import Refused
from contactcenter.base.prepared import Prepared
from contactcenter.conversations.models import BlockedAddress, ChannelAccount, ConsentEntry, Customer, OutboundUse
from contactcenter.conversations.states import Channel, IdentityKind

# Channels whose addresses are telephone numbers that cost money to reach.
PHONE_CHANNELS = frozenset({Channel.VOICE, Channel.CALLBACK, Channel.SMS, Channel.WHATSAPP})
# Of those the ones where a single message or call costs.
TOLL_CHANNELS = frozenset({Channel.VOICE, Channel.CALLBACK, Channel.SMS})
_REFUSED_NUMBERS = frozenset({phonenumbers.PhoneNumberType.PREMIUM_RATE, phonenumbers.PhoneNumberType.SHARED_COST})
# Share of the day's budget at which the alarm is raised.
ALARM_SHARE = Decimal("0.8")


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """An account's limits, from `config["limits"]`; None means no limit."""

    per_address_hour: int | None = 20
    per_account_minute: int | None = 600
    per_account_day: int | None = None
    budget_per_day: Decimal | None = None

    @classmethod
    def of(cls, account: ChannelAccount) -> Limits:
        given: dict[str, Any] = dict(account.config.get("limits", {}))
        if account.channel not in TOLL_CHANNELS:
            # A talk by messenger has more lines in an hour than anybody should get calls or texts.
            given.setdefault("per_address_hour", None)
        if given.get("budget_per_day") is not None:
            given["budget_per_day"] = Decimal(str(given["budget_per_day"]))
        return cls(**given)


def is_blocked(*, brand_id: int, kind: str, address: str, at: datetime | None = None) -> bool:
    """Whether this address is on the brand's block list now."""
    return bool(_blocks.tuples(brand_id, kind, address, at or now()))


_blocks = Prepared(
    lambda brand_id, kind, address, at: (
        BlockedAddress.objects.filter(brand=brand_id, kind=kind, address=address, lifted_at=None)
        .filter(Q(until=None) | Q(until__gt=at))
        .values_list("pk")[:1]
    )
)


def has_consent(customer: Customer, *, purpose: str, channel: str, address: str = "") -> bool:
    """The newest matching line of the ledger; service is allowed until withdrawn, everything else must be given."""
    lines = ConsentEntry.objects.filter(customer=customer, purpose=purpose, channel__in=[channel, ""])
    newest = lines.filter(Q(address="") | Q(address=address)).order_by("-id").first()
    return purpose == "service" if newest is None else newest.is_granted


def check_outbound(
    *,
    account: ChannelAccount,
    customer: Customer,
    kind: str,
    address: str,
    purpose: str = "service",
    cost: Decimal = Decimal(0),
) -> OutboundUse:
    """Let one message or call through and count it, or raise Refused with the reason."""
    if not account.is_active:
        raise Refused(_("The account “%s” is paused.") % account, code="account_paused")
    if is_blocked(brand_id=account.brand_id, kind=kind, address=address):
        raise Refused(_("This address is blocked."), code="blocked")
    if not has_consent(customer, purpose=purpose, channel=account.channel, address=address):
        raise Refused(_("The customer does not want messages this way."), code="no_consent")
    if account.channel in PHONE_CHANNELS and kind == IdentityKind.PHONE:
        _check_number(account, address)
    _check_rates(account, address, cost)
    return OutboundUse.objects.create(account=account, address=address, cost=cost, at=now())


def _check_number(account: ChannelAccount, address: str) -> None:
    brand = account.brand
    try:
        number = phonenumbers.parse(address, brand.phone_region)
    except phonenumbers.NumberParseException as error:
        raise Refused(_("“%s” is not a phone number.") % address, code="bad_phone") from error
    country = phonenumbers.region_code_for_number(number)
    allowed = brand.allowed_countries or [brand.phone_region]
    if country not in allowed:
        raise Refused(
            _("Numbers of %(country)s are not allowed; an admin can add the country to the brand.")
            % {"country": country or "?"},
            code="country_not_allowed",
        )
    if phonenumbers.number_type(number) in _REFUSED_NUMBERS:
        raise Refused(_("Premium-rate numbers are not called."), code="number_type_not_allowed")


def _check_rates(account: ChannelAccount, address: str, cost: Decimal) -> None:
    limits, moment = Limits.of(account), now()
    used = OutboundUse.objects.filter(account=account)
    checks = (
        (limits.per_address_hour, used.filter(address=address), timedelta(hours=1)),
        (limits.per_account_minute, used, timedelta(minutes=1)),
        (limits.per_account_day, used, timedelta(days=1)),
    )
    for most, rows, period in checks:
        if most is not None and rows.filter(at__gt=moment - period).count() >= most:
            raise Refused(_("Too much has been sent; try again later."), code="rate_limited")
    if limits.budget_per_day is not None and cost:
        spent = used.filter(at__gt=moment - timedelta(days=1)).aggregate(total=Sum("cost"))["total"] or Decimal(0)
        if spent + cost > limits.budget_per_day:
            raise Refused(_("The account's budget for the day is spent."), code="budget_spent")
        if spent < limits.budget_per_day * ALARM_SHARE <= spent + cost:
            record_audit(
                "gate.budget_alarm", actor=None, target=f"account:{account.slug}", data={"spent": str(spent + cost)}
            )

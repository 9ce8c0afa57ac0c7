"""How a visitor who goes away is reached later: a message left in line, and an address shown to be theirs by a code."""

from __future__ import annotations

import secrets
from datetime import timedelta

from django.db import transaction
from django.db.models import F
from django.utils.crypto import constant_time_compare, salted_hmac
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from channels_app.webchat.limits import check_rates
from channels_app.webchat.models import EmailCode, LeftMessage
from channels_app.webchat.refusals import RefusedWith
from channels_app.webchat.services import Post, note_claims
from channels_app.webchat.visitors import Visitor, own_conversations
from contactcenter.base.clock import now
from contactcenter.base.errors import Gone, Refused
from contactcenter.conversations.effects import add_effect
from contactcenter.conversations.events import EventKind, record_event, save_conversation
from contactcenter.conversations.locking import lock_conversation
from contactcenter.conversations.models import Identity
from contactcenter.conversations.services.cards import announce_customer
from contactcenter.conversations.services.customers import confirm_identity, find_or_create_identity, mail_address
from contactcenter.conversations.states import ConversationState, IdentityKind, IdentityLevel

CODE_LIFE = timedelta(hours=24)
# Not asked again sooner: one mail, which may take its time.
ASK_AGAIN = timedelta(minutes=30)
MOST_MISSES = 5
_WAITING = frozenset({ConversationState.NEW, ConversationState.QUEUED, ConversationState.OFFERED})


def leave_message(visitor: Visitor, conversation_id: int, post: Post) -> bool:
    """Keep the conversation in line although its page closes; where the answer goes is noted as claimed.

    Returns whether a code is on its way to the address. Raises Gone once somebody has taken the conversation, Refused
    without an address to answer to, TooFast.
    """
    if post.email:
        _check_mail_rates(visitor, post.email)
    return _leave(visitor, conversation_id, post)


@transaction.atomic
def _leave(visitor: Visitor, conversation_id: int, post: Post) -> bool:
    conversation = lock_conversation(conversation_id)
    if conversation.state not in _WAITING:
        raise Gone(_("Somebody is with you already, or the chat has ended."), code="not_waiting")
    identity = _identity(visitor)
    note_claims(visitor, identity, post)
    addresses = Identity.objects.filter(customer=identity.customer, kind__in=(IdentityKind.EMAIL, IdentityKind.PHONE))
    if not addresses.exists():
        raise RefusedWith(_("Say where we can answer you."), code="field_required", field="email")
    _left, is_new = LeftMessage.objects.get_or_create(conversation=conversation, defaults={"at": now()})
    if is_new:
        record_event(conversation, EventKind.MESSAGE_LEFT)
        save_conversation(conversation)
    announce_customer(identity.customer, "profile", "addresses")
    return bool(post.email) and _ask_for_code(claimed_address(identity.customer_id))


def _identity(visitor: Visitor) -> Identity:
    if visitor.identity is None:
        raise Refused(_("Write a message first."), code="no_conversation")
    return visitor.identity


def claimed_address(customer_id: int) -> Identity | None:
    """The mail address given last, unless one is known to be theirs."""
    if mail_address(customer_id) is not None:
        return None
    return Identity.objects.filter(customer=customer_id, kind=IdentityKind.EMAIL).order_by("-pk").first()


def claim_email(visitor: Visitor, address: str) -> bool:
    """Note an address and mail it a code, which the visitor enters here; an empty one is the one given last. Returns
    whether a code is on its way.

    Raises Refused for what is no address, TooFast.
    """
    if not address:
        known = claimed_address(_identity(visitor).customer_id)
        if known is None:
            return False
        address = known.address
    _check_mail_rates(visitor, address)
    return _claim(visitor, address)


def _check_mail_rates(visitor: Visitor, address: str) -> None:
    check_rates(("address_code_mail", visitor.address), ("code_mail", address.strip().lower()[:254]))


@transaction.atomic
def _claim(visitor: Visitor, address: str) -> bool:
    identity = _identity(visitor)
    claimed = find_or_create_identity(
        brand=visitor.account.brand,
        kind=IdentityKind.EMAIL,
        address=address,
        level=IdentityLevel.CLAIMED,
        customer=identity.customer,
    )
    announce_customer(identity.customer, "addresses")
    return _ask_for_code(None if claimed.verified_at else claimed)


def _ask_for_code(claimed: Identity | None) -> bool:
    if claimed is None or claimed.level == IdentityLevel.VERIFIED:
        return False
    code = EmailCode.objects.filter(identity=claimed).first()
    if code is None or code.asked_at <= now() - ASK_AGAIN:
        plan_code_mail(claimed)
    return True


def plan_code_mail(claimed: Identity) -> None:
    """One mail with a code and nothing else, in the caller's transaction."""
    code, _is_new = EmailCode.objects.get_or_create(identity=claimed)
    code.mails += 1
    code.asked_at = now()
    code.code_hash, code.misses = "", 0
    code.save(update_fields=["mails", "asked_at", "code_hash", "misses"])
    add_effect("mail_code", code.pk, key=f"mail_code:{code.pk}:{code.mails}")


def new_code(row: EmailCode) -> str:
    """Six digits for a mail that goes out now; an earlier mail's are void."""
    code = f"{secrets.randbelow(1_000_000):06}"
    EmailCode.objects.filter(pk=row.pk).update(code_hash=_hash(row.identity_id, code), misses=0)
    return code


def _hash(identity_id: int, code: str) -> str:
    return salted_hmac("webchat.code", f"{identity_id}:{code}", algorithm="sha256").hexdigest()


def enter_code(visitor: Visitor, code: str) -> None:
    """The visitor has read the mail: the address is theirs. Raises Refused, Gone."""
    identity = _identity(visitor)
    check_rates(("code", visitor.subject))
    row = EmailCode.objects.filter(identity__customer=identity.customer).order_by("-asked_at").first()
    if row is None or not row.code_hash:
        raise Refused(_("No code has been sent yet. Ask for one first."), code="bad_code")
    # Counted before it is compared: tries at the same moment are tries.
    may_try = EmailCode.objects.filter(pk=row.pk, misses__lt=MOST_MISSES, asked_at__gt=now() - CODE_LIFE)
    if not may_try.update(misses=F("misses") + 1):
        raise Gone(_("This code is not valid any more. Ask for a new one."), code="code_expired")
    given = "".join(char for char in code if char.isascii() and char.isdigit())
    if not constant_time_compare(_hash(row.identity_id, given), row.code_hash):
        left = max(MOST_MISSES - row.misses - 1, 0)
        text = ngettext(
            "This is not the code. %(count)s try left.", "This is not the code. %(count)s tries left.", left
        )
        raise RefusedWith(text % {"count": left}, code="bad_code", left=left)
    _confirm(visitor, row)


@transaction.atomic
def _confirm(visitor: Visitor, row: EmailCode) -> None:
    last = own_conversations(visitor).exclude(state=ConversationState.CLOSED).first()
    conversation = lock_conversation(last.pk) if last is not None else None
    claimed = Identity.objects.select_related("customer", "brand").get(pk=row.identity_id)
    confirm_identity(claimed)
    EmailCode.objects.filter(pk=row.pk).update(code_hash="")
    if conversation is not None:
        record_event(conversation, EventKind.IDENTITY_CHANGED, address=claimed.address)
        save_conversation(conversation)
    announce_customer(claimed.customer, "profile", "addresses", "duplicates")

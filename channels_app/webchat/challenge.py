"""A small proof of work, asked for on suspicion alone: a flood of new conversations costs its sender something, people
wait a second, and no third party is told of them."""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass
from datetime import timedelta

from django.core import signing
from django.utils.translation import gettext as _

from channels_app.webchat.limits import TooFast, check_rates
from channels_app.webchat.refusals import RefusedWith
from contactcenter.conversations.models import ChannelAccount

BITS = 14
LIFE = timedelta(minutes=5)
_SALT = "webchat.challenge"


@dataclass(frozen=True, slots=True, kw_only=True)
class Proof:
    """A nonce of ours, and the number that the page has found for it."""

    nonce: str = ""
    answer: str = ""


def check_proof(account: ChannelAccount, address: str, proof: Proof) -> None:
    """Raise a refusal with a new challenge unless `proof` answers one of ours, given to this address, not used yet."""
    if not _is_valid(account, address, proof):
        nonce = signing.dumps([secrets.token_urlsafe(9), account.pk, address], salt=_SALT)
        raise RefusedWith(
            _("One moment: we check that you are not a robot."),
            code="challenge",
            status=429,
            challenge={"nonce": nonce, "bits": BITS},
        )


def _is_valid(account: ChannelAccount, address: str, proof: Proof) -> bool:
    if not (proof.answer.isascii() and proof.answer.isdigit() and len(proof.answer) <= 20):
        return False
    try:
        name, *given_to = signing.loads(proof.nonce, salt=_SALT, max_age=LIFE)
    except signing.BadSignature:
        return False
    if given_to != [account.pk, address] or not answers(proof.nonce, proof.answer, BITS):
        return False
    try:
        check_rates(("proof", name))
    except TooFast:
        return False
    return True


def answers(nonce: str, answer: str, bits: int) -> bool:
    """Whether the digest of the two begins with so many zero bits."""
    digest = hashlib.sha256(f"{nonce}:{answer}".encode()).digest()
    return int.from_bytes(digest[:4], "big") >> (32 - bits) == 0

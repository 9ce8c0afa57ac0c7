"""A signed, expiring link back to one conversation, as our mails carry it, and what it opens."""

from __future__ import annotations

from datetime import timedelta

from django.conf import settings
from django.core import signing
from django.db.models import Q
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _

from channels_app.webchat.identity import hash_token, new_token
from channels_app.webchat.models import VisitorSession
from contactcenter.base.clock import now
from contactcenter.base.errors import Refused
from contactcenter.conversations.models import ChannelAccount, Conversation, Identity
from contactcenter.conversations.states import IdentityLevel

LINK_LIFE = timedelta(days=7)
_SALT = "webchat.resume"


def link_back(conversation: Conversation, mailed_to: Identity, language: str) -> str:
    """The address of the full page that goes on with this conversation."""
    signed = signing.dumps([str(conversation.public_id), mailed_to.pk], salt=_SALT)
    page = reverse("webchat-page", args=[conversation.account.address])
    return f"{settings.PUBLIC_URL}{page}?{urlencode({'resume': signed, 'lang': language})}"


def resume(account: ChannelAccount, signed: str) -> tuple[str, Conversation]:
    """Exchange a link's signature for a token of this one conversation. Raises Refused.

    The link is void with the address that it was mailed to: when that is no longer the customer's, or erased.
    """
    refusal = Refused(_("This link is not valid any more. Write to us anew."), code="bad_link")
    try:
        public_id, mailed_to = signing.loads(signed, salt=_SALT, max_age=LINK_LIFE)
    except (signing.BadSignature, ValueError) as error:
        raise refusal from error
    conversation = Conversation.objects.filter(public_id=public_id, account=account).first()
    if conversation is None or conversation.identity_id is None:
        raise refusal
    shown = Q(level=IdentityLevel.VERIFIED) | Q(verified_at__isnull=False)
    if not Identity.objects.filter(shown, pk=mailed_to, customer=conversation.customer_id).exists():
        raise refusal
    moment, token = now(), new_token()
    VisitorSession.objects.filter(conversation=conversation, expires_at__lte=moment).delete()
    VisitorSession.objects.create(
        token_hash=hash_token(token),
        identity_id=conversation.identity_id,
        conversation=conversation,
        expires_at=moment + LINK_LIFE,
    )
    return token, conversation

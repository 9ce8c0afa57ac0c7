"""Recognising whoever sits at a widget, and finding what they may see: their own, and nothing else."""

from __future__ import annotations

import uuid
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import partial
from typing import Any

from django.conf import settings
from django.db.models import Exists, QuerySet
from django.utils.translation import gettext as _

from channels_app.inbound import conversations_in, conversations_of
from channels_app.webchat.identity import Claims, IdentityRefused, hash_token, verify_claims
from channels_app.webchat.models import VisitorSession
from contactcenter.base.clock import now
from contactcenter.base.errors import Refused
from contactcenter.base.prepared import Prepared
from contactcenter.conversations.models import ChannelAccount, Conversation, Identity, Message
from contactcenter.conversations.states import ConversationState, IdentityKind, IdentityLevel

# An ended conversation is shown again for so long.
SHOWN_AFTER_END = timedelta(days=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Visitor:
    """One person at one widget. `identity` is None until their first message."""

    account: ChannelAccount
    language: str
    address: str
    identity: Identity | None = None
    claims: Claims | None = None
    # A link of one of our mails opened one conversation, and no other.
    session: VisitorSession | None = None
    # What this browser wrote under before somebody signed in on the page.
    browser_identity: Identity | None = None

    @property
    def is_settled(self) -> bool:
        """Whether the identity is the one that their messages are kept under."""
        if self.identity is None:
            return False
        return self.claims is None or self.identity.kind == IdentityKind.CUSTOMER_ID

    @property
    def subject(self) -> str:
        """Whom limits count."""
        if self.claims is not None:
            return f"{self.account.pk}:{self.claims.id}"
        return str(self.identity.pk) if self.identity else self.address

    @property
    def may_write(self) -> bool:
        """Where the widget insists on signed identities, nobody else begins or reads a conversation."""
        is_open = self.account.config.get("identity_required") is not True
        return is_open or self.claims is not None or self.session is not None

    def known_as(self, identity: Identity) -> Visitor:
        """The same person after their first message."""
        return replace(self, identity=identity)


def choose_language(account: ChannelAccount, locale: object) -> str:
    """One of the five languages: the page's, else the brand's."""
    wanted = str(locale or "").replace("_", "-").split("-")[0].lower()
    return wanted if wanted in dict(settings.LANGUAGES) else account.brand.default_language


def recognise(
    account: ChannelAccount, *, token: object, identity: object, locale: object, address: str
) -> tuple[Visitor, Refused | None]:
    """The visitor behind a token and a signed identity. An identity that is refused is told, and the visitor goes
    on as the browser's own; an unknown token is none."""
    browser, session = _by_token(account, token) if isinstance(token, str) and token else (None, None)
    visitor = Visitor(
        account=account,
        language=choose_language(account, locale),
        address=address,
        identity=session.identity if session else browser,
        session=session,
        browser_identity=browser,
    )
    if not visitor.may_write:
        visitor = replace(visitor, identity=None)
    if not identity:
        return visitor, None if visitor.may_write else identity_required()
    try:
        claims = verify_claims(account, identity)
    except IdentityRefused as refusal:
        return visitor, refusal
    if browser is not None and _is_other_customers(browser, claims):
        browser = None
    known = _by_address(account, IdentityKind.CUSTOMER_ID, claims.id)
    return replace(visitor, identity=known or browser, session=None, browser_identity=browser, claims=claims), None


def identity_required() -> Refused:
    """Told to whoever is not signed where the widget insists on it."""
    return IdentityRefused(_("Please sign in on this page to chat with us."), code="identity_required")


def _by_token(account: ChannelAccount, token: str) -> tuple[Identity | None, VisitorSession | None]:
    """The identity that was begun with this token, or the session that a link of our mails has opened."""
    token_hash = hash_token(token)
    browser = _by_address(account, IdentityKind.VISITOR, token_hash)
    if browser is not None:
        return browser, None
    sessions = VisitorSession.objects.filter(token_hash=token_hash, conversation__account=account, expires_at__gt=now())
    return None, sessions.select_related("identity__customer").first()


def _is_other_customers(browser: Identity, claims: Claims) -> bool:
    """Whether this browser's earlier messages are those of somebody else who signed in on it."""
    signed = browser.customer.identities.filter(kind=IdentityKind.CUSTOMER_ID)
    return signed.exclude(address=claims.id).exists()


def _by_address(account: ChannelAccount, kind: IdentityKind, address: str) -> Identity | None:
    return next(iter(_sure_identity.objects(account.brand_id, kind, address)), None)


_sure_identity = Prepared(
    lambda brand_id, kind, address: (
        Identity.objects.filter(brand=brand_id, kind=kind, scope="", address=address)
        .exclude(level=IdentityLevel.CLAIMED)
        .select_related("customer")[:1]
    )
)


def own_conversations(visitor: Visitor) -> QuerySet[Conversation]:
    """The visitor's conversations on this widget, the newest first."""
    if visitor.identity is None:
        return Conversation.objects.none()
    if visitor.session is not None:
        return Conversation.objects.filter(pk=visitor.session.conversation_id)
    return conversations_of(visitor.account, visitor.identity)


def running_conversation(visitor: Visitor, client_id: str) -> int | None:
    """The visitor's last conversation if it still runs, and they have not posted a message of this id before."""
    identity = visitor.identity
    if identity is None:
        return None
    if visitor.session is not None:
        running = own_conversations(visitor).exclude(state=ConversationState.CLOSED)
        return running.exclude(messages__client_id=client_id).values_list("pk", flat=True).first()
    last = _last_of_visitor if identity.kind == IdentityKind.VISITOR else _last_of_signed
    rows = last.tuples(client_id, visitor.account.pk, identity.customer_id, "", identity.pk)
    pk, state, is_known = rows[0] if rows else (None, ConversationState.CLOSED, False)
    return None if is_known or state == ConversationState.CLOSED else pk


def _last_conversation(client_id: str, *scope: Any, is_visitor: bool) -> QuerySet[Conversation, tuple[Any, ...]]:
    own = conversations_in(*scope, is_visitor=is_visitor)
    known = Message.objects.filter(client_id=client_id, conversation__in=own.values("pk"))
    return own.values_list("pk", "state", Exists(known))[:1]


_last_of_visitor = Prepared(partial(_last_conversation, is_visitor=True))
_last_of_signed = Prepared(partial(_last_conversation, is_visitor=False))


def find_conversation(visitor: Visitor, public_id: str) -> Conversation | None:
    """The visitor's own conversation of this id. Raises Refused for one that is nobody's or somebody else's: which
    of the two is not told."""
    try:
        found = own_conversations(visitor).filter(public_id=uuid.UUID(public_id)).first()
    except ValueError:
        found = None
    if found is None:
        raise Refused(_("This conversation cannot be found."), code="unknown_conversation")
    return found


def _newest(visitor: Visitor) -> Conversation | None:
    identity = visitor.identity
    if identity is None or visitor.session is not None:
        return own_conversations(visitor).first()
    newest = _newest_of_visitor if identity.kind == IdentityKind.VISITOR else _newest_of_signed
    return next(iter(newest.objects(visitor.account.pk, identity.customer_id, "", identity.pk)), None)


_newest_of_visitor = Prepared(lambda *scope: conversations_in(*scope, is_visitor=True)[:1])
_newest_of_signed = Prepared(lambda *scope: conversations_in(*scope, is_visitor=False)[:1])


def current_conversation(visitor: Visitor) -> Conversation | None:
    """What the visitor sees when they open the widget: the one that runs, or has just ended."""
    last = _newest(visitor)
    if last is None or last.state != ConversationState.CLOSED:
        return last
    assert last.closed_at is not None
    return last if now() < last.closed_at + SHOWN_AFTER_END else None

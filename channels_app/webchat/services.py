"""What a visitor does: write, upload, end. The socket and the HTTP fall-back both come here."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.utils.translation import gettext as _

from channels_app.inbound import Extras, Handled, append, handle, is_blocked_sender
from channels_app.models import InboundDelivery, InboundOutcome
from channels_app.thanks import show_thanks
from channels_app.types import InboundEvent, InboundKind, Sender
from channels_app.webchat.challenge import Proof, check_proof
from channels_app.webchat.config import WidgetConfig, in_language
from channels_app.webchat.identity import hash_token, new_token, token_for_first_message
from channels_app.webchat.limits import TooFast, check_rates
from channels_app.webchat.models import VisitorSession
from channels_app.webchat.people import CONSENT_SOURCE, fields_to_ask
from channels_app.webchat.refusals import RefusedWith
from channels_app.webchat.visit import read_visit
from channels_app.webchat.visitors import Visitor, identity_required, own_conversations, running_conversation
from contactcenter.base.clock import now
from contactcenter.base.errors import Gone, Refused
from contactcenter.base.text import clean_input
from contactcenter.conversations.locking import lock_conversation
from contactcenter.conversations.models import Attachment, ConsentEntry, Conversation, Identity, Message
from contactcenter.conversations.services.attachments import store_attachment
from contactcenter.conversations.services.customers import find_or_create_identity, update_customer
from contactcenter.conversations.services.messages import add_message, check_text
from contactcenter.conversations.states import ConversationState, IdentityKind, IdentityLevel, MessageKind

MOST_FILES = 10
# For so long the same first message finds the conversation that it has begun, without the token.
RESEND_WINDOW = timedelta(hours=1)
# The event after the conversation's beginning.
_FIRST_SEQ = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Post:
    """A message as the page sends it. `name`, `email` and `phone` are claims of a form."""

    id: str
    text: str = field(default="", repr=False)
    files: tuple[str, ...] = ()
    name: str = field(default="", repr=False)
    email: str = field(default="", repr=False)
    phone: str = field(default="", repr=False)
    topic: str = ""
    consent: bool = False
    order: str = ""
    page: str = ""
    ref: str = ""
    # A field that people do not see: who fills it in is asked for a proof of work.
    website: str = ""
    visit: Mapping[str, Any] = field(default_factory=dict, repr=False)
    proof: Proof = field(default_factory=Proof)

    @property
    def has_claims(self) -> bool:
        """Whether a form has been filled in."""
        return bool(self.name.strip() or self.email.strip() or self.phone.strip() or self.consent)

    @classmethod
    def of(cls, frame: Mapping[str, Any]) -> Post:
        """Raises Refused for a frame that no page of ours sends."""
        try:
            files = [str(uuid.UUID(name)) for name in frame.get("files") or []]
            if len(files) > MOST_FILES:
                raise ValueError("too many files")
            proof = frame.get("proof") or {}
            return cls(
                id=str(uuid.UUID(frame["id"])),
                files=tuple(files),
                consent=frame.get("consent") is True,
                visit=read_visit(frame.get("visit"), order=_line(frame, "order")),
                proof=Proof(nonce=_line(proof, "nonce"), answer=_line(proof, "answer")),
                **{name: _line(frame, name) for name in _LINES},
            )
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise Refused(_("This message cannot be read."), code="bad_frame") from error


_LINES = ("text", "name", "email", "phone", "topic", "order", "page", "ref", "website")


def _line(frame: Mapping[str, Any], name: str) -> str:
    value = frame.get(name) or ""
    if not isinstance(value, str):
        raise TypeError(name)
    return clean_input(value)


@dataclass(frozen=True, slots=True, kw_only=True)
class Posted:
    """The message as kept, and who the visitor is from now on; `token` if one was made."""

    message: Message
    conversation: Conversation
    visitor: Visitor
    token: str = field(default="", repr=False)


def post_message(*, visitor: Visitor, post: Post, conversation_id: int | None = None) -> Posted:
    """Add a visitor's message to their conversation, or begin one; the same `post.id` again is the same message.

    `conversation_id` is the one that the visitor is known to be in; a page without a socket does not know it.
    Raises Refused, TooFast.
    """
    if not visitor.may_write:
        raise identity_required()
    text = check_text(post.text, has_files=bool(post.files))
    check_rates(("message", visitor.subject), ("address_message", visitor.address))
    extras = Extras(attachment_ids=post.files, client_id=post.id, page=post.page, visit=post.visit)
    if conversation_id is None and visitor.claims is None and not post.has_claims:
        conversation_id = running_conversation(visitor, post.id)
    if conversation_id is not None and visitor.is_settled and visitor.identity is not None:
        posted = _continue(visitor, visitor.identity, post, text, extras, conversation_id)
        if posted is not None:
            return posted
    if not own_conversations(visitor).exclude(state=ConversationState.CLOSED).exists():
        _check_first(visitor, post)
    return _begin(visitor, post, text, extras)


def _check_first(visitor: Visitor, post: Post) -> None:
    """What a new conversation needs: its form filled in, and no flood. Raises RefusedWith, TooFast."""
    config = WidgetConfig.of(visitor.account)
    is_new = not own_conversations(visitor).exists()
    for ask in fields_to_ask(visitor, config):
        # Those who have written before go on without being asked again what it is about.
        is_needed = ask.is_required and (is_new or ask.name not in {"topic", "order"})
        if is_needed and not (post.consent if ask.name == "consent" else getattr(post, ask.name).strip()):
            raise RefusedWith(_("Please fill in what is marked as required."), code="field_required", field=ask.name)
    if visitor.claims is not None:
        check_rates(("conversation", visitor.subject))
        return
    check_rates(("address_conversation", visitor.address))
    if post.website or _is_suspicious(visitor.address):
        check_proof(visitor.account, visitor.address, post.proof)


def _is_suspicious(address: str) -> bool:
    """Many new conversations at once: an office that shares one address, or a machine."""
    try:
        check_rates(("conversation", address))
    except TooFast:
        return True
    return False


def _continue(
    visitor: Visitor, identity: Identity, post: Post, text: str, extras: Extras, conversation_id: int
) -> Posted | None:
    """The hot path: one open conversation, one transaction. None once it has ended."""
    event = _event(visitor, identity, post, text)
    with transaction.atomic():
        if event.sender is None or is_blocked_sender(visitor.account, event.sender):
            return None
        conversation = lock_conversation(conversation_id)
        if conversation.state == ConversationState.CLOSED:
            return None
        handled = append(visitor.account, event, conversation, identity, extras)
    return _posted(handled, visitor)


def _posted(handled: Handled, visitor: Visitor, token: str = "") -> Posted:
    assert handled.message is not None and handled.conversation is not None
    return Posted(message=handled.message, conversation=handled.conversation, visitor=visitor, token=token)


def _begin(visitor: Visitor, post: Post, text: str, extras: Extras) -> Posted:
    with transaction.atomic():
        _check_not_forgotten(visitor)
        identity, token = _identify(visitor, post)
        known = visitor.known_as(identity)
        event = _event(known, identity, post, text)
        handled = handle(visitor.account, event, identity=identity, extras=extras)
        show_thanks(event, handled)
        if handled.outcome == InboundOutcome.BLOCKED:
            _keep_apart(visitor, event)
        else:
            note_claims(visitor, identity, post)
        if handled.message is not None and handled.message.seq == _FIRST_SEQ:
            _add_opening(visitor, handled.message)
        if handled.conversation is not None and visitor.session is not None:
            # The session goes where its words go.
            VisitorSession.objects.filter(pk=visitor.session.pk).update(conversation=handled.conversation)
            visitor.session.conversation = handled.conversation
    if handled.message is None:
        raise Refused(_("We cannot take messages from you here."), code="blocked")
    return _posted(handled, known, token)


def _check_not_forgotten(visitor: Visitor) -> None:
    """A page that was open when its visitor asked to be forgotten still shows them."""
    identity = visitor.identity
    if identity is not None and not Identity.objects.filter(pk=identity.pk, address=identity.address).exists():
        raise Gone(_("Your data is being deleted. Reload the page to begin anew."), code="forgotten")


def _add_opening(visitor: Visitor, first: Message) -> None:
    """The account's answer to the first message of a conversation, with what may be tapped in reply."""
    account = visitor.account
    opening = in_language(WidgetConfig.of(account).opening, visitor.language, account)
    if opening is not None:
        conversation = lock_conversation(first.conversation_id)
        add_message(conversation, MessageKind.SYSTEM, opening.text, client_id="opening", choices=opening.choices)


def _event(visitor: Visitor, identity: Identity, post: Post, text: str) -> InboundEvent:
    return InboundEvent(
        kind=InboundKind.MESSAGE,
        external_id=post.id,
        occurred_at=now(),
        sender=Sender(
            kind=IdentityKind(identity.kind),
            address=identity.address,
            level=IdentityLevel(identity.level),
            language=visitor.language,
        ),
        text=text,
        topic=post.topic,
        ref=post.ref,
    )


def _identify(visitor: Visitor, post: Post) -> tuple[Identity, str]:
    """The identity that writes, made at its first message, and the token that a new visitor is given."""
    if visitor.claims is not None:
        return _signed_identity(visitor), ""
    if visitor.identity is not None:
        return visitor.identity, ""
    token = token_for_first_message(visitor.account, post.id)
    made_by_it = Identity.objects.filter(
        brand=visitor.account.brand_id, kind=IdentityKind.VISITOR, address=hash_token(token)
    ).first()
    if made_by_it is not None and made_by_it.created_at < now() - RESEND_WINDOW:
        token = new_token()
    identity = find_or_create_identity(
        brand=visitor.account.brand,
        kind=IdentityKind.VISITOR,
        address=hash_token(token),
        level=IdentityLevel.RECOGNISED,
        name=post.name,
        language=visitor.language,
    )
    return identity, token


def _signed_identity(visitor: Visitor) -> Identity:
    """The verified identity. A new one takes over what this browser wrote before; with a known one that is proposed
    as a match."""
    claims, brand = visitor.claims, visitor.account.brand
    assert claims is not None
    identity = find_or_create_identity(
        brand=brand,
        kind=IdentityKind.CUSTOMER_ID,
        address=claims.id,
        level=IdentityLevel.VERIFIED,
        name=claims.name,
        language=visitor.language,
        customer=visitor.browser_identity.customer if visitor.browser_identity else None,
    )
    customer = identity.customer
    for kind, address in ((IdentityKind.EMAIL, claims.email), (IdentityKind.PHONE, claims.phone)):
        if address:
            find_or_create_identity(
                brand=brand, kind=kind, address=address, level=IdentityLevel.VERIFIED, customer=customer
            )
    if claims.name and customer.name != claims.name:
        update_customer(customer, name=claims.name[:200])
    return identity


def note_claims(visitor: Visitor, identity: Identity, post: Post) -> None:
    """What a form says: kept as claimed, joined to nothing. Raises Refused for what is no address."""
    customer, brand = identity.customer, visitor.account.brand
    for kind, address in ((IdentityKind.EMAIL, post.email), (IdentityKind.PHONE, post.phone)):
        if address.strip():
            find_or_create_identity(
                brand=brand, kind=kind, address=address, level=IdentityLevel.CLAIMED, customer=customer
            )
    if post.name.strip() and not customer.name:
        update_customer(customer, name=post.name.strip()[:200])
    if post.consent and not customer.consents.filter(source=CONSENT_SOURCE).exists():
        ConsentEntry.objects.create(
            customer=customer,
            purpose="service",
            channel=visitor.account.channel,
            account=visitor.account,
            is_granted=True,
            source=CONSENT_SOURCE,
            proof=post.page[:500],
            at=now(),
        )


def _keep_apart(visitor: Visitor, event: InboundEvent) -> None:
    InboundDelivery.objects.get_or_create(
        account=visitor.account,
        external_id=event.external_id,
        defaults={
            "kind": event.kind.value,
            "raw": {"text": event.text},
            "outcome": InboundOutcome.BLOCKED,
            "processed_at": now(),
        },
    )


def upload(*, visitor: Visitor, file: UploadedFile[Any]) -> Attachment:
    """Keep a file for the visitor's next message. Raises Refused without an open conversation or for a bad file."""
    check_rates(("upload", visitor.subject))
    conversation = own_conversations(visitor).exclude(state=ConversationState.CLOSED).first()
    if conversation is None:
        raise Gone(_("Write a message first, then add files."), code="no_conversation")
    return store_attachment(conversation, file)

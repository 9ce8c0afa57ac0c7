"""Contacts that agents log by hand: somebody came by, a letter arrived. Closed at once, counted like any other."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import transaction
from django.utils import translation
from django.utils.translation import gettext_lazy as _

from contactcenter.accounts.models import Brand, User
from contactcenter.base.clock import now
from contactcenter.base.errors import Refused
from contactcenter.base.text import clean_input, preview
from contactcenter.conversations.events import EventKind, record_event, save_conversation
from contactcenter.conversations.models import ChannelAccount, Conversation, Customer, Message
from contactcenter.conversations.services.cards import announce_customer
from contactcenter.conversations.services.messages import add_message, check_text, grant_access, open_conversation
from contactcenter.conversations.services.state import STATE_FIELDS, write_state
from contactcenter.conversations.states import LOGGED_CHANNELS, Channel, ConversationState, MessageKind
from routing.models import Assignment, Disposition
from routing.selectors import agent_of
from routing.states import AssignmentState

# The kind of the accounts that only hold such contacts: no adapter serves it.
LOGGED_KIND = "logged"
# Clocks of browsers differ a little from ours.
LEEWAY = timedelta(minutes=2)


def _account_of(brand: Brand, channel: Channel) -> ChannelAccount:
    """The brand's account for contacts of this kind, made when it is needed first."""
    slug = f"{LOGGED_KIND}-{channel.value.replace('_', '-')}-{brand.pk}"
    with translation.override(brand.default_language):
        name = str(channel.label)
    defaults = {"brand": brand, "kind": LOGGED_KIND, "channel": channel, "name": name}
    return ChannelAccount.objects.get_or_create(slug=slug, defaults=defaults)[0]


@transaction.atomic(durable=True)
def log_contact(
    *,
    customer: Customer,
    channel: Channel,
    at: datetime,
    text: str,
    actor: User,
    client_id: str,
    disposition: Disposition | None = None,
    tags: list[str] | None = None,
) -> Conversation:
    """A contact that has taken place, with what was said as a note; the same `client_id` again is the first one.

    Raises Refused for a time to come, another channel, or nothing written.
    """
    if channel not in LOGGED_CHANNELS:
        raise Refused(_("Choose in person, letter or other."), code="bad_channel")
    if at > now() + LEEWAY:
        raise Refused(_("The contact cannot lie in the future."), code="bad_time")
    text = check_text(text)
    known = Message.objects.filter(client_id=client_id, author=actor, conversation__account__kind=LOGGED_KIND)
    if (message := known.select_related("conversation").first()) is not None:
        return message.conversation
    account = _account_of(customer.brand, channel)
    conversation = open_conversation(customer=customer, account=account, subject=preview(text), at=at)
    conversation.created_at = conversation.last_message_at = at
    conversation.tags = _clean_tags(tags or [])
    conversation.owner = actor
    conversation.team = actor.teams.filter(brand=customer.brand).order_by("name").first()
    grant_access(conversation, actor)
    # Its entries stand in the timeline where it took place; when it was written down is in the log.
    record_event(conversation, EventKind.CONTACT_LOGGED, actor=actor, at=at, logged_at=now().isoformat())
    add_message(conversation, MessageKind.NOTE, text, author=actor, client_id=client_id, at=at)
    write_state(conversation, ConversationState.CLOSED)
    save_conversation(conversation, "created_at", "last_message_at", "tags", "owner", "team", *STATE_FIELDS)
    _count(conversation, actor, at, disposition)
    announce_customer(conversation.customer, "contacts")
    return conversation


def _clean_tags(tags: list[str]) -> list[str]:
    cleaned = (" ".join(clean_input(tag).split())[:50] for tag in tags)
    return list(dict.fromkeys(tag for tag in cleaned if tag))[:30]


def _count(conversation: Conversation, actor: User, at: datetime, disposition: Disposition | None) -> None:
    """A handling that is done, so that it counts in the agent's day; supervisors without one log all the same."""
    agent = agent_of(actor)
    if agent is None:
        return
    Assignment.objects.create(
        conversation=conversation,
        agent=agent,
        channel=conversation.channel,
        state=AssignmentState.DONE,
        cost=0,
        started_at=at,
        handled_until=at,
        ended_at=at,
        disposition=disposition,
    )

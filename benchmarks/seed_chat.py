"""The world of the `chat` benchmark: a widget, customers in running conversations, agents with consoles, a history."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from importlib import import_module

from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.db import transaction

from benchmarks.seed import make_customers, make_team, make_users
from benchmarks.world import TEXT
from channels_app.webchat.identity import hash_token, new_token
from contactcenter.accounts.models import User
from contactcenter.base.clock import now
from contactcenter.conversations.events import EventKind
from contactcenter.conversations.models import ChannelAccount, Conversation, Event, Message
from contactcenter.conversations.services.customers import find_or_create_identity
from contactcenter.conversations.services.messages import add_message, open_conversation
from contactcenter.conversations.states import (
    Channel,
    ConversationState,
    IdentityKind,
    IdentityLevel,
    MessageKind,
)
from routing.models import Agent, EntryPoint, Offer, Queue
from routing.services.agents import set_agent_state, touch_presence
from routing.services.arriving import customer_wrote
from routing.services.groups import set_queue_members
from routing.services.offers import accept_offer
from routing.states import AgentState, OfferState

WIDGET_KEY = "pk_bench"
CUSTOMERS = 64
CONSOLES = 64
# As many agents as it takes to hold all conversations, four each.
HOLDERS = 16
HISTORY_MESSAGES = 3
_BATCH = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class ChatWorld:
    """`tokens` open the customers' conversations, `sessions` the agents' consoles; `events` is the last event number
    of each running conversation."""

    account_id: int
    tokens: tuple[str, ...]
    sessions: tuple[str, ...]
    conversations: tuple[int, ...]


def make_chat(origin: str, history: int) -> ChatWorld:
    """Everybody is signed in, every running conversation has its agent."""
    team = make_team()
    account = ChannelAccount.objects.create(
        brand=team.brand,
        kind="webchat",
        channel=Channel.CHAT,
        name="Bench",
        slug="bench",
        address=WIDGET_KEY,
        config={"origins": [origin]},
    )
    queue = Queue.objects.create(
        brand=team.brand, team=team, name="Bench", slug="bench", needs_language=False, wrap_up_seconds=0
    )
    EntryPoint.objects.create(account=account, queue=queue)
    _add_history(account, queue, history)
    users = make_users(team, CONSOLES)
    agents = Agent.objects.bulk_create(Agent(user=user) for user in users)
    set_queue_members(queue, agents)
    touch_presence(agent.pk for agent in agents)
    for agent in agents[:HOLDERS]:
        set_agent_state(agent_id=agent.pk, to=AgentState.AVAILABLE)
    tokens = tuple(new_token() for _ in range(CUSTOMERS))
    return ChatWorld(
        account_id=account.pk,
        tokens=tokens,
        sessions=tuple(_sign_in(user) for user in users),
        conversations=tuple(_begin(account, token, number) for number, token in enumerate(tokens)),
    )


def _begin(account: ChannelAccount, token: str, number: int) -> int:
    """A customer writes, an agent accepts."""
    conversation = write_first(account, token, number)
    offer = Offer.objects.get(conversation=conversation, state=OfferState.PENDING)
    accept_offer(offer_id=offer.pk, agent_id=offer.agent_id)
    return conversation.pk


@transaction.atomic
def write_first(account: ChannelAccount, token: str, number: int) -> Conversation:
    """A new customer writes, and waits."""
    identity = find_or_create_identity(
        brand=account.brand,
        kind=IdentityKind.VISITOR,
        address=hash_token(token),
        level=IdentityLevel.RECOGNISED,
        name=f"Visitor {number}",
    )
    conversation = open_conversation(customer=identity.customer, account=account, identity=identity)
    add_message(conversation, MessageKind.IN, TEXT, identity=identity)
    customer_wrote(conversation)
    return conversation


def _sign_in(user: User) -> str:
    """The session key of somebody who has signed in."""
    session = import_module(settings.SESSION_ENGINE).SessionStore()
    session[SESSION_KEY] = str(user.pk)
    session[BACKEND_SESSION_KEY] = settings.AUTHENTICATION_BACKENDS[0]
    session[HASH_SESSION_KEY] = user.get_session_auth_hash()
    session.save()
    return str(session.session_key)


def _add_history(account: ChannelAccount, queue: Queue, count: int) -> None:
    """Ended conversations of the last weeks: tables and indexes have the size of an office in use."""
    identities = make_customers(account.brand, max(count // 3, 1))
    for first in range(0, count, _BATCH):
        moment = now() - timedelta(days=1, seconds=first)
        rows = Conversation.objects.bulk_create(
            Conversation(
                brand=account.brand,
                customer_id=identities[number % len(identities)].customer_id,
                account=account,
                identity=identities[number % len(identities)],
                channel=account.channel,
                state=ConversationState.CLOSED,
                team=queue.team,
                created_at=moment,
                closed_at=moment,
                last_message_at=moment,
                last_message_text=TEXT,
                last_message_kind=MessageKind.IN,
                event_seq=HISTORY_MESSAGES + 2,
            )
            for number in range(first, min(first + _BATCH, count))
        )
        Message.objects.bulk_create(
            Message(
                conversation=row, kind=MessageKind.IN, account=account, text=TEXT, search_text=TEXT.lower(), seq=seq
            )
            for row in rows
            for seq in range(2, HISTORY_MESSAGES + 2)
        )
        kinds = (
            EventKind.CONVERSATION_CREATED,
            *[EventKind.MESSAGE_RECEIVED] * HISTORY_MESSAGES,
            EventKind.CONVERSATION_CLOSED,
        )
        Event.objects.bulk_create(
            Event(conversation=row, seq=seq, kind=kind, at=moment)
            for row in rows
            for seq, kind in enumerate(kinds, start=1)
        )


def count_messages(world: ChatWorld) -> int:
    """Of the running conversations, from customers."""
    return Message.objects.filter(conversation__in=world.conversations, kind=MessageKind.IN).count()

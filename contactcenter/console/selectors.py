"""What the console's lists, timeline and customer column show, read in few queries."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from django.db.models import Exists, OuterRef, Q, QuerySet

from channels_app.models import ShownThanks
from contactcenter.accounts.selectors import Viewer
from contactcenter.base.clock import now
from contactcenter.base.prepared import Prepared
from contactcenter.conversations.models import Conversation, Customer, Draft, Identity, Record
from contactcenter.conversations.selectors import (
    list_page,
    visible_conversations,
    visible_drafts,
    visible_identities,
    visible_records,
)
from contactcenter.conversations.states import Channel, ConversationState
from routing.models import Agent, Assignment, Disposition, EntryPoint, Offer, Queue, QueueEntry
from routing.selectors import open_entry, visible_agents, visible_entries
from routing.states import AgentState, AssignmentRole, AssignmentState, OfferPurpose, OfferState

TABS = ("mine", "queue", "team", "all")
PAGE = 50
WAITING = frozenset({ConversationState.QUEUED, ConversationState.OFFERED})


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """A conversation as the list shows it. What differs by viewer (mine, unread, draft) the browser marks."""

    conversation: Conversation
    # Users whose “Mine” holds it: its owner while open, whoever still has an assignment of it, and the last agent
    # for a while after the customer has thanked them.
    people: tuple[int, ...]
    entry: QueueEntry | None

    @property
    def tabs(self) -> str:
        """The tabs besides “Mine” that it belongs to."""
        if self.conversation.state == ConversationState.CLOSED:
            return "all"
        return "queue team all" if self.conversation.state in WAITING else "team all"

    @property
    def sort_key(self) -> int:
        return int(self.conversation.last_message_at.timestamp() * 1000)

    @property
    def rank_key(self) -> str:
        return f"{self.entry.rank_key:.3f}" if self.entry is not None else ""


def tab_conversations(viewer: Viewer, tab: str) -> QuerySet[Conversation]:
    """The conversations of a tab; everything a list shows comes from here."""
    rows = visible_conversations(viewer)
    if tab == "all":
        return rows
    if tab == "mine":
        held = Assignment.objects.filter(conversation=OuterRef("pk"), agent__user=viewer.user_id)
        mine = Q(owner=viewer.user_id) & ~Q(state=ConversationState.CLOSED)
        thanked = ShownThanks.objects.filter(conversation=OuterRef("pk"), user=viewer.user_id)
        thanks = Q(state=ConversationState.CLOSED) & Exists(thanked)
        return rows.filter(mine | Exists(held.exclude(state=AssignmentState.DONE)) | thanks)
    return rows.exclude(state=ConversationState.CLOSED)


@dataclass(frozen=True, slots=True, kw_only=True)
class ListPage:
    rows: list[Row]
    # Where the next page begins; empty on the last one.
    cursor: str = ""


def list_rows(viewer: Viewer, tab: str, cursor: str = "") -> ListPage:
    """A page of a tab: the queue in its own order, everything else newest first. A broken cursor starts over."""
    return _queue_rows(viewer, cursor) if tab == "queue" else _recent_rows(viewer, tab, cursor)


def _recent_rows(viewer: Viewer, tab: str, cursor: str) -> ListPage:
    moment, _, pk = cursor.partition("_")
    try:
        before = (datetime.fromisoformat(moment), int(pk)) if cursor else None
    except ValueError:
        before = None
    found = list_page(tab_conversations(viewer, tab), before=before, size=PAGE + 1)
    shown = found[:PAGE]
    more = f"{shown[-1].last_message_at.isoformat()}_{shown[-1].pk}" if len(found) > PAGE else ""
    return ListPage(rows=rows_of(shown), cursor=more)


def _queue_rows(viewer: Viewer, cursor: str) -> ListPage:
    entries = visible_entries(viewer).filter(left_at=None)
    rank, _, pk = cursor.partition("_")
    try:
        if cursor:
            entries = entries.filter(Q(rank_key__gt=float(rank)) | Q(rank_key=float(rank), pk__gt=int(pk)))
    except ValueError:
        pass
    related = entries.select_related(*(f"conversation__{name}" for name in ("customer", "account", "owner", "team")))
    found = list(related.order_by("rank_key", "pk")[: PAGE + 1])
    shown = found[:PAGE]
    more = f"{shown[-1].rank_key!r}_{shown[-1].pk}" if len(found) > PAGE else ""
    return ListPage(rows=rows_of([entry.conversation for entry in shown]), cursor=more)


def rows_of(conversations: Sequence[Conversation]) -> list[Row]:
    """Rows of these conversations, in their order, with one more query, or two where somebody waits."""
    ids = [conversation.pk for conversation in conversations]
    people: dict[int, set[int]] = defaultdict(set)
    for conversation_id, user_id in _holders.tuples(ids) if ids else ():
        people[conversation_id].add(user_id)
    waiting = [conversation.pk for conversation in conversations if conversation.state in WAITING]
    entries = {}
    if waiting:
        open_entries = QueueEntry.objects.filter(conversation__in=waiting, left_at=None).select_related("queue")
        entries = {entry.conversation_id: entry for entry in open_entries}
    for conversation in conversations:
        if conversation.owner_id and conversation.state != ConversationState.CLOSED:
            people[conversation.pk].add(conversation.owner_id)
    closed = [conversation.pk for conversation in conversations if conversation.state == ConversationState.CLOSED]
    if closed:
        thanked = ShownThanks.objects.filter(conversation__in=closed)
        for conversation_id, user_id in thanked.values_list("conversation_id", "user_id"):
            people[conversation_id].add(user_id)
    return [
        Row(
            conversation=conversation,
            people=tuple(sorted(people[conversation.pk])),
            entry=entries.get(conversation.pk),
        )
        for conversation in conversations
    ]


_holders = Prepared(
    lambda ids: (
        Assignment.objects.filter(conversation__in=ids)
        .exclude(state=AssignmentState.DONE)
        .values_list("conversation_id", "agent__user_id")
    )
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """The counts beside the tabs and in the top bar: open rows only, never history."""

    mine: int
    waiting: int
    longest_since: datetime | None


def figures_of(viewer: Viewer) -> Figures:
    entries = visible_entries(viewer).filter(left_at=None)
    first = entries.order_by("entered_at").values_list("entered_at", flat=True).first()
    return Figures(mine=tab_conversations(viewer, "mine").count(), waiting=entries.count(), longest_since=first)


@dataclass(frozen=True, slots=True, kw_only=True)
class Hold:
    """Who has a conversation now, and what the viewer may do with it. Services check again."""

    conversation: Conversation
    primary: Assignment | None
    mine: Assignment | None
    advisers: list[Assignment]
    asked: list[Offer]
    entry: QueueEntry | None
    is_supervisor: bool
    agent: Agent | None

    @property
    def is_active(self) -> bool:
        return self.conversation.state == ConversationState.ACTIVE

    @property
    def is_handler(self) -> bool:
        return self.mine is not None and self.mine.state == AssignmentState.HANDLING

    @property
    def is_primary(self) -> bool:
        return self.is_handler and self.mine is not None and self.mine.role == AssignmentRole.PRIMARY

    @property
    def is_adviser(self) -> bool:
        return self.is_handler and not self.is_primary

    @property
    def wrap_up(self) -> Assignment | None:
        return self.mine if self.mine is not None and self.mine.state == AssignmentState.WRAP_UP else None

    @property
    def can_reply(self) -> bool:
        return self.is_active and (self.is_handler or self.is_supervisor)

    @property
    def can_act(self) -> bool:
        """Transfer, snooze, close."""
        return self.is_active and (self.is_primary or self.is_supervisor)

    @property
    def can_consult(self) -> bool:
        return self.is_active and self.is_primary

    @property
    def can_take(self) -> bool:
        return self.agent is not None and self.conversation.state in {*WAITING, ConversationState.SNOOZED}

    @property
    def can_give(self) -> bool:
        return self.is_supervisor and self.conversation.state in {*WAITING, ConversationState.SNOOZED}


def hold_of(viewer: Viewer, agent: Agent | None, conversation: Conversation) -> Hold:
    open_work = Assignment.objects.filter(conversation=conversation).exclude(state=AssignmentState.DONE)
    held = list(open_work.select_related("agent__user", "queue").order_by("started_at"))
    asked = Offer.objects.filter(conversation=conversation, purpose=OfferPurpose.CONSULT, state=OfferState.PENDING)
    handling = [row for row in held if row.state == AssignmentState.HANDLING]
    return Hold(
        conversation=conversation,
        primary=next((row for row in handling if row.role == AssignmentRole.PRIMARY), None),
        mine=next((row for row in held if row.agent.user_id == viewer.user_id), None),
        advisers=[row for row in handling if row.role == AssignmentRole.CONSULT],
        asked=list(asked.select_related("agent__user")),
        entry=open_entry(conversation),
        is_supervisor=viewer.is_supervisor,
        agent=agent,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class CustomerCard:
    customer: Customer
    identities: list[Identity]
    records: dict[str, list[Record]] = field(default_factory=dict)
    contacts: list[Conversation] = field(default_factory=list)


def customer_card(viewer: Viewer, conversation: Conversation) -> CustomerCard:
    """The customer beside a conversation: addresses with their level, records by kind, other contacts."""
    customer = conversation.customer
    records: dict[str, list[Record]] = defaultdict(list)
    for record in visible_records(viewer).filter(customer=customer)[:30]:
        records[record.kind].append(record)
    others = visible_conversations(viewer).filter(customer=customer).exclude(pk=conversation.pk)
    return CustomerCard(
        customer=customer,
        identities=list(visible_identities(viewer).filter(customer=customer).order_by("kind", "pk")),
        records=dict(records),
        contacts=list(others.select_related("account", "owner").order_by("-last_message_at", "-pk")[:10]),
    )


def customer_conversations(viewer: Viewer, customer_id: int) -> list[Conversation]:
    """All conversations of a customer that the viewer sees: together they are one timeline."""
    rows = visible_conversations(viewer).filter(customer=customer_id)
    return list(rows.select_related("account", "customer", "owner", "team").order_by("pk"))


def own_drafts(viewer: Viewer, conversation: Conversation) -> dict[str, Draft]:
    return {draft.mode: draft for draft in visible_drafts(viewer).filter(conversation=conversation)}


def own_draft_ids(viewer: Viewer) -> list[int]:
    """The conversations in which the viewer has begun to write."""
    return list(visible_drafts(viewer).values_list("conversation_id", flat=True).distinct()[:200])


def open_count(agent: Agent) -> int:
    """How many conversations an agent has in hand."""
    return Assignment.objects.filter(agent=agent, state=AssignmentState.HANDLING).count()


@dataclass(frozen=True, slots=True, kw_only=True)
class Colleague:
    """Somebody to transfer to, to ask or to give work to."""

    agent: Agent
    in_hand: int
    is_there: bool


def colleagues(viewer: Viewer, conversation: Conversation) -> list[Colleague]:
    """Agents of the conversation's brand who are signed in, those who could take it first, then by name."""
    moment = now()
    rows = visible_agents(viewer).filter(user__brands=conversation.brand_id).exclude(user=viewer.user_id)
    agents = list(rows.exclude(state=AgentState.OFFLINE).select_related("user", "reason", "presence"))
    held = Assignment.objects.filter(agent__in=agents, state=AssignmentState.HANDLING)
    in_hand = Counter(held.values_list("agent_id", flat=True))
    found = [
        Colleague(
            agent=agent,
            in_hand=in_hand[agent.pk],
            is_there=hasattr(agent, "presence") and agent.presence.seen_until > moment,
        )
        for agent in agents
    ]
    return sorted(found, key=lambda row: (row.agent.state != AgentState.AVAILABLE, str(row.agent).casefold()))


def channels_of(agent: Agent) -> list[Channel]:
    """The channels that lead to the agent's queues: those they may switch off."""
    points = EntryPoint.objects.filter(queue__members__agent=agent, account__is_active=True)
    found = set(points.values_list("account__channel", flat=True))
    return [channel for channel in Channel if channel.value in found]


def dispositions_of(queue: Queue | None) -> list[Disposition]:
    """What may be chosen in wrap-up: the leaves of the queue's own tree and of the common one."""
    rows = Disposition.objects.filter(Q(queue=queue) | Q(queue=None), is_active=True, children=None)
    return sorted(
        rows.select_related("parent"), key=lambda row: (str(row.parent or "").casefold(), row.name.casefold())
    )

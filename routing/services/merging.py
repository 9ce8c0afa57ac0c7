"""Two conversations made one: the other is closed and goes on in the one that stays. Taken back for seven days."""

from __future__ import annotations

from datetime import timedelta

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from contactcenter.accounts.models import User
from contactcenter.base.clock import now
from contactcenter.base.errors import Forbidden, Gone, Refused
from contactcenter.conversations.events import EventKind, record_event, save_conversation
from contactcenter.conversations.locking import lock_conversations
from contactcenter.conversations.models import Conversation, ConversationMerge, Draft, ScheduledReply
from contactcenter.conversations.services import merging as joining
from contactcenter.conversations.services.messages import LAST_FIELDS
from contactcenter.conversations.services.state import STATE_FIELDS, write_state
from contactcenter.conversations.states import LIVE_CHANNELS, ConversationState
from routing.locking import lock_agents
from routing.models import Agent
from routing.selectors import agent_of, open_entry
from routing.services.arriving import customer_wrote
from routing.services.freeing import room_came_free
from routing.services.queueing import enqueue, queue_of
from routing.services.records import begin_assignment, end_all_handling, end_entry, people_of, revoke_offers
from routing.services.targets import require_hands, require_signed_in
from routing.states import Outcome

UNDO_WINDOW = timedelta(days=7)
_KEPT_STATES = {
    ConversationState.QUEUED,
    ConversationState.OFFERED,
    ConversationState.ACTIVE,
    ConversationState.SNOOZED,
}


def merge_conversations(
    *, kept_id: int, merged_id: int, actor: User, merge_customers: bool = False
) -> ConversationMerge:
    """Close `merged_id` into `kept_id`: what the customer writes there arrives here. The same again returns the first.

    Where two customers write, they become one, which has to be asked for by `merge_customers`.
    Raises Refused, Forbidden, Gone.
    """
    customers = None
    if merge_customers:
        owners = dict(Conversation.objects.filter(pk__in=[kept_id, merged_id]).values_list("pk", "customer_id"))
        if len(set(owners.values())) == 2:
            with transaction.atomic(durable=True):
                pair = lock_conversations(kept_id, merged_id)
                _require_mergeable(pair[kept_id], pair[merged_id], actor)
            customers = joining.merge_customers(kept_id=owners[kept_id], merged_id=owners[merged_id], actor=actor)
    with transaction.atomic(durable=True):
        pair = lock_conversations(kept_id, merged_id)
        kept, merged = pair[kept_id], pair[merged_id]
        if kept_id != merged_id and merged.merged_into_id == kept.pk:
            return ConversationMerge.objects.filter(kept=kept, merged=merged, undone_at=None).latest("pk")
        _require_mergeable(kept, merged, actor)
        if kept.customer_id != merged.customer_id:
            raise Refused(_("Two customers write here; say that they become one."), code="two_customers")
        merge = ConversationMerge.objects.create(kept=kept, merged=merged, actor=actor, customers=customers, at=now())
        _merge(kept, merged, merge, actor)
    return merge


def _require_mergeable(kept: Conversation, merged: Conversation, actor: User) -> None:
    if kept.pk == merged.pk:
        raise Refused(_("Choose two conversations."), code="bad_target")
    if kept.brand_id != merged.brand_id:
        raise Refused(_("Conversations of two brands cannot be merged."), code="bad_target")
    for conversation in (kept, merged):
        require_hands(conversation, actor)
    if kept.state not in _KEPT_STATES or merged.state == ConversationState.CLOSED:
        raise Gone(_("One of the conversations has ended or waits for nobody yet."), code="not_open")
    if merged.channel in LIVE_CHANNELS and merged.customer_left_at is None:
        raise Refused(
            _("The customer is there live: keep that conversation and merge the other one into it."), code="live"
        )
    if ScheduledReply.objects.filter(conversation=merged, state=ScheduledReply.State.PENDING).exists():
        raise Refused(_("A reply is about to be sent there: wait for it or take it back."), code="reply_pending")


def _merge(kept: Conversation, merged: Conversation, merge: ConversationMerge, actor: User) -> None:
    """Both are locked."""
    # Waking what is snoozed may hand it to its owner, who is locked with the others in the one order.
    owners = Agent.objects.filter(user__in=[kept.owner_id]).values_list("pk", flat=True)
    agents = lock_agents({*people_of(kept, merged), *owners})
    was_waiting = merged.waiting_since is not None
    revoke_offers(merged, agents)
    _join_entries(kept, merged)
    end_all_handling(merged, agents, wrap_up=False)
    write_state(merged, ConversationState.CLOSED)
    _take_over(kept, merged)
    merged.merged_into = kept
    merged.unread_count = 0
    merged.waiting_since = None
    record_event(merged, EventKind.CONVERSATION_MERGED, actor=actor, other=kept.pk, merge=merge.pk)
    save_conversation(merged, "merged_into", "unread_count", "waiting_since", *STATE_FIELDS)
    record_event(
        kept,
        EventKind.CONVERSATION_JOINED,
        actor=actor,
        other=merged.pk,
        channel=merged.channel,
        merge=merge.pk,
    )
    save_conversation(kept, *LAST_FIELDS)
    if was_waiting and kept.state == ConversationState.SNOOZED:
        customer_wrote(kept)
    for agent in agents.values():
        room_came_free(agent)


def _join_entries(kept: Conversation, merged: Conversation) -> None:
    """One place in line for both demands: the better one."""
    mine, other = open_entry(kept), open_entry(merged)
    if other is None:
        return
    end_entry(other, Outcome.JOINED)
    if mine is not None and other.rank_key < mine.rank_key:
        mine.waited_before_seconds += mine.rank_key - other.rank_key
        mine.rank_key = other.rank_key
        mine.save(update_fields=["waited_before_seconds", "rank_key"])


def _take_over(kept: Conversation, merged: Conversation) -> None:
    """What lists and clocks show of the other one, and what has been begun to be written there."""
    if merged.last_message_kind and merged.last_message_at > kept.last_message_at:
        kept.last_message_at = merged.last_message_at
        kept.last_message_text = merged.last_message_text
        kept.last_message_kind = merged.last_message_kind
    kept.unread_count += merged.unread_count
    waiting = [moment for moment in (kept.waiting_since, merged.waiting_since) if moment is not None]
    kept.waiting_since = min(waiting, default=None)
    begun = set(Draft.objects.filter(conversation=kept).values_list("user_id", "mode"))
    for draft in Draft.objects.filter(conversation=merged):
        if (draft.user_id, draft.mode) not in begun:
            draft.conversation, draft.seen_seq = kept, kept.event_seq
            draft.save(update_fields=["conversation", "seen_seq"])


def undo_merge(*, merge_id: int, actor: User) -> Conversation:
    """Part them again: the one that was closed is with `actor`, or waits in its queue if they take no work.

    What came in between stays where it arrived. Raises Gone after seven days, Forbidden, Refused.
    """
    merge = ConversationMerge.objects.get(pk=merge_id)
    with transaction.atomic(durable=True):
        pair = lock_conversations(merge.kept_id, merge.merged_id)
        kept, merged = pair[merge.kept_id], pair[merge.merged_id]
        merge.refresh_from_db()
        if merge.undone_at is not None:
            return merged
        if now() > merge.at + UNDO_WINDOW:
            raise Gone(_("A merge can be taken back for seven days."), code="too_late")
        require_hands(kept, actor)
        merge.undone_at = now()
        merge.save(update_fields=["undone_at"])
        merged.merged_into = None
        for conversation, other in ((kept, merged), (merged, kept)):
            record_event(conversation, EventKind.CONVERSATION_UNMERGED, actor=actor, other=other.pk)
        save_conversation(kept)
        save_conversation(merged, "merged_into")
        _hand_out(merged, actor)
    if merge.customers is not None:
        joining.undo_customer_merge(merge_id=merge.customers.pk, actor=actor)
    return merged


def _hand_out(conversation: Conversation, actor: User) -> None:
    """CLOSED -> ACTIVE or QUEUED, which it would not have left."""
    agent, queue = agent_of(actor), queue_of(conversation)
    if agent is None:
        if queue is None:
            raise Forbidden(_("You do not take work, and this conversation has no queue."))
        enqueue(conversation, queue, actor=actor)
        return
    agents = lock_agents({*people_of(conversation), agent.pk})
    require_signed_in(conversation, agents[agent.pk])
    begin_assignment(conversation, agents[agent.pk], queue=queue)
    write_state(conversation, ConversationState.ACTIVE)
    record_event(conversation, EventKind.HANDLING_RESUMED, agent=str(agent), agent_user=agent.user_id)
    save_conversation(conversation, "owner", *STATE_FIELDS)

"""Being forgotten: the customer asks, an admin decides, and what is erased leaves only counts behind."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import transaction
from django.db.models import F, JSONField, Q, QuerySet, TextField, Value
from django.db.models.expressions import CombinedExpression
from django.utils.translation import gettext_lazy as _

from contactcenter.accounts.models import AuditEntry, User
from contactcenter.accounts.services import record_audit
from contactcenter.base.clock import now
from contactcenter.base.errors import Gone, Refused
from contactcenter.base.text import clean_input
from contactcenter.conversations.effects import add_effect
from contactcenter.conversations.locking import lock_conversations, lock_customer
from contactcenter.conversations.models import (
    Attachment,
    ConsentEntry,
    Conversation,
    Customer,
    CustomerMerge,
    Draft,
    ErasureRequest,
    Event,
    Identity,
    MatchProposal,
    Message,
    MessageChange,
    OutboundUse,
    Participant,
    Rating,
    Record,
    ScheduledReply,
)
from contactcenter.conversations.services.cards import announce_customer
from contactcenter.conversations.services.customers import last_merged_into
from contactcenter.conversations.states import ConversationState

# What events may say of a person; kinds, times, agents and queues stay.
PERSONAL_KEYS = (
    "page", "visit", "before", "after", "changes", "address", "note", "text", "comment", "customer", "merged", "kept",
    "subject", "proof", "name", "other", "evidence",
)  # fmt: skip


@transaction.atomic
def request_erasure(identity: Identity) -> ErasureRequest:
    """File the customer's wish; asked for twice is asked for once."""
    customer = lock_customer(identity.customer_id)
    request, is_new = ErasureRequest.objects.get_or_create(
        customer=customer, decided_at=None, defaults={"identity": identity, "requested_at": now()}
    )
    if is_new:
        record_audit("erasure.requested", actor=None, target=f"customer:{customer.pk}")
    return request


def check_decision(request: ErasureRequest, *, approve: bool, reason: str) -> None:
    """Raise Refused, Gone for what `decide_erasure` would refuse."""
    if request.decided_at is not None:
        raise Gone(_("This request has been decided already."))
    if not approve and not clean_input(reason):
        raise Refused(_("Say why the request is refused."), code="no_reason")
    conversations = Conversation.objects.filter(customer=last_merged_into(request.customer))
    if approve and conversations.exclude(state=ConversationState.CLOSED).exists():
        raise Refused(_("This customer has open conversations; close them first."), code="open_conversations")


@transaction.atomic
def decide_erasure(*, request_id: int, actor: User, approve: bool, reason: str = "") -> ErasureRequest:
    """Erase the customer, or refuse and say why. Raises Refused, Gone."""
    request = ErasureRequest.objects.get(pk=request_id)
    reason = clean_input(reason)
    # Merged into another since: the same person under that name.
    customer_id = last_merged_into(request.customer).pk
    conversation_ids = Conversation.objects.filter(customer=customer_id).values_list("pk", flat=True)
    lock_conversations(*conversation_ids)
    customer = lock_customer(customer_id)
    request.refresh_from_db()
    check_decision(request, approve=approve, reason=reason)
    if approve:
        _erase(customer)
    decision = ErasureRequest.Decision.APPROVED if approve else ErasureRequest.Decision.REFUSED
    request.decision, request.reason, request.decided_at, request.decided_by = decision, reason, now(), actor
    request.save(update_fields=["decision", "reason", "decided_at", "decided_by"])
    data = {"decision": decision.value, "reason": reason}
    record_audit("erasure.decided", actor=actor, target=f"customer:{customer.pk}", data=data)
    return request


def _erase(customer: Customer) -> None:
    """Names, addresses, words and files of a locked customer whose conversations are all locked and closed."""
    _erase_words(Conversation.objects.filter(customer=customer))
    # Those who were merged into this one are the same person.
    people = [customer, *_merged(customer)]
    addresses = list(Identity.objects.filter(customer__in=people).values_list("address", flat=True))
    OutboundUse.objects.filter(address__in=addresses).update(address="")
    Identity.objects.filter(customer__in=people).delete()
    Record.objects.filter(customer__in=people).delete()
    ConsentEntry.objects.filter(customer__in=people).update(address="", proof="")
    MatchProposal.objects.filter(Q(customer__in=people) | Q(other__in=people)).delete()
    CustomerMerge.objects.filter(Q(kept__in=people) | Q(merged__in=people)).delete()
    # What was changed on their cards while no conversation was open.
    targets = [f"customer:{person.pk}" for person in people]
    AuditEntry.objects.filter(target__in=targets).update(data=_without_person())
    for person in people:
        person.name = person.note = person.search_text = person.time_zone = ""
        person.tags, person.value = [], 1
        person.save(update_fields=["name", "note", "search_text", "time_zone", "tags", "value"])
    # What providers sent is kept raw above this layer.
    add_effect("erase_inbound", customer.pk, key=f"erase_inbound:{customer.pk}:{now().isoformat()}")
    announce_customer(customer, "profile", "addresses", "records", "consents", "contacts", "duplicates")


def _without_person() -> CombinedExpression:
    """`data` without what names a person."""
    keys = Value(list(PERSONAL_KEYS), output_field=ArrayField(TextField()))
    return CombinedExpression(F("data"), "-", keys, output_field=JSONField())


def _merged(customer: Customer) -> list[Customer]:
    found = list(Customer.objects.filter(merged_into=customer))
    return [*found, *(deeper for row in found for deeper in _merged(row))]


def _erase_words(conversations: QuerySet[Conversation]) -> None:
    files = Attachment.objects.filter(conversation__in=conversations)
    stored = [attachment.file for attachment in files]
    files.delete()
    for file in stored:
        transaction.on_commit(lambda file=file: file.delete(save=False), robust=True)  # type: ignore[misc]
    messages = Message.objects.filter(conversation__in=conversations)
    messages.update(
        text="", search_text="", choices=[], delivery_error="", unsupported="", template_values=[], reactions={}
    )
    MessageChange.objects.filter(message__in=messages).delete()
    Rating.objects.filter(conversation__in=conversations).update(comment="")
    Participant.objects.filter(conversation__in=conversations).delete()
    Draft.objects.filter(conversation__in=conversations).delete()
    ScheduledReply.objects.filter(conversation__in=conversations).delete()
    Event.objects.filter(conversation__in=conversations).update(data=_without_person())
    conversations.update(subject="", last_message_text="", thread_key="", ref="", tags=[])

"""What lists can be narrowed to."""

from __future__ import annotations

from typing import Any

from django import forms
from django.db.models import Exists, OuterRef, QuerySet, Subquery
from django_filters import rest_framework as filters

from contactcenter.api.paging import LARGEST_ID
from contactcenter.base.text import fold
from contactcenter.conversations.models import Conversation, Customer, Event, Identity, Record
from contactcenter.conversations.states import Channel, ConversationState
from routing.clocks import with_promises_in
from routing.models import Agent, QueueEntry, WaitPromise
from routing.states import PROMISES_IN_DANGER, AgentState


class IdFilter(filters.Filter):  # type: ignore[misc]
    field_class = forms.IntegerField

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, min_value=0, max_value=LARGEST_ID, **kwargs)


def queue_of_conversation() -> Subquery:
    """The short name of the queue that a conversation is in, or was in last."""
    stays = QueueEntry.objects.filter(conversation=OuterRef("pk")).order_by("-pk")
    return Subquery(stays.values("queue__slug")[:1])


def told_to_conversation(end: str) -> Subquery:
    """An end of the band that the waiting customer was told."""
    open_stay = WaitPromise.objects.filter(entry__conversation=OuterRef("pk"), entry__left_at=None)
    return Subquery(open_stay.values(end)[:1])


class CustomerFilter(filters.FilterSet):  # type: ignore[misc]
    q = filters.CharFilter(
        method="look_for", max_length=200, help_text="Part of a name, address or record number; accents do not matter."
    )
    brand = filters.CharFilter("brand__slug", help_text="Short name of the brand.")
    address = filters.CharFilter(method="with_address", max_length=254, help_text="A whole address: +37120000000.")
    tag = filters.CharFilter(method="with_tag", max_length=50)
    language = filters.CharFilter("language", max_length=5)
    created_since = filters.IsoDateTimeFilter("created_at", "gte")

    class Meta:
        model = Customer
        fields: tuple[str, ...] = ()

    def look_for(self, rows: QuerySet[Customer], name: str, value: str) -> QuerySet[Customer]:
        return rows.filter(search_text__contains=fold(value))

    def with_address(self, rows: QuerySet[Customer], name: str, value: str) -> QuerySet[Customer]:
        theirs = Identity.objects.filter(customer=OuterRef("pk"), address__in={value, value.lower()})
        return rows.filter(Exists(theirs))

    def with_tag(self, rows: QuerySet[Customer], name: str, value: str) -> QuerySet[Customer]:
        return rows.filter(tags__contains=[value])


class RecordFilter(filters.FilterSet):  # type: ignore[misc]
    customer = IdFilter("customer_id", help_text="Id of the customer.")
    kind = filters.CharFilter("kind", max_length=30, help_text="order, invoice, …")
    external_id = filters.CharFilter("external_id", max_length=100)
    status = filters.CharFilter("status", max_length=50)
    updated_since = filters.IsoDateTimeFilter("updated_at", "gte")

    class Meta:
        model = Record
        fields: tuple[str, ...] = ()


class ConversationFilter(filters.FilterSet):  # type: ignore[misc]
    state = filters.MultipleChoiceFilter(choices=ConversationState.choices, help_text="May be given several times.")
    channel = filters.MultipleChoiceFilter(choices=Channel.choices, help_text="May be given several times.")
    queue = filters.CharFilter("queue", max_length=50, help_text="Short name of the queue it is in, or was in last.")
    brand = filters.CharFilter("brand__slug", help_text="Short name of the brand.")
    account = filters.CharFilter("account__slug", help_text="Short name of the channel account.")
    customer = IdFilter("customer_id", help_text="Id of the customer.")
    owner = filters.CharFilter("owner__username", help_text="User name of the agent.")
    promise = filters.MultipleChoiceFilter(
        method="with_promise",
        choices=[(state.value, state.label) for state in PROMISES_IN_DANGER],
        help_text="With a promise at risk or overdue. May be given several times.",
    )
    tag = filters.CharFilter(method="with_tag", max_length=50)
    language = filters.CharFilter("language", max_length=5)
    created_since = filters.IsoDateTimeFilter("created_at", "gte")
    changed_since = filters.IsoDateTimeFilter(method="changed", help_text="Anything happened to it since then.")

    class Meta:
        model = Conversation
        fields: tuple[str, ...] = ()

    def with_tag(self, rows: QuerySet[Conversation], name: str, value: str) -> QuerySet[Conversation]:
        return rows.filter(tags__contains=[value])

    def with_promise(self, rows: QuerySet[Conversation], name: str, value: list[str]) -> QuerySet[Conversation]:
        return with_promises_in(rows, value)

    def changed(self, rows: QuerySet[Conversation], name: str, value: Any) -> QuerySet[Conversation]:
        last = Event.objects.filter(conversation=OuterRef("pk"), seq=OuterRef("event_seq"), at__gte=value)
        return rows.filter(Exists(last))


class AgentFilter(filters.FilterSet):  # type: ignore[misc]
    state = filters.MultipleChoiceFilter(choices=AgentState.choices, help_text="May be given several times.")
    queue = filters.CharFilter(method="serving", help_text="Short name of a queue that they serve.")

    class Meta:
        model = Agent
        fields: tuple[str, ...] = ()

    def serving(self, rows: QuerySet[Agent], name: str, value: str) -> QuerySet[Agent]:
        return rows.filter(pk__in=rows.filter(memberships__queue__slug=value).values("pk"))

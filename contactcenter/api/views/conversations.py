"""Conversations, their messages, and the log of what happens."""

from __future__ import annotations

from typing import Any
from uuid import UUID, uuid4

from django.db.models import Prefetch, QuerySet
from django.shortcuts import get_object_or_404
from drf_spectacular.utils import OpenApiParameter, extend_schema, extend_schema_serializer, extend_schema_view
from rest_framework import mixins, serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.viewsets import GenericViewSet

from channels_app.reach import check_fits, find_way
from contactcenter.accounts.models import Scope
from contactcenter.api.errors import about
from contactcenter.api.filters import ConversationFilter, queue_of_conversation, told_to_conversation
from contactcenter.api.idempotency import idempotent
from contactcenter.api.paging import MOST, PAGE, check_parameters, read_number
from contactcenter.api.views.base import Access
from contactcenter.api.views.customers import example
from contactcenter.conversations.feed import last_settled_event
from contactcenter.conversations.models import Conversation, Event, Message
from contactcenter.conversations.selectors import visible_conversations, visible_events, visible_messages
from contactcenter.conversations.serializers import (
    EventSerializer,
    MessageSendSerializer,
    MessageSerializer,
)
from contactcenter.conversations.services.messages import add_note
from routing.clocks import last_promises
from routing.explaining import DECIDED_BY, explain_decisions
from routing.models import Decision
from routing.selectors import visible_decisions
from routing.serializers import DecisionSerializer, RoutedConversationSerializer
from routing.services.replies import send_reply

CONVERSATION = {
    "id": "0b9c9a56-7c39-4b7e-9f0d-1f1f0a5e2b11",
    "number": 1204,
    "brand": "nordwind",
    "account": "shop",
    "channel": "chat",
    "state": "active",
    "customer": 812,
    "owner": "ada",
    "queue": "support",
    "subject": "",
    "topic": "delivery",
    "language": "lv",
    "priority": 0,
    "tags": ["delivery"],
    "created_at": "2026-11-22T09:14:00Z",
    "closed_at": None,
    "last_message_at": "2026-11-22T09:16:30Z",
    "waiting_since": "2026-11-22T09:16:30Z",
    "expected_from": None,
    "expected_by": None,
    "promises": [
        {
            "kind": "first",
            "started_at": "2026-11-22T09:14:00Z",
            "due_at": "2026-11-22T09:24:00Z",
            "state": "met",
        },
        {
            "kind": "next",
            "started_at": "2026-11-22T09:16:30Z",
            "due_at": "2026-11-22T09:21:30Z",
            "state": "at_risk",
        },
    ],
}
DECISION = {
    "id": 7301,
    "at": "2026-11-22T09:14:06Z",
    "queue": "support",
    "step_after_seconds": None,
    "requirements": [{"skill": "latvian", "level": 3}],
    "optional": [],
    "joins": [],
    "agent": "ada",
    "offer": "accepted",
    "candidates": [
        {"agent": "ada", "is_chosen": True, "score": 12.4, "terms": {"urgency": 8.0, "fit": 4.4}},
        {"agent": "ben", "is_chosen": False, "score": 9.1, "terms": {"urgency": 8.0, "fit": 1.1}},
    ],
    "refused": [{"agent": "juris", "reason": "load"}],
}
MESSAGE = {
    "id": 90311,
    "conversation": "0b9c9a56-7c39-4b7e-9f0d-1f1f0a5e2b11",
    "seq": 9,
    "kind": "out",
    "account": "shop",
    "author": "ada",
    "text": "It arrives tomorrow.",
    "delivery": "accepted",
    "delivery_error": "",
    "created_at": "2026-11-22T09:17:02Z",
}
EVENT = {
    "id": 500123,
    "conversation": "0b9c9a56-7c39-4b7e-9f0d-1f1f0a5e2b11",
    "seq": 9,
    "kind": "message.sent",
    "at": "2026-11-22T09:17:02Z",
    "actor": "ada",
    "data": {},
}


@extend_schema_view(
    list=extend_schema(
        summary="List conversations",
        description="The newest first.",
        examples=[example("A conversation", CONVERSATION)],
    ),
    retrieve=extend_schema(
        summary="Read a conversation",
        description="As it stands now.",
        examples=[example("A conversation", CONVERSATION)],
    ),
)
class ConversationViewSet(Access, mixins.ListModelMixin, mixins.RetrieveModelMixin, GenericViewSet[Conversation]):
    """Conversations that the caller may see."""

    queryset = Conversation.objects.none()
    serializer_class = RoutedConversationSerializer
    filterset_class = ConversationFilter
    lookup_field = "public_id"
    scopes = {"GET": Scope.CONVERSATIONS_READ}

    def get_queryset(self) -> QuerySet[Conversation]:
        if self.is_drawn:
            return self.queryset
        rows = visible_conversations(self.viewer).select_related("brand", "account", "owner")
        rows = rows.prefetch_related(Prefetch("sla_clocks", last_promises(), to_attr="promises"))
        return rows.annotate(
            queue=queue_of_conversation(),
            expected_from=told_to_conversation("told_p50_at"),
            expected_by=told_to_conversation("told_p90_at"),
        )


class DecisionViewSet(Access, GenericViewSet[Decision]):
    """Why each agent was asked."""

    queryset = Decision.objects.none()
    serializer_class = DecisionSerializer
    scopes = {"GET": Scope.CONVERSATIONS_READ}

    @extend_schema(
        summary="List decisions",
        description="Of the router about one conversation, the newest first: what was asked for, who came into "
        "question with how many points for what, and who could not take it. What is not about the agent who was asked "
        "is for supervisors.",
        responses=DecisionSerializer(many=True),
        examples=[example("A decision", DECISION)],
    )
    def list(self, request: Request, conversation_id: UUID) -> Response:
        check_parameters(request, {"limit", "cursor"})
        conversation = get_object_or_404(visible_conversations(self.viewer), public_id=conversation_id)
        rows = visible_decisions(self.viewer).filter(conversation=conversation).select_related(*DECIDED_BY)
        explained = explain_decisions(self.paginate_queryset(rows) or ())
        context = {"is_supervisor": self.viewer.is_supervisor}
        return self.get_paginated_response(DecisionSerializer(explained, many=True, context=context).data)


@extend_schema_view(
    list=extend_schema(
        summary="List messages",
        description="Of one conversation, the oldest first: messages, notes and what the system said.",
        examples=[example("A reply", MESSAGE)],
    )
)
class MessageViewSet(Access, mixins.ListModelMixin, GenericViewSet[Message]):
    """The messages of one conversation."""

    queryset = Message.objects.none()
    serializer_class = MessageSerializer
    oldest_first = True
    scopes = {"GET": Scope.MESSAGES_READ, "POST": Scope.MESSAGES_WRITE}

    def _conversation(self) -> Conversation:
        rows = visible_conversations(self.viewer).select_related("account", "identity", "customer")
        return get_object_or_404(rows, public_id=self.kwargs["conversation_id"])

    def get_queryset(self) -> QuerySet[Message]:
        if self.is_drawn:
            return self.queryset
        rows = visible_messages(self.viewer).filter(conversation=self._conversation())
        return rows.select_related("author", "account", "conversation")

    @extend_schema(
        summary="Send a reply or write a note",
        description="As the token's user, who must be handling the conversation (or be a supervisor) to reply. A reply "
        "goes the way the customer wrote last.",
        request=MessageSendSerializer,
        responses={201: MessageSerializer},
        examples=[
            example("A reply", MESSAGE),
            example("Reply and wait", {"text": "It arrives tomorrow.", "then": "wait"}, request_only=True),
            example("Note", {"kind": "note", "text": "Called the carrier."}, request_only=True),
        ],
    )
    @idempotent
    def create(self, request: Request, conversation_id: UUID) -> Response:
        conversation = self._conversation()
        serializer = MessageSendSerializer(data=request.data)
        serializer.is_valid(raise_exception=True)
        data = serializer.validated_data
        with about("text"):
            send = self._note if data["kind"] == "note" else self._reply
            message = send(conversation, data)
        return Response(MessageSerializer(message).data, status=201)

    def _note(self, conversation: Conversation, data: dict[str, Any]) -> Message:
        return add_note(conversation_id=conversation.pk, author=self.user, text=data["text"])

    def _reply(self, conversation: Conversation, data: dict[str, Any]) -> Message:
        way = find_way(conversation, "")
        check_fits(way, data["text"], [])
        return send_reply(
            conversation_id=conversation.pk,
            author=self.user,
            text=data["text"],
            client_id=f"api-{uuid4().hex}",
            account=way.account,
            identity=way.identity,
            then=data["then"],
        )


@extend_schema_serializer(many=False)
class EventsSerializer(serializers.Serializer[Any]):
    """Events, and where to go on."""

    results = EventSerializer(many=True)
    next = serializers.IntegerField(help_text="`after` of the next request.")
    has_more = serializers.BooleanField(help_text="More are there already.")


class EventViewSet(Access, GenericViewSet[Event]):
    """The append-only log of the conversations that the caller may see."""

    queryset = Event.objects.none()
    serializer_class = EventSerializer
    pagination_class = None
    scopes = {"GET": Scope.EVENTS_READ}

    @extend_schema(
        summary="Follow what happens",
        description="Events after the cursor, in the order of their ids. Ask again with `after` = `next` of the last "
        "answer: nothing is skipped, though transactions commit out of order, since an answer ends before the first "
        "event that could still appear. An empty answer is normal: ask again in a second. What the caller could not "
        "see when the cursor passed it does not come later.",
        parameters=[
            OpenApiParameter("after", int, description="`next` of the last answer; 0 begins with the oldest."),
            OpenApiParameter("limit", int, description=f"How many at most: 1 to {MOST}; {PAGE} unless given."),
        ],
        responses=EventsSerializer,
        examples=[example("One event", {"results": [EVENT], "next": 500123, "has_more": False})],
    )
    def list(self, request: Request) -> Response:
        check_parameters(request, {"after", "limit"})
        after = read_number(request, "after", default=0)
        size = read_number(request, "limit", default=PAGE, most=MOST, least=1)
        settled = last_settled_event()
        rows: list[Event] = []
        if settled is not None and settled > after:
            found = visible_events(self.viewer).filter(pk__gt=after, pk__lte=settled)
            rows = list(found.select_related("conversation", "actor").order_by("pk")[: size + 1])
        has_more = len(rows) > size
        # What lies between is not the caller's to see, so that the next request need not look at it again.
        following = rows[size - 1].pk if has_more else max(after, settled or 0)
        return Response(
            {"results": EventSerializer(rows[:size], many=True).data, "next": following, "has_more": has_more}
        )

"""Reading conversations, messages and queues: each list is what the signed-in user may see."""

from __future__ import annotations

from typing import cast

from django.db.models import QuerySet
from rest_framework import viewsets
from rest_framework.pagination import CursorPagination

from contactcenter.accounts.models import User
from contactcenter.accounts.selectors import Viewer, viewer_of
from contactcenter.conversations.models import Conversation, Message
from contactcenter.conversations.selectors import visible_conversations, visible_messages
from contactcenter.conversations.serializers import ConversationSerializer, MessageSerializer
from routing.models import Queue
from routing.selectors import visible_queues
from routing.serializers import QueueSerializer


class NewestFirst(CursorPagination):
    """Pages by cursor: stable while rows are added, and no count over history."""

    page_size = 50
    max_page_size = 200
    page_size_query_param = "page_size"
    ordering = "-id"


class _Visible:
    """The viewer behind a request, and no rows while the schema is being drawn."""

    swagger_fake_view = False

    def viewer(self) -> Viewer:
        return viewer_of(cast(User, self.request.user))  # type: ignore[attr-defined]


class ConversationViewSet(_Visible, viewsets.ReadOnlyModelViewSet[Conversation]):
    """Conversations, newest first."""

    serializer_class = ConversationSerializer
    pagination_class = NewestFirst
    lookup_field = "public_id"
    queryset = Conversation.objects.none()

    def get_queryset(self) -> QuerySet[Conversation]:
        if self.swagger_fake_view:
            return self.queryset
        return visible_conversations(self.viewer()).select_related("customer", "owner", "account", "brand")


class MessageViewSet(_Visible, viewsets.ReadOnlyModelViewSet[Message]):
    """Messages of all conversations, newest first."""

    serializer_class = MessageSerializer
    pagination_class = NewestFirst
    queryset = Message.objects.none()

    def get_queryset(self) -> QuerySet[Message]:
        if self.swagger_fake_view:
            return self.queryset
        return visible_messages(self.viewer()).select_related("author", "conversation")


class QueueViewSet(_Visible, viewsets.ReadOnlyModelViewSet[Queue]):
    """Queues."""

    serializer_class = QueueSerializer
    pagination_class = NewestFirst
    lookup_field = "slug"
    queryset = Queue.objects.none()

    def get_queryset(self) -> QuerySet[Queue]:
        if self.swagger_fake_view:
            return self.queryset
        return visible_queues(self.viewer()).select_related("brand", "team")

"""Queues and agents with their figures of this moment."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from django.http import Http404
from drf_spectacular.utils import extend_schema, extend_schema_serializer, extend_schema_view
from rest_framework import mixins, serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.viewsets import GenericViewSet

from contactcenter.accounts.models import Scope
from contactcenter.api.filters import AgentFilter
from contactcenter.api.paging import check_parameters
from contactcenter.api.views.base import Access
from contactcenter.api.views.customers import example
from routing.figures import agents_now, queues_now
from routing.models import Agent
from routing.serializers import AgentSerializer, QueueSerializer

QUEUE = {
    "slug": "support",
    "name": "Support",
    "brand": "nordwind",
    "team": "Service",
    "target_seconds": 60,
    "waiting": 3,
    "longest_wait_seconds": 48,
    "agents_signed_in": 5,
    "agents_available": 2,
    "estimated_waits": {"chat": {"p50_seconds": 140, "p90_seconds": 335}},
}
AGENT = {
    "id": 4,
    "username": "ada",
    "name": "Ada",
    "state": "available",
    "reason": None,
    "since": "2026-11-22T08:58:12Z",
    "is_present": True,
    "load": 50,
    "capacity": 100,
    "handling": 2,
    "queues": ["sales", "support"],
}


@extend_schema_serializer(many=False)
class QueuesSerializer(serializers.Serializer[Any]):
    """Queues, all of them."""

    results = QueueSerializer(many=True)


class QueueViewSet(Access):
    """The active queues that the caller sees."""

    scopes = {"GET": Scope.QUEUES_READ}

    @extend_schema(
        summary="List queues",
        description="All of them, by name, with who waits and who is there.",
        responses=QueuesSerializer,
        examples=[example("One queue", {"results": [QUEUE]})],
    )
    def list(self, request: Request) -> Response:
        check_parameters(request, ())
        return Response({"results": QueueSerializer(queues_now(self.viewer), many=True).data})

    @extend_schema(
        summary="Read a queue",
        description="With who waits and who is there.",
        responses=QueueSerializer,
        examples=[example("A queue", QUEUE)],
    )
    def retrieve(self, request: Request, slug: str) -> Response:
        row = next((row for row in queues_now(self.viewer) if row.queue.slug == slug), None)
        if row is None:
            raise Http404
        return Response(QueueSerializer(row).data)


@extend_schema_view(
    list=extend_schema(
        summary="List agents",
        description="The caller's colleagues: state, load and capacity.",
        examples=[example("An agent", AGENT)],
    ),
    retrieve=extend_schema(summary="Read an agent", description="By user name.", examples=[example("An agent", AGENT)]),
)
class AgentViewSet(Access, mixins.ListModelMixin, mixins.RetrieveModelMixin, GenericViewSet[Agent]):
    """Agents of the brands that the caller works for."""

    queryset = Agent.objects.none()
    serializer_class = AgentSerializer
    filterset_class = AgentFilter
    lookup_field = "user__username"
    lookup_url_kwarg = "username"
    scopes = {"GET": Scope.AGENTS_READ}

    def get_queryset(self) -> QuerySet[Agent]:
        return self.queryset if self.is_drawn else agents_now(self.viewer)

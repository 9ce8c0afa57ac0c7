"""Queues and agents with their figures of this moment."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from django.http import Http404
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema, extend_schema_serializer, extend_schema_view
from rest_framework import mixins, serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.viewsets import GenericViewSet

from contactcenter.accounts.models import Scope
from contactcenter.api.errors import about
from contactcenter.api.filters import AgentFilter
from contactcenter.api.paging import check_parameters
from contactcenter.api.views.base import Access
from contactcenter.api.views.customers import example
from contactcenter.base.errors import Refused
from contactcenter.conversations.models import Customer
from contactcenter.conversations.selectors import visible_customers
from routing.figures import agents_now, queues_now
from routing.models import Agent
from routing.selectors import manager_of, visible_agents
from routing.serializers import AgentSerializer, ManagerSerializer, QueueSerializer
from routing.services.preferring import set_account_manager

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
MANAGER = {"agent": "ada"}


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


class ManagerViewSet(Access):
    """The account manager of a customer."""

    scopes = {"GET": Scope.CUSTOMERS_READ, "PATCH": Scope.CUSTOMERS_WRITE}

    @extend_schema(
        summary="Read the account manager",
        description="The agent who is asked first whenever this customer comes.",
        responses=ManagerSerializer,
        examples=[example("Ada", MANAGER)],
    )
    def retrieve(self, request: Request, pk: int) -> Response:
        return self._answer(get_object_or_404(visible_customers(self.viewer), pk=pk))

    @extend_schema(
        summary="Name the account manager",
        description="Supervisors may, an agent who works for the customer's brand; null names nobody.",
        request=ManagerSerializer,
        responses=ManagerSerializer,
        examples=[example("Ada", MANAGER), example("Nobody", {"agent": None}, request_only=True)],
    )
    def partial_update(self, request: Request, pk: int) -> Response:
        customer = get_object_or_404(visible_customers(self.viewer), pk=pk)
        serializer = ManagerSerializer(data=request.data)
        serializer.is_valid(raise_exception=True)
        name = serializer.validated_data["agent"]
        with about("agent"):
            agent = visible_agents(self.viewer).filter(user__username=name).first() if name is not None else None
            if name is not None and agent is None:
                raise Refused(_("There is no agent “%s” that you may see.") % name, code="unknown_agent")
            set_account_manager(customer_id=customer.pk, agent_id=agent.pk if agent else None, actor=self.user)
        return self._answer(customer)

    def _answer(self, customer: Customer) -> Response:
        manager = manager_of(customer)
        return Response({"agent": manager.user.username if manager is not None else None})

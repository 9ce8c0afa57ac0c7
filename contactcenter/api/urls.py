"""The addresses of version 1; they stay."""

from __future__ import annotations

from django.urls import path, re_path
from drf_spectacular.views import SpectacularAPIView

from contactcenter.api.views.conversations import (
    ConversationViewSet,
    DecisionViewSet,
    EventViewSet,
    MessageViewSet,
)
from contactcenter.api.views.customers import CustomerViewSet, IdentityViewSet, RecordViewSet
from contactcenter.api.views.pages import NowhereView, docs
from contactcenter.api.views.routing import AgentViewSet, ManagerViewSet, QueueViewSet

app_name = "api"
urlpatterns = [
    path("customers/", CustomerViewSet.as_view({"get": "list", "post": "create"}), name="customers"),
    path(
        "customers/<int:pk>/", CustomerViewSet.as_view({"get": "retrieve", "patch": "partial_update"}), name="customer"
    ),
    path(
        "customers/<int:customer_id>/identities/",
        IdentityViewSet.as_view({"get": "list", "post": "create"}),
        name="identities",
    ),
    path(
        "customers/<int:customer_id>/identities/<int:pk>/",
        IdentityViewSet.as_view({"delete": "destroy"}),
        name="identity",
    ),
    path(
        "customers/<int:pk>/manager/",
        ManagerViewSet.as_view({"get": "retrieve", "patch": "partial_update"}),
        name="customer-manager",
    ),
    path("records/", RecordViewSet.as_view({"get": "list", "post": "create"}), name="records"),
    path("conversations/", ConversationViewSet.as_view({"get": "list"}), name="conversations"),
    path("conversations/<uuid:public_id>/", ConversationViewSet.as_view({"get": "retrieve"}), name="conversation"),
    path(
        "conversations/<uuid:conversation_id>/messages/",
        MessageViewSet.as_view({"get": "list", "post": "create"}),
        name="messages",
    ),
    path("conversations/<uuid:conversation_id>/decisions/", DecisionViewSet.as_view({"get": "list"}), name="decisions"),
    path("queues/", QueueViewSet.as_view({"get": "list"}), name="queues"),
    path("queues/<slug:slug>/", QueueViewSet.as_view({"get": "retrieve"}), name="queue"),
    path("agents/", AgentViewSet.as_view({"get": "list"}), name="agents"),
    re_path(r"^agents/(?P<username>[\w.@+-]+)/$", AgentViewSet.as_view({"get": "retrieve"}), name="agent"),
    path("events/", EventViewSet.as_view({"get": "list"}), name="events"),
    path("schema/", SpectacularAPIView.as_view(), name="schema"),
    path("docs/", docs, name="docs"),
    re_path("", NowhereView.as_view(), name="nowhere"),
]

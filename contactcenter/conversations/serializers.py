"""How conversations and messages look to programs."""

from __future__ import annotations

from rest_framework import serializers

from contactcenter.conversations.models import Conversation, Message


class ConversationSerializer(serializers.ModelSerializer[Conversation]):
    id = serializers.UUIDField(source="public_id", read_only=True)
    brand = serializers.SlugRelatedField("slug", read_only=True)  # type: ignore[var-annotated]
    account = serializers.SlugRelatedField("slug", read_only=True)  # type: ignore[var-annotated]
    customer = serializers.CharField(source="customer.name", read_only=True)
    owner = serializers.SlugRelatedField("username", read_only=True)  # type: ignore[var-annotated]

    class Meta:
        model = Conversation
        fields = (
            "id",
            "brand",
            "account",
            "channel",
            "state",
            "customer",
            "owner",
            "subject",
            "topic",
            "language",
            "priority",
            "tags",
            "created_at",
            "closed_at",
            "last_message_at",
            "waiting_since",
        )


class MessageSerializer(serializers.ModelSerializer[Message]):
    conversation = serializers.UUIDField(source="conversation.public_id", read_only=True)
    author = serializers.SlugRelatedField("username", read_only=True)  # type: ignore[var-annotated]

    class Meta:
        model = Message
        fields = ("id", "conversation", "seq", "kind", "author", "text", "delivery", "created_at")

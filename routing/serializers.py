"""How queues look to programs."""

from __future__ import annotations

from rest_framework import serializers

from routing.models import Queue


class QueueSerializer(serializers.ModelSerializer[Queue]):
    brand = serializers.SlugRelatedField("slug", read_only=True)  # type: ignore[var-annotated]
    team = serializers.CharField(source="team.name", read_only=True)

    class Meta:
        model = Queue
        fields = ("slug", "name", "brand", "team", "target_seconds", "is_active")

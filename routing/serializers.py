"""How queues and agents look to programs, with their figures of this moment."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from contactcenter.base.serializers import StrictSerializer
from routing.models import Agent


class QueueSerializer(serializers.Serializer[Any]):
    """Of a `routing.figures.QueueNow`."""

    slug = serializers.CharField(source="queue.slug")
    name = serializers.CharField(source="queue.name")
    brand = serializers.CharField(source="queue.brand.slug")
    team = serializers.CharField(source="queue.team.name")
    target_seconds = serializers.IntegerField(source="queue.target_seconds")
    waiting = serializers.IntegerField()
    longest_wait_seconds = serializers.IntegerField(allow_null=True, help_text="Null while nobody waits.")
    agents_signed_in = serializers.IntegerField(help_text="Members who are not offline.")
    agents_available = serializers.IntegerField(help_text="Of them, those who are available and there.")


class ManagerSerializer(StrictSerializer):
    """Who is asked first whenever a customer comes."""

    agent = serializers.CharField(max_length=150, allow_null=True, help_text="The agent's user name; null: nobody.")


class AgentSerializer(serializers.ModelSerializer[Agent]):
    username = serializers.CharField(source="user.username", read_only=True)
    name = serializers.CharField(source="user.shown_name", read_only=True)
    reason = serializers.CharField(
        source="reason.name", read_only=True, default=None, allow_null=True, help_text="Of a break."
    )
    since = serializers.DateTimeField(source="state_since", read_only=True)
    is_present = serializers.BooleanField(read_only=True, help_text="Their console is open.")
    handling = serializers.IntegerField(read_only=True, help_text="How many conversations they have in hand.")
    queues = serializers.ListField(child=serializers.CharField(), read_only=True)

    class Meta:
        model = Agent
        fields = (
            "id",
            "username",
            "name",
            "state",
            "reason",
            "since",
            "is_present",
            "load",
            "capacity",
            "handling",
            "queues",
        )
        read_only_fields = fields

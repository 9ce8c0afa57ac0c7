"""How queues and agents look to programs, with their figures of this moment."""

from __future__ import annotations

import math
from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from contactcenter.base.serializers import StrictSerializer
from routing.figures import QueueNow
from routing.models import Agent


class WaitSerializer(serializers.Serializer[Any]):
    """Seconds: half of those who enter now are answered by `p50_seconds`, nine of ten by `p90_seconds`."""

    p50_seconds = serializers.IntegerField()
    p90_seconds = serializers.IntegerField()


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
    estimated_waits = serializers.SerializerMethodField(
        help_text="By channel; those are left out whose earlier waits are too few to tell, who are closed, or where "
        "nobody is there."
    )

    @extend_schema_field(serializers.DictField(child=WaitSerializer()))
    def get_estimated_waits(self, row: QueueNow) -> dict[str, dict[str, int]]:
        return {
            channel: {"p50_seconds": math.ceil(band.p50), "p90_seconds": math.ceil(band.p90)}
            for channel, band in sorted(row.waits.items())
        }


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

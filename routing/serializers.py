"""How queues and agents look to programs, with their figures of this moment."""

from __future__ import annotations

import math
from typing import Any

from drf_spectacular.utils import extend_schema_field, extend_schema_serializer
from rest_framework import serializers

from contactcenter.base.serializers import StrictSerializer
from contactcenter.conversations.serializers import ConversationSerializer
from routing.clocks import state_of
from routing.explaining import Explained
from routing.figures import QueueNow
from routing.models import Agent, SLAClock, SLAKind
from routing.states import OfferState, PromiseState


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


class PromiseSerializer(serializers.ModelSerializer[SLAClock]):
    """What the customer was promised, and how it stands."""

    kind = serializers.ChoiceField(choices=SLAKind.choices, read_only=True)
    due_at = serializers.DateTimeField(read_only=True, allow_null=True, help_text="Null while it is paused.")
    state = serializers.SerializerMethodField()

    class Meta:
        model = SLAClock
        fields = ("kind", "started_at", "due_at", "state")
        read_only_fields = fields

    @extend_schema_field(serializers.ChoiceField(choices=PromiseState.choices))
    def get_state(self, clock: SLAClock) -> str:
        return state_of(clock, clock.conversation).value


@extend_schema_serializer(component_name="Conversation")
class RoutedConversationSerializer(ConversationSerializer):
    """With what the customer was promised (`clocks.last_promises`, prefetched as `promises`)."""

    promises = PromiseSerializer(
        many=True, read_only=True, help_text="The last of each kind: first answer, next answer, resolution."
    )

    class Meta(ConversationSerializer.Meta):
        fields = (*ConversationSerializer.Meta.fields, "promises")  # type: ignore[assignment]
        read_only_fields = fields  # type: ignore[assignment]


class RequirementSerializer(serializers.Serializer[Any]):
    skill = serializers.CharField(source="skill.slug", help_text="Short name.")
    level = serializers.IntegerField(help_text="At least; 1 to 5.")


class CandidateSerializer(serializers.Serializer[Any]):
    agent = serializers.CharField(source="agent.user.username", help_text="User name.")
    is_chosen = serializers.BooleanField()
    score = serializers.FloatField()
    terms = serializers.SerializerMethodField(help_text="What the score is the sum of, by name.")

    @extend_schema_field(serializers.DictField(child=serializers.FloatField()))
    def get_terms(self, row: Any) -> dict[str, float]:
        return {term.name: term.points for term in row.terms}


class RefusedSerializer(serializers.Serializer[Any]):
    agent = serializers.CharField(help_text="User name.")
    reason = serializers.CharField(help_text="`state`, `load`, `skill`, `declined`, …")


class DecisionSerializer(serializers.Serializer[Any]):
    """Of a `routing.explaining.Explained`. With `is_supervisor` in the context the other agents are told, too."""

    id = serializers.IntegerField(source="decision.pk")
    at = serializers.DateTimeField(source="decision.at")
    queue = serializers.CharField(source="decision.entry.queue.slug", help_text="Short name.")
    step_after_seconds = serializers.IntegerField(
        source="step.after_seconds",
        default=None,
        allow_null=True,
        help_text="The queue's step in force: how long after the beginning it holds. Null before the first.",
    )
    requirements = serializers.SerializerMethodField(help_text="What was asked for.")
    optional = serializers.SerializerMethodField(help_text="What counted for the fit only.")
    joins = serializers.SerializerMethodField(help_text="Queues whose agents were asked, too.")
    agent = serializers.CharField(source="offer.agent.user.username", help_text="Who was asked.")
    offer = serializers.ChoiceField(source="offer.state", choices=OfferState.choices, help_text="What came of it.")
    candidates = serializers.SerializerMethodField(help_text="The best first; agents see only who was asked.")
    refused = serializers.SerializerMethodField(help_text="Who could not take it and why; for supervisors only.")

    @extend_schema_field(RequirementSerializer(many=True))
    def get_requirements(self, row: Explained) -> Any:
        return RequirementSerializer(row.asked.skills if row.asked else (), many=True).data

    @extend_schema_field(RequirementSerializer(many=True))
    def get_optional(self, row: Explained) -> Any:
        return RequirementSerializer(row.asked.optional if row.asked else (), many=True).data

    @extend_schema_field(serializers.ListField(child=serializers.CharField()))
    def get_joins(self, row: Explained) -> list[str]:
        return [queue.slug for queue in row.asked.joins] if row.asked else []

    @extend_schema_field(CandidateSerializer(many=True))
    def get_candidates(self, row: Explained) -> Any:
        rows = [one for one in row.candidates if one.is_chosen or self.context["is_supervisor"]]
        return CandidateSerializer(rows, many=True).data

    @extend_schema_field(RefusedSerializer(many=True))
    def get_refused(self, row: Explained) -> list[dict[str, str]]:
        if not self.context["is_supervisor"]:
            return []
        return [{"agent": agent.user.username, "reason": reason} for agent, reason in row.refused]

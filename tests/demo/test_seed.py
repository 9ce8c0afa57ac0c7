"""The demo's world: full enough that no screen is empty, made by the rules, made once."""

from __future__ import annotations

import zoneinfo
from collections import Counter
from datetime import datetime, time, timedelta
from typing import Any

import pytest
from django.db import connection
from django.db.models import Count, Exists, F, Max, OuterRef, Q

from contactcenter.accounts.models import Brand, User
from contactcenter.base.clock import now
from contactcenter.conversations.models import Conversation, Customer, Message, Rating, Record
from contactcenter.conversations.states import ConversationState, MessageKind
from contactcenter.demo.people import ZONE
from contactcenter.demo.seeding import seed_demo
from contactcenter.demo.workdays import days, moment_of
from contactcenter.management.commands.check_invariants import find_violations
from routing.models import (
    Agent,
    AgentSkill,
    AgentStateInterval,
    Assignment,
    Decision,
    Offer,
    Queue,
    QueueEntry,
    Trial,
)
from routing.services.trials import run_trial
from routing.states import AgentState, OfferState, Outcome
from routing.trials.comparing import MOST_OFF, compare
from routing.trials.past import read_past
from routing.trials.replaying import Replay

pytestmark = pytest.mark.django_db
MOST_STATEMENTS = 1_500


@pytest.fixture
def seeded() -> None:
    asked: list[str] = []

    def count(execute: Any, sql: str, *rest: Any) -> Any:
        asked.append(sql)
        return execute(sql, *rest)

    with connection.execute_wrapper(count):
        assert seed_demo() is True
    assert len(asked) < MOST_STATEMENTS, "every start of a demo waits for this"


@pytest.mark.usefixtures("seeded")
def test_nothing_is_empty_and_the_rules_hold() -> None:
    assert find_violations() == []
    assert Brand.objects.count() == 2 and Queue.objects.count() == 5
    assert Agent.objects.filter(state=AgentState.OFFLINE).count() == 6
    assert Customer.objects.count() == 60
    assert {row["kind"] for row in Record.objects.values("kind")} == {"order", "invoice", "booking"}
    states = Counter(Conversation.objects.values_list("state", flat=True))
    assert states[ConversationState.CLOSED] >= 150
    assert (states[ConversationState.QUEUED], states[ConversationState.SNOOZED]) == (3, 2)
    closed = Conversation.objects.filter(state=ConversationState.CLOSED)
    assert set(closed.values_list("language", flat=True)) == {"en", "et", "lv", "ru", "pl"}
    assert {"chat", "in_person", "letter", "other"} == set(closed.values_list("channel", flat=True))
    assert {Outcome.ANSWERED, Outcome.ABANDONED} <= set(QueueEntry.objects.values_list("outcome", flat=True))
    assert {OfferState.DECLINED, OfferState.EXPIRED} <= set(Offer.objects.values_list("state", flat=True))
    assert Rating.objects.count() > 40
    assert Assignment.objects.filter(wrap_up_note="Customer informed by mail.").exists()
    assert Message.objects.filter(kind=MessageKind.NOTE).exists()
    assert closed.alias(turns=Count("entries")).filter(turns=2).exists(), "some were handed over"


@pytest.mark.usefixtures("seeded")
def test_the_past_lies_in_the_past_and_in_working_hours() -> None:
    zone = zoneinfo.ZoneInfo(ZONE)
    moments: list[datetime] = list(
        Message.objects.exclude(conversation__state="queued").values_list("created_at", flat=True)
    )
    assert max(moments) < now()
    chats = Message.objects.filter(conversation__state=ConversationState.CLOSED)
    answers = chats.filter(kind=MessageKind.OUT).values_list("created_at", flat=True)
    assert all(8 <= at.astimezone(zone).hour < 18 for at in answers)
    assert not Assignment.objects.filter(ended_at__lt=F("started_at")).exists()
    lasts = Conversation.objects.filter(channel="chat").annotate(newest=Max("messages__created_at"))
    assert not lasts.exclude(last_message_at=F("newest")).exists()


@pytest.mark.usefixtures("seeded")
def test_the_past_is_what_the_router_would_have_made_of_it() -> None:
    *_before, today = days()
    ends_at = moment_of(today, time(0))
    for queue in Queue.objects.all():
        past = read_past(queue, ends_at - timedelta(days=7), ends_at)
        result = compare(Replay(past), past.world, [1, 2], lambda _share: None)
        assert result["off_by"] <= MOST_OFF, queue
        assert result["actual"]["contacts"] > 10


@pytest.mark.usefixtures("seeded")
def test_whoever_was_chosen_had_the_most_points_and_was_there() -> None:
    for decision in Decision.objects.select_related("offer"):
        best, *others = decision.terms["candidates"]
        assert best["agent"] == decision.offer.agent_id
        refused = {row["agent"] for row in decision.terms["refused"]}
        assert not refused & {row["agent"] for row in (best, *others)}
    at_work = AgentStateInterval.objects.filter(
        agent=OuterRef("agent"), state=AgentState.AVAILABLE, started_at__lte=OuterRef("created_at")
    ).filter(Q(ended_at=None) | Q(ended_at__gte=OuterRef("created_at")))
    closed = Offer.objects.filter(conversation__state=ConversationState.CLOSED)
    assert not closed.filter(~Exists(at_work), conversation__channel="chat").exists()
    answered = QueueEntry.objects.filter(outcome=Outcome.ANSWERED, step__isnull=False)
    assert answered.exists(), "somebody was served at a later step"
    assert all(entry.group.joins or entry.step is not None for entry in answered)


@pytest.mark.usefixtures("seeded")
def test_a_change_is_tried_already() -> None:
    trial = Trial.objects.get()
    run_trial(trial.pk)
    trial.refresh_from_db()
    assert (trial.state, trial.error) == (Trial.State.DONE, "")
    assert trial.result["change"]["service_level"][0] >= 0


@pytest.mark.usefixtures("seeded")
def test_agents_answered_in_languages_that_they_speak() -> None:
    spoken = set(AgentSkill.objects.exclude(skill__language="").values_list("agent", "skill__language"))
    served = Assignment.objects.filter(channel="chat").values_list("agent", "conversation__language")
    assert set(served) <= spoken
    assert {language for _agent, language in spoken} == {"en", "et", "lv", "ru", "pl"}


@pytest.mark.usefixtures("seeded")
def test_the_tours_customers_have_no_past() -> None:
    fresh = Customer.objects.filter(name__in=["Jaan Tamm", "Carl Smith", "Anna Kowalska"])
    assert fresh.count() == 3
    assert not Conversation.objects.filter(customer__in=fresh).exists()
    assert Conversation.objects.filter(customer__name="Līga Bērziņa").exists()


@pytest.mark.usefixtures("seeded")
def test_seeding_again_changes_nothing() -> None:
    def counts() -> list[int]:
        return [model.objects.count() for model in (User, Customer, Conversation, Message, Assignment)]

    before = counts()
    assert seed_demo() is False
    assert counts() == before

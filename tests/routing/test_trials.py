"""Trying a change, through the admin's door: a past day is written down, played again, and compared."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.test import Client
from django.urls import reverse

from contactcenter.accounts.models import Role, User
from contactcenter.conversations.models import Conversation, Effect
from routing.models import (
    Agent,
    AgentStateInterval,
    Assignment,
    Calendar,
    CalendarInterval,
    Decision,
    Offer,
    Queue,
    QueueEntry,
    QueueMember,
    SkillGroup,
    Trial,
)
from routing.services.trials import claim_trial
from routing.simulation.arrivals import draw_contacts
from routing.simulation.draws import Exponential
from routing.simulation.engine import Simulation
from routing.simulation.policies import LongestIdle
from routing.simulation.world import AgentRules, ChannelRules, ContactClass, Membership, QueueRules, World
from routing.states import AgentState
from routing.tasks import run_trial
from routing.trials.past import read_past
from routing.trials.plotting import plot
from tests import factories as make

pytestmark = pytest.mark.django_db
DAY = datetime(2026, 3, 2, tzinfo=UTC)
NOW = DAY + timedelta(days=1, hours=9)


@pytest.fixture
def clock() -> Iterator[time_machine.Coordinates]:
    with time_machine.travel(NOW, tick=False) as still:
        yield still


@pytest.fixture
def admin(clock: None) -> Client:
    client = Client(SERVER_NAME="127.0.0.1")
    client.force_login(
        make.make_user("root", role=Role.ADMIN, teams=[]), backend="contactcenter.accounts.backends.DemoAwareBackend"
    )
    return client


@pytest.fixture
def queue(clock: None) -> Queue:
    calendar = Calendar.objects.create(name="Office", time_zone="UTC")
    for weekday in range(5):
        CalendarInterval.objects.create(calendar=calendar, weekday=weekday, opens_at="08:00", closes_at="16:00")
    queue = make.make_queue(target_seconds=30, calendar=calendar, last_agent_seconds=0)
    for name in ("ada", "ben", "cleo", "dan"):
        make.make_agent(name, queues=[queue], state=AgentState.OFFLINE)
    return queue


def was_available(agent: Agent, day: datetime) -> None:
    AgentStateInterval.objects.create(
        agent=agent, state="available", started_at=day + timedelta(hours=8), ended_at=day + timedelta(hours=16)
    )
    AgentStateInterval.objects.get_or_create(agent=agent, ended_at=None, defaults={"state": "offline"})


def write_day(queue: Queue, *, seed: int = 1, day: datetime = DAY, per_hour: float = 55) -> None:
    """A day as it would stand in the typed columns: eight hours of calls, three of the four agents, ten minutes' work
    of simulation."""
    people = list(Agent.objects.order_by("pk"))[:3]
    shift = ((8 * 3600.0, 16 * 3600.0),)
    world = World(
        channels={"voice": ChannelRules(name="voice", is_voice=True, answer_seconds=4)},
        queues={queue.slug: QueueRules(name=queue.slug, target_seconds=30)},
        classes=(
            ContactClass(
                name="calls",
                queue=queue.slug,
                channel="voice",
                handle=Exponential(170),
                patience=Exponential(150),
                rates=(0,) * 16 + (per_hour,) * 16 + (0,),
            ),
        ),
        agents=tuple(
            AgentRules(name=str(agent), queues={queue.slug: Membership()}, channels=frozenset({"voice"}), shifts=shift)
            for agent in people
        ),
        duration_seconds=24 * 3600.0,
    )
    run = Simulation(world, LongestIdle(), draw_contacts(world, seed)).run()
    account = make.make_account(f"line-{day:%d}", queue=queue, kind="fake", channel="voice")
    group = SkillGroup.objects.create(queue=queue, channel="voice", key=f"past-{day:%d}")
    customer = make.make_customer()
    for agent in people:
        was_available(agent, day)
    for stay in run.stays:
        assert stay.left_at is not None
        at, left = (day + timedelta(seconds=moment) for moment in (stay.contact.at, stay.left_at))
        conversation = Conversation.objects.create(
            brand=queue.brand, customer=customer, account=account, channel="voice", state="closed", closed_at=left
        )
        entry = QueueEntry.objects.create(
            conversation=conversation,
            queue=queue,
            group=group,
            channel="voice",
            entered_at=at,
            rank_key=at.timestamp(),
            left_at=left,
            outcome="abandoned" if stay.has_abandoned else "answered",
        )
        if stay.agent is not None:
            agent = people[stay.agent.index]
            offered = left - timedelta(seconds=4)
            offer = Offer.objects.create(
                conversation=conversation, entry=entry, agent=agent, state="accepted", cost=100,
                created_at=offered, expires_at=left + timedelta(seconds=20), answered_at=left,
            )  # fmt: skip
            Decision.objects.create(conversation=conversation, entry=entry, offer=offer, at=offered, terms={})
            Assignment.objects.create(
                conversation=conversation, agent=agent, queue=queue, offer=offer, channel="voice", state="done",
                cost=100, started_at=left, ended_at=left + timedelta(seconds=stay.contact.handle_seconds),
            )  # fmt: skip


def address(queue: Queue) -> str:
    return reverse("admin:routing_queue_try_change", args=[queue.pk])


def filled(admin: Client, queue: Queue, **changes: Any) -> dict[str, Any]:
    """The form as the page shows it, with these fields changed."""
    form = admin.get(address(queue)).context["form"]
    values = {name: form.get_initial_for_field(field, name) for name, field in form.fields.items()}
    return {name: "" if value is None else value for name, value in {**values, "seeds": 3, **changes}.items()}


def start(admin: Client, queue: Queue, **changes: Any) -> Trial:
    answer = admin.post(address(queue), filled(admin, queue, **changes))
    assert answer.status_code == 302, answer.context["form"].errors
    trial = Trial.objects.latest("pk")
    assert answer.url == page_of(trial)
    return trial


def page_of(trial: Trial) -> str:
    return reverse("admin:routing_queue_trial", args=[trial.queue_id, trial.pk])


def work(trial: Trial) -> Trial:
    """What a worker does with the newest effect of the trial."""
    run_trial(Effect.objects.filter(name="run_trial", target_id=trial.pk).latest("pk").pk)
    trial.refresh_from_db()
    return trial


def shown(admin: Client, trial: Trial) -> str:
    return admin.get(page_of(trial)).content.decode()


def test_the_unchanged_queue_is_reproduced_and_one_more_agent_helps(admin: Client, queue: Queue) -> None:
    write_day(queue)
    was_available(Agent.objects.get(user__username="dan"), DAY)
    QueueMember.objects.filter(agent__user__username="dan").delete()
    members = "{ada: {}, ben: {}, cleo: {}, dan: {}}"
    trial = work(start(admin, queue, members=members))
    assert trial.state == Trial.State.DONE
    result = trial.result
    assert result["actual"]["contacts"] > 350
    assert result["off_by"] <= 0.03
    assert result["change"]["service_level"][0] > 2 * result["change"]["service_level"][1] > 0
    text = shown(admin, trial)
    assert "points of what it was" in text
    assert "better" in text
    assert text.count("<polyline") >= 8
    # The closed night is left out.
    assert [row["at"] for row in result["series"]] == [1800.0 * place for place in range(16, 32)]
    assert Queue.objects.get().members.count() == 3


def test_nothing_changed_is_no_difference(admin: Client, queue: Queue) -> None:
    write_day(queue)
    trial = work(start(admin, queue))
    assert trial.result["change"]["service_level"] == [0, 0]
    assert "no clear difference" in shown(admin, trial)


def test_a_replay_that_is_far_off_says_so(admin: Client, queue: Queue) -> None:
    write_day(queue)
    # Two of the three went home at ten, as far as their states tell: the past cannot be explained by it.
    gone = AgentStateInterval.objects.filter(state="available").order_by("pk")[:2]
    for interval in gone:
        AgentStateInterval.objects.filter(pk=interval.pk).update(ended_at=DAY + timedelta(hours=10))
    trial = work(start(admin, queue))
    assert trial.result["off_by"] > 0.03
    assert "Take this with care" in shown(admin, trial)


def test_a_generated_day_with_more_traffic(admin: Client, queue: Queue) -> None:
    write_day(queue)
    trial = work(start(admin, queue, kind="generated", traffic=150))
    assert trial.state == Trial.State.DONE
    assert trial.result["actual"] is None
    assert trial.result["before"]["contacts"][0] > 500
    assert "As it was" not in shown(admin, trial)


def test_several_days_have_their_names_on_the_axis(admin: Client, queue: Queue) -> None:
    for days in (3, 0):
        write_day(queue, day=DAY - timedelta(days=days), seed=days + 1)
    trial = work(start(admin, queue, first_day="2026-02-27", seeds=2))
    assert trial.state == Trial.State.DONE
    text = shown(admin, trial)
    assert "27 Feb" in text
    assert "2 Mar" in text
    # Saturday and Sunday are closed.
    assert {int(row["at"] // 86400) for row in trial.result["series"]} == {0, 3}


@pytest.mark.parametrize(
    ("prepare", "said"),
    [
        (lambda queue: None, "No customer came to this queue on these days"),
        (lambda queue: [write_day(queue), AgentStateInterval.objects.all().delete()], "No agent of this queue was"),
    ],
)
def test_days_without_anything_to_play(
    admin: Client, queue: Queue, prepare: Callable[[Queue], None], said: str
) -> None:
    prepare(queue)
    trial = work(start(admin, queue))
    assert trial.state == Trial.State.FAILED
    assert said in shown(admin, trial)


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"last_day": "2026-03-01"}, "It would end before it begins"),
        ({"first_day": "2026-01-01"}, "At most 31 days"),
        ({"first_day": "2026-03-05", "last_day": "2026-03-05"}, "has begun already"),
        ({"members": "{adda: {}}"}, "“adda” is not known here; did you mean “ada”?"),
        ({"members": ""}, "keep at least one"),
        ({"steps": "- {after_seconds: 10, skills: {magic: 1}}"}, "There is no skill “magic”."),
        ({"steps": "- {after: 10}"}, "line 1"),
        ({"seeds": 1}, "greater than or equal to 2"),
        ({"cost_voice": 0}, "greater than or equal to 1"),
    ],
)
def test_what_cannot_be_played_is_refused_in_words(
    admin: Client, queue: Queue, changes: dict[str, Any], said: str
) -> None:
    answer = admin.post(address(queue), filled(admin, queue, **changes))
    assert answer.status_code == 200
    assert said in str(answer.context["form"].errors) + answer.content.decode()
    assert not Trial.objects.exists()


def test_mistakes_in_steps_are_named_in_the_readers_language(admin: Client, queue: Queue) -> None:
    User.objects.update(language="ru")
    answer = admin.post(address(queue), filled(admin, queue, steps="- {after: 10}"))
    [said] = answer.context["form"].errors["steps"]
    assert said.startswith("строка 1, [0].after: «after» здесь неизвестно; известны: after_seconds, ")


def test_the_list_of_trials(admin: Client, queue: Queue) -> None:
    assert "Nobody has tried a change of this queue yet" in admin.get(address(queue)).content.decode()
    trial = start(admin, queue)
    text = admin.get(address(queue)).content.decode()
    assert page_of(trial) in text
    assert "Waiting for a worker" in text
    assert address(queue) in admin.get(reverse("admin:routing_queue_change", args=[queue.pk])).content.decode()


def test_waiting_running_and_cancelled(admin: Client, queue: Queue, clock: time_machine.Coordinates) -> None:
    write_day(queue)
    trial = start(admin, queue)
    assert "as soon as a worker is free" in shown(admin, trial)
    admin.post(page_of(trial), {"cancel": "1"})
    assert "there is no result" in shown(admin, trial)
    assert work(trial).state == Trial.State.CANCELLED
    admin.post(page_of(trial), {"again": "1"})
    assert claim_trial(trial.pk) is not None
    text = shown(admin, trial)
    assert "<progress" in text
    assert 'hx-trigger="every 2s"' in text
    # A second worker leaves it alone, and a second start is told so.
    assert claim_trial(trial.pk) is None
    assert "It is running already" in admin.post(page_of(trial), {"again": "1"}, follow=True).content.decode()
    admin.post(page_of(trial), {"cancel": "1"})
    trial.refresh_from_db()
    assert trial.cancel_requested
    assert "It stops in a moment" in shown(admin, trial)


def test_a_worker_stops_when_it_is_told_to(
    admin: Client, queue: Queue, clock: time_machine.Coordinates, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The page is pressed while the worker plays: its next word finds that it is cancelled."""
    write_day(queue)
    trial = start(admin, queue)
    read = read_past

    def slowly(*arguments: Any, **options: Any) -> Any:
        admin.post(page_of(trial), {"cancel": "1"})
        clock.shift(5)
        return read(*arguments, **options)

    monkeypatch.setattr("routing.services.trials.read_past", slowly)
    assert work(trial).state == Trial.State.CANCELLED
    assert trial.result is None


def test_a_dead_worker_is_noticed(admin: Client, queue: Queue, clock: time_machine.Coordinates) -> None:
    write_day(queue)
    trial = start(admin, queue)
    assert claim_trial(trial.pk) is not None
    clock.shift(31)
    text = shown(admin, trial)
    assert "The worker that played it is gone" in text
    assert "every 2s" not in text
    admin.post(page_of(trial), {"again": "1"})
    assert work(trial).state == Trial.State.DONE


def test_supervisors_do_not_get_in(queue: Queue) -> None:
    client = Client(SERVER_NAME="127.0.0.1")
    client.force_login(
        make.make_user("sue", role=Role.SUPERVISOR), backend="contactcenter.accounts.backends.DemoAwareBackend"
    )
    trial = Trial.objects.create(queue=queue, kind="replay", starts_at=DAY, ends_at=NOW, created_at=NOW)
    for url in (address(queue), page_of(trial)):
        assert client.get(url).status_code in {302, 403}
    assert client.post(page_of(trial), {"cancel": "1"}).status_code in {302, 403}


# --- the parts -------------------------------------------------------------------------------------------------------


def test_the_past_is_read_with_everything_that_its_people_serve(queue: Queue) -> None:
    write_day(queue)
    other = make.make_queue("other")
    QueueMember.objects.create(queue=other, agent=Agent.objects.get(user__username="ada"))
    alone = make.make_queue("alone")
    make.make_agent("eve", queues=[alone], state=AgentState.OFFLINE)
    past = read_past(queue, DAY, DAY + timedelta(days=1))
    assert set(past.world.queues) == {"support", "other"}
    assert {agent.name for agent in past.world.agents} == {"ada", "ben", "cleo", "dan"}
    assert past.world.agents[0].shifts == ((8 * 3600, 16 * 3600),)
    answered = [one for one in past.contacts if one.is_answered]
    assert all(one.answer_seconds == 4 and one.handle is not None for one in answered)
    assert past.open_spans == {"support": [(8 * 3600, 16 * 3600)]}


def test_a_plot_of_nothing_and_of_one_point() -> None:
    line = ("Line", "before", lambda row: row["value"])
    assert plot("Empty", [], [line], DAY, shown=str).lines[0].parts == []
    rows = [{"at": 0.0, "value": 3.0}, {"at": 1800.0, "value": None}, {"at": 3600.0, "value": 4.0}]
    drawn = plot("Two", rows, [line], DAY, shown=str).lines[0]
    assert drawn.parts == []
    assert len(drawn.dots) == 2

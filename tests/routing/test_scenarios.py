"""Scenario files: what they may say, and how their mistakes are named; `manage simulate` on top of them."""

from __future__ import annotations

import json
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from routing.scenarios import ScenarioError, read_scenario
from routing.simulation.draws import Constant, Lognormal, Mix
from routing.simulation.world import Membership

SMALL = """
hours: 4
warmup_hours: 1
queues:
  help: {target_seconds: 20}
classes:
  - {name: calls, queue: help, channel: call, per_hour: 100, handle: {exponential: 180}}
agents:
  - {name: agent, count: 8}
"""

FULL = """
description: Everything that may be said
policy: strong
hours: 12
warmup_hours: 1
interval_minutes: 15
level_factors: [1.25, 0.85]
known_factor: 0.85
channels:
  call: {voice: true, answer_seconds: 4}
  chat: {cost: 33, slowdown: 0.12}
  email: {interrupted_by: [call, chat]}
queues:
  calls:
    target_seconds: 20
    skills: {service: 3}
    waiting_places: 30
    last_agent_seconds: 15
    weights: {fit: 12, value_exponent: 1}
    steps:
      - {after_seconds: 30, skills: {service: 1}, optional: {sales: 2}, boost_seconds: 60, joins: [mail]}
  mail: {target_seconds: 3600, by_language: false}
classes:
  - name: calls
    queue: calls
    channel: call
    per_hour: [10, 20, 30]
    split: [{en: 0.75, et: 0.25}, {sales: 1, service: 1}]
    handle: {mix: [{share: 0.9, of: {lognormal: {mean: 240, cv: 1}}}, {share: 0.1, of: 600}]}
    patience: {values: [30, 60, 90]}
    values: {1: 0.75, 3: 0.2, 10: 0.05}
    known_share: 0.2
  - {name: mail, queue: mail, channel: email, language: en, per_hour: 5, handle: 420}
agents:
  - name: ann
    count: 2
    skills: {en: 5, service: 3}
    queues: {calls: {priority: 2, delay_seconds: 20}}
    shifts: [[0, 4], [5, 12]]
  - {name: bob, skills: {et: 5}, queues: [mail], channels: [email, chat], capacity: 99}
"""


def test_everything_that_may_be_said() -> None:
    scenario = read_scenario(FULL)
    world = scenario.world
    assert scenario.policy == "strong"
    assert [which.name for which in world.classes] == [
        "calls/en/sales",
        "calls/en/service",
        "calls/et/sales",
        "calls/et/service",
        "mail",
    ]
    assert world.classes[0].rates == pytest.approx((3.75, 7.5, 11.25))
    assert world.classes[0].skills == {"en": 1, "sales": 1}
    assert world.classes[0].handle == Mix(((0.9, Lognormal(240, 1)), (0.1, Constant(600))))
    assert world.queues["calls"].steps[0].joins == ("mail",)
    assert world.queues["calls"].weights.fit == 12
    assert world.agents[1].name == "ann 2"
    assert world.agents[0].queues == {"calls": Membership(priority=2, delay_seconds=20)}
    assert world.agents[0].shifts == ((0, 4 * 3600), (5 * 3600, 12 * 3600))
    assert world.agents[2].channels == {"email", "chat"}


@pytest.mark.parametrize(
    ("was", "wrong", "said"),
    [
        ("hours: 4", "hours: 0", "line 2, hours: give a number above 0, not 0."),
        ("hours: 4", "hours: four", "line 2, hours: give a number, not “four”."),
        ("hours: 4", "hours: .inf", "line 2, hours: give a number, not “.inf”."),
        ("hours: 4", "days: 4", "line 2, days: “days” is not known here"),
        ("hours: 4\n", "", "“hours” is missing."),
        ("warmup_hours: 1", "warmup_hours: 5", "line 3, warmup_hours: the warm-up is not shorter than the whole."),
        (
            "target_seconds: 20",
            "target_second: 20",
            "target_second: “target_second” is not known here; did you mean “target_seconds”?",
        ),
        ("queue: help", "queue: hepl", "line 7, classes[0].queue: “hepl” is not known here; did you mean “help”?"),
        ("channel: call", "channel: fax", "classes[0].channel: “fax” is not known here"),
        ("{exponential: 180}", "{exponential: -1}", "classes[0].handle.exponential: give a number above 0, not -1."),
        ("{exponential: 180}", "{gamma: 3}", "classes[0].handle.gamma: “gamma” is not known here"),
        ("{exponential: 180}", "{values: []}", "classes[0].handle.values: give at least one value."),
        ("per_hour: 100", "per_hour: []", "classes[0].per_hour: give at least one number."),
        ("per_hour: 100", "per_hour: 1000000", "line 7, classes: these would be more than 2000000 contacts."),
        ("count: 8", "count: 8.5", "line 9, agents[0].count: give a whole number, not 8.5."),
        ("count: 8", "count: 8, count: 9", "agents[0].count: this stands here twice."),
        ("count: 8", "count: 8, skills: {et: 6}", "agents[0].skills.et: give a number of at most 5, not 6."),
        ("count: 8", "count: 8, shifts: [[4, 2]]", "agents[0].shifts[0]: a shift ends after it begins"),
        ("count: 8", "count: 8, channels: call", "agents[0].channels: give a list here."),
        ("- {name: agent, count: 8}", "- agent", "agents[0]: give names and values here"),
        (
            "{target_seconds: 20}",
            "{steps: [{after_seconds: 9}, {after_seconds: 9}]}",
            "steps[1].after_seconds: steps come",
        ),
        ("{target_seconds: 20}", "{weights: {fits: 9}}", "weights.fits: “fits” is not known here; did you mean “fit”?"),
        ("- {name: agent", "- {name: agent}}", "this is not YAML"),
    ],
)
def test_mistakes_are_named_with_line_and_field(was: str, wrong: str, said: str) -> None:
    assert was in SMALL
    with pytest.raises(ScenarioError) as refused:
        read_scenario(SMALL.replace(was, wrong, 1))
    assert said in str(refused.value)


def test_an_empty_file_and_one_that_contains_itself() -> None:
    with pytest.raises(ScenarioError, match="nothing in it"):
        read_scenario("# nothing\n")
    endless = SMALL.replace("{exponential: 180}", "&m {mix: [{share: 1, of: *m}]}")
    with pytest.raises(ScenarioError, match="too deep"):
        read_scenario(endless)


def simulate(path: Path, *arguments: str) -> dict[str, Any]:
    out = StringIO()
    call_command("simulate", str(path), "--json", *arguments, stdout=out)
    answer: dict[str, Any] = json.loads(out.getvalue())
    return answer


@pytest.fixture
def small(tmp_path: Path) -> Path:
    path = tmp_path / "small.yaml"
    path.write_text(SMALL)
    return path


def test_the_command_answers_the_same_for_the_same_seed(small: Path) -> None:
    first = simulate(small, "--seed", "3")
    assert first == simulate(small, "--seed", "3")
    assert first["service_level"] != simulate(small, "--seed", "4")["service_level"]
    assert first["policy"] == "ours"
    assert 200 < first["contacts"] < 400
    assert first["channels"]["call"]["service_level"] == first["service_level"]
    assert first["classes"]["calls"]["asa_seconds"] == first["asa_seconds"]
    assert 0.4 < first["occupancy"] < 0.9
    assert len(first["intervals"]) == 8
    assert first["value_lost"] is None  # nobody can hang up


def test_the_command_tells_standard_errors_of_several_repetitions(small: Path) -> None:
    answer = simulate(small, "--seeds", "4", "--policy", "longest_idle")
    assert answer["policy"] == "longest_idle"
    assert 0 < answer["standard_errors"]["service_level"] < 0.2


def test_the_command_in_words(small: Path) -> None:
    out = StringIO()
    call_command("simulate", str(small), "--seeds", "2", stdout=out)
    assert "service level" in out.getvalue()
    assert " ± " in out.getvalue()


def test_the_command_names_mistakes(small: Path, tmp_path: Path) -> None:
    small.write_text(SMALL.replace("count: 8", "count: none"))
    with pytest.raises(CommandError, match="line 9, agents"):
        call_command("simulate", str(small))
    with pytest.raises(CommandError, match="cannot be read"):
        call_command("simulate", str(tmp_path / "absent.yaml"))
    with pytest.raises(CommandError, match="--seeds"):
        call_command("simulate", str(small), "--seeds", "0")

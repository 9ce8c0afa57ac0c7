"""Closed forms against exact values, and what must hold of them at any load."""

from __future__ import annotations

import io
import json
import math
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from hypothesis import given
from hypothesis import strategies as st

from routing.erlang import Line, Service, agents_needed, answer, chat_line, erlang_b, erlang_c


def line(calls: float, handle: float, agents: int, patience: float | None = None) -> Line:
    return Line(calls_per_hour=calls, handle_seconds=handle, agents=agents, patience_seconds=patience)


def near(value: float) -> Any:
    return pytest.approx(value, rel=1e-4)


def test_the_spot_values_without_patience() -> None:
    eight = answer(line(100, 180, 8), 20)
    assert (eight.p_wait, eight.asa_seconds, eight.service_level) == (near(0.167267), near(10.036), near(0.880148))
    assert eight.occupancy == pytest.approx(0.625) and eight.p_abandon == 0
    many = answer(line(504, 600, 90), 30)
    assert (many.p_wait, many.asa_seconds, many.service_level) == (near(0.411957), near(41.1957), near(0.694815))


def test_the_spot_values_with_patience() -> None:
    found = answer(line(504, 600, 84, 300), 30)
    assert (found.p_wait, found.p_abandon) == (near(0.431457), near(0.050924))
    assert (found.asa_seconds, found.service_level) == (near(15.277), near(0.759307))
    # In the end everybody has been answered or has left.
    assert answer(line(504, 600, 84, 300), 1e6).service_level == near(1 - 0.050924)


def test_how_many_are_needed() -> None:
    assert agents_needed(line(1000, 240, 1), 20, 0.8) == 74
    assert agents_needed(line(1000, 240, 1, 120), 20, 0.8) == 66
    assert answer(line(1000, 240, 66, 120), 20).p_abandon == pytest.approx(0.062, abs=5e-4)
    assert answer(line(1000, 240, 68, 120), 20).p_abandon <= 0.05
    assert (agents_needed(line(504, 600, 1), 20, 0.8), agents_needed(line(504, 600, 1, 300), 20, 0.8)) == (93, 88)


def test_pooling() -> None:
    six_groups, together = answer(line(84, 600, 15), 20), answer(line(504, 600, 90), 20)
    assert six_groups.asa_seconds == pytest.approx(433, abs=1)
    assert together.asa_seconds == pytest.approx(41.2, abs=0.1)


def test_more_load_than_agents() -> None:
    assert answer(line(100, 180, 4), 20) == Service(
        p_wait=1.0, asa_seconds=math.inf, service_level=0.0, occupancy=1.0, p_abandon=0.0
    )
    assert erlang_c(5, 5) == 1
    # With patience the line does not grow: who is too many leaves.
    crowded = answer(line(30_000, 300, 2_000, 300), 20)
    assert crowded.p_abandon == pytest.approx(0.2, abs=1e-3) and crowded.occupancy == pytest.approx(1)


def test_long_lines_cost_no_more_than_short_ones() -> None:
    # Half a million wait in the end: of those who come, only as many are answered as the agents can.
    patient = answer(line(3_600, 1_000, 1, 1e8), 20)
    assert patient.p_abandon == near(0.999) and patient.service_level == 0
    assert agents_needed(line(10_000, 600, 1, 1e6), 20, 0.8) == pytest.approx(1_691, abs=1)


@given(st.floats(1, 1_000), st.floats(10, 1_000), st.integers(1, 300), st.floats(5, 600), st.floats(0, 300))
def test_shares_are_shares_and_agents_help(
    calls: float, handle: float, agents: int, patience: float, target: float
) -> None:
    for one, more in (
        (line(calls, handle, agents, patience), line(calls, handle, agents + 1, patience)),
        (line(calls, handle, agents), line(calls, handle, agents + 1)),
    ):
        less, better = answer(one, target), answer(more, target)
        for found in (less, better):
            assert all(
                0 <= share <= 1 for share in (found.p_wait, found.service_level, found.occupancy, found.p_abandon)
            )
        assert better.p_wait <= less.p_wait + 1e-9
        assert better.service_level >= less.service_level - 1e-7
        assert better.asa_seconds <= less.asa_seconds + 1e-9
        assert better.p_abandon <= less.p_abandon + 1e-9


@given(st.integers(2, 100), st.floats(0.1, 0.85))
def test_endless_patience_is_erlang_c(agents: int, share: float) -> None:
    calls = agents * share * 3600 / 200
    endless, patient = answer(line(calls, 200, agents), 20), answer(line(calls, 200, agents, 1e8), 20)
    assert patient.p_wait == pytest.approx(endless.p_wait, rel=1e-3, abs=1e-9)
    assert patient.service_level == pytest.approx(endless.service_level, abs=1e-4)


@given(st.floats(0.1, 200), st.integers(1, 300))
def test_blocking_is_less_than_waiting(load: float, agents: int) -> None:
    assert 0 <= erlang_b(load, agents) <= erlang_c(load, agents) <= 1


def test_chats_at_once_are_places_and_slower() -> None:
    together = chat_line(line(400, 480, 10, 400), at_once=3, slowdown=0.12)
    assert (together.agents, together.handle_seconds) == (30, pytest.approx(480 * 1.24))
    with pytest.raises(ValueError, match="at_once"):
        chat_line(together, at_once=0, slowdown=0.1)


def staffing(*arguments: str) -> str:
    out = io.StringIO()
    call_command("staffing", *arguments, stdout=out)
    return out.getvalue()


USUAL = ("--calls-per-hour", "100", "--handle-seconds", "180", "--agents", "8", "--target-seconds", "20")


def test_the_command_says_it_as_json() -> None:
    found = json.loads(staffing(*USUAL, "--json"))
    assert set(found) == {"p_wait", "asa_seconds", "service_level", "occupancy", "p_abandon", "agents_needed"}
    assert (found["p_wait"], found["agents_needed"]) == (near(0.167267), 8)
    with_patience = json.loads(staffing(*USUAL, "--patience-seconds", "120", "--goal", "0.9", "--json"))
    assert 0 < with_patience["p_abandon"] < with_patience["p_wait"]
    assert with_patience["without_patience"]["agents_needed"] == 9
    crowded = json.loads(staffing(*USUAL[:4], "--agents", "2", "--target-seconds", "20", "--json"))
    assert crowded["asa_seconds"] is None


def test_the_command_says_it_in_words() -> None:
    assert "88.0% within 20 s, mean wait 10.0 s" in staffing(*USUAL)
    assert "if nobody left: " in staffing(*USUAL, "--patience-seconds", "120")
    assert "the line grows for ever" in staffing(*USUAL[:4], "--agents", "2", "--target-seconds", "20")


@pytest.mark.parametrize(
    ("wrong", "name"),
    [
        (("--agents", "0"), "--agents"),
        (("--handle-seconds", "-1"), "--handle-seconds"),
        (("--patience-seconds", "0"), "--patience-seconds"),
        (("--goal", "1"), "--goal"),
        (("--target-seconds", "-5"), "--target-seconds"),
    ],
)
def test_the_command_names_what_is_wrong(wrong: tuple[str, str], name: str) -> None:
    with pytest.raises(CommandError, match=name):
        staffing(*USUAL, *wrong, "--json")

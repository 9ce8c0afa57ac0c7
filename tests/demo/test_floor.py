"""The living floor against a whole installation: nobody is refused, nothing is left behind."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tests.journeys.desk import ROOT, Desk, wait_for

pytestmark = [pytest.mark.timeout(900), pytest.mark.xdist_group("floor")]

# What the floor has made, who is still at work, and whether the rules hold.
_LOOK = """
from contactcenter.conversations.models import Conversation, Message, Rating
from routing.models import Agent, Assignment
made = Conversation.objects.filter(tags__contains=["demo"])
print(made.count(), made.exclude(state="closed").count(), Agent.objects.exclude(state="offline").count(),
      Assignment.objects.exclude(state="done").count())
print(*sorted(set(made.values_list("language", flat=True))))
from django.core.management import call_command
call_command("check_invariants")
"""


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    base = tmp_path_factory.mktemp("floor")
    for folder in [base, *list(base.parents)[:2]]:  # PostgreSQL's user has to reach it
        if folder.owner() == base.owner() and folder != Path("/tmp"):
            folder.chmod(0o755)
    running = Desk(base / "data", "--demo")
    yield running
    running.stop()


def begin(desk: Desk, *arguments: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "manage.py", "simulate_floor", *arguments],
        cwd=ROOT,
        env={**os.environ, **desk.runtime()["environment"]},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def look(desk: Desk) -> tuple[list[int], list[str]]:
    numbers, languages, rules = desk.run(_LOOK).splitlines()
    assert rules == "all invariants hold"
    return [int(number) for number in numbers.split()], languages.split()


def failures(desk: Desk) -> list[str]:
    logs = [path for path in (desk.data / "logs").glob("*.log") if not path.name.startswith(("postgres", "valkey"))]
    assert logs
    return [line for path in logs for line in path.read_text().splitlines() if '"level": "ERROR"' in line]


def goes_home(desk: Desk, floor: subprocess.Popen[str]) -> None:
    said, _nothing = floor.communicate(timeout=500)
    assert floor.returncode == 0, said
    _made, still_open, at_work, unfinished = look(desk)[0]
    assert (still_open, at_work, unfinished) == (0, 0, 0), said
    assert failures(desk) == []


def test_the_floor_lives_and_goes_home_in_order(desk: Desk) -> None:
    before = look(desk)[0][0]  # of another test's floor
    floor = begin(desk, "--speed", "20", "--minutes", "60", "--customers", "5")
    # However slow everything is here: it ends once there is something to go home from.
    wait_for("conversations", lambda: floor.poll() is not None or look(desk)[0][0] - before > 2, seconds=400)
    floor.send_signal(signal.SIGTERM)
    goes_home(desk, floor)


def test_a_visitor_starts_and_stops_it_and_there_is_one_at_a_time(desk: Desk) -> None:
    with httpx.Client(base_url=desk.url) as visitor:

        def says(word: str) -> bool:
            return word in visitor.get("/demo/figures/").text

        def press(speed: str) -> None:
            visitor.get("/demo/")
            answer = visitor.post(
                "/demo/floor/", data={"speed": speed, "csrfmiddlewaretoken": visitor.cookies["csrftoken"]}
            )
            assert answer.status_code == 302, answer.text

        assert says("Quiet")
        press("20")
        wait_for("the floor", lambda: says("Alive"), seconds=120)
        # It is a process of its own, which has to begin first, beside all that runs here.
        wait_for("somebody at work", lambda: look(desk)[0][2], seconds=300)
        press("5")
        wait_for("another speed", lambda: says("5×"), seconds=120)
        second = begin(desk, "--minutes", "0.1")
        assert "alive already" in second.communicate(timeout=300)[0] and second.returncode == 1
        press("0")
        wait_for("everybody gone", lambda: not look(desk)[0][2], seconds=300)
        assert says("Quiet")
        assert failures(desk) == []


@pytest.mark.full
def test_five_minutes_at_ten_times_the_speed(desk: Desk) -> None:
    before = look(desk)[0][0]
    goes_home(desk, begin(desk, "--speed", "10", "--minutes", "5", "--customers", "12"))
    (made, *_rest), languages = look(desk)
    assert made - before > 60
    assert set(languages) == {"en", "et", "lv", "ru", "pl"}

"""What people notice when something dies: nothing is lost, nothing is there twice, the screens come back."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.journeys.people import AgentAtDesk, Customer, People

pytestmark = pytest.mark.full


def _talking(people: People) -> tuple[AgentAtDesk, Customer]:
    ada = people.agent("ada")
    customer = people.customer()
    customer.open_chat()
    customer.write("Good morning")
    ada.is_offered()
    ada.accept()
    ada.reply("Good morning to you")
    customer.sees("Good morning to you")
    return ada, customer


def test_a_dead_browser_gives_the_chat_to_a_colleague_at_its_place(people: People) -> None:
    ada, customer = _talking(people)
    ada.leave()
    ben = people.agent("ben")
    ben.offer.wait_for(timeout=400_000)
    ben.is_offered("Good morning")
    ben.accept()
    ben.sees("Good morning to you")
    ben.reply("Ben here, I have read it all")
    customer.sees("Ben here, I have read it all")


def test_valkey_killed_and_flushed_loses_nothing(people: People) -> None:
    ada, customer = _talking(people)
    people.desk.kill("valkey")
    customer.write("Are you there?")
    ada.sees("Are you there?")
    ada.reply("I am")
    customer.sees("I am")
    people.desk.flush_valkey()
    customer.write("Still?")
    ada.sees("Still?")


def test_web_killed_in_the_middle_resumes_without_doubles(people: People) -> None:
    ada, customer = _talking(people)
    customer.write("Before it died")
    people.desk.kill("web")
    customer.write("While it was dead")
    ada.page.get_by_role("textbox", name="Text").fill("Written while it was dead")
    ada.page.get_by_role("button", name="Send").click()
    ada.sees("While it was dead")
    customer.sees("Written while it was dead")
    customer.sees("Before it died")
    expect(ada.timeline.get_by_text("Before it died", exact=True)).to_have_count(1)
    expect(ada.timeline.get_by_text("Written while it was dead", exact=True)).to_have_count(1)


def test_worker_and_sweeper_die_and_come_back(people: People) -> None:
    people.desk.kill("sweeper")
    people.desk.kill("worker")
    ada, customer = _talking(people)
    customer.write("All well?")
    ada.sees("All well?")

"""The feed of events: what one may see, in one order, and nothing skipped whoever commits first."""

from __future__ import annotations

import threading
from typing import Any

import pytest
from django.db import connection, transaction

from contactcenter.conversations import feed
from contactcenter.conversations.models import Event
from contactcenter.conversations.services.messages import add_note
from tests import factories as make
from tests.api.conftest import Floor, Program
from tests.concurrency.together import together


@pytest.mark.django_db
def test_the_log_page_by_page(floor: Floor, ada: Program) -> None:
    for number in range(5):
        add_note(conversation_id=floor.conversation.pk, author=ada.user, text=f"note {number}")
    everything = list(Event.objects.order_by("pk").values_list("pk", flat=True))
    seen: list[int] = []
    after, has_more = 0, True
    while has_more:
        page = ada.get(f"events/?after={after}&limit=2").json()
        seen += [row["id"] for row in page["results"]]
        after, has_more = page["next"], page["has_more"]
    assert seen == everything and after == everything[-1]
    assert ada.get(f"events/?after={after}").json() == {"results": [], "next": after, "has_more": False}
    event = ada.get(f"events/?after={everything[-2]}").json()["results"][0]
    assert (event["kind"], event["actor"], event["conversation"]) == (
        "note.added",
        "ada",
        str(floor.conversation.public_id),
    )
    assert event["seq"] == Event.objects.get(pk=everything[-1]).seq and event["at"] and "data" in event


@pytest.mark.django_db
def test_the_cursor_passes_what_one_may_not_see(floor: Floor) -> None:
    stranger = Program(make.make_user(teams=[make.make_team(make.make_brand("otherwind"))]))
    page = stranger.get("events/").json()
    assert page == {"results": [], "next": Event.objects.latest("pk").pk, "has_more": False}


@pytest.mark.django_db(transaction=True)
def test_an_event_that_is_committed_late_is_not_skipped(floor: Floor, ada: Program) -> None:
    other = make.make_waiting(floor.account)
    begun, may_end = threading.Event(), threading.Event()

    def write_slowly() -> None:
        try:
            with transaction.atomic():
                add_note(conversation_id=floor.conversation.pk, author=ada.user, text="slow")
                begun.set()
                assert may_end.wait(60)
        finally:
            connection.close()

    start = Event.objects.latest("pk").pk
    thread = threading.Thread(target=write_slowly)
    thread.start()
    assert begun.wait(60)
    # It has a larger id and is there first.
    add_note(conversation_id=other.pk, author=ada.user, text="quick")
    answer: list[Any] = []

    def read() -> None:
        answer.append(ada.get(f"events/?after={start}").json())
        connection.close()

    reader = threading.Thread(target=read)
    reader.start()
    reader.join(0.2)
    assert reader.is_alive(), "the reader waits for the writer"
    may_end.set()
    reader.join(20)
    thread.join(20)
    assert [row["kind"] for row in answer[0]["results"]] == ["note.added", "note.added"]
    assert [row["id"] for row in answer[0]["results"]] == sorted(row["id"] for row in answer[0]["results"])


@pytest.mark.django_db(transaction=True)
def test_a_writer_who_takes_too_long_holds_the_answer_back(
    floor: Floor, ada: Program, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(feed, "PATIENCE_SECONDS", 0.05)
    start = Event.objects.latest("pk").pk
    answer: list[Any] = []

    def read() -> None:
        answer.append(ada.get(f"events/?after={start}").json())
        connection.close()

    with transaction.atomic():
        add_note(conversation_id=floor.conversation.pk, author=ada.user, text="slow")
        thread = threading.Thread(target=read)
        thread.start()
        thread.join(20)
    assert answer == [{"results": [], "next": start, "has_more": False}]
    assert len(ada.get(f"events/?after={start}").json()["results"]) == 1


@pytest.mark.django_db(transaction=True)
def test_a_reader_among_writers_sees_every_event_once(floor: Floor, ada: Program) -> None:
    conversations = [floor.conversation, *(make.make_waiting(floor.account) for _number in range(2))]
    start = Event.objects.latest("pk").pk
    writing = len(conversations)

    def write(conversation: Any) -> None:
        nonlocal writing
        for number in range(15):
            with transaction.atomic():
                add_note(conversation_id=conversation.pk, author=ada.user, text=f"{number}")
                if number % 5 == 4:
                    transaction.set_rollback(True)
        writing -= 1

    def read() -> list[int]:
        seen: list[int] = []
        after = start
        while True:
            is_last = not writing
            page = ada.get(f"events/?after={after}&limit=7").json()
            seen += [row["id"] for row in page["results"]]
            after = page["next"]
            if is_last and not page["has_more"]:
                return seen

    results = together(read, *[lambda row=row: write(row) for row in conversations])  # type: ignore[misc]
    assert results[0] == list(Event.objects.filter(pk__gt=start).order_by("pk").values_list("pk", flat=True))
    assert len(results[0]) == 36

"""Who looks at a conversation: told to those who have it open and see it, forgotten when nothing more is heard."""

from __future__ import annotations

import json
from typing import Any

import pytest

from contactcenter.accounts.selectors import viewer_of
from contactcenter.console import viewing as module
from contactcenter.console.viewing import COUNTS_SECONDS, Viewing, deliver_viewing, viewing
from routing.services.handling import transfer
from tests import factories as make
from tests.console.conftest import Floor
from tests.console.sockets import Console, do, run

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def nobody_looks() -> Any:
    viewing.clear()
    yield
    viewing.clear()


def names(frame: dict[str, Any]) -> list[str]:
    return [person["name"] for person in frame["people"]]


def test_those_who_have_it_open_learn_who_looks_and_who_has_gone(floor: Floor) -> None:
    conversation = make.make_active(floor.account, floor.ada)
    pk = conversation.pk
    ada_name, ben_name = floor.ada.user.shown_name, floor.ben.user.shown_name

    async def story() -> None:
        opened = {str(pk): conversation.event_seq}
        async with (
            Console(floor.client(floor.ada), hello=opened) as ada,
            Console(floor.client(floor.sue), hello=opened) as sue,
        ):
            await sue.frames_until_pong()  # greeted before it has the conversation open
            await ada.say(t="view", conversation=pk)
            assert names(await sue.frame("viewers")) == [ada_name]
            assert names(await ada.frame("viewers")) == [], "nobody is told of oneself"
            async with Console(floor.client(floor.ben), hello=opened) as ben:
                await ben.say(t="view", conversation=pk)
                assert names(await ben.frame("viewers")) == [ada_name], "a newcomer learns it at once"
                assert names(await ada.frame("viewers")) == [ben_name]
                async with Console(floor.client(floor.ben), hello=opened) as other_tab:
                    await other_tab.say(t="view", conversation=pk)
                    assert names(await other_tab.frame("viewers")) == [ada_name]
                    assert names(await ada.frame("viewers")) == [ben_name], "two tabs of one person count once"
                await ben.say(t="view", conversation=0)
                assert names(await ada.frame("viewers")) == []
                await ben.say(t="view", conversation=pk)
                assert names(await ada.frame("viewers")) == [ben_name]
            assert names(await ada.frame("viewers")) == [], "a socket that is gone looks at nothing"

    run(story())


def test_nobody_learns_of_viewers_of_what_they_do_not_see(floor: Floor) -> None:
    conversation = make.make_active(floor.account, floor.ada)
    sales = floor.other_team.memberships.get().queue
    pk = conversation.pk

    async def story() -> None:
        opened = {str(pk): conversation.event_seq}
        async with (
            Console(floor.client(floor.ada), hello=opened) as ada,
            Console(floor.client(floor.ben), hello=opened) as ben,
            Console(floor.client(floor.other_team), hello=opened) as carla,
        ):
            assert (await carla.frame("gone"))["conversation"] == pk
            await ben.frames_until_pong()
            await carla.say(t="view", conversation=pk)
            await ada.say(t="view", conversation=pk)
            assert names(await ben.frame("viewers")) == [floor.ada.user.shown_name], "Carla could not look"
            await do(transfer, conversation_id=pk, actor=floor.ada.user, queue=sales)
            await ben.frame("gone")
            await ada.say(t="view", conversation=0)
            await ada.say(t="view", conversation=pk)
            await ada.frame("viewers")
            frames = [*await ben.frames_until_pong(), *await carla.frames_until_pong()]
            assert "viewers" not in {frame["t"] for frame in frames}

    run(story())


def _said(process: str, *people: tuple[int, str], asks: bool = False) -> dict[str, Any]:
    return {"topic": "viewing:7", "process": process, "people": [list(one) for one in people], "asks": asks}


def test_a_dead_process_is_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    mine = Viewing("mine")
    assert mine.hear(7, _said("dead", (1, "Mari")), at=0) == [(1, "Mari")]
    assert mine.hear(7, _said("mine", (2, "Ben")), at=1) == [(1, "Mari"), (2, "Ben")]
    assert mine.hear(7, _said("mine", (2, "Ben")), at=20) is None, "nothing new"
    assert mine.hear(7, _said("mine", (2, "Ben")), at=COUNTS_SECONDS + 1) == [(2, "Ben")]
    assert mine.hear(7, _said("mine"), at=COUNTS_SECONDS + 2) == []
    assert not mine._said
    assert not mine._told


def test_a_process_that_asks_is_answered(monkeypatch: pytest.MonkeyPatch) -> None:
    told: list[dict[str, Any]] = []
    monkeypatch.setattr(module, "announce_now", told.append)
    mine = Viewing("mine")
    mine._own[7]["socket"] = (2, "Ben")
    assert mine.hear(7, _said("other", (1, "Mari"), asks=True), at=0) == [(1, "Mari")]
    assert told == [{"topic": "viewing:7", "process": "mine", "people": [(2, "Ben")], "asks": False}]


def test_what_did_not_change_costs_nothing(floor: Floor, django_assert_num_queries: Any) -> None:
    conversation = make.make_active(floor.account, floor.ada)
    said = {**_said("other", (1, "Mari")), "topic": f"viewing:{conversation.pk}"}
    viewers = [viewer_of(floor.ben.user), viewer_of(floor.other_brand.user)]
    told, nothing = deliver_viewing(said, viewers)
    assert nothing is None
    assert names(json.loads(told or "")) == ["Mari"]
    with django_assert_num_queries(0):
        assert deliver_viewing(said, viewers) == [None, None]

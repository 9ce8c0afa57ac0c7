"""What the console shows of waiting work: what nobody is going to take, pairs of one customer, the account manager."""

from __future__ import annotations

import pytest

from contactcenter.conversations.states import Channel
from routing.models import AccountManager, Queue, WaitAlert
from routing.services.agents import set_agent_state
from routing.states import AgentState
from routing.watching import watch_waiting
from tests import factories as make
from tests.console.conftest import Floor
from tests.console.sockets import Console, do, run

pytestmark = pytest.mark.django_db(transaction=True)


def on_break(floor: Floor) -> None:
    for agent in (floor.ada, floor.ben):
        set_agent_state(agent_id=agent.pk, to=AgentState.BREAK)


def test_supervisors_are_told_of_what_waits_unseen_until_one_looks_after_it(floor: Floor) -> None:
    on_break(floor)
    Queue.objects.update(alert_seconds=0)
    conversation = make.make_waiting(floor.account)

    async def story() -> None:
        async with Console(floor.client(floor.sue)) as sue, Console(floor.client(floor.ada)) as ada:
            await do(watch_waiting)
            await sue.frame("bell")
            assert all(frame["t"] != "bell" for frame in await ada.frames_until_pong())

    run(story())
    alert = WaitAlert.objects.get()
    sue, ada = floor.client(floor.sue), floor.client(floor.ada)
    shown = sue.get("/console/bell/").text
    assert "Carl waits in Support" in shown and f'data-open="{conversation.pk}"' in shown
    assert "waits in" not in ada.get("/console/bell/").text
    assert ada.post(f"/console/alerts/{alert.pk}/seen/").status_code == 404
    for _ in range(2):
        assert "waits in" not in sue.post(f"/console/alerts/{alert.pk}/seen/").text
    alert.refresh_from_db()
    assert alert.seen_by == floor.sue


def test_the_card_names_the_account_manager(floor: Floor) -> None:
    conversation = make.make_waiting(floor.account)
    card, save = (f"/console/customers/{conversation.customer_id}/{what}/" for what in ("part/profile", "manager"))
    sue, ada = floor.client(floor.sue), floor.client(floor.ada)
    assert "Account manager" in sue.get(card).text and "Account manager" not in ada.get(card).text
    assert ada.post(save, {"value": floor.ben.pk}).status_code == 403
    assert "Ben" in sue.post(save, {"value": floor.ben.pk}).text
    assert AccountManager.objects.get().agent == floor.ben
    seen = ada.get(card).text
    assert "Ben" in seen and save not in seen, "read, not changed"
    sue.post(save, {"value": ""})
    assert not AccountManager.objects.exists()
    assert sue.post(save, {"value": floor.other_brand.pk}).status_code == 400


def test_a_pair_is_shown_on_both_rows_and_counted_once(floor: Floor) -> None:
    on_break(floor)
    mail = make.make_account("mail", queue=floor.queue, kind="fake", channel=Channel.EMAIL)
    carl = make.make_customer("Carl")
    live, written = make.make_waiting(floor.account, customer=carl), make.make_waiting(mail, customer=carl)
    sue = floor.client(floor.sue)
    rows = sue.get("/console/", headers={"HX-Request": "true"}).text
    listed = sue.get("/console/list/?tab=queue", headers={"HX-Request": "true"}).text
    assert "Also waits: Email" in listed and "Also waits: Web chat" in listed, rows[:200]
    pane = sue.get(f"/console/c/{live.pk}/").text
    assert "Also waits: Email" in pane and f'data-open="{written.pk}"' in pane
    assert '<small id="count-queue" hx-swap-oob="true">1</small>' in sue.get("/console/figures/").text

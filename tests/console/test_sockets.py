"""The console's websocket: who gets in, what is replayed, what each viewer gets, once rendered for all of a class."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import pytest

from contactcenter.accounts.models import Role
from contactcenter.console import frames, sockets
from contactcenter.conversations import realtime
from contactcenter.conversations.models import Conversation, Event
from contactcenter.conversations.services.messages import add_note, grant_access
from routing.services.agents import set_agent_state
from routing.services.handling import close, give, pull, transfer
from routing.services.offers import accept_offer
from routing.states import AgentState
from tests import factories as make
from tests.console.conftest import Floor
from tests.console.sockets import Console, do, run

pytestmark = pytest.mark.django_db(transaction=True)


def note(conversation: Conversation, floor: Floor, text: str) -> None:
    add_note(conversation_id=conversation.pk, author=floor.ada.user, text=text, client_id=f"note-{text}")


# -- who gets in --------------------------------------------------------------------------------


def test_strangers_and_foreign_pages_are_refused(floor: Floor) -> None:
    async def story() -> None:
        nobody = Console(None)
        assert (await nobody.connect())["type"] == "websocket.accept", "else the browser does not learn the code"
        assert await nobody.closing_code() == sockets.SIGNED_OUT
        for origin in ("https://evil.example", ""):
            foreign = await Console(floor.client(floor.ada), origin=origin).connect()
            assert (foreign["type"], foreign["code"]) == ("websocket.close", sockets.FOREIGN_ORIGIN)

    run(story())


def test_the_configured_address_is_our_own(floor: Floor, settings: Any) -> None:
    settings.PUBLIC_URL = "https://desk.example"
    headers = [(b"host", b"10.0.0.5:8000"), (b"origin", b"https://desk.example")]
    assert sockets.is_own_origin(headers)
    assert not sockets.is_own_origin([(b"host", b"10.0.0.5:8000"), (b"origin", b"https://desk.example.evil")])


def test_demo_people_need_demo_mode(floor: Floor, settings: Any) -> None:
    settings.DEMO = False
    floor.ben.user.is_demo = True
    floor.ben.user.save()

    async def story() -> None:
        console = Console(floor.client(floor.ben))
        await console.connect()
        assert await console.closing_code() == sockets.SIGNED_OUT

    run(story())


def test_signing_out_ends_the_open_sockets(floor: Floor) -> None:
    client = floor.client(floor.ada)

    async def story() -> None:
        async with Console(client) as console:
            await do(client.post, "/console/sign-out/")
            assert await console.closing_code() == sockets.SIGNED_OUT

    run(story())


def test_bad_frames_are_answered_and_survived(floor: Floor) -> None:
    async def story() -> None:
        async with Console(floor.client(floor.ada)) as console:
            for text in ("no json", "[]", '{"t":"open"}', '{"t":"dance","conversation":1}'):
                await console.say_text(text)
                assert (await console.frame())["t"] == "error"
            await console.say(t="ping")
            await console.frame("pong")

    run(story())


# -- what comes ---------------------------------------------------------------------------------


def test_an_event_reaches_those_who_see_the_conversation_and_nobody_else(floor: Floor) -> None:
    conversation = make.make_active(floor.account, floor.ada)

    async def story() -> None:
        async with (
            Console(floor.client(floor.ben)) as ben,
            Console(floor.client(floor.sue)) as sue,
            Console(floor.client(floor.admin)) as admin,
            Console(floor.client(floor.other_team)) as other_team,
            Console(floor.client(floor.other_brand)) as other_brand,
        ):
            await do(note, conversation, floor, "hello")
            for console in (ben, sue, admin):
                frame = await console.frame("html", conversation=conversation.pk)
                assert f'id="row-{conversation.pk}"' in frame["html"]
                assert f"beforeend:#timeline-{conversation.customer_id}" in frame["html"]
                assert frame["after"] == frame["seq"] - 1
                assert "handling" not in frame
            assert await other_team.frames_until_pong() == []
            assert await other_brand.frames_until_pong() == []

    run(story())


@pytest.mark.parametrize("by", ["the customer", "a colleague"])
def test_an_offer_that_is_withdrawn_leaves_the_screen(floor: Floor, by: str) -> None:
    conversation = make.make_waiting(floor.account)
    assert make.pending_offer(conversation).agent == floor.ada

    async def story() -> None:
        async with Console(floor.client(floor.ada)) as console:
            await console.frames_until_pong()
            if by == "the customer":
                await do(close, conversation_id=conversation.pk)
            else:
                await do(pull, conversation_id=conversation.pk, agent_id=floor.ben.pk)
            await console.frame("offer")

    run(story())
    assert 'data-offer="' not in floor.client(floor.ada).get("/console/offers/").text


def test_a_frame_is_rendered_once_for_each_language_and_class(floor: Floor, monkeypatch: pytest.MonkeyPatch) -> None:
    conversation = make.make_active(floor.account, floor.ada)
    make.make_user("ruta", teams=[make.make_team()], language="ru")
    rendered: list[frames.FrameClass] = []
    real = frames.render_scene

    def counted(scene: frames.Scene, of: frames.FrameClass) -> str:
        rendered.append(of)
        return real(scene, of)

    monkeypatch.setattr(frames, "render_scene", counted)
    viewers = [floor.ada, floor.ben, floor.ben, floor.sue, floor.admin, floor.other_team]
    from contactcenter.accounts.selectors import viewer_of

    people = [viewer_of(who.user if hasattr(who, "user") else who) for who in viewers]
    russian = viewer_of(type(floor.sue).objects.get(username="ruta"))
    note(conversation, floor, "hello")
    event = Event.objects.filter(conversation=conversation).latest("seq")
    announcement = {"topic": f"conversation:{conversation.pk}", "conversation": conversation.pk, "seq": event.seq}
    given = frames.deliver_events([announcement], [*people, russian])
    assert sorted(rendered) == [("en", False), ("en", True), ("ru", False)]
    assert given[0][0] is given[1][0] is given[2][0]
    assert given[3][0] is given[4][0]
    assert given[5] == []


def test_what_waits_together_is_read_together(floor: Floor, django_assert_max_num_queries: Any) -> None:
    """Neighbouring events of a conversation are one frame; a gap stays a gap; other conversations cost no queries."""
    conversations = [make.make_active(floor.account, floor.ada) for _ in range(3)]
    announced, first = [], conversations[0]
    for conversation in conversations:
        for text in ("one", "two"):
            note(conversation, floor, text)
            seq = Event.objects.filter(conversation=conversation).latest("seq").seq
            announced.append({"conversation": conversation.pk, "seq": seq, "kind": "note.added"})
    note(first, floor, "still to come")
    note(first, floor, "came early")
    announced.append({"conversation": first.pk, "seq": announced[1]["seq"] + 2, "kind": "note.added"})
    from contactcenter.accounts.selectors import viewer_of

    viewers = [viewer_of(floor.ben.user), viewer_of(floor.other_brand.user)]
    with django_assert_max_num_queries(6):
        given, nothing = frames.deliver_events(announced[::-1], viewers)
    assert nothing == []
    found = sorted((frame["conversation"], frame["after"], frame["seq"]) for frame in map(json.loads, given))
    spans = [
        (row.pk, announced[2 * number]["seq"] - 1, announced[2 * number + 1]["seq"])
        for number, row in enumerate(conversations)
    ]
    assert found == sorted([*spans, (first.pk, announced[-1]["seq"] - 1, announced[-1]["seq"])])
    assert not any("still to come" in frame for frame in given)
    for frame in given:
        assert frame.index("one") < frame.index("two") if "one" in frame else "came early" in frame


def test_changes_of_who_has_it_say_so(floor: Floor) -> None:
    conversation = make.make_waiting(floor.account)
    offer = make.pending_offer(conversation)

    async def story() -> None:
        async with Console(floor.client(floor.ben)) as console:
            await do(accept_offer, offer_id=offer.pk, agent_id=floor.ada.pk)
            frame = await console.frame("html")
            assert frame["handling"] is True
            assert f'data-people="{floor.ada.user_id}"' in frame["html"]

    run(story())


def test_a_conversation_that_leaves_ones_reach_is_taken_away(floor: Floor) -> None:
    conversation = make.make_active(floor.account, floor.ada)
    sales = floor.other_team.memberships.get().queue

    async def story() -> None:
        async with (
            Console(floor.client(floor.ben)) as ben,
            Console(floor.client(floor.ada)) as ada,
            Console(floor.client(floor.other_team)) as other_team,
            Console(floor.client(floor.other_brand)) as other_brand,
        ):
            await do(transfer, conversation_id=conversation.pk, actor=floor.ada.user, queue=sales)
            assert (await ben.frame("gone"))["conversation"] == conversation.pk
            assert (await other_team.frame("html"))["conversation"] == conversation.pk
            frames_of_ada = await ada.frames_until_pong()
            assert "gone" not in {frame["t"] for frame in frames_of_ada}, "who handled it still sees it"
            assert await other_brand.frames_until_pong() == []

    run(story())


def test_replay_gives_what_was_missed_in_one_frame(floor: Floor) -> None:
    conversation = make.make_active(floor.account, floor.ada)
    seen = conversation.event_seq
    for text in ("one", "two", "three"):
        note(conversation, floor, text)

    async def story() -> None:
        async with Console(floor.client(floor.ada), hello={str(conversation.pk): seen}) as console:
            frame = await console.frame("html")
            assert (frame["after"], frame["seq"]) == (seen, seen + 3)
            places = [frame["html"].index(f"note-{text}") for text in ("one", "two", "three")]
            assert places == sorted(places)
            await console.say(t="open", conversation=conversation.pk, seq=seen + 3)
            assert await console.frames_until_pong() == []
            await console.say(t="open", conversation=conversation.pk, seq=seen + 2)
            assert (await console.frame("html"))["after"] == seen + 2

    run(story())


def test_a_gap_too_wide_resets(floor: Floor, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(frames, "MOST_REPLAYED", 2)
    conversation = make.make_active(floor.account, floor.ada)

    async def story() -> None:
        async with Console(floor.client(floor.ada), hello={str(conversation.pk): 0}) as console:
            await console.frame("reset")

    run(story())


def test_what_is_out_of_reach_is_gone_on_opening(floor: Floor) -> None:
    conversation = make.make_active(floor.account, floor.ada)

    async def story() -> None:
        async with Console(floor.client(floor.other_team), hello={str(conversation.pk): 0}) as console:
            assert await console.frames_until_pong() == [{"t": "gone", "conversation": conversation.pk}]

    run(story())


def test_delivery_changes_replace_the_message(floor: Floor) -> None:
    from contactcenter.conversations.services.messages import record_delivery_up_to
    from contactcenter.conversations.states import Delivery
    from routing.services.replies import send_reply

    conversation = make.make_active(floor.account, floor.ada)
    message = send_reply(conversation_id=conversation.pk, author=floor.ada.user, text="Hi", client_id="abcdefgh-1")

    async def story() -> None:
        async with Console(floor.client(floor.ada)) as console:
            await do(record_delivery_up_to, conversation_id=conversation.pk, seq=message.seq, delivery=Delivery.READ)
            html = (await console.frame("html"))["html"]
            assert f'id="item-{conversation.pk}-{message.seq}"' in html
            assert "Seen" in html
            assert "beforeend:" not in html

    run(story())


# -- what concerns one person --------------------------------------------------------------------


def test_offers_and_states_are_told_to_their_agent_alone(floor: Floor) -> None:
    async def story() -> None:
        async with Console(floor.client(floor.ada)) as ada, Console(floor.client(floor.ben)) as ben:
            await do(make.make_waiting, floor.account)
            await ada.frame("offer")
            await do(set_agent_state, agent_id=floor.ben.pk, to=AgentState.AVAILABLE)
            await ben.frame("agent")
            kinds = {frame["t"] for frame in await ada.frames_until_pong()}
            assert "agent" not in kinds

    run(story())


def test_work_given_by_a_supervisor_is_told(floor: Floor) -> None:
    conversation = make.make_waiting(floor.account)

    async def story() -> None:
        async with Console(floor.client(floor.ben)) as ben:
            await do(give, conversation_id=conversation.pk, agent_id=floor.ben.pk, actor=floor.sue)
            assert (await ben.frame("given"))["conversation"] == conversation.pk

    run(story())


def test_changed_rights_count_at_once(floor: Floor) -> None:
    conversation = make.make_active(floor.account, floor.ada)

    def promote() -> None:
        user = floor.other_team.user
        user.role = Role.SUPERVISOR
        user.save()
        realtime.announce_on_commit({"topic": f"user:{user.pk}", "kind": "access.changed"})

    async def story() -> None:
        async with Console(floor.client(floor.other_team)) as console:
            await do(note, conversation, floor, "before")
            await do(promote)
            await console.frame("reset")
            await do(note, conversation, floor, "after")
            assert "after" in (await console.frame("html"))["html"]

    run(story())


def test_rights_are_read_again_after_a_while(floor: Floor, monkeypatch: pytest.MonkeyPatch) -> None:
    conversation = make.make_active(floor.account, floor.ada)
    monkeypatch.setattr(sockets, "RENEW_SECONDS", -1)

    async def story() -> None:
        async with Console(floor.client(floor.other_team)) as console:
            await do(grant_access, conversation, floor.other_team.user)
            await console.say(t="open", conversation=conversation.pk, seq=0)
            await console.frame("html")
            await do(type(floor.other_team.user).objects.filter(pk=floor.other_team.user_id).update, is_active=False)
            await console.say(t="ping")
            assert await console.closing_code() == sockets.SIGNED_OUT

    run(story())


def test_a_lost_subscription_resets_everybody(floor: Floor) -> None:
    async def story() -> None:
        async with Console(floor.client(floor.ada)) as console:
            realtime.hub.reset_all()
            await console.frame("reset")

    run(story())


def test_a_socket_that_does_not_keep_up_is_reset(floor: Floor) -> None:
    async def story() -> None:
        consumer = sockets.ConsoleConsumer()
        consumer._frames = asyncio.Queue(3)
        consumer._renew_at = float("inf")
        for number in range(4):
            consumer.push(f"{number}")
        assert consumer._frames.get_nowait() == frames.RESET
        assert consumer._frames.empty()

    run(story())

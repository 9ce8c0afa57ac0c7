"""Each person's own settings, the number on the tab, and a conversation on paper."""

from __future__ import annotations

import json

import pytest

from contactcenter.console.models import Preferences
from contactcenter.console.preferences import SHORTCUTS, for_browser, keys_of, preferences_of
from contactcenter.conversations.services.messages import add_note
from routing.services.replies import send_reply
from tests import factories as make
from tests.console.conftest import Floor

pytestmark = pytest.mark.django_db(transaction=True)

FORM = {
    "theme": "dark",
    "density": "compact",
    "language": "en",
    "time_zone": "",
    "undo_seconds": "10",
    "has_shortcuts": "on",
    "device": "Jabra Evolve",
    "volume_live_offer": "100",
    "volume_reply": "0",
    "device_reply": "Speakers",
}


def test_settings_are_kept_and_told_to_the_scripts(floor: Floor) -> None:
    answer = floor.client(floor.ada).post("/console/settings/", FORM)
    assert answer.status_code == 204
    assert "HX-Refresh" not in answer.headers
    told = json.loads(answer.headers["HX-Trigger"])["preferences"]
    assert (told["theme"], told["density"], told["undo_seconds"]) == ("dark", "compact", 10)
    assert told["notifications"] is False
    assert told["sounds"]["live_offer"] == {"volume": 1.0, "device": ""}
    assert told["sounds"]["reply"] == {"volume": 0.0, "device": "Speakers"}
    assert told["device"] == "Jabra Evolve"
    page = floor.client(floor.ada).get("/console/settings/", headers={"HX-Request": ""}).text
    assert 'data-theme="dark"' in page and 'data-density="compact"' in page
    assert 'data-device="Speakers"' in page


def test_another_language_or_zone_makes_the_page_anew(floor: Floor) -> None:
    answer = floor.client(floor.ada).post("/console/settings/", {**FORM, "language": "ru"})
    assert answer.headers["HX-Refresh"] == "true"
    answer = floor.client(floor.ada).post("/console/settings/", {**FORM, "language": "ru", "time_zone": "Europe/Riga"})
    assert answer.headers["HX-Refresh"] == "true"
    page = floor.client(floor.ada).get("/console/", headers={"HX-Request": ""}).text
    assert '<html lang="ru"' in page and '"zone": "Europe/Riga"' in page


@pytest.mark.parametrize(
    "wrong", [{"theme": "pink"}, {"time_zone": "Mars/Base"}, {"undo_seconds": "7"}, {"volume_reply": "200"}]
)
def test_what_is_wrong_changes_nothing(floor: Floor, wrong: dict[str, str]) -> None:
    assert floor.client(floor.ada).post("/console/settings/", {**FORM, **wrong}).status_code == 400
    assert not Preferences.objects.exists()


def test_theme_and_density_from_the_top_bar(floor: Floor) -> None:
    client = floor.client(floor.ada)
    assert client.post("/console/look/", {"density": "compact"}).status_code == 204
    client.post("/console/look/", {"theme": "dark"})
    client.post("/console/look/", {"theme": "pink", "density": "huge"})
    floor.ada.user.refresh_from_db()
    assert floor.ada.user.theme == "dark"
    assert preferences_of(floor.ada.user).density == "compact"


def test_keys_are_changed_checked_and_reset(floor: Floor) -> None:
    client = floor.client(floor.ada)

    def put(action: str, key: str) -> int:
        return client.post("/console/settings/shortcuts/", {"action": action, "key": key}).status_code

    assert put("transfer", "KeyG") == 200
    assert keys_of(preferences_of(floor.ada.user))["transfer"] == "KeyG"
    taken = client.post("/console/settings/shortcuts/", {"action": "snooze", "key": "KeyG"})
    assert taken.status_code == 400 and "Transfer" in taken.json()["text"]
    assert put("snooze", "KeyT") == 200, "free now"
    assert put("snooze", "KeyZ") == 200
    for action, key in (("panes", "KeyP"), ("nonsense", "KeyP"), ("reply", "Escape"), ("reply", "Q"), ("reply", "")):
        assert put(action, key) == 400
    assert preferences_of(floor.ada.user).shortcuts == {"transfer": "KeyG"}
    assert client.post("/console/settings/shortcuts/", {"reset": "1"}).status_code == 200
    assert preferences_of(floor.ada.user).shortcuts == {}


def test_no_two_actions_share_a_key() -> None:
    keys = [shortcut.key for shortcut in SHORTCUTS.values()]
    assert len(keys) == len(set(keys))


def test_the_help_sheet_shows_ones_own_keys(floor: Floor) -> None:
    floor.client(floor.ada).post("/console/settings/shortcuts/", {"action": "transfer", "key": "Shift+Digit5"})
    assert '<span class="kbd">⇧ 5</span>' in floor.client(floor.ada).get("/console/shortcuts/").text
    assert '<span class="kbd">⇧ 5</span>' not in floor.client(floor.ben).get("/console/shortcuts/").text
    assert for_browser(preferences_of(floor.ben.user))["caps"]["help"] == "?"


def test_the_number_on_the_tab_counts_what_is_mine_and_unread(floor: Floor) -> None:
    conversation = make.make_active(floor.account, floor.ada, text="Hello?")
    make.make_waiting(floor.account, customer=make.make_customer("Other"))
    assert floor.client(floor.ada).get("/console/alerts/").json()["unread"] == {str(conversation.pk): 1}
    assert floor.client(floor.ben).get("/console/alerts/").json() == {"unread": {}, "mentions": []}
    floor.client(floor.ada).post(f"/console/c/{conversation.pk}/read/")
    assert floor.client(floor.ada).get("/console/alerts/").json()["unread"] == {}


def test_a_conversation_on_paper_is_whole_and_without_chrome(floor: Floor) -> None:
    conversation = make.make_active(
        floor.account, floor.ada, text="the very first", customer=make.make_customer("Carl")
    )
    for number in range(60):
        add_note(conversation_id=conversation.pk, author=floor.ada.user, text=f"note {number}", client_id=f"n{number}")
    send_reply(conversation_id=conversation.pk, author=floor.ada.user, text="the last", client_id="answer-1")
    html = floor.client(floor.ben).get(f"/console/c/{conversation.pk}/print/").text
    places = [html.index(text) for text in ("the very first", "note 0", "note 59", "the last")]
    assert places == sorted(places)
    assert "<nav" not in html and "composer" not in html
    assert f"#{conversation.pk}" in html and "Web chat" in html

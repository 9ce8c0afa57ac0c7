"""The page of a widget: the snippet to copy, and a preview that only admins may open."""

from __future__ import annotations

import pytest
from django.test import Client

from channels_app.webchat.config import WidgetConfig
from tests import factories as make
from tests.admin.pages import save

pytestmark = pytest.mark.django_db
OWN = {"HTTP_SEC_FETCH_SITE": "same-origin"}


def test_the_snippet(admin: Client) -> None:
    account = make.make_account()
    page = f"/admin/webchat/widget/{account.pk}/change/"
    text = admin.get(page).text
    assert "cc(&#x27;init&#x27;,{key:&#x27;pk_shop&#x27;})" in text and "/w/v1.js" in text
    assert save(admin, page, name="The shop") == []
    assert save(admin, page, address="</script>") == ["Use letters, figures, hyphens and underscores."]


GOOD = {
    "origins": "https://shop.example\nhttps://www.shop.example/",
    "hidden": "/checkout*",
    "side": "left",
    "colour": "#0b5cad",
    "privacy_url": "https://shop.example/privacy",
    "identity_required": "on",
    "greeting_pl": "Dzień dobry!",
    "prechat_email": "required",
    "proactive_1_pages": "/cart*\n/basket*",
    "proactive_1_seconds": "20",
    "proactive_1_en": "Can we help?",
    "proactive_1_pl": "W czym pomóc?",
    "proactive_3_en": "Still there?",
    "opening_en": "Is it about an order?\nYes\nNo",
}


def test_everything_a_widget_says_is_a_field(admin: Client) -> None:
    further = [{"text": {"en": f"Greeting {number}"}} for number in range(4)]
    account = make.make_account(config={"proactive": further})
    page = f"/admin/webchat/widget/{account.pk}/change/"
    assert "Greeting 2" in admin.get(page).text
    assert save(admin, page, **GOOD, proactive_2_en=None) == []
    account.refresh_from_db()
    config = WidgetConfig.parse(account.config)
    assert config.origins == ("https://shop.example", "https://www.shop.example") and config.side == "left"
    assert [dict(row.texts) for row in config.proactive] == [
        {"en": "Can we help?", "pl": "W czym pomóc?"},
        {"en": "Still there?"},
        {"en": "Greeting 3"},
    ], "what the form has no room for is kept"
    assert config.proactive[0].pages == ("/cart*", "/basket*") and config.proactive[0].after_seconds == 20
    assert config.opening["en"].choices == ("Yes", "No")
    assert save(admin, page) == [], "what it shows is what it saves"
    before = account.config
    account.refresh_from_db()
    assert WidgetConfig.parse(account.config) == WidgetConfig.parse(before)


@pytest.mark.parametrize(
    ("field", "value", "said"),
    [
        ("origins", "shop", "“shop” is not an origin such as https://shop.example."),
        ("colour", "red", "A colour is written as #rrggbb."),
        ("privacy_url", "ftp://shop.example", "An address begins with https://."),
        ("side", "above", "Select a valid choice. above is not one of the available choices."),
        ("prechat_name", "perhaps", "Select a valid choice. perhaps is not one of the available choices."),
        ("proactive_2_pages", "/cart*", "A greeting needs a text."),
        ("proactive_2_seconds", "4000", "Ensure this value is less than or equal to 3600."),
        ("opening_en", "Which?\n" + "\n".join("abcdefghijklmnopqrst"), "At most 10 short answers."),
        ("opening_ru", "Which?\n" + "a" * 61, "At most 10 short answers."),
        ("slug", "Two words", "Enter a valid “slug” consisting of letters, numbers, underscores or hyphens."),
    ],
)
def test_a_bad_widget(admin: Client, field: str, value: str, said: str) -> None:
    account = make.make_account()
    assert save(admin, f"/admin/webchat/widget/{account.pk}/change/", **{field: value}) == [said]


def test_the_preview_is_for_admins(admin: Client) -> None:
    account = make.make_account()
    text = admin.get(f"/admin/webchat/widget/{account.pk}/preview/").text
    assert "cc('init',{key:'pk_shop'});" in text and "'/w/v1.js'" in text
    assert admin.get("/w/pk_shop/config/", **OWN).status_code == 200
    assert "frame-ancestors http://127.0.0.1" in admin.get("/w/pk_shop/frame/")["Content-Security-Policy"]
    agent = Client(SERVER_NAME="127.0.0.1")
    agent.force_login(make.make_user("ada"), backend="contactcenter.accounts.backends.DemoAwareBackend")
    for client in (agent, Client(SERVER_NAME="127.0.0.1")):
        assert client.get(f"/admin/webchat/widget/{account.pk}/preview/").status_code == 302
        assert client.get("/w/pk_shop/config/", **OWN).status_code == 403
        assert "frame-ancestors 'none'" in client.get("/w/pk_shop/frame/")["Content-Security-Policy"]

"""What an account may say about its widget: read part by part, refused in words, filled in as a form in admin."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
from django.test import Client

from channels_app.webchat.config import BadConfig, WidgetConfig
from contactcenter.accounts.models import AuditEntry, Role
from contactcenter.conversations.models import ChannelAccount
from routing.models import EntryPoint, Queue
from tests import factories as make

SHOP = "https://shop.example"

WHOLE: dict[str, Any] = {
    "name": "Nordwind Shop",
    "side": "left",
    "colour": "#16525C",
    "origins": ["https://Shop.example/"],
    "hidden": ["/checkout/*"],
    "greeting": {"en": "Hi {name}, how can we help?", "lv": "Sveiki, {name}!"},
    "prechat": {"email": "required", "order": "optional", "name": "off"},
    "privacy_url": "https://shop.example/privacy",
    "proactive": [{"pages": ["/cart*"], "after_seconds": 20, "text": {"en": "Can we help?", "lv": "Vai palīdzēt?"}}],
    "identity_required": True,
    "opening": {"en": {"text": "Is it about an order?", "choices": ["Yes", "No"]}},
}


def test_a_whole_configuration() -> None:
    config = WidgetConfig.parse(WHOLE)
    assert [(ask.name, ask.is_required) for ask in config.prechat] == [("email", True), ("order", False)]
    assert config.origins == ("https://shop.example",) and config.opening["en"].choices == ("Yes", "No")
    again = WidgetConfig.parse({"proactive": [{**WHOLE["proactive"][0], "after_seconds": 60}]})
    assert again.proactive[0].id == config.proactive[0].id, "who has dismissed it is not asked again"


def test_nothing_said_is_a_working_widget() -> None:
    config = WidgetConfig.parse({})
    assert [ask.name for ask in config.prechat] == ["name", "email", "topic"] and config.side == "right"


@pytest.mark.parametrize(
    ("part", "value"),
    [
        ("side", "top"),
        ("colour", "teal"),
        ("colour", "#12345g"),
        ("origins", ["shop.example"]),
        ("origins", ["https://shop.example; script-src *"]),
        ("origins", ["https://*"]),
        ("origins", "https://shop.example"),
        ("hidden", [5]),
        ("hidden", ["/x"] * 51),
        ("greeting", {"de": "Hallo"}),
        ("greeting", "Hello"),
        ("greeting", {"en": "x" * 501}),
        ("prechat", {"iban": "required"}),
        ("prechat", {"name": "sometimes"}),
        ("privacy_url", "javascript:alert(1)"),
        ("proactive", [{"text": {}}]),
        ("proactive", [{"text": {"en": "Hi"}, "after_seconds": "soon"}]),
        ("proactive", [{"text": {"en": "Hi"}, "after_seconds": 4000}]),
        ("proactive", [5]),
        ("identity_required", "no"),
        ("opening", {"en": {"text": "Hi", "choices": ["x" * 61]}}),
        ("opening", {"en": "Hi"}),
        ("name", 5),
    ],
)
def test_mistakes_are_told_and_cost_their_part_alone(part: str, value: Any) -> None:
    with pytest.raises(BadConfig) as told:
        WidgetConfig.parse({**WHOLE, part: value})
    assert set(told.value.errors) == {part} and told.value.errors[part]
    read = WidgetConfig.of(ChannelAccount(config={**WHOLE, part: value}))
    other = "side" if part != "side" else "colour"
    assert getattr(read, part) == getattr(WidgetConfig(), part) or part == "prechat"
    assert getattr(read, other) == WHOLE[other]


def test_consent_needs_a_privacy_page() -> None:
    with pytest.raises(BadConfig) as told:
        WidgetConfig.parse({"prechat": {"consent": "required"}})
    assert set(told.value.errors) == {"privacy_url"}
    assert WidgetConfig.of(ChannelAccount(config=["nonsense"])) == WidgetConfig.parse({})


@pytest.mark.django_db
def test_the_loader_and_the_app_are_told(client: Client, account: ChannelAccount, queue: Queue) -> None:
    EntryPoint.objects.create(account=account, topic="orders", topic_name="My order", queue=queue)
    ChannelAccount.objects.update(config=WHOLE)
    told = client.get("/w/pk_shop/config/?locale=lv", headers={"Origin": SHOP}).json()
    assert (told["side"], told["hidden"], told["colour"]) == ("left", ["/checkout/*"], "#16525c")
    assert [(row["pages"], row["after"], row["text"]) for row in told["greetings"]] == [
        (["/cart*"], 20, "Vai palīdzēt?")
    ]
    assert told["identity_required"] is True and told["open"] is True
    estonian = client.get("/w/pk_shop/config/?locale=et", headers={"Origin": SHOP}).json()
    assert estonian["greetings"][0]["text"] == "Can we help?", "the brand's language where there is no other"
    page = client.get("/w/pk_shop/frame/?locale=lv").content.decode()
    config = json.loads(re.search(r'<script id="config" type="application/json">(.*?)</script>', page)[1])  # type: ignore[index]
    assert config["greeting"] == "Sveiki, {name}!" and config["privacy"] == WHOLE["privacy_url"]
    assert config["fields"] == [{"name": "email", "required": True}, {"name": "order", "required": False}]
    assert ["lv", "Latviešu"] in config["languages"] and config["mode"] == "frame"


@pytest.mark.django_db
def test_the_full_page(client: Client, account: ChannelAccount) -> None:
    for path in ("/c/pk_shop/chat", "/c/pk_shop/chat/"):
        answer = client.get(f"{path}?topic=orders&ref=qr-7%00&lang=ru&resume=abc")
        policy = answer["Content-Security-Policy"]
        assert policy.endswith("frame-ancestors 'none'") and "unsafe" not in policy
        assert answer["Referrer-Policy"] == "no-referrer"
        found = re.search(r'<script id="config" type="application/json">(.*?)</script>', answer.content.decode())
        config = json.loads(found[1])  # type: ignore[index]
        assert config | {"topic": "orders", "ref": "qr-7", "resume": "abc", "mode": "page", "locale": "ru"} == config
        assert config["origins"] == []
    by_browser = client.get("/c/pk_shop/chat", headers={"Accept-Language": "pl-PL,pl;q=0.9,en;q=0.5"})
    assert '<html lang="pl"' in by_browser.content.decode()
    assert client.get("/c/pk_nothing/chat").status_code == 404


@pytest.fixture
def admin_client(client: Client, db: None) -> Client:
    client.force_login(
        make.make_user("root", role=Role.ADMIN), backend="contactcenter.accounts.backends.DemoAwareBackend"
    )
    return client


def _form(client: Client, path: str) -> dict[str, Any]:
    """The fields of an admin form as a browser would send them."""
    form = client.get(path).context["adminform"].form
    return {name: value if (value := form[name].value()) is not None else "" for name in form.fields}


@pytest.mark.django_db
def test_admin_fills_in_the_configuration(admin_client: Client, account: ChannelAccount) -> None:
    path = f"/admin/webchat/widget/{account.pk}/change/"
    ChannelAccount.objects.update(config={**WHOLE, "limits": {"per_account_day": 5}})
    given = _form(admin_client, path)
    assert (
        given["origins"] == SHOP and given["prechat_email"] == "required" and given["greeting_lv"] == "Sveiki, {name}!"
    )
    given |= {"side": "right", "hidden": "/a\n\n/b*", "prechat_phone": "optional", "identity_required": ""}
    given |= {"proactive": json.dumps(WHOLE["proactive"]), "opening": json.dumps(WHOLE["opening"])}
    assert admin_client.post(path, given).status_code == 302
    account.refresh_from_db()
    config = WidgetConfig.parse(account.config)
    assert config.hidden == ("/a", "/b*") and config.side == "right" and not config.identity_required
    assert account.config["limits"] == {"per_account_day": 5}, "what is not of the widget stays"
    assert account.secret, "an empty field keeps the secret"
    assert "side" in AuditEntry.objects.filter(kind="admin.changed").latest("pk").data


@pytest.mark.django_db
def test_admin_says_what_is_wrong(admin_client: Client, account: ChannelAccount) -> None:
    path = f"/admin/webchat/widget/{account.pk}/change/"
    given = {
        **_form(admin_client, path),
        "proactive": "[]",
        "opening": "{}",
        "origins": "shop.example",
        "colour": "red",
    }
    errors = admin_client.post(path, given).context["adminform"].form.errors
    assert set(errors) == {"origins", "colour"}


@pytest.mark.django_db
def test_admin_makes_a_widget_with_a_key(admin_client: Client) -> None:
    brand = make.make_brand()
    given = _form(admin_client, "/admin/webchat/widget/add/")
    given |= {"brand": brand.pk, "name": "Help", "slug": "help", "origins": SHOP, "is_active": "on"}
    given |= {"proactive": "", "opening": ""}
    assert admin_client.post("/admin/webchat/widget/add/", given).status_code == 302
    made = ChannelAccount.objects.get()
    assert (made.kind, made.channel) == ("webchat", "chat") and made.address.startswith("pk_")

"""A text message from a phone to the agent's screen and back, with the stand-in as the provider."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator

import pytest
from playwright.sync_api import expect

from channels_app.sms.segments import segments_of
from tests.journeys.desk import Desk, wait_for
from tests.journeys.people import People

SLUG, NUMBER, PERSON = "journey-text", "+37126000001", "+37120000055"
_MAKE = f"""
from django.conf import settings
from django.core.management import call_command
from contactcenter.conversations.models import ChannelAccount
if not ChannelAccount.objects.filter(slug="{SLUG}").exists():
    call_command("create_channel_account", "sms", "{SLUG}", "--brand=nordwind", "--queue=service",
        "--set=number={NUMBER}", "--set=account_sid=AC{"1" * 32}", "--set=auth_token=hush",
        f"--set=api_base={{settings.PUBLIC_URL}}/sandbox/twilio")
"""
_WRITE = f"""
from django.conf import settings
from channels_app.sandbox.telling import post_form
from channels_app.sandbox.twilio import inbound_form
from contactcenter.conversations.models import ChannelAccount
account = ChannelAccount.objects.get(slug="{SLUG}")
url = f"{{settings.PUBLIC_URL}}/hooks/sms/{SLUG}/"
form = inbound_form(account, "{PERSON}", %r, [])
print([post_form(account, url, form) for _again in range(2)])
"""
_TAKEN = """
import json
from channels_app.sandbox.models import SandboxMessage
print(json.dumps([[row.person, row.text, row.data] for row in SandboxMessage.objects.filter(is_outbound=True)]))
"""


@pytest.fixture
def phone(desk: Desk) -> Iterator[None]:
    desk.run(_MAKE)
    yield
    desk.run("from channels_app.sandbox.models import SandboxMessage\nSandboxMessage.objects.all().delete()")


@pytest.mark.usefixtures("phone")
def test_from_the_phone_to_the_console_and_back(people: People) -> None:
    ada = people.agent("ada")
    assert people.desk.run(_WRITE % "Where is my parcel?").strip() == "[200, 200]"
    ada.is_offered("Where is my parcel?")
    ada.accept()
    field = ada.page.get_by_role("textbox", name="Text")
    counter = ada.page.locator("[data-counter]")
    for text in ("It comes tomorrow.", "Сегодня", "x" * 161, "€" * 81):
        field.fill(text)
        parts = segments_of(text)
        expect(counter).to_contain_text(f"Text messages: {parts.count} · characters left in the last: {parts.left}")
    ada.reply("It comes tomorrow.")
    ada.sees("It comes tomorrow.")
    taken = wait_for("the provider", lambda: json.loads(people.desk.run(_TAKEN)))
    callback = f"{people.desk.url}/hooks/sms/{SLUG}/"
    # The key of our message follows; it is another in every run.
    told, _query, key = taken[0][2].pop("StatusCallback").partition("?m=message-")
    assert told == callback and key.isdecimal()
    form = {"To": PERSON, "From": NUMBER, "Body": "It comes tomorrow.", "MediaUrl": []}
    assert taken == [[PERSON, "It comes tomorrow.", form]]
    expect(ada.timeline.get_by_text("Delivered", exact=True)).to_be_visible()


def test_the_browser_counts_as_the_server_does(people: People) -> None:
    ada = people.agent("ada", state="")
    chance = random.Random(7)
    signs = "aZ 0€^~õя漢😀\n@"
    texts = [
        "".join(chance.choices(signs[: chance.randint(2, len(signs))], k=chance.randint(0, 400))) for _ in range(300)
    ]
    script = """async ([url, texts]) => {
      const { segmentsOf } = await import(url);
      return texts.map((text) => { const { count, left } = segmentsOf(text); return [count, left]; });
    }"""
    counted = ada.page.evaluate(script, [f"{people.desk.url}/static/console/segments.js", texts])
    assert counted == [[segments_of(text).count, segments_of(text).left] for text in texts]

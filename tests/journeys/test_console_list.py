"""The list at the desk: what its address says, live rows that respect it, the keyboard, several at once."""

from __future__ import annotations

import re

from playwright.sync_api import Locator, Route, expect

from tests.journeys.people import AgentAtDesk, People

# Conversations that wait at the shop, begun one after the other: (name, language).
_WAIT = """
from django.db import transaction
from contactcenter.conversations.models import ChannelAccount
from contactcenter.conversations.services.customers import find_or_create_identity
from contactcenter.conversations.services.messages import add_message, open_conversation
from contactcenter.conversations.states import IdentityKind, IdentityLevel, MessageKind
from routing.services.arriving import customer_wrote
account = ChannelAccount.objects.filter(kind="webchat").first()
for name, language in %r:
    with transaction.atomic():
        identity = find_or_create_identity(brand=account.brand, kind=IdentityKind.VISITOR, address=f"list-{name}",
                                           level=IdentityLevel.RECOGNISED, name=name)
        row = open_conversation(customer=identity.customer, account=account, identity=identity, language=language)
        add_message(row, MessageKind.IN, f"{name} asks", identity=identity)
        customer_wrote(row)
"""
_TAKE = """
from contactcenter.conversations.models import Conversation
from routing.models import Agent
from routing.services.handling import pull
row = Conversation.objects.exclude(state="closed").filter(customer__name=%r).latest("pk")
pull(conversation_id=row.pk, agent_id=Agent.objects.get(user__username="ada").pk)
"""


def wait(people: People, *who: tuple[str, str]) -> None:
    people.desk.run(_WAIT % (list(who),))


def names(agent: AgentAtDesk) -> Locator:
    return agent.page.locator("#rows .conv .name")


def test_a_list_is_its_address_and_live_rows_respect_it(people: People) -> None:
    ada = people.agent("ada", state="Break")
    page = ada.page
    wait(people, ("Anna", "lv"), ("Boris", "ru"), ("Cecil", "lv"))
    page.locator("#tabs").get_by_text("Queue").click()
    expect(names(ada)).to_have_text(["Anna", "Boris", "Cecil"])
    expect(page.locator("#count-queue")).to_have_text("3")

    page.locator("#filters summary").click()
    page.locator("#filter-form").get_by_text("Latvian").click()
    expect(names(ada)).to_have_text(["Anna", "Cecil"])
    page.get_by_role("button", name="Done").click()
    page.mouse.move(900, 300)
    expect(page).to_have_url(re.compile(r"\?tab=queue&language=lv$"))
    expect(page.locator("#filter-count")).to_have_text("1")

    wait(people, ("Dmitri", "ru"), ("Elina", "lv"))
    expect(names(ada)).to_have_text(["Anna", "Cecil", "Elina"])
    people.desk.run(_TAKE % "Cecil")
    expect(names(ada)).to_have_text(["Anna", "Elina"])

    page.go_back()
    expect(names(ada)).to_have_text(["Anna", "Boris", "Dmitri", "Elina"])
    page.go_forward()
    expect(names(ada)).to_have_text(["Anna", "Elina"])
    page.locator("#rows .row").first.click()
    expect(page.locator("#pane-head")).to_be_visible()
    expect(page).to_have_url(re.compile(r"/console/c/\d+/\?tab=queue&language=lv$"))
    page.reload()
    expect(names(ada)).to_have_text(["Anna", "Elina"])

    page.locator("#views summary").click()
    page.get_by_text("Save this list as a view").click()
    page.locator("#dialog").get_by_label("Name", exact=True).fill("Latvians")
    page.locator("#dialog").get_by_role("button", name="Save").click()
    expect(page.locator("#view-name")).to_have_text("Latvians")
    page.get_by_role("link", name="Remove the filter Latvian").click()
    expect(names(ada)).to_have_text(["Anna", "Boris", "Dmitri", "Elina"])
    page.locator("#sorts summary").click()
    page.get_by_text("Newest first").click()
    expect(names(ada)).to_have_text(["Elina", "Dmitri", "Boris", "Anna"])
    page.locator("#views summary").click()
    page.locator("#views-panel").get_by_text("Latvians").click()
    expect(names(ada)).to_have_text(["Anna", "Elina"])


def test_a_menu_that_is_refreshed_under_the_pointer_does_not_swallow_the_click(people: People) -> None:
    page = people.agent("ada", state="Break").page
    held: list[Route] = []
    views = re.compile(r"/console/views/(\?|$)")
    page.route(views, lambda route: held.append(route))
    page.locator("#views summary").click()
    page.get_by_text("Save this list as a view").hover()
    page.mouse.down()
    while not held:
        page.wait_for_timeout(20)
    with page.expect_response(views) as answered:
        held.pop().continue_()
    answered.value.finished()
    page.evaluate("new Promise(requestAnimationFrame)")
    page.unroute(views)
    page.mouse.up()
    expect(page.locator("#dialog").get_by_label("Name", exact=True)).to_be_visible()


def test_mine_is_in_groups_and_rows_move_between_them(people: People) -> None:
    ada = people.agent("ada", state="Break")
    page = ada.page
    wait(people, ("Fred", "en"), ("Gerd", "en"))
    for name in ("Fred", "Gerd"):
        people.desk.run(_TAKE % name)
    lines = page.locator("#rows > li:visible")
    expect(lines).to_contain_text(["Reply now", "Gerd", "Fred"])
    page.locator("#rows .row", has_text="Gerd").click()
    page.mouse.move(900, 300)
    ada.reply("On its way")
    expect(lines).to_contain_text(["Reply now", "Fred", "Waiting for the customer", "Gerd"])
    expect(page.locator("#rows .row", has_text="Gerd")).to_have_attribute("aria-current", "true")


def test_the_order_waits_while_one_looks(people: People) -> None:
    ada = people.agent("ada", state="Break")
    page = ada.page
    wait(people, ("Hans", "en"), ("Ida", "en"))
    page.locator("#tabs").get_by_text("Team").click()
    expect(names(ada)).to_have_text(["Ida", "Hans"])
    page.locator("#rows .row").first.hover()
    wait(people, ("Jana", "en"))
    newer = page.get_by_role("button", name="1 newer")
    expect(newer).to_be_visible()
    expect(names(ada)).to_have_text(["Ida", "Hans"])
    newer.click()
    expect(names(ada)).to_have_text(["Jana", "Ida", "Hans"])
    expect(newer).to_be_hidden()


def test_several_at_once_by_keyboard(people: People) -> None:
    ada = people.agent("ada", state="Break")
    page = ada.page
    wait(people, ("Kate", "en"), ("Lena", "en"), ("Mia", "en"), ("Nora", "en"))
    for name in ("Lena", "Mia"):
        people.desk.run(_TAKE % name)
    page.locator("#tabs").get_by_text("Team").click()
    expect(names(ada)).to_have_text(["Nora", "Mia", "Lena", "Kate"])
    page.keyboard.press("j")
    row = page.locator("#rows .row:focus")
    expect(row).to_contain_text("Nora")
    page.keyboard.press("ArrowDown")
    expect(row).to_contain_text("Mia")
    page.keyboard.press("Space")
    expect(page.locator("#bulk-count")).to_have_text("Selected: 1")
    page.keyboard.press("End")
    page.keyboard.press("Shift+Space")
    expect(page.locator("#bulk-count")).to_have_text("Selected: 3")
    expect(page.get_by_role("checkbox", name="Select Lena")).to_be_checked()
    expect(page.get_by_role("button", name="Merge")).to_be_hidden()

    page.locator("#bulk").get_by_role("button", name="Close").press("Enter")
    dialog = page.locator("#dialog")
    expect(dialog.get_by_role("heading").or_(dialog.locator("#dialog-title"))).to_have_text("Close 3 conversations")
    expect(dialog).to_contain_text("2 will be closed")
    expect(dialog).to_contain_text("1 is not yours and stays")
    dialog.get_by_role("button", name="Close", exact=True).press("Enter")
    expect(dialog).to_contain_text("2 are done. 1 stays as it was.")
    dialog.get_by_role("button", name="Back to the list").press("Enter")
    expect(dialog).to_be_hidden()
    expect(names(ada)).to_have_text(["Nora", "Kate"])
    expect(page.locator("#bulk")).to_be_hidden()

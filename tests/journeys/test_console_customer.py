"""The customer's card in the browser: edited in place by two at once, merged and parted, contacts by hand, failures."""

from __future__ import annotations

import re

from playwright.sync_api import Locator, Page, expect

from tests.journeys.people import AgentAtDesk, People


def _both_look(people: People) -> tuple[AgentAtDesk, AgentAtDesk]:
    """Ada has a chat, and Ben has it open too."""
    ada = people.agent("ada")
    ben = people.agent("ben", state="")
    customer = people.customer()
    customer.open_chat()
    customer.write("Where is my order?")
    ada.is_offered()
    ada.accept()
    ben.page.goto(ada.page.url)
    for agent in (ada, ben):
        expect(_part(agent.page, "profile").get_by_role("button", name=re.compile("^Name"))).to_be_visible()
    return ada, ben


def _part(page: Page, name: str) -> Locator:
    return page.locator(f"#part-{name}")


def _name(page: Page) -> Locator:
    return _part(page, "profile").get_by_role("button", name=re.compile("^Name"))


def _rename(page: Page, name: str) -> None:
    _name(page).click()
    field = _part(page, "profile").get_by_role("textbox", name="Name")
    expect(field).to_be_focused()
    field.fill(name)
    field.press("Enter")


def test_fields_are_edited_in_place_by_two_at_once(people: People) -> None:
    ada, ben = _both_look(people)
    _rename(ada.page, "Līga Bērziņa")
    expect(_name(ada.page)).to_be_focused()
    expect(_name(ben.page)).to_contain_text("Līga Bērziņa")
    ada.sees("Ada changed the customer: name “Līga Bērziņa”")

    # Escape leaves it as it was; leaving the field saves.
    _name(ben.page).click()
    field = _part(ben.page, "profile").get_by_role("textbox", name="Name")
    field.fill("Nobody")
    field.press("Escape")
    expect(_name(ben.page)).to_contain_text("Līga Bērziņa")
    _part(ben.page, "profile").get_by_role("button", name=re.compile("^Note")).click()
    _part(ben.page, "profile").get_by_role("textbox", name="Note").fill("Calls late")
    ben.page.get_by_role("log").click()
    expect(_part(ada.page, "profile")).to_contain_text("Calls late")
    expect(_name(ada.page)).to_be_focused()  # what a colleague changed came without taking the place away

    # What comes in while somebody writes does not take the field away, and is told when they save.
    _name(ben.page).click()
    field.fill("Ben’s name")
    _rename(ada.page, "Ada’s name")
    expect(_name(ada.page)).to_contain_text("Ada’s name")
    expect(field).to_have_value("Ben’s name")
    field.press("Enter")
    problem = _part(ben.page, "profile").get_by_role("alert")
    expect(problem).to_contain_text("Somebody else has changed this to “Ada’s name”")
    field.press("Enter")
    expect(_name(ada.page)).to_contain_text("Ben’s name")


def test_tags_addresses_and_a_block_with_its_confirmation(people: People) -> None:
    ada, ben = _both_look(people)
    profile, addresses = _part(ada.page, "profile"), _part(ada.page, "addresses")
    profile.get_by_role("button", name="Add a tag").click()
    profile.get_by_role("combobox", name="Tag").fill("Riga")
    profile.get_by_role("combobox", name="Tag").press("Enter")
    expect(_part(ben.page, "profile").locator(".tag")).to_have_text("Riga")
    profile.get_by_role("button", name="Remove the tag Riga").click()
    expect(_part(ben.page, "profile").locator(".tag")).to_have_count(0)

    addresses.get_by_role("button", name="Add an address").click()
    addresses.get_by_role("textbox", name="Address").fill("12")
    addresses.get_by_role("button", name="Add as claimed").click()
    expect(addresses.get_by_role("alert")).to_contain_text("“12” is not a phone number")
    addresses.get_by_role("textbox", name="Address").fill("26 123 456")
    addresses.get_by_role("button", name="Add as claimed").click()
    row = addresses.locator(".address", has_text="+37126123456")
    expect(row).to_contain_text("Claimed")

    row.locator("summary").click()
    row.get_by_role("button", name="Block").click()
    dialog = ada.page.get_by_role("dialog")
    expect(dialog).to_contain_text("kept apart")
    dialog.get_by_label("Reason").fill("Threats")
    dialog.get_by_role("button", name="Block this address").click()
    expect(dialog).to_be_hidden()
    other = _part(ben.page, "addresses").locator(".address", has_text="+37126123456")
    expect(other).to_contain_text("Blocked until")
    other.locator("summary").click()
    expect(other).to_contain_text("Only a supervisor can lift")


def test_duplicates_become_one_on_all_screens_and_two_again(people: People) -> None:
    ada, ben = _both_look(people)
    _rename(ada.page, "Liga of the chat")
    duplicates = _part(ada.page, "duplicates")
    duplicates.scroll_into_view_if_needed()
    duplicates.get_by_role("button", name="Merge with another customer").click()
    dialog = ada.page.get_by_role("dialog")
    dialog.get_by_role("searchbox").fill("Jaan Tamm")
    dialog.get_by_role("button", name="Jaan Tamm").click()
    expect(dialog.locator("[data-plan='1']")).to_contain_text("Liga of the chat stays")
    dialog.locator(".side", has_text="Jaan Tamm").get_by_role("radio").check()
    expect(dialog.locator("[data-plan='2']")).to_contain_text("conversation moves")
    dialog.get_by_role("button", name="Merge into one").click()
    expect(dialog).to_be_hidden()
    for agent in (ada, ben):
        expect(_name(agent.page)).to_contain_text("Jaan Tamm")
        agent.sees("Where is my order?")
    ada.reply("Found it")
    ben.sees("Found it")
    merged = _part(ben.page, "duplicates")
    merged.scroll_into_view_if_needed()
    merged.get_by_role("button", name="Take back").click()
    for agent in (ada, ben):
        expect(_name(agent.page)).to_contain_text("Liga of the chat")


def test_somebody_new_is_created_a_contact_logged_and_both_found_again(people: People) -> None:
    ada = people.agent("ada", state="")
    page = ada.page
    page.locator("#list").get_by_role("button", name="New contact").click()
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_role("searchbox")).to_be_focused()
    dialog.get_by_text("Somebody new").click()
    dialog.get_by_label("Name", exact=True).fill("Walk-in Wanda")
    dialog.get_by_label("Language").select_option("lv")
    dialog.get_by_role("button", name="Create the customer").click()
    dialog.get_by_text("Letter", exact=True).click()
    dialog.get_by_label("What was said or done").fill("Wrote about the lamp")
    dialog.get_by_role("button", name="Log the contact").click()
    expect(dialog).to_be_hidden()
    expect(page.get_by_role("log")).to_contain_text("Wrote about the lamp")
    expect(_part(page, "profile")).to_contain_text("Latvian")

    page.get_by_role("navigation", name="Main").get_by_role("link", name="Customers").click()
    customers = page.get_by_role("region", name="Customers")
    customers.get_by_role("searchbox").fill("wanda")
    rows = customers.get_by_role("listitem")
    expect(rows).to_have_count(1)
    expect(rows.get_by_role("link")).to_have_attribute("aria-current", "true")
    customers.get_by_role("searchbox").fill("kowalska")
    expect(rows).to_have_text(re.compile("Anna Kowalska"))
    rows.get_by_role("link").click()
    expect(_name(page)).to_contain_text("Anna Kowalska")
    expect(page).to_have_url(re.compile(r"/console/customers/\d+/$"))
    page.go_back()
    expect(page).to_have_url(re.compile(r"/console/customers/$"))
    page.get_by_role("navigation", name="Main").get_by_role("link", name="Inbox").click()
    expect(page.get_by_role("heading", name="Inbox")).to_be_visible()


def test_a_part_that_fails_can_be_tried_again(people: People) -> None:
    ada = people.agent("ada", state="")
    page = ada.page
    page.route("**/part/addresses/**", lambda route: route.abort())
    page.goto(f"{people.desk.url}/console/customers/?q=carl+smith")
    page.get_by_role("region", name="Customers").get_by_role("link", name=re.compile("Carl Smith")).click()
    expect(_part(page, "profile")).to_contain_text("Carl Smith")
    expect(_part(page, "addresses")).to_contain_text("This could not be loaded")
    page.unroute("**/part/addresses/**")
    # What the browser's console says of it is part of the story.
    ada.complaints.clear()
    _part(page, "addresses").get_by_role("button", name="Try again").click()
    expect(_part(page, "addresses")).to_contain_text("smith@example.com")

"""A chat from the shop to the right agent and back, and on to a colleague."""

from __future__ import annotations

from playwright.sync_api import expect

from tests.journeys.people import AgentAtDesk, People


def test_offer_decline_second_accepts_answers_transfers_and_wraps_up(people: People) -> None:
    ada = people.agent("ada")
    ben = people.agent("ben")
    customer = people.customer()
    customer.open_chat()
    customer.write("Where is my order 10482?")
    customer.sees("Where is my order 10482?")

    # Both speak English and idle; whoever is asked first passes.
    first, second = (ada, ben) if _offered(ada, ben) is ada else (ben, ada)
    first.is_offered("Where is my order 10482?")
    second.is_not_offered()
    first.decline()
    second.is_offered("Where is my order 10482?")
    second.accept()
    second.sees("Where is my order 10482?")

    second.reply("Let me look.")
    customer.sees("Let me look.")
    customer.write("Thank you")
    second.sees("Thank you")

    second.transfer(first.username.title(), "She wants the parcel before Friday")
    first.is_offered("She wants the parcel before Friday")
    second.finish_wrap_up("Delivery question", "handed over")
    first.accept()
    first.sees("Let me look.")
    first.reply("It comes on Thursday.")
    customer.sees("It comes on Thursday.")
    first.close_conversation()
    first.finish_wrap_up("Delivery question", "told her")
    expect(first.page.get_by_role("alertdialog")).to_have_count(0)


def _offered(*agents: AgentAtDesk) -> AgentAtDesk:
    """Whoever of them is asked first."""
    for _ in range(900):
        for agent in agents:
            if agent.offer.count():
                return agent
        agents[0].page.wait_for_timeout(100)
    raise AssertionError("nobody was asked")


def test_both_type_and_the_customer_reads_what_the_desk_says(people: People) -> None:
    ada = people.agent("ada")
    customer = people.customer()
    customer.open_chat()
    customer.write("Hello")
    ada.is_offered()
    ada.accept()
    # Who has just opened it may miss the first sign, which nobody keeps; people go on typing.
    field = customer.widget.get_by_role("textbox", name="Message")
    sign = ada.page.get_by_text("is typing")
    for _ in range(120):
        field.press_sequentially("I wanted ", delay=50)
        if sign.is_visible():
            break
        ada.page.wait_for_timeout(500)
    expect(sign).to_be_visible()
    ada.page.get_by_role("textbox", name="Text").press_sequentially("Hel", delay=20)
    expect(customer.widget.get_by_text("Ada is writing")).to_be_visible()
    ada.reply("Hello, Ada here")
    customer.sees("Hello, Ada here")
    expect(ada.timeline.locator(".meta").get_by_text("Seen")).to_be_visible()

"""The cast of the journeys: customers at the shop and agents at the console, each in a browser context of their own."""

from __future__ import annotations

from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Frame, Locator, Page, expect

from tests.journeys.desk import Desk

SECONDS = 1000

# Ends all work and signs everybody out, by the services, so that each journey begins on an empty floor.
_CLEAR = """
from contactcenter.accounts.models import User
from contactcenter.conversations.models import Conversation
from routing.models import Agent, Assignment
from routing.services.agents import sign_out_agent
from routing.services.handling import close
from routing.services.wrapping import finish_wrap_up
root = User.objects.get(username="admin")
for row in Conversation.objects.exclude(state="closed"):
    close(conversation_id=row.pk, actor=root)
for row in Assignment.objects.filter(state="wrap_up"):
    finish_wrap_up(assignment_id=row.pk, agent_id=row.agent_id)
for agent in Agent.objects.exclude(state="offline"):
    sign_out_agent(agent_id=agent.pk)
from django.core.management import call_command
call_command("check_invariants")
"""


def clear_the_floor(desk: Desk) -> None:
    """Nobody is at work any more, and what is left behind keeps the rules."""
    assert "all invariants hold" in desk.run(_CLEAR)


class Person:
    """Somebody with a browser. What its console complains about fails the journey."""

    def __init__(
        self, desk: Desk, browser: Browser, *, width: int = 1280, locale: str = "en", time_zone: str = "UTC"
    ) -> None:
        self.desk = desk
        self.complaints: list[str] = []
        self.context: BrowserContext = browser.new_context(
            viewport={"width": width, "height": 820}, locale=locale, timezone_id=time_zone
        )
        self.page: Page = self.context.new_page()
        self.page.set_default_timeout(90 * SECONDS)
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.page.on("console", self._listen)

    def _listen(self, message: ConsoleMessage) -> None:
        # A dead server is part of some journeys, and browsers complain about it. So does htmx of an answer's part for
        # a pane that was closed meanwhile.
        expected = ("Failed to load resource", "WebSocket connection", "net::ERR", "htmx:oobErrorNoTarget")
        if message.type == "error" and not any(words in message.text for words in expected):
            self.complaints.append(message.text)

    def leave(self) -> None:
        self.context.close()


class Customer(Person):
    """Opens the shop, writes into the widget, reads what comes back."""

    def open_chat(self, *, topic: str = "") -> None:
        self.page.goto(f"{self.desk.url}/demo/shop/")
        self.page.evaluate("cc('open')")
        self.widget.get_by_role("button", name="Start a chat").click()
        if topic:
            self.widget.get_by_text(topic, exact=True).click()

    @property
    def widget(self) -> Frame:
        """The widget's page, which lies in a closed shadow root: it is found by its address alone."""
        for _ in range(900):
            for frame in self.page.frames:
                if "/frame/" in frame.url:
                    return frame
            self.page.wait_for_timeout(100)  # lets the browser's news in
        raise AssertionError("the widget did not open")

    def write(self, text: str) -> None:
        field = self.widget.get_by_role("textbox", name="Message")
        field.fill(text)
        self.widget.get_by_role("button", name="Send").click()

    @property
    def log(self) -> Locator:
        return self.widget.get_by_role("log")

    def sees(self, text: str) -> None:
        expect(self.log.get_by_text(text, exact=True)).to_have_count(1, timeout=90 * SECONDS)

    def sees_status(self, text: str) -> None:
        expect(self.widget.get_by_text(text).first).to_be_visible(timeout=90 * SECONDS)


class AgentAtDesk(Person):
    """Signs in, takes offers, answers, hands over, wraps up."""

    def __init__(self, desk: Desk, browser: Browser, username: str) -> None:
        super().__init__(desk, browser)
        self.username = username
        # Signed in once, and again where a journey has ended the session.
        self.context.add_cookies(desk.cookies.get(username, []))
        self.page.goto(f"{desk.url}/console/")
        if not self.page.locator("#app").count():
            self.page.get_by_label("User name or email").fill(username)
            self.page.get_by_label("Password", exact=True).fill("demo")
            self.page.get_by_role("button", name="Sign in", exact=True).click()
            self.page.locator("#app").wait_for()
            desk.cookies[username] = self.context.cookies()
        expect(self.page.locator("#live")).to_have_text("Live", timeout=90 * SECONDS)

    def become(self, state: str) -> None:
        menu = self.page.locator("#status-menu")
        choice = menu.get_by_role("button", name=state, exact=True)
        # A click that begins on the old menu and ends on its refreshed self is none; people click again.
        while not choice.is_visible():
            menu.locator("summary").first.click()
            self.page.wait_for_timeout(100)
        choice.click()
        expect(self.page.locator("#status-menu summary").first).to_contain_text(state)

    @property
    def offer(self) -> Locator:
        return self.page.get_by_role("alertdialog")

    def is_offered(self, text: str = "") -> None:
        expect(self.offer).to_be_visible(timeout=90 * SECONDS)
        if text:
            expect(self.offer).to_contain_text(text)

    def is_not_offered(self) -> None:
        expect(self.offer).to_have_count(0)

    def accept(self) -> None:
        self.offer.get_by_role("button", name="Accept").click()
        expect(self.page.locator("#pane-head")).to_be_visible()

    def decline(self) -> None:
        self.offer.get_by_text("Decline").click()
        self.offer.locator(".menu button").first.click()
        self.is_not_offered()

    def reply(self, text: str) -> None:
        self.page.get_by_role("textbox", name="Text").fill(text)
        self.page.get_by_role("button", name="Send").click()

    @property
    def timeline(self) -> Locator:
        return self.page.get_by_role("log")

    def sees(self, text: str) -> None:
        expect(self.timeline.get_by_text(text, exact=True)).to_have_count(1, timeout=90 * SECONDS)

    def transfer(self, target: str, note: str) -> None:
        self.page.get_by_role("button", name="Transfer").click()
        dialog = self.page.locator("#dialog")
        dialog.locator("label.pick", has_text=target).first.click()
        dialog.get_by_label("Note for the colleague").fill(note)
        dialog.get_by_role("button", name="Transfer now").click()
        expect(dialog).to_be_hidden()

    def close_conversation(self) -> None:
        self.page.get_by_role("button", name="Close", exact=True).click()

    def finish_wrap_up(self, disposition: str, note: str) -> None:
        panel = self.page.locator("form.wrap-up")
        panel.locator("details.choose summary").click()
        panel.get_by_label("Find a disposition").fill(disposition)
        panel.locator("label.pick", has_text=disposition).first.click()
        panel.get_by_label("Note").fill(note)
        panel.get_by_role("button", name="Finish", exact=True).click()
        expect(panel).to_have_count(0)


class People:
    """Whoever a journey has called in."""

    def __init__(self, desk: Desk, browser: Browser) -> None:
        self.desk = desk
        self.browser = browser
        self._cast: list[Person] = []

    def customer(self) -> Customer:
        person = Customer(self.desk, self.browser)
        self._cast.append(person)
        return person

    def agent(self, username: str, *, state: str = "Available") -> AgentAtDesk:
        person = AgentAtDesk(self.desk, self.browser, username)
        self._cast.append(person)
        if state:
            person.become(state)
        return person

    def leave(self) -> None:
        """Everybody goes; nothing in their browsers was wrong, and what is left behind keeps the rules."""
        complaints = [complaint for person in self._cast for complaint in person.complaints]
        for person in self._cast:
            person.leave()
        clear_the_floor(self.desk)
        assert not complaints, complaints

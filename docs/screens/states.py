"""The states of the console that pictures and accessibility checks walk through, in a running demo.

Everything is found by id or role of the markup, never by words: the walk is the same in every language.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from playwright.sync_api import Browser, BrowserContext, Frame, Page, expect

WIDTHS = {1440: 900, 1024: 900, 390: 844}
THEMES = ("light", "dark")
LANGUAGES = ("en", "ru")
PASSWORD = "demo"  # noqa: S105  # everybody's in the demo
_SETTLED = """!document.querySelector('.htmx-request')
  && [...document.querySelectorAll('time[data-time]')].every(time => time.textContent)"""
_OWN_WORDS = ("Labdien! Kur ir mans pasūtījums 10482?", "Tas bija solīts vakar, un man tas vajadzīgs rīt no rīta.")
_ANSWER = "Labdien! Tūlīt paskatīšos, kur tas šobrīd atrodas."
_NOTE = "DPD says the van broke down. New delivery is tomorrow before 14:00."


class Stage:
    """One agent's browser in a demo where a customer writes; states are prepared on `page`."""

    def __init__(self, browser: Browser, url: str, username: str = "ada") -> None:
        self.url = url.rstrip("/")
        self._browser = browser
        self.context: BrowserContext = browser.new_context(viewport={"width": 1440, "height": 900}, locale="en")
        self.page: Page = self.context.new_page()
        self.page.goto(f"{self.url}/console/")
        self.page.locator('[name="login"]').fill(username)
        self.page.locator('[name="password"]').fill(PASSWORD)
        self.page.locator('form:has([name="password"]) [type="submit"]').click()
        self.page.locator("#app").wait_for()
        self.conversation = 0
        self._customers: list[BrowserContext] = []
        self._asking: Frame | None = None

    def look(self, *, theme: str, language: str = "en") -> None:
        """As this person would have set it."""
        self.page.goto(f"{self.url}/console/settings/")
        # Another language makes the page anew; the rest is kept without.
        if self.page.locator("html").get_attribute("lang") != language:
            with self.page.expect_navigation():
                self.page.locator("#set-language").select_option(language)
        choice = self.page.locator(f'#settings [name="theme"][value="{theme}"]')
        if not choice.is_checked():
            with self.page.expect_response("**/console/settings/"):
                choice.evaluate("field => field.click()")

    def resize(self, width: int) -> None:
        self.page.set_viewport_size({"width": width, "height": WIDTHS[width]})

    def begin(self) -> None:
        """A customer writes, the agent takes it, answers and notes; another customer is offered."""
        self.become("available")
        self.customer_writes(_OWN_WORDS[0])
        self.page.locator("#offers .offer .btn.primary").first.click()
        self.page.locator("#pane-head").wait_for()
        self.conversation = int(self.page.locator("#open").get_attribute("data-conversation") or 0)
        self.write("reply", _ANSWER)
        self.write("note", _NOTE)

    def become(self, state: str) -> None:
        self.page.goto(f"{self.url}/console/")
        menu = self.page.locator("#status-menu")
        if menu.get_attribute("data-state") != state:
            menu.locator("summary").first.click()
            with self.page.expect_response("**/console/status/"):
                menu.locator(f"""button[hx-vals*='"{state}"']""").first.click()

    def customer_writes(self, text: str) -> None:
        context = self._browser.new_context(locale="en")
        self._customers.append(context)
        page = context.new_page()
        page.goto(f"{self.url}/demo/shop/")
        page.evaluate("cc('open')")
        for _ in range(900):
            frame = next((frame for frame in page.frames if "/frame/" in frame.url), None)
            if frame is not None:
                break
            page.wait_for_timeout(100)
        assert frame is not None, "the widget did not open"
        # The customer speaks English, whatever the agent's console speaks.
        frame.get_by_role("button", name="Start a chat").click()
        frame.get_by_role("textbox", name="Message").fill(text)
        frame.get_by_role("button", name="Send").click()
        self._asking = frame
        self.page.locator("#offers .offer").first.wait_for(timeout=90_000)

    def customer_ends(self) -> None:
        """The customer who wrote last goes, and the offer with them."""
        assert self._asking is not None
        self._asking.get_by_role("button", name="End chat").click()
        self._asking.get_by_role("button", name="End it").click()
        expect(self.page.locator("#offers .offer")).to_have_count(0)

    def write(self, mode: str, text: str) -> None:
        form = self.page.locator("form.composer")
        form.locator(f'[name="mode"][value="{mode}"]').evaluate("field => field.click()")
        form.locator('textarea[name="text"]').fill(text)
        form.locator('[type="submit"]').first.click()
        expect(self.page.locator(".timeline .bub", has_text=text).first).to_be_visible()

    def close(self) -> None:
        for context in (*self._customers, self.context):
            context.close()


def _settled(page: Page) -> None:
    """Frames, fragments and times have come."""
    page.locator("#live").wait_for(state="attached")
    # Asked again and again: the page's content policy lets nobody wait inside it.
    for _ in range(100):
        if page.evaluate(_SETTLED):
            return
        page.wait_for_timeout(50)


def _home(stage: Stage) -> None:
    stage.page.goto(f"{stage.url}/console/?tab=mine")
    _settled(stage.page)


def _tab(name: str) -> Callable[[Stage], None]:
    def prepare(stage: Stage) -> None:
        stage.page.goto(f"{stage.url}/console/?tab={name}")
        _settled(stage.page)

    return prepare


def _thread(stage: Stage) -> None:
    stage.page.goto(f"{stage.url}/console/c/{stage.conversation}/")
    _settled(stage.page)


def _details(stage: Stage) -> None:
    _thread(stage)
    opener = stage.page.locator(".drawer-open").first
    if opener.is_visible():
        opener.click()
    expect(stage.page.locator("#context .waiting")).to_have_count(0)


def _page(path: str) -> Callable[[Stage], None]:
    def prepare(stage: Stage) -> None:
        stage.page.goto(f"{stage.url}{path}")
        _settled(stage.page)

    return prepare


def _menu(selector: str, *, on: Callable[[Stage], None] = _home) -> Callable[[Stage], None]:
    def prepare(stage: Stage) -> None:
        on(stage)
        summary = stage.page.locator(f"{selector} > summary").first
        if summary.is_visible():
            summary.click()
            _settled(stage.page)

    return prepare


def _palette(stage: Stage, text: str = "") -> None:
    _thread(stage)
    stage.page.keyboard.press("Control+KeyK")
    stage.page.locator("#palette-commands .hit").first.wait_for()
    if text:
        stage.page.locator("#palette-input").fill(text)
        stage.page.locator("#palette-found .hit").first.wait_for()


def _command(name: str) -> Callable[[Stage], None]:
    """What a button of the open conversation shows: a dialog, a menu, a panel."""

    def prepare(stage: Stage) -> None:
        _thread(stage)
        button = stage.page.locator(f'[data-command="{name}"]').first
        if button.count():
            button.evaluate("button => button.click()")
            stage.page.locator("dialog[open], .composer").first.wait_for()
            _settled(stage.page)

    return prepare


def _help(stage: Stage) -> None:
    _thread(stage)
    stage.page.locator("#main").focus()
    stage.page.keyboard.press("Shift+Slash")
    stage.page.locator("#dialog .keys").wait_for()


def _note(stage: Stage) -> None:
    _thread(stage)
    stage.page.locator('form.composer [name="mode"][value="note"]').evaluate("field => field.click()")
    stage.page.locator('form.composer textarea[name="text"]').fill(_NOTE)


def _offline(stage: Stage) -> None:
    """The socket does not come about; the banner does, after three seconds."""
    stage.page.route_web_socket("**/ws/console/", lambda socket: socket.close(code=1011))
    stage.page.goto(f"{stage.url}/console/c/{stage.conversation}/")
    stage.page.locator("#offline").wait_for(timeout=90_000)


def _signed_out(stage: Stage) -> None:
    stage.page.route_web_socket("**/ws/console/", lambda socket: socket.close(code=4401))
    stage.page.goto(f"{stage.url}/console/c/{stage.conversation}/")
    stage.page.locator("#signed-out[open]").wait_for()


def _offer(stage: Stage) -> None:
    stage.become("available")
    stage.customer_writes("Where is my invoice 2291?")


def _gone(stage: Stage) -> None:
    stage.customer_ends()


def _missed(stage: Stage) -> None:
    """Nobody answers until the offer has run out."""
    _offer(stage)
    stage.page.locator("#state-banner .banner").wait_for(timeout=90_000)
    _home(stage)


def _return(stage: Stage) -> None:
    stage.customer_ends()
    with stage.page.expect_response("**/console/status/"):
        stage.page.locator("#state-banner .btn.primary").click()


def _wrap_up(stage: Stage) -> None:
    _offer(stage)
    stage.page.locator('#offers [data-command="accept"]').first.click()
    stage.page.locator('#pane-head [data-command="close"]').click()
    stage.page.locator("form.wrap-up").wait_for()
    _settled(stage.page)


def _finish(stage: Stage) -> None:
    form = stage.page.locator("form.wrap-up")
    form.locator('[data-command="finish"]').click()
    form.wait_for(state="detached")


@dataclass(frozen=True, slots=True)
class State:
    name: str
    prepare: Callable[[Stage], None]
    # Puts the floor in order again.
    after: Callable[[Stage], None] | None = None
    # Breaks the page's socket, so that the page is thrown away afterwards.
    breaks: bool = False


STATES = (
    State("inbox", _home),
    State("offer", _offer, after=_gone),
    State("not-responding", _missed, after=_return),
    State("wrap-up", _wrap_up, after=_finish),
    State("queue", _tab("queue")),
    State("all", _tab("all")),
    State("conversation", _thread),
    State("note", _note),
    State("customer", _details),
    State("status-menu", _menu("#status-menu")),
    State("bell", _menu("#bell-menu")),
    State("filters", _menu("#filters")),
    State("views", _menu("#views")),
    State("more", _menu("#pane-head details.menu", on=_thread)),
    State("transfer", _command("transfer")),
    State("consult", _command("consult")),
    State("snooze", _command("snooze")),
    State("tags", _command("label")),
    State("merge", _command("merge")),
    State("palette", _palette),
    State("search", lambda stage: _palette(stage, "10482")),
    State("results", _page("/console/search/?q=10482")),
    State("settings", _page("/console/settings/")),
    State("shortcuts", _help),
    State("offline", _offline, breaks=True),
    State("signed-out", _signed_out, breaks=True),
)


@contextmanager
def shown(stage: Stage, state: State) -> Iterator[Page]:
    """The state on the screen. A page that was broken for it is followed by a fresh one."""
    if not state.breaks:
        state.prepare(stage)
        yield stage.page
        if state.after is not None:
            state.after(stage)
        return
    whole, stage.page = stage.page, stage.context.new_page()
    size = whole.viewport_size
    if size:
        stage.page.set_viewport_size(size)
    try:
        state.prepare(stage)
        yield stage.page
    finally:
        stage.page.close()
        stage.page = whole

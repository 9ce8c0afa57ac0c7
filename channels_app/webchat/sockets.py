"""The customer's socket, `/ws/w/<key>/`: what they write comes in, what concerns them goes out.

Client frames: hello, message, typing, got, seen, end, ping. Server frames: welcome, token, ack, error, message,
state, delivery, typing, reset, pong. `hello` may come again when the host page identifies somebody or logs out.
"""

from __future__ import annotations

import logging
import time
import uuid
from collections.abc import Callable
from typing import Any

from django.db import DatabaseError
from django.urls import path
from django.utils import translation
from django.utils.translation import gettext as _

from channels_app.webchat import presence
from channels_app.webchat.access import admits_socket, client_address, find_account
from channels_app.webchat.delivering import Page, show_posted
from channels_app.webchat.frames import encode, encode_state, message_json, messages_after, state_frame, welcome
from channels_app.webchat.limits import FrameBudget, too_many_frames
from channels_app.webchat.pages import pages
from channels_app.webchat.refusals import error_json
from channels_app.webchat.services import Post, Posted, post_message
from channels_app.webchat.visitors import Visitor, current_conversation, find_conversation, recognise
from contactcenter.base.errors import Refused
from contactcenter.base.logs import log_context
from contactcenter.conversations.models import ChannelAccount, Conversation
from contactcenter.conversations.realtime import announce_now, hub
from contactcenter.conversations.services.messages import record_delivery_up_to
from contactcenter.conversations.sockets import SocketConsumer, in_thread
from contactcenter.conversations.states import Delivery
from routing.services.handling import close

logger = logging.getLogger(__name__)

MOST_CHARACTERS = 100_000
TYPING_SECONDS = 3
_TICKS = {"got": Delivery.DELIVERED, "seen": Delivery.READ}


class WidgetConsumer(SocketConsumer):
    """One open page of one visitor."""

    viewer: Page | None = None
    account: ChannelAccount

    async def admit(self) -> bool:
        headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in self.scope["headers"]}
        self.page_id = uuid.uuid4()
        self._address = client_address((self.scope.get("client") or ("",))[0])
        self._budget = FrameBudget()
        self._typed_at = 0.0
        if not admits_socket(headers):
            return False
        account = await in_thread(find_account, self.scope["url_route"]["kwargs"]["key"])
        if account is None:
            return False
        self.account = account
        return True

    async def closed(self) -> None:
        self._leave_topics()
        if self.viewer is not None and self.viewer.conversation_id is not None:
            try:
                await in_thread(presence.leave, conversation_id=self.viewer.conversation_id, page_id=self.page_id)
            except DatabaseError as error:
                # The lease runs out, and the sweeper notices.
                logger.warning("not left in order: %s", error)

    async def receive(self, text_data: str | None = None, bytes_data: bytes | None = None) -> None:
        if len(text_data or "") > MOST_CHARACTERS:
            self._tell("too_long", self._in_words(lambda: _("This is too long.")))
        elif not self._budget.spend():
            self._tell("too_fast", self._in_words(too_many_frames))
        else:
            await super().receive(text_data, bytes_data)

    async def received(self, frame: dict[str, Any]) -> None:
        """Whatever fails here ends the socket in order: topics and lease are given back, the page connects anew and
        sends again what was not acknowledged."""
        try:
            await self._take(frame)
        except Exception:
            logger.exception("frame not served", extra={"fields": {"frame": frame["t"]}})
            await self.close(code=1011)

    async def _take(self, frame: dict[str, Any]) -> None:
        kind = frame["t"]
        if kind == "hello":
            await self._hello(frame)
        elif self.viewer is None:
            self._tell("hello_first", self._in_words(lambda: _("Say hello first.")))
        elif kind == "message":
            await self._message(self.viewer, frame)
        elif self.viewer.conversation_id is not None:
            await self._in_conversation(self.viewer, self.viewer.conversation_id, frame)

    async def _in_conversation(self, page: Page, conversation_id: int, frame: dict[str, Any]) -> None:
        kind = frame["t"]
        if kind == "typing":
            await self._typing(page, conversation_id)
        elif kind in _TICKS and isinstance(frame.get("seq"), int) and 0 < frame["seq"] < 2**31:
            await in_thread(
                record_delivery_up_to, conversation_id=conversation_id, seq=frame["seq"], delivery=_TICKS[kind]
            )
        elif kind == "end":
            await in_thread(close, conversation_id=conversation_id)

    async def _hello(self, frame: dict[str, Any]) -> None:
        """Recognise the visitor, join their conversation, then read it: nothing between is missed."""
        before = self.viewer.conversation_id if self.viewer else None
        visitor, refusal = await in_thread(
            recognise,
            self.account,
            token=frame.get("token"),
            identity=frame.get("identity"),
            locale=frame.get("locale"),
            address=self._address,
        )
        page = Page(visitor=visitor)
        if refusal is not None:
            self.send_frame(_error(visitor, refusal))
        conversation, is_shown, unknown = await in_thread(_find, visitor, frame.get("conversation"))
        if unknown is not None:
            self.send_frame(_error(visitor, unknown))
        if before is not None and (conversation is None or conversation.pk != before):
            await in_thread(presence.leave, conversation_id=before, page_id=self.page_id)
        self._join(page, conversation)
        seq = frame.get("seq")
        shown = await in_thread(_welcome, page, self.page_id, seq if is_shown and isinstance(seq, int) else None)
        self.push(shown)

    def _join(self, page: Page, conversation: Conversation | None) -> None:
        self._leave_topics()
        self.viewer = page
        if conversation is not None:
            page.conversation_id = conversation.pk
            for topic in _topics(conversation.pk):
                hub.join(topic, self)
            pages.add(self)

    def _leave_topics(self) -> None:
        if self.viewer is not None and self.viewer.conversation_id is not None:
            for topic in _topics(self.viewer.conversation_id):
                hub.leave(topic, self)
            pages.remove(self)

    async def _message(self, page: Page, frame: dict[str, Any]) -> None:
        client_id = str(frame.get("id", ""))[:64]
        try:
            posted, shown = await in_thread(_post, page, frame)
        except Refused as refusal:
            self.send_frame(_error(page.visitor, refusal, client_id))
            return
        page.visitor = posted.visitor
        if posted.token:
            self.send_frame({"t": "token", "token": posted.token})
        conversation = posted.conversation
        is_other = conversation.pk != page.conversation_id
        if is_other:
            await self._change_conversation(page, conversation)
        self.send_frame({"t": "ack", "id": client_id, "message": shown, "conversation": str(conversation.public_id)})
        if is_other:
            for shown_now in await in_thread(_enter_and_show, page, self.page_id, posted.message.seq):
                self.push(shown_now)

    async def _change_conversation(self, page: Page, conversation: Conversation) -> None:
        if page.conversation_id is not None:
            await in_thread(presence.leave, conversation_id=page.conversation_id, page_id=self.page_id)
        self._join(page, conversation)

    async def _typing(self, page: Page, conversation_id: int) -> None:
        moment = time.monotonic()
        if moment - self._typed_at < TYPING_SECONDS:
            return
        self._typed_at = moment
        await in_thread(_announce_typing, page.visitor, conversation_id)

    def _tell(self, code: str, text: str, client_id: str = "") -> None:
        self.send_frame({"t": "error", "id": client_id or None, "code": code, "text": text})

    def _in_words(self, say: Callable[[], str]) -> str:
        language = self.viewer.visitor.language if self.viewer else self.account.brand.default_language
        with translation.override(language):
            return say()


def _announce_typing(visitor: Visitor, conversation_id: int) -> None:
    who = visitor.identity.customer.name if visitor.identity else ""
    announce_now({"topic": f"typing:{conversation_id}", "side": "customer", "who": who})


def _topics(conversation_id: int) -> tuple[str, str]:
    return f"widget:conversation:{conversation_id}", f"widget:typing:{conversation_id}"


def _error(visitor: Visitor, refusal: Refused, client_id: str = "") -> dict[str, Any]:
    """The refusal in the visitor's language."""
    with translation.override(visitor.language):
        return {**error_json(refusal), "id": client_id or None}


def _find(visitor: Visitor, wanted: object) -> tuple[Conversation | None, bool, Refused | None]:
    """The conversation to show, whether the page shows it already, and why not the one it asked for."""
    current = current_conversation(visitor)
    if not isinstance(wanted, str) or not wanted:
        return current, False, None
    try:
        asked = find_conversation(visitor, wanted)
    except Refused as refusal:
        return current, False, refusal
    return current, asked == current, None


def _welcome(page: Page, page_id: uuid.UUID, seq: int | None) -> str:
    with translation.override(page.visitor.language):
        frame = welcome(page.visitor, _enter(page, page_id), seq=seq)
        if frame["conversation"] is not None:
            page.last_state = encode_state(frame["conversation"])
        return encode(frame)


def _enter(page: Page, page_id: uuid.UUID) -> Conversation | None:
    if page.conversation_id is None:
        return None
    return presence.enter(conversation_id=page.conversation_id, page_id=page_id)


def _enter_and_show(page: Page, page_id: uuid.UUID, seq: int) -> list[str]:
    """The state of a conversation that the page has just joined, and what was said there before it joined."""
    conversation = _enter(page, page_id)
    assert conversation is not None
    page.last_state = state_frame(conversation)
    account = page.visitor.account
    said = [message_json(account, conversation, message) for message in messages_after(conversation, seq).messages]
    return [*(encode({"t": "message", "message": message}) for message in said), page.last_state]


def _post(page: Page, frame: dict[str, Any]) -> tuple[Posted, dict[str, Any]]:
    with (
        translation.override(page.visitor.language),
        log_context(widget=page.visitor.account.address, conversation=page.conversation_id),
    ):
        post = Post.of(frame)
        posted = post_message(visitor=page.visitor, post=post, conversation_id=page.conversation_id)
        return posted, show_posted(posted, post)


socket_urls = [path("ws/w/<slug:key>/", WidgetConsumer.as_asgi())]

"""Small words of the console's templates: icons, channels, names, moments."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import PurePath

from django import template
from django.templatetags.static import static
from django.utils.html import conditional_escape, format_html, urlize
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _

from channels_app.comments import can_moderate
from contactcenter.console.customer_words import language_name
from contactcenter.console.timeline import Item, line_text
from contactcenter.conversations.models import Attachment, Conversation, Message
from contactcenter.conversations.services.attachments import shown_as
from contactcenter.conversations.states import Channel, Delivery, IdentityKind, IdentityLevel, Priority
from routing.models import QueueEntry, SLAClock, SLAKind
from routing.waiting_words import wait_words
from routing.waits import told_wait

register = template.Library()

CHANNEL_ICONS: dict[str, str] = {
    Channel.VOICE: "phone",
    Channel.VIDEO: "video",
    Channel.CALLBACK: "phone",
    Channel.CHAT: "chat",
    Channel.EMAIL: "mail",
    Channel.SMS: "sms",
    Channel.FACEBOOK: "facebook",
    Channel.GENERIC: "link",
    Channel.IN_PERSON: "users",
    Channel.LETTER: "receipt",
    Channel.OTHER: "more",
}
_IDENTITY_ICONS: dict[str, str] = {
    IdentityKind.CUSTOMER_ID: "user",
    IdentityKind.VISITOR: "globe",
    IdentityKind.PHONE: "phone",
    IdentityKind.EMAIL: "mail",
    IdentityKind.FACEBOOK: "facebook",
    IdentityKind.GENERIC: "link",
}
_LEVEL_LOOKS = {
    IdentityLevel.VERIFIED: ("ok", "shield"),
    IdentityLevel.RECOGNISED: ("acc", "check"),
    IdentityLevel.CLAIMED: ("warn", "alert"),
}
_DELIVERY_LOOKS = {
    Delivery.PENDING: ("", "clock"),
    Delivery.ACCEPTED: ("", "check"),
    Delivery.DELIVERED: ("", "double-check"),
    Delivery.READ: ("acc", "double-check"),
    Delivery.FAILED: ("bad", "alert"),
    Delivery.UNKNOWN: ("warn", "alert"),
}


@register.filter
def wait_told(entry: QueueEntry) -> str:
    """What the customer of a stay is told about the wait; empty: nothing."""
    told = told_wait(entry)
    return wait_words(told) if told else ""


register.filter("wait_words", wait_words)


@register.simple_tag
def icon(name: str, size: str = "") -> SafeString:
    """A symbol of the sprite: `{% icon "phone" "s" %}`; decoration, the words stand beside it."""
    classes = f"i {size}".strip()
    return format_html(
        '<svg class="{}" aria-hidden="true"><use href="{}#i-{}"/></svg>',
        classes,
        static("contactcenter/icons.svg"),
        name,
    )


@register.simple_tag
def channel_badge(channel: str, size: str = "") -> SafeString:
    """A channel's icon in its hue, named for those who cannot see it."""
    label = Channel(channel).label
    return format_html(
        '<span class="ch {}" data-ch="{}" title="{}">{}<span class="vh">{}</span></span>',
        size,
        channel,
        label,
        icon(CHANNEL_ICONS.get(channel, channel)),
        label,
    )


@register.simple_tag
def identity_icon(kind: str) -> SafeString:
    return icon(_IDENTITY_ICONS.get(kind, kind), "s")


@register.filter
def level_look(level: str) -> str:
    return _LEVEL_LOOKS[IdentityLevel(level)][0]


@register.filter
def level_icon(level: str) -> str:
    return _LEVEL_LOOKS[IdentityLevel(level)][1]


@register.filter
def delivery_look(delivery: str) -> str:
    return _DELIVERY_LOOKS[Delivery(delivery)][0]


@register.filter
def delivery_icon(delivery: str) -> str:
    return _DELIVERY_LOOKS[Delivery(delivery)][1]


register.filter(language_name)
register.filter(shown_as)


@register.filter
def extension(attachment: Attachment) -> str:
    """What people call the type of a file: “PDF”."""
    return PurePath(attachment.name).suffix[1:6].upper()


@register.filter
def priority_label(priority: int) -> str:
    return str(Priority(priority).label)


@register.filter
def duration(seconds: int | None) -> str:
    """Some seconds as people say them: “4:02”, “1:10:10”."""
    if seconds is None:
        return ""
    minutes, rest = divmod(int(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"


@register.filter
def local_input(at: datetime) -> str:
    """A moment as the field for a date and time spells it, in the zone that it already has."""
    return f"{at:%Y-%m-%dT%H:%M}"


@register.filter
def initials(name: object) -> str:
    """Up to two letters for an avatar: “Līga Bērziņa” -> “LB”."""
    words = [word for word in str(name).split() if word[0].isalnum()]
    letters = [words[0][0], *([words[-1][0]] if len(words) > 1 else [])] if words else ["#"]
    return "".join(letters).upper()


@register.simple_tag
def moment(at: datetime | None, style: str = "smart", **attributes: str) -> SafeString:
    """A `<time>` that the browser writes in the user's zone and language, and keeps ticking where it must."""
    if at is None:
        return mark_safe("")
    return format_html(
        '<time class="{}" datetime="{}" data-time="{}"></time>',
        attributes.get("css", ""),
        at.isoformat(timespec="milliseconds"),
        style,
    )


@register.filter
def message_html(text: str) -> SafeString:
    """A message as HTML: everything escaped, links open beside the console and tell nobody where they came from."""
    linked = urlize(text, nofollow=True, autoescape=True)
    return mark_safe(linked.replace(' rel="nofollow"', ' rel="nofollow noopener noreferrer" target="_blank"'))  # noqa: S308


@register.filter
def note_html(message: Message) -> SafeString:
    """A note as HTML, with those whom it calls marked."""
    text = message_html(message.text)
    if "@" not in text:
        return text
    for name in {mention.user.shown_name for mention in message.mentions.all()}:
        called = conditional_escape(f"@{name}")
        text = mark_safe(text.replace(called, format_html('<b class="at">{}</b>', called)))  # noqa: S308
    return text


@register.simple_tag
def event_line(item: Item, for_supervisor: bool) -> str:
    return line_text(item, for_supervisor=for_supervisor)


@register.filter
def capped(number: int) -> str:
    """A counter where counting stops: from a hundred on it is many."""
    return "99+" if number > 99 else str(number)


@dataclass(frozen=True, slots=True)
class CommentAction:
    """A button below a customer's comment."""

    name: str
    icon: str
    words: str


@register.filter
def comment_actions(message: Message) -> list[CommentAction]:
    """What can be done with it besides answering; nothing for what is not public."""
    if not message.is_public:
        return []
    actions = (
        CommentAction("like", "star", _("Like")),
        CommentAction("hide", "eye", _("Hide")),
        CommentAction("show", "eye", _("Show again")),
    )
    return [action for action in actions if can_moderate(message, action.name)]


@register.filter
def clocks_in(conversation: Conversation, clocks: Mapping[int, list[SLAClock]]) -> list[SLAClock]:
    """The promises of an answer that run for one of several conversations."""
    return [clock for clock in clocks.get(conversation.pk, []) if clock.kind != SLAKind.RESOLUTION]

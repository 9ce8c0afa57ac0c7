"""Every word that the widget shows, as one catalogue for the page; errors come from where they happen."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

STRINGS = {
    "open_chat": _("Open chat"),
    "close_chat": _("Close chat"),
    "chat": _("Chat"),
    "unread": _("%s unread"),
    "hello": _("Hello, how can we help?"),
    "online": _("Online now"),
    "closed": _("Closed now"),
    "back_at": _("Back %s"),
    "talk_to_us": _("Talk to us"),
    "start_chat": _("Start a chat"),
    "leave_message": _("Leave a message"),
    "your_chat": _("Your conversation"),
    "back": _("Back"),
    "name": _("Your name"),
    "email": _("Your email"),
    "optional": _("optional"),
    "topic": _("What is it about?"),
    "message": _("Message"),
    "write_message": _("Write a message"),
    "add_details": _("Add details"),
    "send": _("Send"),
    "attach": _("Attach a file"),
    "file_limit": _("Files of up to 10 MB"),
    "uploading": _("Uploading %s"),
    "remove": _("Remove"),
    "picture": _("Picture"),
    "you": _("You"),
    "sending": _("Sending"),
    "accepted": _("Sent"),
    "delivered": _("Delivered"),
    "read": _("Seen"),
    "failed": _("Not sent"),
    "retry": _("Try again"),
    "typing": _("%s is writing"),
    "position": _("You are number %s"),
    "next": _("You are next"),
    "waiting": _("Somebody will be with you soon"),
    "keep_place": _("You keep your place for a minute if you leave this page."),
    "waiting_closed": _("Your question is in line"),
    "answer_at": _("We answer %s. You can close this window."),
    "answer_later": _("We answer when we are open again. You can close this window."),
    "joined": _("%s joined"),
    "ended": _("Chat ended"),
    "end_chat": _("End chat"),
    "end_sure": _("End this chat?"),
    "end_yes": _("End it"),
    "end_no": _("Go on"),
    "new_chat": _("Start a new chat"),
    "write_again": _("Write again to go on"),
    "today": _("Today"),
    "connecting": _("Connecting"),
    "offline": _("No connection. What you write is sent when it is back."),
    "conversation": _("Conversation"),
    "support": _("Support"),
}


def catalogue() -> dict[str, str]:
    """The words in the active language."""
    return {name: str(text) for name, text in STRINGS.items()}

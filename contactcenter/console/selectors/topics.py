"""What conversations of an account may be about, as its entry points name it."""

from __future__ import annotations

from contactcenter.conversations.models import Conversation
from routing.models import EntryPoint


def topics_of(conversation: Conversation) -> list[tuple[str, str]]:
    """(topic, name) of the account's entry points, and the conversation's own if it is none of them."""
    points = EntryPoint.objects.filter(account=conversation.account_id).exclude(topic="")
    topics = {topic: name or topic for topic, name in points.values_list("topic", "topic_name")}
    if conversation.topic:
        topics.setdefault(conversation.topic, conversation.topic)
    return sorted(topics.items(), key=lambda pair: pair[1].casefold())


def topic_name_of(conversation: Conversation) -> str:
    return dict(topics_of(conversation)).get(conversation.topic, "") if conversation.topic else ""

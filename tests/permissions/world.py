"""Two brands, two teams, one of each kind of person, and one conversation that is nobody's business but its own."""

from __future__ import annotations

from dataclasses import dataclass

from django.core.files.uploadedfile import SimpleUploadedFile

from contactcenter.accounts.models import Role, User
from contactcenter.conversations.models import (
    Attachment,
    ChannelAccount,
    Conversation,
    Customer,
    Message,
    ScheduledReply,
)
from contactcenter.conversations.services.attachments import store_attachment
from contactcenter.conversations.services.messages import add_note
from routing.models import Agent, Assignment, Queue
from routing.services.consulting import request_consult
from routing.services.handling import pull
from routing.services.replies import send_reply
from routing.services.scheduling import schedule_reply
from tests import factories as make

ROLES = ("anonymous", "handler", "teammate", "other_team", "other_brand", "supervisor", "other_supervisor", "admin")


@dataclass(frozen=True, slots=True, kw_only=True)
class World:
    """`people` by role; `conversation` is handled by the handler and belongs to the team of handler and teammate."""

    people: dict[str, User | None]
    agents: dict[str, Agent]
    account: ChannelAccount
    queue: Queue
    other_queue: Queue
    conversation: Conversation
    waiting: Conversation
    customer: Customer
    message: Message
    attachment: Attachment
    assignment: Assignment
    offer_id: int
    # The handler's: one that waits, one that has gone out.
    scheduled: ScheduledReply
    sent: Message


def build_world() -> World:
    brand, other_brand = make.make_brand("nordwind"), make.make_brand("otherwind")
    team = make.make_team(brand, "Service")
    other_team = make.make_team(brand, "Sales")
    foreign_team = make.make_team(other_brand, "Service")
    queue = make.make_queue("service", team=team)
    other_queue = make.make_queue("sales", team=other_team)
    foreign_queue = make.make_queue("foreign", team=foreign_team)
    account = make.make_account("shop", queue=queue)
    waiting = make.make_waiting(account, text="I wait")
    conversation = make.make_waiting(account, text="My secret question")
    agents = {
        "handler": make.make_agent(
            "handler", queues=[queue], present=False, user=make.make_user("handler", teams=[team])
        ),
        "teammate": make.make_agent(
            "teammate", queues=[queue], present=False, user=make.make_user("teammate", teams=[team])
        ),
        "other_team": make.make_agent("other_team", queues=[other_queue], present=False),
        "other_brand": make.make_agent("other_brand", queues=[foreign_queue], present=False),
    }
    people: dict[str, User | None] = {role: agent.user for role, agent in agents.items()}
    people |= {
        "anonymous": None,
        "supervisor": make.make_user("supervisor", role=Role.SUPERVISOR, teams=[team]),
        "other_supervisor": make.make_user("other_supervisor", role=Role.SUPERVISOR, teams=[foreign_team]),
        "admin": make.make_user("root", role=Role.ADMIN, teams=[team]),
    }
    assignment = pull(conversation_id=conversation.pk, agent_id=agents["handler"].pk)
    handler = agents["handler"].user
    add_note(conversation_id=conversation.pk, author=handler, text="private note")
    offer = request_consult(
        conversation_id=conversation.pk, actor=handler, agent_id=agents["teammate"].pk, note="please"
    )
    conversation.refresh_from_db()
    upload = SimpleUploadedFile("secret.png", b"\x89PNG\r\n\x1a\n" + b"\0" * 64)
    return World(
        people=people,
        agents=agents,
        account=account,
        queue=queue,
        other_queue=other_queue,
        conversation=conversation,
        waiting=waiting,
        customer=conversation.customer,
        message=conversation.messages.filter(kind="in").get(),
        attachment=store_attachment(conversation, upload, uploaded_by=handler),
        assignment=assignment,
        offer_id=offer.pk,
        scheduled=schedule_reply(
            conversation_id=conversation.pk, author=handler, text="later", client_id="later-1", send_at=make.later(3600)
        ),
        sent=send_reply(conversation_id=conversation.pk, author=handler, text="sent", client_id="sent-1"),
    )

"""A floor that lives for a while: virtual customers come, virtual agents serve them, everybody goes home in order."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable, Sequence

from django.db.models import Exists, OuterRef

from channels_app.webchat.shop import sign_identity
from contactcenter.accounts.models import User
from contactcenter.base.clock import now
from contactcenter.conversations.models import ChannelAccount, Conversation, Identity, Record
from contactcenter.conversations.states import ConversationState, IdentityKind
from contactcenter.demo.customers import CUSTOMERS, NAMED
from contactcenter.demo.scripts import SCRIPTS
from contactcenter.demo.virtual import Floor, Talk, VirtualAgent, live_as_customer
from routing.models import Agent, Assignment, EntryPoint
from routing.selectors import queue_is_open
from routing.services.agents import sign_out_agent
from routing.services.handling import close
from routing.services.wrapping import finish_wrap_up
from routing.states import AgentState, AssignmentState

# The visitor's own agent stays free.
VISITORS_AGENT = "ada"
BETWEEN_CUSTOMERS = 20.0
LOOK_SECONDS = 1.0


def virtual_agents(names: Sequence[str]) -> list[Agent]:
    """The demo's agents of these names who are not at work; all but the visitor's without names."""
    agents = Agent.objects.filter(user__is_demo=True, user__is_active=True, state=AgentState.OFFLINE)
    agents = agents.filter(user__username__in=names) if names else agents.exclude(user__username=VISITORS_AGENT)
    return list(agents.select_related("user").order_by("pk"))


def possible_talks(chance: random.Random) -> list[Talk]:
    """What the demo's customers, but not those of the tour, may write about now: one thing each, in any order.

    Who has something open already is left out: agents know the floor's conversations by the customer's name.
    """
    tour = {row.name for row in NAMED}
    names = [row.name for row in CUSTOMERS if row.name not in tour]
    points = EntryPoint.objects.select_related("queue__calendar", "account")
    is_open = {point.queue.slug: point for point in points if queue_is_open(point.queue, now())}
    accounts = {row.brand_id: row for row in ChannelAccount.objects.filter(kind="webchat", is_active=True)}
    still_open = Conversation.objects.filter(customer=OuterRef("customer")).exclude(state=ConversationState.CLOSED)
    identities = Identity.objects.filter(~Exists(still_open), kind=IdentityKind.CUSTOMER_ID, customer__name__in=names)
    numbers = dict(Record.objects.order_by("-pk").values_list("customer", "external_id"))
    talks = []
    for identity in identities.select_related("customer"):
        account, customer = accounts.get(identity.brand_id), identity.customer
        fitting = [script for script in SCRIPTS if script.queue in is_open]
        fitting = [script for script in fitting if is_open[script.queue].queue.brand_id == identity.brand_id]
        if account is None or not account.secret or not fitting:
            continue
        script = chance.choice(fitting)
        talks.append(
            Talk(
                customer=customer.name,
                language=customer.language,
                key=account.address,
                topic=is_open[script.queue].topic,
                lines=tuple(
                    line.replace("{number}", numbers.get(customer.pk, "")) for line in script.lines[customer.language]
                ),
                identity=sign_identity(account, {"id": identity.address, "name": customer.name}),
            )
        )
    chance.shuffle(talks)
    return talks


async def simulate(
    floor: Floor,
    agents: Sequence[VirtualAgent],
    customers: int,
    is_over: Callable[[], bool],
    more_talks: Callable[[], list[Talk]],
) -> None:
    """Let them live until it is over; at most so many customers at once."""
    people = [asyncio.create_task(agent.live()) for agent in agents]
    waiting: asyncio.Queue[Talk] = asyncio.Queue()
    people += [asyncio.create_task(_keep_coming(floor, waiting)) for _ in range(customers)]
    try:
        while not await asyncio.to_thread(is_over):
            if waiting.empty():
                for talk in await asyncio.to_thread(more_talks):
                    if talk.customer not in floor.talks:
                        waiting.put_nowait(talk)
            await asyncio.sleep(LOOK_SECONDS)
    finally:
        for task in people:
            task.cancel()
        for outcome in await asyncio.gather(*people, return_exceptions=True):
            if isinstance(outcome, Exception):
                floor.problems.append(repr(outcome))


async def _keep_coming(floor: Floor, waiting: asyncio.Queue[Talk]) -> None:
    """One customer after the other, with pauses between them."""
    while True:
        await floor.think(floor.chance.expovariate(1 / BETWEEN_CUSTOMERS))
        await live_as_customer(floor, await waiting.get())


def tidy_up(floor: Floor, agents: Sequence[Agent]) -> None:
    """By the services, which need no server: what was begun here ends, and the agents go home."""
    mine = Conversation.objects.filter(public_id__in=floor.begun).exclude(state=ConversationState.CLOSED)
    for pk in mine.values_list("pk", flat=True):
        close(conversation_id=pk)
    for agent in agents:
        for pk in Assignment.objects.filter(agent=agent, state=AssignmentState.WRAP_UP).values_list("pk", flat=True):
            finish_wrap_up(assignment_id=pk, agent_id=agent.pk)
        if Agent.objects.exclude(state=AgentState.OFFLINE).filter(pk=agent.pk).exists():
            sign_out_agent(agent_id=agent.pk)


def as_virtual(floor: Floor, agents: Sequence[Agent]) -> list[VirtualAgent]:
    people: dict[int, User] = {agent.pk: agent.user for agent in agents}
    return [VirtualAgent(floor, user.username, user.shown_name) for user in people.values()]

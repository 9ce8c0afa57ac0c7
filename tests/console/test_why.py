"""Why somebody got it, why nobody has it yet, why nothing comes: in words that name the reason."""

from __future__ import annotations

import pytest

from routing.models import Agent, QueueMember, QueueSkill, QueueStep
from routing.services.agents import set_agent_state
from routing.services.groups import rebuild_groups
from routing.services.offers import decline_offer, expire_offer
from routing.states import AgentState
from tests import factories as make
from tests.console.conftest import Floor

pytestmark = pytest.mark.django_db(transaction=True)


def _why(floor: Floor, who: object, conversation: object) -> str:
    answer = floor.client(who).get(f"/console/c/{conversation.pk}/why/")  # type: ignore[arg-type, attr-defined]
    assert answer.status_code == 200
    return str(answer.text)


def _present(*agents: Agent) -> None:
    for agent in agents:
        set_agent_state(agent_id=agent.pk, to=AgentState.AVAILABLE)


def test_a_decision_with_its_terms_and_those_not_considered(floor: Floor) -> None:
    conversation = make.make_active(floor.account, floor.ada)
    text = _why(floor, floor.sue, conversation)
    assert "Why Ada was asked" in text and "Accepted" in text and "Score" in text
    assert "1 was not considered" in text and "Ben: Not available" in text
    own = _why(floor, floor.ada, conversation)
    assert "Why Ada was asked" in own and "not considered" not in own, "what keeps colleagues is for supervisors"


def test_who_could_take_it_and_why_not_yet(floor: Floor) -> None:
    french = make.make_skill("french")
    set_agent_state(agent_id=floor.ada.pk, to=AgentState.BREAK)
    QueueSkill.objects.create(queue=floor.queue, skill=french, min_level=3)
    eva = make.make_agent("eva", queues=[floor.queue], skills={"french": 4}, state=AgentState.AVAILABLE)
    rita = make.make_agent("rita", queues=[floor.queue], skills={"french": 2})
    QueueMember.objects.filter(agent=eva).update(delay_seconds=300)
    QueueStep.objects.create(queue=floor.queue, after_seconds=120)
    rebuild_groups([floor.queue])
    conversation = make.make_waiting(floor.account)
    text = _why(floor, floor.sue, conversation)
    assert "Who could take Carl, and why not yet" in text
    assert "french 3" in text, "what is asked for"
    assert "french 2, needs 3" in text and "No french" in text
    assert "Helps out later" in text and "Next step" in text
    assert str(rita) in text
    assert "Helps out later" not in _why(floor, floor.ben, conversation)


def test_declined_and_missed_are_told(floor: Floor) -> None:
    conversation = make.make_waiting(floor.account)
    offer = make.pending_offer(conversation)
    decline_offer(offer_id=offer.pk, agent_id=floor.ada.pk, reason="busy")
    text = _why(floor, floor.sue, conversation)
    assert "Has just declined it" in text and "Declined" in text


def test_nothing_was_decided(floor: Floor) -> None:
    set_agent_state(agent_id=floor.ada.pk, to=AgentState.OFFLINE)
    conversation = make.make_waiting(floor.account)
    assert "The router has not decided" not in _why(floor, floor.sue, conversation)
    assert not expire_offer(offer_id=0)


def _agent(floor: Floor, who: object, agent: Agent) -> str:
    return str(floor.client(who).get(f"/console/agents/{agent.pk}/why/").text)  # type: ignore[arg-type]


def test_why_nothing_comes(floor: Floor) -> None:
    text = _agent(floor, floor.ben, floor.ben)
    assert "Status: Break." in text
    assert "Available and connected" in _agent(floor, floor.ada, floor.ada)
    # Ada gets the first; the second finds nobody who is there.
    make.make_waiting(floor.account)
    set_agent_state(agent_id=floor.ada.pk, to=AgentState.OFFLINE)
    text = _agent(floor, floor.sue, floor.ben)
    assert "1: Not available" in text
    lonely = make.make_agent("lonely", state=AgentState.AVAILABLE)
    assert "Not a member of any queue" in _agent(floor, floor.admin, lonely)


def test_only_ones_own_and_the_supervisors(floor: Floor) -> None:
    assert floor.client(floor.ada).get(f"/console/agents/{floor.ben.pk}/why/").status_code == 403
    assert floor.client(floor.ada).get(f"/console/agents/{floor.other_brand.pk}/why/").status_code == 404
    assert floor.client(floor.sue).get(f"/console/agents/{floor.ben.pk}/why/").status_code == 200

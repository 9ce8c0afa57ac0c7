"""Skill groups follow skills and membership; what waits finds new agents, and offers leave those who no longer fit."""

from __future__ import annotations

import pytest

from contactcenter.conversations.states import ConversationState
from routing.models import QueueMember, SkillGroup, SkillGroupAgent
from routing.services.groups import (
    find_group,
    find_misplaced_offers,
    rebuild_groups,
    set_agent_skills,
    set_queue_members,
)
from routing.sweeping import repair_missed_dispatches
from tests import factories as make

pytestmark = pytest.mark.django_db(transaction=True)


def fits(group: SkillGroup) -> dict[str, float]:
    rows = SkillGroupAgent.objects.filter(group=group).values_list("agent__user__username", "fit")
    return {name: round(fit, 2) for name, fit in rows}


def test_a_group_holds_who_meets_every_requirement(clock, queue) -> None:
    make.make_agent("both", queues=[queue], skills={"billing": 4, "lv": 2})
    make.make_agent("one", queues=[queue], skills={"billing": 5})
    make.make_agent("low", queues=[queue], skills={"billing": 2, "lv": 5})
    make.make_agent("stranger", skills={"billing": 5, "lv": 5})
    billing, lv = make.make_skill("billing"), make.make_skill("lv")
    with make.transaction.atomic():
        group = find_group(queue, "chat", sorted([(billing.pk, 3), (lv.pk, 1)]))
        plain = find_group(queue, "chat", [])
        again = find_group(queue, "chat", [])
    assert fits(group) == {"both": 0.6}
    assert fits(plain) == {"both": 1.0, "one": 1.0, "low": 1.0} and plain == again


def test_a_new_skill_brings_what_waits(clock, chat, ada) -> None:
    lv = make.make_skill("lv")
    conversation = make.make_waiting(chat, language="lv")
    assert make.pending_offer(conversation) is None
    set_agent_skills(ada, {lv: 3})
    assert make.pending_offer(conversation).agent == ada


def test_a_new_member_is_asked(clock, queue, chat) -> None:
    conversation = make.make_waiting(chat)
    dora = make.make_agent("dora", queues=[make.make_queue("other")])
    set_queue_members(queue, [dora])
    assert make.pending_offer(conversation).agent == dora


def test_an_offer_leaves_who_has_lost_the_skill(clock, chat, ada) -> None:
    lv = make.make_skill("lv")
    set_agent_skills(ada, {lv: 3})
    conversation = make.make_waiting(chat, language="lv")
    offer = make.pending_offer(conversation)
    set_agent_skills(ada, {})
    assert find_misplaced_offers() == [offer.pk]
    assert repair_missed_dispatches() == 1 and find_misplaced_offers() == []
    conversation.refresh_from_db()
    assert conversation.state == ConversationState.QUEUED and make.pending_offer(conversation) is None


def test_members_are_replaced_and_the_inactive_left_out(clock, queue, ada, ben) -> None:
    with make.transaction.atomic():
        group = find_group(queue, "chat", [])
    assert set(fits(group)) == {"ada", "ben"}
    ada.user.is_active = False
    ada.user.save()
    rebuild_groups()
    assert set(fits(group)) == {"ben"}
    set_queue_members(queue, [ada])
    assert fits(group) == {} and QueueMember.objects.get().agent == ada

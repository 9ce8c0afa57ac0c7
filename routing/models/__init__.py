"""The tables of routing, by subject."""

from routing.models.agents import (
    Agent,
    AgentPresence,
    AgentSkill,
    AgentStateInterval,
    AgentStateReason,
    Skill,
)
from routing.models.hours import Calendar, CalendarInterval, Holiday
from routing.models.notices import Notice, NoticeText
from routing.models.queues import (
    ChannelProfile,
    Disposition,
    EntryPoint,
    Queue,
    QueueMember,
    QueueSkill,
    SkillGroup,
    SkillGroupAgent,
)
from routing.models.work import Assignment, Decision, Offer, QueueEntry, SweeperDuty

__all__ = [
    "Agent",
    "AgentPresence",
    "AgentSkill",
    "AgentStateInterval",
    "AgentStateReason",
    "Assignment",
    "Calendar",
    "CalendarInterval",
    "ChannelProfile",
    "Decision",
    "Disposition",
    "EntryPoint",
    "Holiday",
    "Notice",
    "NoticeText",
    "Offer",
    "Queue",
    "QueueEntry",
    "QueueMember",
    "QueueSkill",
    "Skill",
    "SkillGroup",
    "SkillGroupAgent",
    "SweeperDuty",
]

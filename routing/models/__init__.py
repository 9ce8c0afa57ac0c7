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
from routing.models.policy import AccountManager, QueueWeights, TagCost
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
from routing.models.sla import SLAClock, SLAKind, SLATarget, WaitAlert
from routing.models.steps import Fallback, FallbackAction, FallbackCondition, QueueStep, StepSkill
from routing.models.trials import Trial
from routing.models.waits import WaitCalibration, WaitPromise
from routing.models.work import Assignment, Decision, Offer, QueueEntry, SweeperDuty

__all__ = [
    "AccountManager",
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
    "Fallback",
    "FallbackAction",
    "FallbackCondition",
    "Holiday",
    "Notice",
    "NoticeText",
    "Offer",
    "Queue",
    "QueueEntry",
    "QueueMember",
    "QueueSkill",
    "QueueStep",
    "QueueWeights",
    "SLAClock",
    "SLAKind",
    "SLATarget",
    "Skill",
    "SkillGroup",
    "SkillGroupAgent",
    "StepSkill",
    "SweeperDuty",
    "TagCost",
    "Trial",
    "WaitAlert",
    "WaitCalibration",
    "WaitPromise",
]

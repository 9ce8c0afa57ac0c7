"""What stands in the file, in the order in which rows need each other. New tables of the set-up get a section here."""

from __future__ import annotations

from typing import Any

from django.db.models import Q
from django.utils.translation import gettext as _

from contactcenter.accounts.models import Brand, Team, User
from contactcenter.administration.setupfile import accounts, parts, queues
from contactcenter.administration.setupfile.values import (
    Section,
    Value,
    column,
    columns,
    find,
    need,
    optional,
    reference,
)
from contactcenter.conversations.models import ChannelAccount, Tag
from routing.models import Agent, AgentStateReason, Calendar, ChannelProfile, Disposition, EntryPoint, Queue, Skill
from routing.services.logging import LOGGED_KIND
from selfservice.canned.models import CannedReply


def _no_brand(slug: str) -> str:
    return _("no brand “%s”.") % slug


def _brand(*, null: bool = False) -> Value:
    return reference("brand", Brand, "slug", _no_brand, null=null)


def _team(*, null: bool = False) -> Value:
    """By its name in the brand that the row has."""

    def take(row: Any, value: Any) -> None:
        if value is None and null:
            row.team = None
            return
        name, brand = need(value, str), getattr(row, "brand", None)
        text = _("no team “%(name)s” in brand “%(brand)s”.") % {"name": name, "brand": brand.slug if brand else ""}
        row.team = find(Team, text, brand=brand, name=name)

    return Value(
        name="team",
        show=lambda row: row.team.name if row.team else None,
        take=take,
        default=None if null else ...,
    )


def _queue(*, null: bool = False) -> Value:
    return reference("queue", Queue, "slug", lambda slug: _("no queue “%s”.") % slug, null=null)


def _check_team(row: Any) -> dict[str, str]:
    """A brand that changes takes the team along, or another is named."""
    team = getattr(row, "team", None)
    return {"team": _("this team belongs to another brand.")} if team and team.brand_id != row.brand_id else {}


def sections() -> list[Section]:
    return [*_people(), *_work(), *_ways_in(), *_words()]


def _people() -> list[Section]:
    return [
        Section(
            name="brands",
            model=Brand,
            key=columns(Brand, "slug"),
            values=columns(
                Brand, "name", "default_language", "time_zone", "colour", "phone_region", "allowed_countries"
            ),
            check=parts.check_time_zone,
        ),
        Section(name="teams", model=Team, key=[_brand(), *columns(Team, "name")], values=[], reads=("brand",)),
        Section(
            name="users",
            model=User,
            key=columns(User, "username"),
            values=[
                *columns(User, "display_name", "email", "role", "language", "time_zone", "is_active"),
                parts.USER_BRANDS,
                parts.USER_TEAMS,
            ],
            reads=("brands", "teams__brand"),
            check=parts.check_time_zone,
            before_save=parts.prepare_user,
        ),
        Section(name="skills", model=Skill, key=columns(Skill, "slug"), values=columns(Skill, "name", "language")),
        Section(
            name="agents",
            model=Agent,
            key=[reference("user", User, "username", lambda name: _("no user “%s”.") % name)],
            values=[parts.CAPACITY, parts.levels("skills", "agent", "level")],
            reads=("user", "skills__skill"),
        ),
    ]


def _work() -> list[Section]:
    hours = reference("calendar", Calendar, "name", lambda name: _("no opening hours “%s”.") % name, null=True)
    return [
        Section(
            name="calendars",
            model=Calendar,
            key=columns(Calendar, "name"),
            values=[*columns(Calendar, "time_zone"), parts.HOURS, parts.HOLIDAYS],
            reads=("intervals", "holidays"),
            check=parts.check_time_zone,
        ),
        Section(
            name="channel_profiles",
            model=ChannelProfile,
            key=columns(ChannelProfile, "channel"),
            values=columns(ChannelProfile, "cost", "offer_seconds", "wrap_up_seconds", "interrupted_by"),
        ),
        Section(
            name="queues",
            model=Queue,
            key=columns(Queue, "slug"),
            values=[
                *columns(Queue, "name"),
                _brand(),
                _team(),
                hours,
                *columns(Queue, "needs_language", "target_seconds", "offer_seconds", "wrap_up_seconds"),
                *columns(Queue, "wake_seconds", "release_hours", "releases_at_sign_out", "max_wait_seconds"),
                *columns(Queue, "max_waiting", "spent_seconds", "last_agent_days", "last_agent_seconds"),
                *columns(Queue, "misses_allowed", "alert_offers", "alert_seconds", "thanks_minutes", "is_active"),
                parts.levels("skills", "queue", "min_level"),
                queues.MEMBERS,
                queues.STEPS,
                queues.FALLBACKS,
                queues.PROMISES,
                queues.WEIGHTS,
            ],
            reads=("brand", "team", "calendar", "skills__skill", *queues.READS),
            check=_check_team,
        ),
    ]


def _ways_in() -> list[Section]:
    return [
        Section(
            name="accounts",
            model=ChannelAccount,
            key=columns(ChannelAccount, "slug"),
            values=[
                _brand(),
                *columns(ChannelAccount, "name", "kind", "channel", "address", "api_base", "reopen_hours", "is_active"),
                accounts.CONFIG,
            ],
            made=Q(kind=LOGGED_KIND),
            reads=("brand",),
            check=accounts.check_account,
            before_save=accounts.clear_secret_if_moved,
        ),
        Section(
            name="entry_points",
            model=EntryPoint,
            key=[
                reference("account", ChannelAccount, "slug", lambda slug: _("no account “%s”.") % slug),
                optional(column(EntryPoint, "topic"), ""),
            ],
            values=[*columns(EntryPoint, "topic_name", "min_level"), _queue(), parts.ENTRY_SKILLS],
            reads=("account", "queue", "skills"),
        ),
    ]


def _words() -> list[Section]:
    return [
        Section(
            name="dispositions",
            model=Disposition,
            key=[_queue(null=True), parts.UNDER, *columns(Disposition, "name")],
            values=columns(Disposition, "is_active"),
            reads=("queue", "parent"),
        ),
        Section(
            name="break_reasons",
            model=AgentStateReason,
            key=columns(AgentStateReason, "name"),
            values=columns(AgentStateReason, "is_active"),
        ),
        Section(
            name="tags",
            model=Tag,
            key=columns(Tag, "name"),
            values=[_brand(null=True), *columns(Tag, "description", "is_active"), parts.TAG_COST],
            reads=("brand", "cost"),
        ),
        Section(
            name="canned_replies",
            model=CannedReply,
            key=[_brand(null=True), _team(null=True), *columns(CannedReply, "shortcut")],
            values=[*columns(CannedReply, "title", "tags", "is_active"), parts.TEXTS],
            reads=("brand", "team", "texts"),
            check=_check_team,
        ),
    ]

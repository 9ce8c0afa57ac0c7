"""How the administration looks: its colours, and its pages grouped as somebody who sets up a contact center thinks."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from django.urls import reverse, reverse_lazy
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy


def _page(title: Any, icon: str, name: str) -> dict[str, Any]:
    return {"title": title, "icon": icon, "link": reverse_lazy(f"admin:{name}")}


def _list(title: Any, icon: str, model: str) -> dict[str, Any]:
    return _page(title, icon, f"{model}_changelist")


def _is_at_skills(request: HttpRequest) -> bool:
    matrix, skills = reverse("admin:routing_skill_matrix"), reverse("admin:routing_skill_changelist")
    return request.path.startswith(skills) and request.path != matrix


def _is_at_queues(request: HttpRequest) -> bool:
    staffing, queues = reverse("admin:routing_staffing"), reverse("admin:routing_queue_changelist")
    return request.path.startswith(queues) and request.path != staffing


NAVIGATION: list[dict[str, Any]] = [
    {
        "items": [
            _page(_("Home"), "home", "index"),
            {"title": _("Console"), "icon": "inbox", "link": reverse_lazy("console:home")},
        ]
    },
    {
        "title": _("People"),
        "items": [
            _list(_("Users and roles"), "person", "accounts_user"),
            _list(_("Agents"), "support_agent", "routing_agent"),
            _page(_("Skills and levels"), "grid_on", "routing_skill_matrix"),
            # Its address begins the matrix' own.
            {**_list(_("Skills"), "star", "routing_skill"), "active": _is_at_skills},
            _list(_("Teams"), "groups", "accounts_team"),
            _list(_("Break reasons"), "coffee", "routing_agentstatereason"),
        ],
    },
    {
        "title": _("Queues"),
        "items": [
            {**_list(_("Queues"), "hourglass_top", "routing_queue"), "active": _is_at_queues},
            _page(_("Staffing"), "monitoring", "routing_staffing"),
            _list(_("Opening hours"), "schedule", "routing_calendar"),
            _list(_("Entry points"), "call_split", "routing_entrypoint"),
            _list(_("Account managers"), "handshake", "routing_accountmanager"),
            _list(_("Dispositions"), "account_tree", "routing_disposition"),
        ],
    },
    {
        "title": _("Channels"),
        "items": [
            _list(_("Channel accounts"), "link", "conversations_channelaccount"),
            _list(_("Widgets"), "chat", "webchat_widget"),
            _list(_("Channel profiles"), "tune", "routing_channelprofile"),
            _list(_("Costs of tags"), "weight", "routing_tagcost"),
            _list(_("Block list"), "block", "conversations_blockedaddress"),
        ],
    },
    {
        "title": pgettext_lazy("of a contact center", "Content"),
        "items": [
            _list(_("Canned replies"), "quickreply", "canned_cannedreply"),
            _list(_("Tags"), "sell", "conversations_tag"),
            _list(_("Notices"), "campaign", "routing_notice"),
        ],
    },
    {
        "title": _("Set-up"),
        "items": [
            _list(_("Brands"), "storefront", "accounts_brand"),
            _page(_("Set-up file"), "description", "setup-file"),
            _page(_("Settings"), "settings", "settings"),
            _list(_("API tokens"), "key", "accounts_apitoken"),
        ],
    },
    {
        "title": _("History"),
        "items": [
            _list(_("Change log"), "history", "accounts_auditentry"),
            _list(_("Conversations"), "forum", "conversations_conversation"),
            _list(_("Messages"), "sms", "conversations_message"),
            _list(_("Events"), "list_alt", "conversations_event"),
            _list(_("Customers"), "contacts", "conversations_customer"),
            _list(_("Queue entries"), "hourglass_empty", "routing_queueentry"),
            _list(_("Offers"), "notifications", "routing_offer"),
            _list(_("Assignments"), "assignment_ind", "routing_assignment"),
            _list(_("Decisions"), "rule", "routing_decision"),
            _list(_("Wait promises"), "timer", "routing_waitpromise"),
            _list(_("Promised and actual waits"), "compare_arrows", "routing_waitcalibration"),
            _list(_("Outgoing work"), "outbox", "conversations_effect"),
            _list(_("Sweeper"), "cleaning_services", "routing_sweeperduty"),
            _list(_("Erasure requests"), "person_off", "conversations_erasurerequest"),
        ],
    },
]

UNFOLD: dict[str, Any] = {
    "SITE_TITLE": _("Contact center"),
    "SITE_HEADER": _("Contact center"),
    "SITE_SYMBOL": "support_agent",
    "SHOW_LANGUAGES": True,
    "DASHBOARD_CALLBACK": "contactcenter.administration.home.add_home",
    "SHOW_HISTORY": False,
    "SHOW_BACK_BUTTON": True,
    "COLORS": {
        "primary": {
            "50": "#eef5fc",
            "100": "#d6e6f6",
            "200": "#b3d0ee",
            "300": "#82b2e1",
            "400": "#4b8ed0",
            "500": "#2272bf",
            "600": "#0b5cad",
            "700": "#0a4b8d",
            "800": "#0b3e73",
            "900": "#0c3460",
            "950": "#08213f",
        }
    },
    "SIDEBAR": {"show_search": True, "show_all_applications": False, "navigation": NAVIGATION},
}

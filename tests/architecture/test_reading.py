"""What people see goes through the selectors that know who may see it; time and the outside world through one door."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from contactcenter.accounts import selectors as account_selectors
from contactcenter.conversations import selectors as conversation_selectors
from routing import selectors as routing_selectors
from selfservice.canned import selectors as canned_selectors
from tests.architecture.sources import ROOT, Source, calls, dotted, imports, product

SCREENS = ("contactcenter/console/", "contactcenter/api/", "channels_app/")
# The parts of these apps that answer people; services and models have been given what was looked up.
ANSWERING = re.compile(r"(views|consumers|sockets|api|frames|timeline|templatetags|selectors|admin_views)")
# Models that `visible_*` returns, by their names.
SELECTORS = (account_selectors, conversation_selectors, routing_selectors, canned_selectors)
# (file, model): why it may be read without the viewer.
ALLOWED: dict[tuple[str, str], str] = {
    ("channels_app/webchat/", "ChannelAccount"): "a widget finds itself by its public key, before anybody is known",
    ("channels_app/webchat/", "Conversation"): "a visitor reads their own, by their token's identity",
    ("channels_app/webchat/", "Message"): "a visitor reads their own, by their token's identity",
    ("channels_app/webchat/", "Identity"): "the visitor's token names it",
    ("channels_app/webchat/", "Attachment"): "a visitor reads their own, by their token's identity",
    ("channels_app/webchat/", "Customer"): "the visitor's own",
    ("channels_app/webchat/", "Event"): "a visitor reads their own, by their token's identity",
    ("channels_app/views.py", "ChannelAccount"): "a provider names the account in the address; its signature verifies",
    ("contactcenter/console/frames.py", "Conversation"): "rendered once, then given to those whom `sees` lets have it",
    ("contactcenter/console/frames.py", "Event"): "of a conversation whose audience was asked",
    ("contactcenter/console/frames.py", "Message"): "of a conversation whose audience was asked",
    ("contactcenter/console/timeline.py", "Message"): "the frame of a message whose audience was asked has no viewer",
    ("contactcenter/console/timeline.py", "Attachment"): "prefetched for messages that were looked up",
    ("contactcenter/console/sockets.py", "User"): "the socket's own user, read again",
}
# What belongs to a row that has been looked up: `Offer.objects.filter(conversation=conversation)`.
PARENTS = re.compile(r"^(conversation|conversation__in|agent|agent__in|agent__user|user|customer|message)$")
CLOCKS = {
    "timezone.now",
    "datetime.now",
    "datetime.utcnow",
    "datetime.datetime.now",
    "time.time",
    "date.today",
    "timezone.localdate",
}
OTHER_CLOCKS = {"contactcenter/base/clock.py"}


def guarded_models() -> set[str]:
    names = set()
    for module in SELECTORS:
        for name, function in vars(module).items():
            if name.startswith("visible_"):
                names |= set(re.findall(r"QuerySet\[(\w+)\]", str(function.__annotations__.get("return", ""))))
    return names


def chains(source: Source) -> Iterator[tuple[str, ast.AST, set[str], set[str]]]:
    """(model, where, methods called, keywords given) of every `Model.objects.method(…).method(…)`."""
    parents = {child: node for node in ast.walk(source.tree) for child in ast.iter_child_nodes(node)}
    for node in ast.walk(source.tree):
        if not isinstance(node, ast.Attribute) or node.attr not in {"objects", "_default_manager"}:
            continue
        methods, keywords, link = set(), set(), parents[node]
        while isinstance(link, ast.Attribute | ast.Call):
            if isinstance(link, ast.Attribute):
                methods.add(link.attr)
            elif isinstance(link.func, ast.Attribute) and link.func.attr in methods:
                keywords |= {word.arg for word in link.keywords if word.arg}
            link = parents[link]
        yield dotted(node.value).rsplit(".", 1)[-1], node, methods, keywords


def is_allowed(source: Source, model: str) -> bool:
    return any(source.name.startswith(path) and model == allowed for path, allowed in ALLOWED)


def test_the_rule_knows_its_models() -> None:
    assert {"Conversation", "Message", "Event", "Queue", "Offer", "Customer", "User"} <= guarded_models()


def test_the_rule_sees_a_breach() -> None:
    breach = ast.parse("x = Conversation.objects.filter(pk=pk).first()\ny = Offer.objects.filter(conversation=x)")
    source = Source(path=ROOT / "contactcenter/console/views/x.py", tree=breach, lines=2)
    assert sorted((model, sorted(words)) for model, _node, _methods, words in chains(source)) == [
        ("Conversation", ["pk"]),
        ("Offer", ["conversation"]),
    ]


def test_screens_read_through_the_selectors() -> None:
    """`Conversation.objects` in a view, frame, file or API answer would show what the viewer may not see."""
    guarded, found = guarded_models(), []
    for source in product():
        if not source.name.startswith(SCREENS) or not ANSWERING.search(source.name):
            continue
        for model, node, methods, keywords in chains(source):
            is_child = any(PARENTS.match(word) for word in keywords) and model != "Conversation"
            if model in guarded and "none" not in methods and not is_child and not is_allowed(source, model):
                found.append(f"{source.at(node)} {model}.objects")
        for call, name in calls(source.tree):
            model = dotted(call.args[0]) if call.args and name.endswith("get_object_or_404") else ""
            if model in guarded and not is_allowed(source, model):
                found.append(f"{source.at(call)} get_object_or_404({model})")
    assert found == []


def test_time_is_read_in_one_place() -> None:
    found = []
    for source in product():
        if source.name in OTHER_CLOCKS:
            continue
        found += [f"{source.at(call)} {name}" for call, name in calls(source.tree) if name in CLOCKS]
        found += [
            f"{source.at(node)} {name}" for node, name in imports(source) if name == "django.db.models.functions.Now"
        ]
    assert found == []


def test_tasks_are_started_by_effects_only() -> None:
    allowed = {"contactcenter/conversations/effects.py"}
    found = [
        source.at(call)
        for source in product()
        for call, name in calls(source.tree)
        if name.endswith((".delay", ".apply_async", ".send_task")) and source.name not in allowed
    ]
    assert found == []


def test_frames_are_announced_by_realtime_only() -> None:
    found = [
        source.at(call)
        for source in product()
        for call, name in calls(source.tree)
        if name.endswith((".publish", ".group_send")) and source.name != "contactcenter/conversations/realtime.py"
    ]
    assert found == []


def test_no_network_or_broker_in_services() -> None:
    outside = ("httpx", "requests", "smtplib", "redis", "socket", "urllib.request", "celery")
    found = []
    for source in product():
        if "/services" in source.name:
            found += [f"{source.at(node)} {name}" for node, name in imports(source) if name.split(".")[0] in outside]
    assert found == []

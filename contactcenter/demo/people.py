"""The demo's world as data: brands, teams, people with their skills, queues, hours, widgets."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import time

from contactcenter.accounts.models import Role

ZONE = "Europe/Riga"
NORDWIND, SUVILA = "nordwind", "suvila"
BRANDS = (
    {"slug": NORDWIND, "name": "Nordwind", "default_language": "en", "time_zone": ZONE, "colour": "#0b5cad"},
    {"slug": SUVILA, "name": "Suvila", "default_language": "et", "time_zone": ZONE, "colour": "#14505c"},
)
# Team -> brand.
TEAMS = {"Service": NORDWIND, "Sales": NORDWIND, "Holidays": SUVILA}
WIDGETS = {
    NORDWIND: {"name": "Nordwind shop", "slug": "shop", "address": "pk_demo_shop"},
    SUVILA: {"name": "Suvila website", "slug": "suvila", "address": "pk_demo_suvila"},
}
WIDGET = {
    "prechat": {"name": "optional", "email": "optional", "topic": "optional", "order": "optional"},
    "greeting": {
        "en": "Hi {name}, how can we help?",
        "et": "Tere, {name}! Kuidas saame aidata?",
        "lv": "Sveiki, {name}! Kā varam palīdzēt?",
        "ru": "Здравствуйте, {name}! Чем можем помочь?",
        "pl": "Dzień dobry, {name}! W czym możemy pomóc?",
    },
    "proactive": [
        {
            "pages": ["/demo/shop/*"],
            "after_seconds": 30,
            "text": {
                "en": "Not sure about the size? We are here.",
                "et": "Kas suurus tekitab kahtlusi? Oleme siin.",
                "lv": "Šaubāties par izmēru? Mēs esam šeit.",
                "ru": "Сомневаетесь в размере? Мы на связи.",
                "pl": "Nie wiesz, jaki rozmiar? Jesteśmy tutaj.",
            },
        }
    ],
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    username: str
    name: str
    role: Role = Role.AGENT
    language: str = "en"
    teams: tuple[str, ...] = ("Service", "Sales")
    skills: dict[str, int] = field(default_factory=dict)
    # Comes and goes an hour and a half after the others.
    comes_late: bool = False


PEOPLE = (
    Person(username="admin", name="Admin", role=Role.ADMIN, teams=tuple(TEAMS)),
    Person(username="sue", name="Sue", role=Role.SUPERVISOR, teams=tuple(TEAMS)),
    Person(username="ada", name="Ada", skills={"en": 5, "et": 3, "billing": 4}),
    Person(username="ben", name="Ben", skills={"en": 5, "pl": 2, "delivery": 4}, comes_late=True),
    Person(
        username="mari",
        name="Mari",
        language="et",
        teams=("Service", "Holidays"),
        skills={"et": 5, "en": 4, "delivery": 3},
    ),
    Person(
        username="juris",
        name="Juris",
        language="lv",
        teams=("Service", "Sales", "Holidays"),
        skills={"lv": 5, "ru": 3, "en": 3, "billing": 3},
    ),
    Person(
        username="anna",
        name="Anna",
        language="pl",
        teams=("Sales", "Holidays"),
        skills={"pl": 5, "en": 4, "billing": 5},
        comes_late=True,
    ),
    Person(
        username="ivan",
        name="Иван",
        language="ru",
        teams=("Service", "Holidays"),
        skills={"ru": 5, "lv": 4, "delivery": 5},
        comes_late=True,
    ),
)
SKILLS = {"billing": "Billing", "delivery": "Delivery"}
LANGUAGE_SKILLS = {"en": "English", "et": "Estonian", "lv": "Latvian", "ru": "Russian", "pl": "Polish"}
BREAK_REASONS = ("Lunch", "Training", "Back office")
DISPOSITIONS = {
    "Order": ("Delivery question", "Change of order", "Return"),
    "Invoice": ("Explained", "Corrected"),
    "Booking": ("Changed", "Question before arrival"),
    "Other": ("Solved", "Not our customer"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class DemoStep:
    after_seconds: int
    skills: dict[str, int] = field(default_factory=dict)
    optional: tuple[str, ...] = ()
    joins: tuple[str, ...] = ()
    boost_seconds: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class DemoQueue:
    slug: str
    name: str
    team: str
    topic: str = ""
    topic_name: str = ""
    skills: dict[str, int] = field(default_factory=dict)
    target_seconds: int = 60
    steps: tuple[DemoStep, ...] = ()
    # Who helps out: (priority, delay in seconds); the others stand at 1 without delay.
    helpers: dict[str, tuple[int, int]] = field(default_factory=dict)
    # When the last step has had its time, work goes on to this queue.
    spent: tuple[int, str] | None = None


QUEUES = (
    DemoQueue(slug="service", name="Service", team="Service", helpers={"juris": (2, 0)}),
    DemoQueue(
        slug="orders",
        name="Orders",
        team="Service",
        topic="orders",
        topic_name="My order",
        skills={"delivery": 2},
        steps=(
            DemoStep(after_seconds=30, skills={"delivery": 1}),
            DemoStep(after_seconds=90, optional=("delivery",), joins=("service",), boost_seconds=60),
        ),
        helpers={"mari": (2, 20)},
        spent=(600, "service"),
    ),
    DemoQueue(
        slug="invoices",
        name="Invoices",
        team="Sales",
        topic="invoices",
        topic_name="Invoices",
        skills={"billing": 3},
        steps=(DemoStep(after_seconds=60, optional=("billing",)),),
    ),
    DemoQueue(slug="guests", name="Guests", team="Holidays", target_seconds=120),
    DemoQueue(
        slug="bookings", name="Bookings", team="Holidays", topic="bookings", topic_name="My booking", target_seconds=120
    ),
)
# What Suvila's customers read at night: an answer is promised for the morning.
CLOSED_TEXT = {
    "en": "We are here every day from 8 to 20. You will have an answer in the morning.",
    "et": "Oleme kohal iga päev kell 8–20. Vastame teile hommikul.",
    "lv": "Esam šeit katru dienu no 8 līdz 20. Atbildēsim jums no rīta.",
    "ru": "Мы на связи каждый день с 8 до 20. Ответим вам утром.",
    "pl": "Jesteśmy codziennie od 8 do 20. Odpowiemy rano.",
}
# Seconds: the first answer, each next one, all of it.
PROMISES = (120, 300, 24 * 3600)
# Who looks after whom, and what costs more than its channel says.
MANAGERS = {"Līga Bērziņa": "juris"}
TAG_COSTS = {"company": 60}
# Nordwind always answers, so that the shop's chat can be tried at night too; Suvila keeps hours.
HOURS = {NORDWIND: ("Always", time(0), time(0)), SUVILA: ("Every day 8-20", time(8), time(20))}
TAGS = {
    "delivery": "Where is the parcel?",
    "return": "",
    "invoice": "",
    "company": "The customer buys for a company",
    "size": "",
    "account": "Signing in, passwords, addresses",
    "dates": "Bookings that move",
    "arrival": "",
    "vip": "Served first, by name",
}

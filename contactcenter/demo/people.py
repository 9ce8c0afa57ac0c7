"""The demo's world as data: brand, teams, people with their skills, queues, customers with orders and invoices."""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal

from contactcenter.accounts.models import Role

BRAND = {
    "slug": "nordwind",
    "name": "Nordwind",
    "default_language": "en",
    "time_zone": "Europe/Riga",
    "colour": "#0b5cad",
}
TEAMS = ("Service", "Sales")
WIDGET_KEY = "pk_demo_shop"
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
    teams: tuple[str, ...] = TEAMS
    skills: dict[str, int] = field(default_factory=dict)


PEOPLE = (
    Person(username="admin", name="Admin", role=Role.ADMIN),
    Person(username="sue", name="Sue", role=Role.SUPERVISOR),
    Person(username="ada", name="Ada", skills={"en": 5, "et": 3, "billing": 4}),
    Person(username="ben", name="Ben", skills={"en": 5, "pl": 2, "delivery": 4}),
    Person(username="mari", name="Mari", language="et", teams=("Service",), skills={"et": 5, "en": 4, "delivery": 3}),
    Person(username="juris", name="Juris", language="lv", skills={"lv": 5, "ru": 3, "en": 3, "billing": 3}),
    Person(username="anna", name="Anna", language="pl", teams=("Sales",), skills={"pl": 5, "en": 4, "billing": 5}),
    Person(username="ivan", name="Иван", language="ru", teams=("Service",), skills={"ru": 5, "lv": 4, "delivery": 5}),
)
SKILLS = {"billing": "Billing", "delivery": "Delivery"}
LANGUAGE_SKILLS = {"en": "English", "et": "Estonian", "lv": "Latvian", "ru": "Russian", "pl": "Polish"}
BREAK_REASONS = ("Lunch", "Training", "Back office")
DISPOSITIONS = {
    "Order": ("Delivery question", "Change of order", "Return"),
    "Invoice": ("Explained", "Corrected"),
    "Other": ("Solved", "Not our customer"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class DemoQueue:
    slug: str
    name: str
    team: str
    topic: str = ""
    topic_name: str = ""
    skills: dict[str, int] = field(default_factory=dict)
    target_seconds: int = 60


QUEUES = (
    DemoQueue(slug="service", name="Service", team="Service"),
    DemoQueue(
        slug="orders", name="Orders", team="Service", topic="orders", topic_name="My order", skills={"delivery": 2}
    ),
    DemoQueue(
        slug="invoices", name="Invoices", team="Sales", topic="invoices", topic_name="Invoices", skills={"billing": 3}
    ),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class DemoRecord:
    kind: str
    external_id: str
    title: str
    status: str
    amount: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class DemoCustomer:
    name: str
    language: str
    email: str
    phone: str
    value: int = 1
    records: tuple[DemoRecord, ...] = ()


def _order(number: str, title: str, status: str, amount: str) -> DemoRecord:
    return DemoRecord(kind="order", external_id=number, title=title, status=status, amount=Decimal(amount))


def _invoice(number: str, status: str, amount: str) -> DemoRecord:
    return DemoRecord(kind="invoice", external_id=number, title="", status=status, amount=Decimal(amount))


CUSTOMERS = (
    DemoCustomer(
        name="Līga Bērziņa",
        language="lv",
        email="liga@example.com",
        phone="+37120000001",
        value=10,
        records=(_order("10482", "Desk lamp", "In transit", "49.90"), _invoice("2291", "Overdue", "49.90")),
    ),
    DemoCustomer(
        name="Иван Петров",
        language="ru",
        email="petrov@example.com",
        phone="+37120000002",
        records=(_order("10377", "Kettle", "Delivered", "35.00"),),
    ),
    DemoCustomer(
        name="Anna Kowalska",
        language="pl",
        email="kowalska@example.com",
        phone="+48600000003",
        value=3,
        records=(_invoice("2304", "Paid", "120.00"),),
    ),
    DemoCustomer(name="Jaan Tamm", language="et", email="tamm@example.com", phone="+37250000004"),
    DemoCustomer(name="Carl Smith", language="en", email="smith@example.com", phone="+37120000005"),
)

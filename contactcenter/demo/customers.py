"""The demo's customers as data: five whom the tour names, and those who fill lists, search and history."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal

from contactcenter.demo.people import NORDWIND, SUVILA


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
    brand: str = NORDWIND
    value: int = 1
    records: tuple[DemoRecord, ...] = ()
    # Those of the tour begin without a past: what the visitor does with them is all there is.
    has_past: bool = False


def _record(kind: str, number: object, title: str, status: str, amount: object) -> DemoRecord:
    return DemoRecord(kind=kind, external_id=str(number), title=title, status=status, amount=Decimal(str(amount)))


NAMED = (
    DemoCustomer(
        name="Līga Bērziņa",
        language="lv",
        email="liga@example.com",
        phone="+37120000001",
        value=10,
        records=(
            _record("order", 10482, "Desk lamp", "In transit", "49.90"),
            _record("invoice", 2291, "", "Overdue", "49.90"),
        ),
        has_past=True,
    ),
    DemoCustomer(
        name="Иван Петров",
        language="ru",
        email="petrov@example.com",
        phone="+37120000002",
        records=(_record("order", 10377, "Kettle", "Delivered", "35.00"),),
        has_past=True,
    ),
    DemoCustomer(
        name="Anna Kowalska",
        language="pl",
        email="kowalska@example.com",
        phone="+48600000003",
        value=3,
        records=(_record("invoice", 2304, "", "Paid", "120.00"),),
    ),
    DemoCustomer(name="Jaan Tamm", language="et", email="tamm@example.com", phone="+37250000004"),
    DemoCustomer(name="Carl Smith", language="en", email="smith@example.com", phone="+37120000005"),
)
# Name and the address part of it.
_NAMES = {
    "en": (
        ("Grace Whitfield", "grace.whitfield"),
        ("Owen Hartley", "owen.hartley"),
        ("Priya Raman", "priya.raman"),
        ("Lucy Bramwell", "lucy.bramwell"),
        ("Henry Oduya", "henry.oduya"),
        ("Fiona Muir", "fiona.muir"),
        ("Noah Lindqvist", "noah.lindqvist"),
        ("Zoe Papadakis", "zoe.papadakis"),
        ("Theo Vandenberg", "theo.vandenberg"),
        ("Ruby Ellwood", "ruby.ellwood"),
        ("Dylan Pryce", "dylan.pryce"),
    ),
    "et": (
        ("Kersti Õunapuu", "kersti.ounapuu"),
        ("Rein Pärtel", "rein.partel"),
        ("Liis Veskimägi", "liis.veskimagi"),
        ("Tõnu Sepp", "tonu.sepp"),
        ("Helve Raudsik", "helve.raudsik"),
        ("Siim Allikmaa", "siim.allikmaa"),
        ("Maarja Külvik", "maarja.kulvik"),
        ("Peeter Hõbe", "peeter.hobe"),
        ("Triin Nõmmik", "triin.nommik"),
        ("Oskar Lepp", "oskar.lepp"),
        ("Ene Rohtla", "ene.rohtla"),
    ),
    "lv": (
        ("Dace Ozoliņa", "dace.ozolina"),
        ("Māris Krūmiņš", "maris.krumins"),
        ("Ilze Vītola", "ilze.vitola"),
        ("Andris Zariņš", "andris.zarins"),
        ("Baiba Liepiņa", "baiba.liepina"),
        ("Kārlis Eglītis", "karlis.eglitis"),
        ("Zane Šmite", "zane.smite"),
        ("Edgars Pūce", "edgars.puce"),
        ("Inese Ābele", "inese.abele"),
        ("Gatis Rudzītis", "gatis.rudzitis"),
        ("Laima Kļava", "laima.klava"),
    ),
    "ru": (
        ("Ольга Никитина", "olga.nikitina"),
        ("Сергей Воронцов", "sergey.vorontsov"),
        ("Марина Журавлёва", "marina.zhuravleva"),
        ("Дмитрий Соколов", "dmitry.sokolov"),
        ("Елена Гусева", "elena.guseva"),
        ("Павел Щербаков", "pavel.shcherbakov"),
        ("Татьяна Белова", "tatiana.belova"),
        ("Алексей Морозов", "aleksey.morozov"),
        ("Юлия Чайкина", "julia.chaikina"),
        ("Виктор Егоров", "viktor.egorov"),
        ("Нина Фомина", "nina.fomina"),
    ),
    "pl": (
        ("Katarzyna Wójcik", "katarzyna.wojcik"),
        ("Tomasz Gołąb", "tomasz.golab"),
        ("Małgorzata Dąbrowska", "malgorzata.dabrowska"),
        ("Piotr Żuraw", "piotr.zuraw"),
        ("Ewa Śliwińska", "ewa.sliwinska"),
        ("Marek Borowiec", "marek.borowiec"),
        ("Joanna Kędzierska", "joanna.kedzierska"),
        ("Rafał Czyż", "rafal.czyz"),
        ("Beata Mróz", "beata.mroz"),
        ("Łukasz Pietrzak", "lukasz.pietrzak"),
        ("Hanna Sobczak", "hanna.sobczak"),
    ),
}
_PREFIXES = {"en": "+371201", "et": "+372501", "lv": "+371202", "ru": "+371203", "pl": "+486001"}
_GOODS = (
    ("Winter coat Saaremaa", 149),
    ("Wool skirt Ruhnu", 29),
    ("Trousers Sigulda", 39),
    ("Boots Hel", 119),
    ("Gloves Narva", 24),
)
_STATES = ("Delivered", "Delivered", "In transit", "Packed", "Returned")
_HOUSES = (("House by the sea, Käsmu", 420), ("Sauna cottage, Haanja", 260), ("Lake cabin, Rāzna", 310))
_BOOKING_STATES = ("Confirmed", "Past", "Past", "Cancelled")
_VALUES = (1, 1, 3, 1, 1, 1, 10, 1, 1, 3, 1)


def _records_of(number: int, brand: str) -> tuple[DemoRecord, ...]:
    if brand == SUVILA:
        title, amount = _HOUSES[number % len(_HOUSES)]
        return (_record("booking", 5100 + number, title, _BOOKING_STATES[number % len(_BOOKING_STATES)], amount),)
    title, amount = _GOODS[number % len(_GOODS)]
    order = _record("order", 10500 + number * 7, title, _STATES[number % len(_STATES)], amount)
    if number % 3:
        return (order,)
    return order, _record("invoice", 2400 + number, "", "Overdue" if number % 4 == 0 else "Paid", amount)


def _others() -> Iterator[DemoCustomer]:
    number = 0
    for language, names in _NAMES.items():
        for place, (name, local) in enumerate(names):
            brand = SUVILA if place % 3 == 2 else NORDWIND
            yield DemoCustomer(
                name=name,
                language=language,
                email=f"{local}@example.com",
                phone=f"{_PREFIXES[language]}{number:05d}",
                brand=brand,
                value=_VALUES[place],
                records=_records_of(number, brand),
                has_past=True,
            )
            number += 1


CUSTOMERS = (*NAMED, *_others())

"""The same request twice is one; the same key for another is refused; whatever happens at the same moment."""

from __future__ import annotations

import threading
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.db import connection, transaction

from contactcenter.api.idempotency import delete_old_keys
from contactcenter.api.models import IdempotencyKey
from contactcenter.base.clock import now
from contactcenter.conversations.locking import lock_customer
from contactcenter.conversations.models import Customer, Message
from tests import factories as make
from tests.api.conftest import Floor, Program
from tests.concurrency.together import ROUNDS, together

NEW = {"brand": "nordwind", "name": "Anna"}


@pytest.mark.django_db
def test_the_first_answer_again(floor: Floor, ada: Program) -> None:
    path = f"conversations/{floor.conversation.public_id}/messages/"
    first = ada.post(path, {"text": "Hello"}, Idempotency_Key="a")
    again = ada.post(path, {"text": "Hello"}, Idempotency_Key="a")
    assert first.status_code == again.status_code == 201 and first.json() == again.json()
    assert again["Idempotency-Replayed"] == "true" and "Idempotency-Replayed" not in first
    assert Message.objects.filter(kind="out").count() == 1
    assert ada.post(path, {"text": "Hello"}, Idempotency_Key="b").json()["id"] != first.json()["id"]
    assert ada.post(path, {"text": "Hello"}).json()["id"] != first.json()["id"]


@pytest.mark.django_db
@pytest.mark.parametrize("path", ["customers/", "records/"])
def test_a_key_is_for_one_request(ada: Program, path: str) -> None:
    assert ada.post("customers/", NEW, Idempotency_Key="a").status_code == 201
    other = ada.post(path, {**NEW, "language": "lv"}, Idempotency_Key="a")
    assert other.status_code == 422 and other.json()["code"] == "idempotency_key_reused"


@pytest.mark.django_db
@pytest.mark.parametrize("key", ["", "x" * 256, "ключ"])
def test_keys_that_are_none(ada: Program, key: str) -> None:
    response = ada.post("customers/", NEW, Idempotency_Key=key)
    assert response.status_code == 422 and response.json()["code"] == "bad_idempotency_key"


@pytest.mark.django_db
def test_keys_are_each_users_own(ada: Program) -> None:
    other = Program(make.make_user())
    first, second = (program.post("customers/", NEW, Idempotency_Key="a") for program in (ada, other))
    assert first.json()["id"] != second.json()["id"]


@pytest.mark.django_db
def test_what_was_refused_may_be_tried_again(ada: Program) -> None:
    wrong = {"brand": "laterwind", "name": "Anna"}
    assert ada.post("customers/", wrong, Idempotency_Key="a").status_code == 422
    ada.user.brands.add(make.make_brand("laterwind"))
    assert ada.post("customers/", wrong, Idempotency_Key="a").status_code == 201


@pytest.mark.django_db
def test_a_key_is_kept_for_a_day(ada: Program) -> None:
    first = ada.post("customers/", NEW, Idempotency_Key="a").json()["id"]
    with time_machine.travel(make.later(86_390)):
        assert ada.post("customers/", NEW, Idempotency_Key="a").json()["id"] == first
        assert delete_old_keys() == 0
    with time_machine.travel(make.later(86_410)):
        assert ada.post("customers/", {**NEW, "name": "Berta"}, Idempotency_Key="a").json()["id"] != first
    with time_machine.travel(make.later(2 * 86_420)):
        assert delete_old_keys() == 1


@pytest.mark.django_db
def test_a_request_in_flight_and_one_that_was_lost(ada: Program) -> None:
    ada.post("customers/", NEW, Idempotency_Key="a")
    # As a process leaves it that died at work: claimed, and nothing done.
    IdempotencyKey.objects.update(status=None, body=None)
    Customer.objects.filter(name="Anna").delete()
    refused = ada.post("customers/", NEW, Idempotency_Key="a")
    assert refused.status_code == 409 and refused.json()["code"] == "in_flight"
    with time_machine.travel(now() + timedelta(seconds=61)):
        assert ada.post("customers/", NEW, Idempotency_Key="a").status_code == 201
    assert Customer.objects.filter(name="Anna").count() == 1


@pytest.mark.django_db(transaction=True)
def test_the_same_request_from_several_threads_is_carried_out_once() -> None:
    program = Program(make.make_user())
    for number in range(ROUNDS):
        name, key = f"Anna {number}", f"key-{number}"

        def ask(name: str = name, key: str = key) -> Any:
            return Program.post(program, "customers/", {**NEW, "name": name}, Idempotency_Key=key)

        answers = together(*[ask] * 4, seed=number)
        assert {answer.status_code for answer in answers} <= {201, 409}
        made = {answer.json()["id"] for answer in answers if answer.status_code == 201}
        assert len(made) == 1 == Customer.objects.filter(name=name).count()
        assert ask().json()["id"] in made


@pytest.mark.django_db(transaction=True)
def test_while_the_first_is_at_work_the_second_is_told_so() -> None:
    program, customer = Program(make.make_user()), make.make_customer()
    path, address = f"customers/{customer.pk}/identities/", {"kind": "email", "address": "carl@example.com"}
    answers: list[Any] = []

    def first() -> None:
        answers.append(program.post(path, address, Idempotency_Key="a"))
        connection.close()

    thread = threading.Thread(target=first)
    with transaction.atomic():
        lock_customer(customer.pk)
        thread.start()
        while not IdempotencyKey.objects.exists() and thread.is_alive():
            pass
        refused = program.post(path, address, Idempotency_Key="a")
    thread.join(20)
    assert refused.status_code == 409 and refused.json()["code"] == "in_flight"
    assert answers[0].status_code == 201
    assert program.post(path, address, Idempotency_Key="a").json() == answers[0].json()

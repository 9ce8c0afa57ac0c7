"""Whatever the schema allows, and much that it does not: nothing fails, and no answer but as it describes."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import hypothesis
import pytest
import schemathesis
from django.core.signals import request_finished, request_started
from django.core.wsgi import get_wsgi_application
from django.db import close_old_connections
from drf_spectacular.generators import SchemaGenerator
from schemathesis.checks import CHECKS, load_all_checks

from contactcenter.accounts.models import Role, Scope
from contactcenter.api.views.customers import CUSTOMER
from tests import factories as make
from tests.api.conftest import Floor, Program

load_all_checks()
PROMISED = CHECKS.get_by_names(
    [
        "not_a_server_error",
        "status_code_conformance",
        "content_type_conformance",
        "response_headers_conformance",
        "response_schema_conformance",
        "unsupported_method",
    ]
)
DOCUMENT: dict[str, Any] = SchemaGenerator().get_schema(request=None, public=True)
schema = schemathesis.openapi.from_dict(DOCUMENT)
schema.app = get_wsgi_application()


@pytest.fixture(autouse=True)
def one_connection() -> Iterator[None]:
    """The end of a request would close the connection that the test's transaction runs on."""
    for signal in (request_started, request_finished):
        signal.disconnect(close_old_connections)
    yield
    for signal in (request_started, request_finished):
        signal.connect(close_old_connections)


@pytest.fixture
def caller(floor: Floor) -> Program:
    return Program(make.make_user("root", role=Role.ADMIN, teams=[floor.queue.team]))


@pytest.mark.django_db
@schema.parametrize()
@hypothesis.settings(
    max_examples=10,
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=list(hypothesis.HealthCheck),
    phases=[hypothesis.Phase.explicit, hypothesis.Phase.generate],
)
def test_nothing_fails_and_all_answers_are_as_described(case: schemathesis.Case, caller: Program, floor: Floor) -> None:
    # Half of what is asked for is there.
    parameters = case.path_parameters
    if "conversation_id" in parameters or "public_id" in parameters:
        name = "conversation_id" if "conversation_id" in parameters else "public_id"
        parameters[name] = str(floor.conversation.public_id)
    if case.method == "PATCH" or "customer_id" in parameters:
        parameters["customer_id" if "customer_id" in parameters else "id"] = floor.conversation.customer_id
    case.call_and_validate(headers={"Authorization": f"Bearer {caller.text}", "Host": "127.0.0.1"}, checks=PROMISED)


def test_every_operation_is_described_with_examples() -> None:
    for path, operations in DOCUMENT["paths"].items():
        for method, operation in operations.items():
            if method == "parameters":
                continue
            where = f"{method} {path}"
            assert operation["summary"] and operation["description"], where
            assert any(f"`{scope}`" in operation["description"] for scope in Scope.values), where
            good = [answer for code, answer in operation["responses"].items() if code in {"200", "201"}]
            assert method == "delete" or good, where
            for answer in good:
                assert answer["content"]["application/json"]["examples"], where
            if "requestBody" in operation:
                assert operation["requestBody"]["content"]["application/json"]["examples"], where
            assert {"400", "401", "403", "429"} <= set(operation["responses"]), where
    assert set(DOCUMENT["components"]["schemas"]["Customer"]["properties"]) == set(CUSTOMER)

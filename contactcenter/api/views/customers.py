"""Customers, their addresses and their records."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

from django.db import transaction
from django.db.models import QuerySet
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiExample, extend_schema, extend_schema_view
from rest_framework import mixins
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.viewsets import GenericViewSet

from contactcenter.accounts.models import Brand, Scope
from contactcenter.accounts.selectors import visible_brands
from contactcenter.api.errors import about
from contactcenter.api.filters import CustomerFilter, RecordFilter
from contactcenter.api.idempotency import idempotent
from contactcenter.api.views.base import Access
from contactcenter.base.errors import Refused
from contactcenter.conversations.models import Customer, Identity, Record
from contactcenter.conversations.selectors import visible_customers, visible_identities, visible_records
from contactcenter.conversations.serializers import (
    AddressSerializer,
    CustomerChangeSerializer,
    CustomerCreateSerializer,
    CustomerSerializer,
    IdentitySerializer,
    RecordPushSerializer,
    RecordSerializer,
)
from contactcenter.conversations.services import cards
from contactcenter.conversations.services.customers import normalise_address
from contactcenter.conversations.services.records import push_record
from contactcenter.conversations.states import IdentityKind, IdentityLevel

CUSTOMER = {
    "id": 812,
    "brand": "nordwind",
    "name": "Anna Bērziņa",
    "language": "lv",
    "time_zone": "Europe/Riga",
    "value": 3,
    "tags": ["wholesale"],
    "note": "",
    "created_at": "2026-11-02T09:14:00Z",
}
IDENTITY = {
    "id": 2041,
    "kind": "email",
    "address": "anna@example.com",
    "display": "",
    "level": "claimed",
    "verified_at": None,
    "created_at": "2026-11-02T09:14:00Z",
}
RECORD = {
    "id": 77,
    "customer": 812,
    "kind": "order",
    "external_id": "A-1204",
    "title": "Two lamps",
    "status": "shipped",
    "amount": "89.90",
    "currency": "EUR",
    "occurred_at": "2026-11-20T11:00:00Z",
    "url": "https://shop.example/orders/A-1204",
    "data": {"carrier": "Omniva"},
    "updated_at": "2026-11-21T08:00:00Z",
}


def example(name: str, value: Any, **where: Any) -> OpenApiExample:
    """One for answers unless it says that it is a request."""
    return OpenApiExample(name, value=value, **(where or {"response_only": True}))


def find_brand(view: Access, slug: str) -> Brand:
    brand = visible_brands(view.user).filter(slug=slug).first()
    if brand is None:
        with about("brand"):
            raise Refused(_("There is no brand “%s” that you may see.") % slug, code="unknown_brand")
    return brand


@extend_schema_view(
    list=extend_schema(
        summary="List customers", description="The newest first.", examples=[example("A customer", CUSTOMER)]
    ),
    retrieve=extend_schema(
        summary="Read a customer",
        description="Merged customers are gone.",
        examples=[example("A customer", CUSTOMER)],
    ),
)
class CustomerViewSet(Access, mixins.ListModelMixin, mixins.RetrieveModelMixin, GenericViewSet[Customer]):
    """Customers of the brands that the caller works for."""

    queryset = Customer.objects.none()
    serializer_class = CustomerSerializer
    filterset_class = CustomerFilter
    scopes = {"GET": Scope.CUSTOMERS_READ, "POST": Scope.CUSTOMERS_WRITE, "PATCH": Scope.CUSTOMERS_WRITE}

    def get_queryset(self) -> QuerySet[Customer]:
        return self.queryset if self.is_drawn else visible_customers(self.viewer).select_related("brand")

    @extend_schema(
        summary="Create a customer",
        description="With an address if you know one. One that surely belongs to another customer is refused.",
        request=CustomerCreateSerializer,
        responses={201: CustomerSerializer},
        examples=[
            example("A customer", CUSTOMER),
            example(
                "With an address",
                {
                    "brand": "nordwind",
                    "name": "Anna Bērziņa",
                    "identity": {"kind": "email", "address": "anna@example.com"},
                },
                request_only=True,
            ),
        ],
    )
    @idempotent
    def create(self, request: Request) -> Response:
        data = _checked(CustomerCreateSerializer(data=request.data))
        address = data.get("identity", {"kind": "", "address": ""})
        with transaction.atomic():
            with about("identity.address"):
                customer = cards.create_customer(
                    brand=find_brand(self, data["brand"]),
                    name=data["name"],
                    language="",
                    kind=IdentityKind(address["kind"]) if address["kind"] else None,
                    address=address["address"],
                    actor=self.user,
                    key=uuid4().hex,
                )
            self._change(customer, data)
        return Response(CustomerSerializer(self._again(customer)).data, status=201)

    @extend_schema(
        summary="Change a customer",
        description="What is not given stays. Each change is written in the log, as those made in the console.",
        request=CustomerChangeSerializer,
        responses=CustomerSerializer,
        examples=[example("A customer", CUSTOMER), example("A language", {"language": "lv"}, request_only=True)],
    )
    def partial_update(self, request: Request, pk: int) -> Response:
        customer = self.get_object()
        data = _checked(CustomerChangeSerializer(data=request.data))
        with transaction.atomic():
            self._change(customer, data)
        return Response(CustomerSerializer(self._again(customer)).data)

    def _change(self, customer: Customer, data: dict[str, Any]) -> None:
        who: dict[str, Any] = {"customer_id": customer.pk, "actor": self.user}
        for field in cards.CLEAN:
            if field in data:
                with about(field):
                    cards.change_field(field=field, value=str(data[field]), was=str(getattr(customer, field)), **who)
        if "tags" in data:
            wanted = {tag.casefold() for tag in data["tags"]}
            with about("tags"):
                for tag in customer.tags:
                    if tag.casefold() not in wanted:
                        cards.remove_tag(tag=tag, **who)
                for tag in data["tags"]:
                    cards.add_tag(tag=tag, **who)

    def _again(self, customer: Customer) -> Customer:
        return get_object_or_404(self.get_queryset(), pk=customer.pk)


def _checked(serializer: Any) -> dict[str, Any]:
    serializer.is_valid(raise_exception=True)
    data: dict[str, Any] = serializer.validated_data
    return data


@extend_schema_view(
    list=extend_schema(
        summary="List a customer's addresses",
        description="With how sure we are of each.",
        examples=[example("An address", IDENTITY)],
    )
)
class IdentityViewSet(Access, mixins.ListModelMixin, GenericViewSet[Identity]):
    """The addresses of one customer."""

    queryset = Identity.objects.none()
    serializer_class = IdentitySerializer
    scopes = {"GET": Scope.CUSTOMERS_READ, "POST": Scope.CUSTOMERS_WRITE, "DELETE": Scope.CUSTOMERS_WRITE}

    def get_queryset(self) -> QuerySet[Identity]:
        if self.is_drawn:
            return self.queryset
        customer = get_object_or_404(visible_customers(self.viewer), pk=self.kwargs["customer_id"])
        return visible_identities(self.viewer).filter(customer=customer)

    @extend_schema(
        summary="Add an address",
        description="As claimed: it joins no histories. Whoever surely owns it is proposed as the same person.",
        request=AddressSerializer,
        responses={201: IdentitySerializer},
        examples=[
            example("An address", IDENTITY),
            example("A number", {"kind": "phone", "address": "+371 2000 0000"}, request_only=True),
        ],
    )
    @idempotent
    def create(self, request: Request, customer_id: int) -> Response:
        customer = get_object_or_404(visible_customers(self.viewer), pk=customer_id)
        data = _checked(AddressSerializer(data=request.data))
        with about("address"):
            identity = cards.add_address(
                customer_id=customer.pk, kind=IdentityKind(data["kind"]), address=data["address"], actor=self.user
            )
        return Response(IdentitySerializer(identity).data, status=201)

    @extend_schema(
        summary="Remove an address",
        description="Only one that was claimed, and that nobody wrote from or to.",
        responses={204: None},
    )
    def destroy(self, request: Request, customer_id: int, pk: int) -> Response:
        cards.remove_address(identity=self.get_object(), actor=self.user)
        return Response(status=204)


@extend_schema_view(
    list=extend_schema(
        summary="List records",
        description="Orders, invoices and the like that your systems have pushed.",
        examples=[example("An order", RECORD)],
    )
)
class RecordViewSet(Access, mixins.ListModelMixin, GenericViewSet[Record]):
    """Records of customers."""

    queryset = Record.objects.none()
    serializer_class = RecordSerializer
    filterset_class = RecordFilter
    scopes = {"GET": Scope.RECORDS_READ, "POST": Scope.RECORDS_WRITE}

    def get_queryset(self) -> QuerySet[Record]:
        return self.queryset if self.is_drawn else visible_records(self.viewer)

    @extend_schema(
        summary="Push a record",
        description="Creates it, or writes over the one of the same customer, kind and `external_id`. The customer is "
        "named by `customer`, or by `brand` and an address that is surely theirs.",
        request=RecordPushSerializer,
        responses={200: RecordSerializer, 201: RecordSerializer},
        examples=[
            example("An order", RECORD),
            example(
                "By address",
                {
                    "brand": "nordwind",
                    "identity": {"kind": "email", "address": "anna@example.com"},
                    "kind": "order",
                    "external_id": "A-1204",
                    "title": "Two lamps",
                    "status": "shipped",
                },
                request_only=True,
            ),
        ],
    )
    @idempotent
    def create(self, request: Request) -> Response:
        data = _checked(RecordPushSerializer(data=request.data))
        customer = self._customer(data.pop("customer", None), data.pop("brand", ""), data.pop("identity", None))
        record, is_new = push_record(customer_id=customer.pk, **data)
        return Response(RecordSerializer(record).data, status=201 if is_new else 200)

    def _customer(self, pk: int | None, brand_slug: str, address: dict[str, str] | None) -> Customer:
        if address is None:
            found = visible_customers(self.viewer).filter(pk=pk or 0).first()
            field = "customer"
        else:
            brand, field = find_brand(self, brand_slug), "identity.address"
            with about(field):
                spelled = normalise_address(address["kind"], address["address"], region=brand.phone_region)
            sure = visible_identities(self.viewer).exclude(level=IdentityLevel.CLAIMED).select_related("customer")
            identity = sure.filter(brand=brand, kind=address["kind"], address=spelled).first()
            found = identity.customer if identity else None
        if found is None:
            with about(field):
                raise Refused(_("There is no such customer that you may see."), code="unknown_customer")
        return found

"""How customers, conversations, messages and events look to programs."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _
from rest_framework import serializers

from contactcenter.base.serializers import StrictSerializer
from contactcenter.conversations.models import Conversation, Customer, Event, Identity, Message, Record
from contactcenter.conversations.services.cards import MOST_NOTE, MOST_TAGS, VALUES
from contactcenter.conversations.services.messages import MAX_TEXT
from contactcenter.conversations.states import Delivery, IdentityKind

# What a program may say of somebody; other addresses come with a message.
SAID_KINDS = (IdentityKind.PHONE, IdentityKind.EMAIL, IdentityKind.CUSTOMER_ID)


class CustomerSerializer(serializers.ModelSerializer[Customer]):
    brand = serializers.CharField(source="brand.slug", read_only=True)
    tags = serializers.ListField(child=serializers.CharField(), read_only=True)

    class Meta:
        model = Customer
        fields = ("id", "brand", "name", "language", "time_zone", "value", "tags", "note", "created_at")
        read_only_fields = fields


class AddressSerializer(StrictSerializer):
    kind = serializers.ChoiceField(choices=[(kind.value, kind.label) for kind in SAID_KINDS])
    address = serializers.CharField(max_length=254)


class CustomerChangeSerializer(StrictSerializer):
    """What of a customer can be changed; what is not given stays."""

    name = serializers.CharField(max_length=200, required=False)
    language = serializers.CharField(max_length=5, allow_blank=True, required=False, help_text="en, et, lv, ru, pl, …")
    time_zone = serializers.CharField(max_length=64, allow_blank=True, required=False, help_text="Europe/Riga")
    value = serializers.ChoiceField(choices=VALUES, required=False, help_text="1 ordinary, 3 important, 10 VIP.")
    note = serializers.CharField(max_length=MOST_NOTE, allow_blank=True, required=False)
    tags = serializers.ListField(
        child=serializers.CharField(max_length=50),
        max_length=MOST_TAGS,
        required=False,
        help_text="All that are to be.",
    )


class CustomerCreateSerializer(CustomerChangeSerializer):
    brand = serializers.SlugField(help_text="Short name of the brand.")
    name = serializers.CharField(max_length=200)
    identity = AddressSerializer(required=False)


class IdentitySerializer(serializers.ModelSerializer[Identity]):
    class Meta:
        model = Identity
        fields = ("id", "kind", "address", "display", "level", "verified_at", "created_at")
        read_only_fields = fields


class RecordSerializer(serializers.ModelSerializer[Record]):
    customer = serializers.IntegerField(source="customer_id", read_only=True)
    url = serializers.CharField(read_only=True)
    data = serializers.DictField(read_only=True)  # type: ignore[assignment]

    class Meta:
        model = Record
        fields = (
            "id",
            "customer",
            "kind",
            "external_id",
            "title",
            "status",
            "amount",
            "currency",
            "occurred_at",
            "url",
            "data",
            "updated_at",
        )
        read_only_fields = fields


class RecordPushSerializer(StrictSerializer):
    """A record of a customer, who is named by `customer`, or by `brand` and `identity`."""

    customer = serializers.IntegerField(min_value=1, max_value=2**63 - 1, required=False, help_text="Id.")
    brand = serializers.SlugField(required=False, help_text="Short name, for `identity`.")
    identity = AddressSerializer(required=False)
    kind = serializers.SlugField(max_length=30, help_text="order, invoice, …")
    external_id = serializers.CharField(max_length=100, help_text="Its number in your system.")
    title = serializers.CharField(max_length=200)
    status = serializers.CharField(max_length=50, allow_blank=True, default="")
    amount = serializers.DecimalField(max_digits=14, decimal_places=2, allow_null=True, default=None)
    currency = serializers.CharField(max_length=3, allow_blank=True, default="")
    occurred_at = serializers.DateTimeField(allow_null=True, default=None)
    url = serializers.URLField(max_length=200, allow_blank=True, default="")
    data = serializers.DictField(default=dict, help_text="Whatever else people should see.")  # type: ignore[assignment]

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        by_identity = "brand" in attrs and "identity" in attrs
        if ("customer" in attrs) == by_identity:
            text = _("Name the customer by their id, or by brand and identity.")
            raise serializers.ValidationError({"customer": [text]}, code="no_customer")
        return attrs


class ConversationSerializer(serializers.ModelSerializer[Conversation]):
    id = serializers.UUIDField(source="public_id", read_only=True)
    number = serializers.IntegerField(source="pk", read_only=True, help_text="As people see it: #1204.")
    brand = serializers.CharField(source="brand.slug", read_only=True)
    account = serializers.CharField(source="account.slug", read_only=True)
    customer = serializers.IntegerField(source="customer_id", read_only=True)
    owner = serializers.CharField(
        source="owner.username", read_only=True, default=None, allow_null=True, help_text="User name."
    )
    queue = serializers.CharField(
        read_only=True, default=None, allow_null=True, help_text="Short name of the queue it is in, or was in last."
    )
    tags = serializers.ListField(child=serializers.CharField(), read_only=True)
    expected_from = serializers.DateTimeField(
        read_only=True,
        default=None,
        allow_null=True,
        help_text="What the customer was told of the wait: half of those told so are answered before. Null while "
        "nothing was told.",
    )
    expected_by = serializers.DateTimeField(
        read_only=True, default=None, allow_null=True, help_text="Nine of ten are answered before."
    )

    class Meta:
        model = Conversation
        fields = (
            "id",
            "number",
            "brand",
            "account",
            "channel",
            "state",
            "customer",
            "owner",
            "queue",
            "subject",
            "topic",
            "language",
            "priority",
            "tags",
            "created_at",
            "closed_at",
            "last_message_at",
            "waiting_since",
            "expected_from",
            "expected_by",
        )
        read_only_fields = fields


class MessageSerializer(serializers.ModelSerializer[Message]):
    conversation = serializers.UUIDField(source="conversation.public_id", read_only=True)
    account = serializers.CharField(source="account.slug", read_only=True, default=None, allow_null=True)
    author = serializers.CharField(
        source="author.username", read_only=True, default=None, allow_null=True, help_text="User name."
    )
    delivery = serializers.ChoiceField(
        choices=[("", "-"), *Delivery.choices], read_only=True, help_text="Of a reply; empty for the others."
    )

    class Meta:
        model = Message
        fields = (
            "id",
            "conversation",
            "seq",
            "kind",
            "account",
            "author",
            "text",
            "delivery",
            "delivery_error",
            "created_at",
        )
        read_only_fields = fields


class MessageSendSerializer(StrictSerializer):
    """A reply to the customer, or a note that they never see."""

    kind = serializers.ChoiceField(choices=[("reply", "reply"), ("note", "note")], default="reply")
    text = serializers.CharField(max_length=MAX_TEXT)
    then = serializers.ChoiceField(
        choices=[("", ""), ("wait", "wait"), ("close", "close")],
        default="",
        help_text="After a reply: wait for the customer, or close.",
    )


class EventSerializer(serializers.ModelSerializer[Event]):
    conversation = serializers.UUIDField(source="conversation.public_id", read_only=True)
    actor = serializers.CharField(
        source="actor.username", read_only=True, default=None, allow_null=True, help_text="User name."
    )
    data = serializers.DictField(read_only=True)  # type: ignore[assignment]

    class Meta:
        model = Event
        fields = ("id", "conversation", "seq", "kind", "at", "actor", "data")
        read_only_fields = fields

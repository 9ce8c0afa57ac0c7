"""The conversation, its messages and files, and who may look at it."""

from __future__ import annotations

import uuid
from typing import Any

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex, OpClass
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from contactcenter.accounts.models import Brand, Team, User
from contactcenter.base.clock import now
from contactcenter.conversations.models.accounts import ChannelAccount
from contactcenter.conversations.models.customers import Customer, Identity
from contactcenter.conversations.states import (
    Channel,
    ConversationState,
    Delivery,
    MessageKind,
    SnoozeReason,
)


class Conversation(models.Model):
    """One piece of work of one customer. Its row is the lock for all that hangs on it.

    `team`, `owner` and the `last_message_*` columns are kept here so that lists and permissions need no joins.
    """

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    brand = models.ForeignKey(Brand, on_delete=models.PROTECT, related_name="conversations")
    customer = models.ForeignKey(Customer, on_delete=models.PROTECT, related_name="conversations")
    account = models.ForeignKey(ChannelAccount, on_delete=models.PROTECT, related_name="conversations")
    identity = models.ForeignKey(
        Identity, null=True, blank=True, on_delete=models.SET_NULL, related_name="conversations"
    )
    channel = models.CharField(max_length=12, choices=Channel.choices)
    state = models.CharField(max_length=12, choices=ConversationState.choices, default=ConversationState.NEW)
    team = models.ForeignKey(Team, null=True, blank=True, on_delete=models.SET_NULL, related_name="conversations")
    owner = models.ForeignKey(
        User, null=True, blank=True, on_delete=models.SET_NULL, related_name="owned_conversations"
    )
    follows = models.ForeignKey("self", null=True, blank=True, on_delete=models.SET_NULL, related_name="followed_by")
    # Closed because it goes on in another one: what the customer writes here arrives there.
    merged_into = models.ForeignKey("self", null=True, blank=True, on_delete=models.SET_NULL, related_name="merged")
    subject = models.CharField(max_length=200, blank=True)
    topic = models.CharField(max_length=50, blank=True)
    language = models.CharField(max_length=5, blank=True)
    priority = models.SmallIntegerField(default=0)
    tags = ArrayField(models.CharField(max_length=50), default=list, blank=True)
    thread_key = models.CharField(max_length=250, blank=True)
    # Begun below a post, where everybody reads along.
    is_public = models.BooleanField(default=False)
    ref = models.CharField(max_length=200, blank=True)

    created_at = models.DateTimeField(default=now)
    closed_at = models.DateTimeField(null=True, blank=True)
    reopened_count = models.PositiveSmallIntegerField(default=0)
    snooze_reason = models.CharField(max_length=10, choices=SnoozeReason.choices, blank=True)
    snoozed_until = models.DateTimeField(null=True, blank=True)
    # The customer's side of a live chat: connected, or gone since.
    customer_left_at = models.DateTimeField(null=True, blank=True)

    event_seq = models.PositiveIntegerField(default=0)
    last_message_at = models.DateTimeField(default=now)
    last_message_text = models.CharField(max_length=160, blank=True)
    last_message_kind = models.CharField(max_length=8, choices=MessageKind.choices, blank=True)
    unread_count = models.PositiveIntegerField(default=0)
    # Since when the customer waits for somebody to write; empty when the last word was ours.
    waiting_since = models.DateTimeField(null=True, blank=True)

    # (team, owner) as they stood when this row was locked; no column.
    audience_before: tuple[int | None, int | None] | None = None

    class Meta:
        indexes = [
            models.Index(fields=["-last_message_at", "-id"], name="conversation_recent"),
            models.Index(
                fields=["owner", "-last_message_at", "-id"], condition=~Q(state="closed"), name="conversation_mine"
            ),
            models.Index(fields=["team", "-last_message_at", "-id"], name="conversation_team"),
            models.Index(fields=["-last_message_at", "-id"], condition=~Q(state="closed"), name="conversation_open"),
            models.Index(fields=["waiting_since", "id"], name="conversation_waiting"),
            models.Index(fields=["-priority", "-last_message_at", "-id"], name="conversation_priority"),
            models.Index(fields=["customer", "-id"], name="conversation_customer"),
            models.Index(fields=["snoozed_until"], condition=Q(state="snoozed"), name="conversation_snoozed"),
            models.Index(
                fields=["customer_left_at"],
                condition=Q(customer_left_at__isnull=False) & ~Q(state="closed"),
                name="conversation_left",
            ),
            models.Index(
                fields=["last_message_at"],
                condition=Q(customer_left_at__isnull=False, last_message_kind="out"),
                name="conversation_unseen",
            ),
            models.Index(fields=["account", "thread_key"], condition=~Q(thread_key=""), name="conversation_thread"),
            GinIndex(fields=["tags"], name="conversation_tags"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(state="closed", closed_at__isnull=False) | (~Q(state="closed") & Q(closed_at__isnull=True)),
                name="conversation_closed_at",
            ),
            models.CheckConstraint(
                condition=Q(state="snoozed") ^ Q(snooze_reason=""), name="conversation_snooze_reason"
            ),
        ]
        verbose_name = _("conversation")
        verbose_name_plural = _("conversations")

    def __str__(self) -> str:
        return f"#{self.pk}"


class ConversationAccess(models.Model):
    """Somebody outside the team who handled, handles or was consulted on a conversation, and may see it."""

    conversation = models.ForeignKey(Conversation, on_delete=models.CASCADE, related_name="accesses")
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="conversation_accesses")
    granted_at = models.DateTimeField(default=now)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["conversation", "user"], name="access_once")]

    def __str__(self) -> str:
        return f"{self.user} -> {self.conversation_id}"


class Participant(models.Model):
    """Somebody else in the conversation: another author, a Cc, a consulted outsider."""

    conversation = models.ForeignKey(Conversation, on_delete=models.CASCADE, related_name="participants")
    identity = models.ForeignKey(Identity, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    address = models.CharField(max_length=254)
    name = models.CharField(max_length=200, blank=True)
    role = models.CharField(
        max_length=10, choices=[("author", _("Author")), ("cc", _("Copy")), ("consulted", _("Consulted"))]
    )
    created_at = models.DateTimeField(default=now)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["conversation", "address", "role"], name="participant_once")]

    def __str__(self) -> str:
        return self.name or self.address


class Message(models.Model):
    """One item of the timeline. Each knows its own account and identity, so windows and ticks follow it."""

    conversation = models.ForeignKey(Conversation, on_delete=models.CASCADE, related_name="messages")
    kind = models.CharField(max_length=8, choices=MessageKind.choices)
    account = models.ForeignKey(ChannelAccount, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    identity = models.ForeignKey(Identity, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    author = models.ForeignKey(User, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    text = models.TextField(blank=True)
    search_text = models.TextField(default="", editable=False)
    # Made by the writer's device: the same message posted twice is one row.
    client_id = models.CharField(max_length=64, blank=True)
    # The provider's id of the message.
    external_id = models.CharField(max_length=250, blank=True)
    thread_key = models.CharField(max_length=250, blank=True)
    reply_to = models.ForeignKey("self", null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    # A note between an agent and the colleague they consult.
    is_consult = models.BooleanField(default=False)
    # Answers that the customer may tap instead of writing.
    choices = ArrayField(models.CharField(max_length=60), default=list, blank=True)
    # Everybody can read it: a comment on a post, and our answer below it.
    is_public = models.BooleanField(default=False)
    # The provider's word for content that cannot be shown here.
    unsupported = models.CharField(max_length=60, blank=True)
    # An approved text that was sent, and what its places were filled with.
    template = models.ForeignKey("MessageTemplate", null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    template_values = ArrayField(models.TextField(), default=list, blank=True)
    # How it stands now; `changes` has how it came to that. `reactions`: who ("customer", "us") -> {emoji, at}.
    edited_at = models.DateTimeField(null=True, blank=True)
    deleted_at = models.DateTimeField(null=True, blank=True)
    hidden_at = models.DateTimeField(null=True, blank=True)
    reactions: models.JSONField[Any, Any] = models.JSONField(default=dict, blank=True)
    delivery = models.CharField(max_length=10, choices=Delivery.choices, blank=True)
    delivery_error = models.CharField(max_length=300, blank=True)
    delivered_at = models.DateTimeField(null=True, blank=True)
    read_at = models.DateTimeField(null=True, blank=True)
    # The event that announced it: the cursor by which screens catch up.
    seq = models.PositiveIntegerField()
    created_at = models.DateTimeField(default=now)

    class Meta:
        ordering = ["id"]
        indexes = [
            models.Index(fields=["conversation", "-id"], name="message_timeline"),
            GinIndex(OpClass("search_text", name="gin_trgm_ops"), name="message_search"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["conversation", "client_id"], condition=~Q(client_id=""), name="message_client_id_once"
            ),
            models.UniqueConstraint(
                fields=["account", "external_id", "kind"], condition=~Q(external_id=""), name="message_external_id_once"
            ),
            models.UniqueConstraint(fields=["conversation", "seq"], name="message_seq_once"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.pk}"


class MessageChange(models.Model):
    """How a message stood from a moment on. Kept in any order of arrival; the latest moment is what is shown."""

    class Kind(models.TextChoices):
        WRITTEN = "written", _("Written")  # the first text, kept once there is another
        EDITED = "edited", _("Edited")
        DELETED = "deleted", _("Deleted")
        HIDDEN = "hidden", _("Hidden")
        SHOWN = "shown", _("Shown again")
        REACTED = "reacted", _("Reacted")

    message = models.ForeignKey(Message, on_delete=models.CASCADE, related_name="changes")
    kind = models.CharField(max_length=8, choices=Kind.choices)
    # The text from then on, or the reaction; empty for one taken back.
    text = models.TextField(blank=True)
    # "customer" or "us".
    who = models.CharField(max_length=10)
    actor = models.ForeignKey(User, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    # Tells changes of one moment apart where the provider counts them.
    revision = models.PositiveIntegerField(default=0)
    at = models.DateTimeField(default=now)

    class Meta:
        ordering = ["at", "revision", "id"]
        indexes = [models.Index(fields=["message", "at"], name="change_by_message")]

    def __str__(self) -> str:
        return f"{self.kind} {self.message_id}"


class Attachment(models.Model):
    """A file of a conversation; `content_type` is sniffed from the bytes, never believed.

    One that a provider keeps is COMING until a worker has fetched it; `reference` says where. One that will not come
    stays with its name, size and reason.
    """

    class State(models.TextChoices):
        HERE = "here", _("Here")
        COMING = "coming", _("On its way")
        REFUSED = "refused", _("Refused")
        FAILED = "failed", _("Could not be fetched")

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    conversation = models.ForeignKey(Conversation, on_delete=models.CASCADE, related_name="attachments")
    message = models.ForeignKey(Message, null=True, blank=True, on_delete=models.CASCADE, related_name="attachments")
    name = models.CharField(max_length=200)
    content_type = models.CharField(max_length=100)
    size = models.PositiveIntegerField()
    file = models.FileField(upload_to="attachments/%Y/%m/", blank=True)
    state = models.CharField(max_length=8, choices=State.choices, default=State.HERE)
    reference = models.TextField(blank=True)
    error = models.CharField(max_length=200, blank=True)
    uploaded_by = models.ForeignKey(User, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    created_at = models.DateTimeField(default=now)

    def __str__(self) -> str:
        return self.name


class Draft(models.Model):
    """What an agent has begun to write."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="drafts")
    conversation = models.ForeignKey(Conversation, on_delete=models.CASCADE, related_name="drafts")
    mode = models.CharField(max_length=8, choices=[("reply", _("Reply")), ("note", _("Note"))])
    text = models.TextField(blank=True)
    # The way the reply is to go, where the writer has chosen another than the conversation's own.
    account = models.ForeignKey(ChannelAccount, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    identity = models.ForeignKey(Identity, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    # The last event the writer had seen: an answer by somebody else since then is shown before sending.
    seen_seq = models.PositiveIntegerField(default=0)
    updated_at = models.DateTimeField(default=now)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["user", "conversation", "mode"], name="draft_once")]

    def __str__(self) -> str:
        return f"{self.mode} {self.conversation_id}"

"""What agents do beside answering: mention each other, send later, join what belongs together."""

from __future__ import annotations

from typing import Any

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from contactcenter.accounts.models import User
from contactcenter.base.clock import now
from contactcenter.conversations.models.accounts import ChannelAccount
from contactcenter.conversations.models.conversations import Conversation, Message
from contactcenter.conversations.models.customers import Customer, Identity


class Mention(models.Model):
    """Somebody named in a note; unseen until they open the conversation."""

    message = models.ForeignKey(Message, on_delete=models.CASCADE, related_name="mentions")
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="mentions")
    created_at = models.DateTimeField(default=now)
    seen_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["message", "user"], name="mention_once")]
        indexes = [models.Index(fields=["user", "-id"], condition=Q(seen_at__isnull=True), name="mention_unseen")]

    def __str__(self) -> str:
        return f"{self.user} in {self.message_id}"


class ScheduledReply(models.Model):
    """A reply that goes out at `send_at`: a few seconds from now, so that it can be taken back, or later.

    The sweeper sends what is due; a colleague's answer since `seen_seq` refuses it, as it refuses any reply.
    """

    class State(models.TextChoices):
        PENDING = "pending", _("Waiting")
        SENT = "sent", _("Sent")
        CANCELLED = "cancelled", _("Taken back")
        REFUSED = "refused", _("Not sent")

    class Then(models.TextChoices):
        NOTHING = "", _("Send")
        WAIT = "wait", _("Send and wait for the customer")
        CLOSE = "close", _("Send and close")

    conversation = models.ForeignKey(Conversation, on_delete=models.CASCADE, related_name="scheduled_replies")
    author = models.ForeignKey(User, on_delete=models.CASCADE, related_name="scheduled_replies")
    text = models.TextField(blank=True)
    attachment_ids = ArrayField(models.BigIntegerField(), default=list, blank=True)
    account = models.ForeignKey(ChannelAccount, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    identity = models.ForeignKey(Identity, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    is_public = models.BooleanField(default=False)
    reply_to = models.ForeignKey(Message, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    then = models.CharField(max_length=5, choices=Then.choices, blank=True)
    client_id = models.CharField(max_length=64)
    seen_seq = models.PositiveIntegerField(null=True, blank=True)
    send_at = models.DateTimeField()
    state = models.CharField(max_length=9, choices=State.choices, default=State.PENDING)
    error = models.CharField(max_length=300, blank=True)
    message = models.ForeignKey(Message, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    created_at = models.DateTimeField(default=now)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["conversation", "client_id"], name="scheduled_once")]
        indexes = [models.Index(fields=["send_at"], condition=Q(state="pending"), name="scheduled_due")]

    def __str__(self) -> str:
        return f"{self.conversation_id} at {self.send_at:%Y-%m-%d %H:%M}"


class CustomerMerge(models.Model):
    """Two customers made one. `moved` names the rows that changed hands, so that it can be undone."""

    kept = models.ForeignKey(Customer, on_delete=models.CASCADE, related_name="merges")
    merged = models.ForeignKey(Customer, on_delete=models.CASCADE, related_name="+")
    actor = models.ForeignKey(User, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    moved: models.JSONField[Any, Any] = models.JSONField(default=dict)
    at = models.DateTimeField(default=now)
    undone_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [models.CheckConstraint(condition=~Q(kept=F("merged")), name="customer_merge_of_two")]

    def __str__(self) -> str:
        return f"{self.merged_id} into {self.kept_id}"


class ConversationMerge(models.Model):
    """Two conversations of one customer made one; it can be taken back for seven days."""

    kept = models.ForeignKey(Conversation, on_delete=models.CASCADE, related_name="merges")
    merged = models.ForeignKey(Conversation, on_delete=models.CASCADE, related_name="+")
    actor = models.ForeignKey(User, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    customers = models.ForeignKey(CustomerMerge, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    at = models.DateTimeField(default=now)
    undone_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [models.CheckConstraint(condition=~Q(kept=F("merged")), name="conversation_merge_of_two")]

    def __str__(self) -> str:
        return f"{self.merged_id} into {self.kept_id}"

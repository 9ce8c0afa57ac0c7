"""What came in from providers, raw, before anything is made of it."""

from __future__ import annotations

from typing import Any

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from contactcenter.accounts.models import User
from contactcenter.base.clock import now
from contactcenter.conversations.models import ChannelAccount, Conversation, Identity, Message


class InboundOutcome(models.TextChoices):
    """What became of an inbound event."""

    RECORDED = "recorded", _("Recorded")
    QUIET = "quiet", _("Recorded without waking anybody")
    BLOCKED = "blocked", _("Kept apart: blocked sender")
    IGNORED = "ignored", _("Nothing to do")
    NOBODYS = "nobodys", _("For an account that is not known here")
    UNREADABLE = "unreadable", _("Could not be read")
    FAILED = "failed", _("Given up")


class InboundDelivery(models.Model):
    """One event of a provider, committed before the provider is answered; the same event again is dropped."""

    account = models.ForeignKey(ChannelAccount, on_delete=models.CASCADE, related_name="inbound_deliveries")
    external_id = models.CharField(max_length=250)
    kind = models.CharField(max_length=20)
    # The normalised event (`types.event_to_json`), and what the provider sent.
    event: models.JSONField[Any, Any] = models.JSONField(default=dict)
    raw: models.JSONField[Any, Any] = models.JSONField(default=dict)
    received_at = models.DateTimeField(default=now)
    processed_at = models.DateTimeField(null=True, blank=True)
    outcome = models.CharField(max_length=12, choices=InboundOutcome.choices, blank=True)
    message = models.ForeignKey(Message, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    attempts = models.PositiveSmallIntegerField(default=0)
    error = models.CharField(max_length=300, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["account", "external_id"], name="inbound_once")]
        indexes = [
            models.Index(fields=["received_at"], condition=Q(processed_at__isnull=True), name="inbound_unprocessed"),
            models.Index(fields=["account", "-received_at"], name="inbound_by_account"),
        ]
        verbose_name = _("inbound delivery")
        verbose_name_plural = _("inbound deliveries")

    def __str__(self) -> str:
        return f"{self.kind} {self.external_id}"


class Post(models.Model):
    """What others comment on: a post of one of our pages."""

    account = models.ForeignKey(ChannelAccount, on_delete=models.CASCADE, related_name="posts")
    external_id = models.CharField(max_length=200)
    text = models.TextField(blank=True)
    link = models.URLField(max_length=500, blank=True)
    picture = models.FileField(upload_to="posts/%Y/%m/", blank=True)
    published_at = models.DateTimeField(null=True, blank=True)
    # Asked of the provider, whatever came of it.
    described_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(default=now)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["account", "external_id"], name="post_once")]
        indexes = [models.Index(fields=["-created_at"], name="post_recent")]

    def __str__(self) -> str:
        return self.text[:60] or self.external_id


class BystanderComment(models.Model):
    """What somebody said to somebody else below a post: context, which waits for nobody until it is taken up."""

    post = models.ForeignKey(Post, on_delete=models.CASCADE, related_name="bystanders")
    external_id = models.CharField(max_length=200)
    parent_id = models.CharField(max_length=200, blank=True)
    author = models.CharField(max_length=200, blank=True)
    text = models.TextField(blank=True)
    # Said by the page itself, from elsewhere, to nobody in particular.
    is_ours = models.BooleanField(default=False)
    # The event that told of it, for when somebody takes it up.
    delivery = models.ForeignKey(InboundDelivery, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    said_at = models.DateTimeField()
    edited_at = models.DateTimeField(null=True, blank=True)
    deleted_at = models.DateTimeField(null=True, blank=True)
    hidden_at = models.DateTimeField(null=True, blank=True)
    # It addresses us after all: it has become a message.
    taken_up_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["post", "external_id"], name="bystander_once")]

    def __str__(self) -> str:
        return f"{self.author}: {self.text[:60]}"


class SendPace(models.Model):
    """When an account's next message may go; see `pace`."""

    account = models.OneToOneField(ChannelAccount, on_delete=models.CASCADE, related_name="+")
    next_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.account_id} {self.next_at:%H:%M:%S}"


class Watermark(models.Model):
    """Up to when somebody has got and read what we sent, where the provider tells moments instead of messages.

    Kept because such a receipt may come before the answer to our own request, or before an echo.
    """

    account = models.ForeignKey(ChannelAccount, on_delete=models.CASCADE, related_name="+")
    identity = models.ForeignKey(Identity, on_delete=models.CASCADE, related_name="+")
    delivered_until = models.DateTimeField(null=True, blank=True)
    read_until = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["account", "identity"], name="watermark_once")]

    def __str__(self) -> str:
        return f"{self.account_id} {self.identity_id}"


class AccountHealth(models.Model):
    """How an account's provider has answered lately. What it last told us is in `InboundDelivery`."""

    account = models.OneToOneField(ChannelAccount, on_delete=models.CASCADE, related_name="health")
    # Since when nothing that was sent has been taken; empty while all is well.
    failing_since = models.DateTimeField(null=True, blank=True, db_index=True)
    last_error = models.CharField(max_length=300, blank=True)
    last_error_at = models.DateTimeField(null=True, blank=True)
    # What the last look at the connection found.
    checked_at = models.DateTimeField(null=True, blank=True)
    check_result = models.CharField(max_length=300, blank=True)
    is_connected = models.BooleanField(null=True, blank=True)
    token_expires_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name_plural = "account health"

    def __str__(self) -> str:
        return f"{self.account_id}"


class ShownThanks(models.Model):
    """Thanks after the end of a conversation, in the list of its last agent until then. No work: see `thanks`."""

    conversation = models.OneToOneField(Conversation, on_delete=models.CASCADE, related_name="shown_thanks")
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+")
    until = models.DateTimeField(db_index=True)

    def __str__(self) -> str:
        return f"{self.conversation_id} until {self.until:%H:%M:%S}"

"""What belongs to the widget alone: who is at it right now, and how those who have left are reached again."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from contactcenter.base.clock import now
from contactcenter.conversations.models import ChannelAccount, Conversation, Identity


class CustomerPresence(models.Model):
    """One open page of a customer, as a lease: a killed process cannot keep anybody present. Its process renews
    `seen_until` for all its sockets in one statement."""

    # The socket's own id; one that is derived from the conversation for customers without sockets.
    id = models.UUIDField(primary_key=True)
    conversation = models.ForeignKey(Conversation, on_delete=models.CASCADE, related_name="customer_presences")
    seen_until = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["seen_until"], name="customer_presence_due")]

    def __str__(self) -> str:
        return f"{self.conversation_id} until {self.seen_until:%H:%M:%S}"


class VisitorSession(models.Model):
    """A token given for a link in one of our mails: it opens one conversation, under the identity that began it."""

    token_hash = models.CharField(max_length=64, unique=True)
    identity = models.ForeignKey(Identity, on_delete=models.CASCADE, related_name="visitor_sessions")
    conversation = models.ForeignKey(Conversation, on_delete=models.CASCADE, related_name="visitor_sessions")
    created_at = models.DateTimeField(default=now)
    expires_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.conversation_id} until {self.expires_at:%Y-%m-%d}"


class EmailCode(models.Model):
    """The code that shows that a claimed address is the visitor's. Only its hash is kept: the mail has the code."""

    identity = models.OneToOneField(Identity, on_delete=models.CASCADE, related_name="email_code")
    code_hash = models.CharField(max_length=64, blank=True)
    # How many mails were asked for, and how often the present code was guessed wrong.
    mails = models.PositiveSmallIntegerField(default=0)
    misses = models.PositiveSmallIntegerField(default=0)
    asked_at = models.DateTimeField(default=now)

    def __str__(self) -> str:
        return f"{self.identity_id} at {self.asked_at:%Y-%m-%d %H:%M}"


class MailedAnswers(models.Model):
    """Up to which event a conversation's answers have been mailed to a customer whose pages are closed."""

    conversation = models.OneToOneField(Conversation, on_delete=models.CASCADE, related_name="mailed_answers")
    seq = models.PositiveIntegerField()
    # The event before the first answer of the last mail.
    after_seq = models.PositiveIntegerField(default=0)
    at = models.DateTimeField(default=now)

    def __str__(self) -> str:
        return f"{self.conversation_id} up to {self.seq}"


class LeftMessage(models.Model):
    """The customer has left their question in line: it waits there although their page is closed."""

    conversation = models.OneToOneField(Conversation, on_delete=models.CASCADE, related_name="left_message")
    at = models.DateTimeField(default=now)

    def __str__(self) -> str:
        return f"{self.conversation_id} at {self.at:%Y-%m-%d %H:%M}"


class Installation(models.Model):
    """The widget's first load from a page of its list: its snippet is in place."""

    account = models.OneToOneField(ChannelAccount, on_delete=models.CASCADE, related_name="installation")
    origin = models.CharField(max_length=200)
    seen_at = models.DateTimeField(default=now)

    def __str__(self) -> str:
        return self.origin


class Widget(ChannelAccount):
    """An account of the kind webchat, as admin shows it: with a form for what its configuration says."""

    class Meta:
        proxy = True
        verbose_name = _("widget")
        verbose_name_plural = _("widgets")

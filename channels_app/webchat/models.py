"""Who is at the widget right now, as leases: a killed process cannot keep anybody present."""

from __future__ import annotations

from django.db import models

from contactcenter.conversations.models import Conversation


class CustomerPresence(models.Model):
    """One open page of a customer. Its process renews `seen_until` for all its sockets in one statement."""

    # The socket's own id; one that is derived from the conversation for customers without sockets.
    id = models.UUIDField(primary_key=True)
    conversation = models.ForeignKey(Conversation, on_delete=models.CASCADE, related_name="customer_presences")
    seen_until = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["seen_until"], name="customer_presence_due")]

    def __str__(self) -> str:
        return f"{self.conversation_id} until {self.seen_until:%H:%M:%S}"

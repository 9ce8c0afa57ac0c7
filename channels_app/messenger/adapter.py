"""Messenger through Meta's Graph API. Address: the page's id; secrets: `access_token` (of the page), `app_secret`."""

from __future__ import annotations

from typing import ClassVar

from channels_app.lenient import text
from channels_app.meta.door import MetaDoor
from channels_app.meta.graph import GraphClient
from channels_app.meta.sending import PERSON_HOURS, WINDOW_HOURS, send_private
from channels_app.types import Capability, DeliveryResult, Limits, OutboundMessage
from contactcenter.conversations.states import IdentityKind


class MessengerAdapter(MetaDoor):
    """One page's inbox."""

    kind: ClassVar[str] = "messenger"
    capabilities: ClassVar[Capability] = (
        Capability.TEXT | Capability.FILES | Capability.CHOICES | Capability.DELIVERED | Capability.READ
    )
    # Who has commented can be answered in private once, and is known by another id from then on.
    identity_kinds: ClassVar[frozenset[IdentityKind]] = frozenset({IdentityKind.MESSENGER, IdentityKind.FACEBOOK})
    limits: ClassVar[Limits] = Limits(
        text_each=2000,
        files_each=1,
        file_bytes=25 * 1024 * 1024,
        together=False,
        receive_bytes=25 * 1024 * 1024,
        window_hours=WINDOW_HOURS,
        person_hours=PERSON_HOURS,
        per_second=40,
    )

    def send(self, message: OutboundMessage) -> DeliveryResult:
        return send_private(GraphClient(self.account), self.account.address, message, kind=IdentityKind.MESSENGER)

    def name_of(self, address: str) -> str:
        answer = GraphClient(self.account).get(address, fields="first_name,last_name")
        return " ".join(filter(None, (text(answer.data, "first_name"), text(answer.data, "last_name"))))

    def fetch_file(self, reference: str) -> bytes:
        return GraphClient(self.account).fetch(reference, most=self.limits.receive_bytes)

    def check_connection(self) -> str:
        return text(GraphClient(self.account).check(self.account.address, fields="name").data, "name")

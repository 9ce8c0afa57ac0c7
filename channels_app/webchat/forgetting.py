"""“Delete my data”: the session ends here and now, an admin decides about what was said."""

from __future__ import annotations

from django.db import transaction
from django.utils.translation import gettext as _

from channels_app.webchat.identity import hash_token, new_token
from channels_app.webchat.models import VisitorSession
from channels_app.webchat.visitors import Visitor, own_conversations
from contactcenter.base.errors import Refused
from contactcenter.conversations.models import ErasureRequest, Identity
from contactcenter.conversations.services.customers import refresh_search_text
from contactcenter.conversations.services.erasing import request_erasure
from contactcenter.conversations.states import ConversationState, IdentityKind
from routing.services.handling import close


def forget(visitor: Visitor) -> ErasureRequest:
    """End what runs, file the request, and make the visitor's token open nothing. Raises Refused where we know of
    nothing."""
    identity = visitor.identity
    if identity is None:
        raise Refused(_("We have nothing of yours here."), code="nothing_known")
    running = own_conversations(visitor).exclude(state=ConversationState.CLOSED)
    for conversation_id in list(running.values_list("pk", flat=True)):
        close(conversation_id=conversation_id)
    with transaction.atomic():
        request = request_erasure(identity)
        VisitorSession.objects.filter(identity=identity).delete()
        if identity.kind == IdentityKind.VISITOR:
            # The address is a hash of the token: from now on of one that nobody holds.
            Identity.objects.filter(pk=identity.pk).update(address=hash_token(new_token()))
            refresh_search_text(identity.customer)
    return request

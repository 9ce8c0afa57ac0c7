"""The only way a view gets at a conversation, an offer or an assignment: by the viewer's reach, 404 beyond it."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Concatenate, ParamSpec, cast
from uuid import UUID

from django.conf import settings
from django.contrib.auth.views import redirect_to_login
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, resolve_url
from django.utils.translation import gettext_lazy as _
from django_htmx.middleware import HtmxDetails

from contactcenter.accounts.models import User
from contactcenter.accounts.selectors import Viewer, viewer_of
from contactcenter.base.errors import Forbidden, Refused
from contactcenter.base.logs import log_context
from contactcenter.console.responses import refusal
from contactcenter.conversations.models import Attachment, Conversation, Customer, Message, ScheduledReply
from contactcenter.conversations.selectors import (
    visible_attachments,
    visible_conversations,
    visible_customers,
    visible_messages,
    visible_scheduled_replies,
)
from contactcenter.conversations.states import MessageKind
from routing.models import Agent, Assignment, Offer
from routing.selectors import agent_of, visible_assignments, visible_offers
from routing.states import AssignmentRole, AssignmentState

_P = ParamSpec("_P")


class ConsoleRequest(HttpRequest):
    """A request of somebody who is signed in, with what they may see. `agent` is None for those who take no work."""

    user: User
    viewer: Viewer
    agent: Agent | None
    htmx: HtmxDetails


ConsoleView = Callable[Concatenate[ConsoleRequest, _P], HttpResponseBase]


def console_view(view: ConsoleView[_P]) -> Callable[Concatenate[HttpRequest, _P], HttpResponseBase]:
    """Signed-in people only; what a service refuses becomes a message in their language."""

    @wraps(view)
    def guarded(request: HttpRequest, /, *args: _P.args, **kwargs: _P.kwargs) -> HttpResponseBase:
        if not request.user.is_authenticated:
            return _sign_in_first(request)
        console_request = cast(ConsoleRequest, request)
        console_request.viewer = viewer_of(request.user)
        console_request.agent = agent_of(request.user)
        try:
            with log_context(user=request.user.pk, **{key: value for key, value in kwargs.items() if key == "pk"}):
                return view(console_request, *args, **kwargs)
        except Refused as error:
            return refusal(error)

    return guarded


def _sign_in_first(request: HttpRequest) -> HttpResponse:
    if request.headers.get("HX-Request"):
        # A fragment cannot show the sign-in page: the whole page goes there.
        return HttpResponse(status=401, headers={"HX-Redirect": resolve_url(settings.LOGIN_URL)})
    return redirect_to_login(request.get_full_path())


def get_conversation(request: ConsoleRequest, pk: int) -> Conversation:
    rows = visible_conversations(request.viewer).select_related(
        "customer__brand", "account", "identity", "owner", "team"
    )
    return get_object_or_404(rows, pk=pk)


def get_customer(request: ConsoleRequest, pk: int) -> Customer:
    """A customer of the requester's brands who has not been merged into another."""
    return get_object_or_404(visible_customers(request.viewer).select_related("brand"), pk=pk)


def get_agent(request: ConsoleRequest) -> Agent:
    """The requester as an agent. Raises Forbidden for those who take no work."""
    if request.agent is None:
        raise Forbidden(_("You do not take work; an admin can make you an agent."))
    return request.agent


def get_own_offer(request: ConsoleRequest, pk: int) -> Offer:
    """An offer made to the requester, whatever became of it since: losing a race is told by the service."""
    agent = get_agent(request)
    return get_object_or_404(visible_offers(request.viewer), pk=pk, agent=agent)


def get_own_wrap_up(request: ConsoleRequest, pk: int) -> Assignment:
    """The requester's own assignment, for its wrap-up."""
    agent = get_agent(request)
    rows = visible_assignments(request.viewer).select_related("conversation", "queue")
    return get_object_or_404(rows, pk=pk, agent=agent)


def get_own_handling(request: ConsoleRequest, conversation: Conversation) -> Assignment | None:
    rows = visible_assignments(request.viewer).filter(agent__user=request.user, state=AssignmentState.HANDLING)
    return rows.filter(conversation=conversation).select_related("agent").first()


def require_handling(request: ConsoleRequest, conversation: Conversation, *, primary: bool = False) -> Assignment:
    """The requester's own open handling. Raises Forbidden without one, or where only the primary may do it."""
    assignment = get_own_handling(request, conversation)
    if assignment is None or (primary and assignment.role != AssignmentRole.PRIMARY):
        raise Forbidden(_("Only the agent who handles this conversation can do that."))
    return assignment


def get_visible_message(request: ConsoleRequest, pk: int) -> Message:
    """An outgoing message of a conversation that the requester sees."""
    return get_object_or_404(visible_messages(request.viewer).filter(kind=MessageKind.OUT), pk=pk)


def get_own_scheduled(request: ConsoleRequest, pk: int) -> ScheduledReply:
    return get_object_or_404(visible_scheduled_replies(request.viewer), pk=pk)


def get_attachment(request: ConsoleRequest, public_id: UUID) -> Attachment:
    rows = visible_attachments(request.viewer).filter(state=Attachment.State.HERE)
    return get_object_or_404(rows, public_id=public_id)


def get_uploads(request: ConsoleRequest, conversation: Conversation, public_ids: list[str]) -> list[Attachment]:
    """Files that the requester uploaded for this conversation and has not sent yet. Raises Http404."""
    if not public_ids:
        return []
    try:
        public_ids = [str(UUID(public_id)) for public_id in public_ids]
    except ValueError as error:
        raise Http404 from error
    rows = visible_attachments(request.viewer).filter(conversation=conversation, uploaded_by=request.user, message=None)
    found = {str(upload.public_id): upload for upload in rows.filter(public_id__in=public_ids)}
    if set(found) != set(public_ids):
        raise Http404
    return [found[public_id] for public_id in public_ids]

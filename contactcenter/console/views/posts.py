"""Posts and what is said below them: the list, the thread beside a conversation, bystanders who are answered too."""

from __future__ import annotations

from typing import Any

from django.http import FileResponse, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from channels_app.models import BystanderComment
from channels_app.taking_up import take_up
from contactcenter.console.access import ConsoleRequest, console_view, get_conversation
from contactcenter.console.responses import toast, trigger
from contactcenter.console.selectors.threads import FILTERS, posts_of, thread_of, visible_posts
from contactcenter.console.views.handling import desk_answer
from contactcenter.console.views.pages import console_page
from routing.clocks import clocks_of
from routing.services.public import settle_public


@require_GET
@console_view
def posts(request: ConsoleRequest) -> HttpResponse:
    """All posts with what waits below them, against the time in which it is to be answered."""
    chosen = request.GET.get("show", "waiting")
    chosen = chosen if chosen in FILTERS else "waiting"
    rows = posts_of(request.viewer, chosen)
    clocks = clocks_of(conversation for row in rows for conversation in row.conversations)
    context: dict[str, Any] = {"posts": rows, "chosen": chosen, "clocks_by_conversation": clocks}
    if request.htmx:
        return render(request, "console/_posts.html", context)
    return console_page(request, page="console/_posts.html", title=_("Posts"), **context)


@require_GET
@console_view
def thread(request: ConsoleRequest, pk: int) -> HttpResponse:
    """What stands around a public conversation."""
    conversation = get_conversation(request, pk)
    context = {"conversation": conversation, "thread": thread_of(request.viewer, conversation)}
    return render(request, "console/_thread.html", context)


@require_POST
@console_view
def take_up_comment(request: ConsoleRequest, pk: int) -> HttpResponse:
    """A bystander is answered too: their comment becomes a conversation of its own."""
    comment = get_object_or_404(BystanderComment, pk=pk, post__in=visible_posts(request.viewer))
    take_up(comment_id=comment.pk)
    return trigger(toast(HttpResponse(status=204), _("It waits for an answer now")), **{"thread-changed": True})


@require_POST
@console_view
def settle(request: ConsoleRequest, pk: int) -> HttpResponse:
    """No answer is needed."""
    conversation = get_conversation(request, pk)
    settle_public(conversation_id=conversation.pk, actor=request.user)
    return desk_answer(request, pk, _("No answer needed"))


@require_GET
@console_view
def picture(request: ConsoleRequest, pk: int) -> HttpResponseBase:
    """A post's picture."""
    post = get_object_or_404(visible_posts(request.viewer).exclude(picture=""), pk=pk)
    response = FileResponse(post.picture.open("rb"), content_type="image/jpeg")
    response["X-Content-Type-Options"] = "nosniff"
    response["Content-Security-Policy"] = "default-src 'none'; sandbox"
    response["Cache-Control"] = "private, max-age=3600"
    return response

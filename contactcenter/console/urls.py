"""The front door, the console, and the files of conversations."""

from __future__ import annotations

from django.urls import include, path

from contactcenter.console.views import handling, messages, offers, pages, status

app_name = "console"

_conversation = [
    path("", pages.conversation, name="conversation"),
    path("desk/", pages.desk, name="desk"),
    path("timeline/", pages.timeline, name="timeline"),
    path("context/", pages.context_column, name="context"),
    path("reply/", messages.reply, name="reply"),
    path("note/", messages.note, name="note"),
    path("draft/", messages.draft, name="draft"),
    path("read/", messages.read, name="read"),
    path("files/", messages.upload, name="upload"),
    path("take/", handling.take, name="take"),
    path("give/", handling.give, name="give"),
    path("transfer/", handling.transfer, name="transfer"),
    path("snooze/", handling.snooze, name="snooze"),
    path("close/", handling.close, name="close"),
    path("consult/", handling.consult, name="consult"),
    path("consult/cancel/", handling.cancel_consult, name="consult-cancel"),
    path("consult/complete/", handling.complete_consult, name="consult-complete"),
    path("consult/end/", handling.end_consult, name="consult-end"),
]

urlpatterns = [
    path("", pages.home, name="front"),
    path("console/", pages.console, name="home"),
    path("console/list/", pages.conversation_list, name="list"),
    path("console/figures/", pages.figures, name="figures"),
    path("console/theme/", pages.set_theme, name="theme"),
    path("console/offers/", offers.offers, name="offers"),
    path("console/offers/<int:pk>/accept/", offers.accept, name="accept"),
    path("console/offers/<int:pk>/decline/", offers.decline, name="decline"),
    path("console/status/", status.status, name="status"),
    path("console/status/channels/", status.status_channels, name="status-channels"),
    path("console/sign-out/", status.sign_out, name="sign-out"),
    path("console/sign-out/ask/", status.ask_sign_out, name="ask-sign-out"),
    path("console/wrap-up/<int:pk>/finish/", handling.finish_wrap_up, name="wrap-up-finish"),
    path("console/wrap-up/<int:pk>/extend/", handling.extend_wrap_up, name="wrap-up-extend"),
    path("console/c/<int:pk>/", include(_conversation)),
    path("files/<uuid:public_id>/", messages.file, name="file"),
]

"""Everything under `/w/`."""

from __future__ import annotations

from django.urls import path

from channels_app.webchat import views
from channels_app.webchat import views_conversations as conversations

urlpatterns = [
    path("v1.js", views.loader, name="webchat-loader"),
    path("<slug:key>/config/", views.config, name="webchat-config"),
    path("<slug:key>/frame/", views.frame, name="webchat-frame"),
    path("<slug:key>/messages/", views.messages, name="webchat-messages"),
    path("<slug:key>/files/", views.files, name="webchat-files"),
    path("<slug:key>/conversations/", conversations.conversations, name="webchat-conversations"),
    path("<slug:key>/conversations/<uuid:public_id>/", conversations.conversation, name="webchat-conversation"),
    path("<slug:key>/conversations/<uuid:public_id>/rating/", conversations.rating, name="webchat-rating"),
    path("<slug:key>/conversations/<uuid:public_id>/transcript/", conversations.transcript, name="webchat-transcript"),
    path(
        "<slug:key>/conversations/<uuid:public_id>/transcript.txt",
        conversations.transcript_file,
        name="webchat-transcript-file",
    ),
    path("<slug:key>/conversations/<uuid:public_id>/leave/", conversations.leave, name="webchat-leave"),
    path("<slug:key>/email/", conversations.email, name="webchat-email"),
    path("<slug:key>/email/code/", conversations.email_code, name="webchat-email-code"),
    path("<slug:key>/resume/", conversations.resumed, name="webchat-resume"),
    path("<slug:key>/erase/", conversations.erase, name="webchat-erase"),
    path("<slug:key>/files/<uuid:public_id>/", views.file, name="webchat-file"),
]

from django.apps import AppConfig


class ConversationsConfig(AppConfig):
    name = "contactcenter.conversations"
    label = "conversations"

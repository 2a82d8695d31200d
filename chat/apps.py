from django.apps import AppConfig


class ChatConfig(AppConfig):
    """Conversations, in real time."""

    name = "chat"

from importlib import import_module

from django.apps import AppConfig


class ChatConfig(AppConfig):
    """Conversations, in real time."""

    name = "chat"

    def ready(self) -> None:
        # Retention, re-scan and export reach chats through compliance's registry.
        stores = import_module("chat.record_stores")
        import_module("compliance.registry").register(stores.ConversationStore())

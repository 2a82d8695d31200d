"""Operators' page of conversations: when and how many, never what or who."""

from typing import Final

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest

from chat.models import Conversation
from tenants.admin_scope import OfOneOrganisation

TIMES_AND_STATE: Final = (
    "status", "created_at", "last_message_at", "waiting_since", "first_reply_at", "resolved_at",
)  # fmt: skip


@admin.register(Conversation)
class ConversationAdmin(OfOneOrganisation[Conversation]):
    """Times and counts, to see that an organisation's chat works."""

    list_display = ("reference", "status", "messages", "created_at", "last_message_at", "first_reply_at", "resolved_at")
    ordering = ("-created_at", "-id")
    fields = ("reference", "messages", *TIMES_AND_STATE)
    readonly_fields = ("reference", "messages")

    @admin.display(description="messages")
    def messages(self, conversation: Conversation) -> int:
        return conversation.last_sequence

    def get_queryset(self, request: HttpRequest) -> QuerySet[Conversation]:
        """Of a conversation its times and counts, and nothing else: that is all the operators' role can read."""
        return super().get_queryset(request).only("tenant", "last_sequence", *TIMES_AND_STATE)

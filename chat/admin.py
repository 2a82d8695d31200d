"""Operators' page of conversations: when and how many, never what or who."""

from django.contrib import admin

from chat.models import Conversation
from tenants.admin_scope import OfOneOrganisation


@admin.register(Conversation)
class ConversationAdmin(OfOneOrganisation[Conversation]):
    """Times and counts, to see that an organisation's chat works."""

    withheld = ("inbox", "contact", "started_by", "client_id", "assignee")
    list_display = ("reference", "status", "messages", "created_at", "last_message_at", "first_reply_at", "resolved_at")
    ordering = ("-created_at", "-id")
    fields = (
        "reference", "status", "messages", "created_at", "last_message_at", "waiting_since", "first_reply_at",
        "resolved_at",
    )  # fmt: skip
    readonly_fields = ("reference", "messages")

    @admin.display(description="messages")
    def messages(self, conversation: Conversation) -> int:
        return conversation.last_sequence

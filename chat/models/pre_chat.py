from typing import Final
from uuid import UUID

from django.db import models

from chat.models.contact import Contact
from chat.models.conversation import Conversation
from chat.models.inbox import Inbox
from compliance.sealed_text import SealedTextField
from tenants.encryption import Slot, column_of
from tenants.models import TenantForeignKey, TenantModel

MAX_CUSTOM_FIELDS: Final = 5
MAX_LABEL: Final = 80


class PreChatKind(models.TextChoices):
    """What is asked. The first three describe the person and are kept with them."""

    NAME = "name", "Name"
    EMAIL = "email", "E-mail address"
    PHONE = "phone", "Telephone number"
    CUSTOM = "custom", "A question of your own"


class PreChatField(TenantModel):
    """One thing that a widget asks before the first message."""

    inbox = TenantForeignKey(Inbox, models.CASCADE, related_name="pre_chat_fields")
    key = models.CharField(max_length=16, help_text="Names it in frames; made by us.")
    kind = models.CharField(max_length=8, choices=PreChatKind)
    label = SealedTextField(null=True, help_text="Of a question of one's own.")
    is_required = models.BooleanField(default=False)
    position = models.PositiveSmallIntegerField()
    masked_with = models.PositiveIntegerField(help_text="Number of the rule set that scanned it.")

    class Meta(TenantModel.Meta):
        constraints = [
            models.UniqueConstraint(fields=("tenant", "inbox", "key"), name="pre_chat_field_key_once"),
            models.UniqueConstraint(
                fields=("tenant", "inbox", "kind"),
                condition=~models.Q(kind="custom"),
                name="pre_chat_field_kind_once",
            ),
            models.CheckConstraint(
                condition=models.Q(kind="custom") ^ models.Q(label__isnull=True), name="pre_chat_field_label_of_custom"
            ),
        ]

    @staticmethod
    def slot(tenant_id: UUID, row_id: UUID) -> Slot:
        """Where the label lives: under the organisation's own key."""
        return Slot(tenant_id, None, column_of("chat_prechatfield", "label"), row_id)


class PreChatAnswer(TenantModel):
    """What a visitor answered before the first message. The question stays as it was asked."""

    conversation = TenantForeignKey(Conversation, models.CASCADE, related_name="answers")
    contact = TenantForeignKey(Contact, models.CASCADE, related_name="+")
    position = models.PositiveSmallIntegerField()
    label = SealedTextField()
    value = SealedTextField()
    masked_with = models.PositiveIntegerField(help_text="Number of the rule set that scanned it.")

    class Meta(TenantModel.Meta):
        constraints = [
            models.UniqueConstraint(fields=("tenant", "conversation", "position"), name="pre_chat_answer_once")
        ]

    @staticmethod
    def slot(tenant_id: UUID, contact_id: UUID, column: str, row_id: UUID) -> Slot:
        """Where the question or the answer lives."""
        return Slot(tenant_id, contact_id, column_of("chat_prechatanswer", column), row_id)

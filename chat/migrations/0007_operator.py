from typing import Final

from django.db import migrations

from tenants.rls import let_operator, let_support, operators_function

TIMES_AND_COUNTS: Final = (
    "id", "tenant_id", "status", "last_sequence", "last_public_sequence", "created_at", "last_message_at",
    "waiting_since", "first_reply_at", "resolved_at",
)  # fmt: skip
# Notes are between colleagues. Newest first, and what precedes a sequence.
MESSAGES: Final = """
    SELECT message.id, message.conversation_id, message.sequence, message.public_sequence, message.kind::text,
        message.author_kind::text, message.author_id, message.client_id, message.posted_at, message.body,
        conversation.contact_id
    FROM chat_message AS message JOIN chat_conversation AS conversation
        ON conversation.tenant_id = message.tenant_id AND conversation.id = message.conversation_id
    WHERE message.conversation_id = of_conversation AND message.kind <> 'note' AND message.sequence < before_sequence
    ORDER BY message.sequence DESC LIMIT at_most
"""
FINDINGS: Final = """
    SELECT finding.message_id, finding.entity::text, finding.start, finding."end" FROM chat_finding AS finding
    WHERE finding.message_id = ANY (of_messages) ORDER BY finding.start
"""


class Migration(migrations.Migration):
    """Let operators see times and counts of conversations; messages while let in, by two functions and no table."""

    dependencies = [("chat", "0006_isolation")]

    operations = [
        let_operator("chat_conversation", select=TIMES_AND_COUNTS),
        let_support("chat_conversation", "id", "tenant_id", "contact_id"),
        let_support(
            "chat_message", "id", "tenant_id", "conversation_id", "sequence", "public_sequence", "kind", "author_kind",
            "author_id", "client_id", "body", "posted_at",
        ),
        let_support("chat_finding", "id", "tenant_id", "message_id", "entity", "start", '"end"'),
        operators_function(
            "support_messages(of_conversation uuid, before_sequence integer, at_most integer)",
            "TABLE (id uuid, conversation_id uuid, sequence integer, public_sequence integer, kind text, "
            "author_kind text, author_id uuid, client_id uuid, posted_at timestamptz, body bytea, contact_id uuid)",
            MESSAGES,
        ),
        operators_function(
            "support_findings(of_messages uuid[])",
            'TABLE (message_id uuid, entity text, start integer, "end" integer)',
            FINDINGS,
        ),
    ]  # fmt: skip

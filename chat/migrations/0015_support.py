from typing import Final

from django.db import migrations
from django.db.migrations import RunSQL

from tenants.rls import LOOKUP_ROLE, OPERATOR_ROLE

# Which columns of which table the two functions read, beside the organisation's.
READ: Final = {
    "chat_conversation": "id, tenant_id, contact_id",
    "chat_message": "id, tenant_id, conversation_id, sequence, public_sequence, kind, author_kind, author_id, client_id, "
    "body, posted_at",
    "chat_finding": 'id, tenant_id, message_id, entity, start, "end"',
}
# Of who asks now, whatever the statement names: an operator without a grant in force is let through to no row.
GRANTED: Final = (
    "tenant_id IN (SELECT support.tenant_id FROM support_grants(current_setting('app.operator')::uuid) AS support "
    "WHERE support.is_live)"
)
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


def operators_function(signature: str, arguments: str, returns: str, body: str) -> RunSQL:
    """A function by which operators read what their own role may not: as the lookup role, behind `granted`."""
    named = f"{signature}({arguments})"
    return RunSQL(
        (
            (
                f"CREATE FUNCTION {named} RETURNS {returns} LANGUAGE sql STABLE SECURITY DEFINER "
                f"SET search_path = pg_catalog, public, pg_temp AS $body${body}$body$"
            ),
            f"GRANT CREATE ON SCHEMA public TO {LOOKUP_ROLE}",
            f"ALTER FUNCTION {named} OWNER TO {LOOKUP_ROLE}",
            f"REVOKE CREATE ON SCHEMA public FROM {LOOKUP_ROLE}",
            f"REVOKE ALL ON FUNCTION {named} FROM PUBLIC",
            f"GRANT EXECUTE ON FUNCTION {named} TO {OPERATOR_ROLE}",
        ),
        f"DROP FUNCTION {named}",
    )


class Migration(migrations.Migration):
    """Let an operator whose support access is in force read messages, by two functions and no table."""

    dependencies = [("chat", "0014_held_and_waiting"), ("compliance", "0012_support_isolation")]

    operations = [
        *(
            RunSQL(
                (
                    f"GRANT SELECT ({columns}) ON {table} TO {LOOKUP_ROLE}",
                    f"CREATE POLICY granted ON {table} FOR SELECT TO {LOOKUP_ROLE} USING ({GRANTED})",
                ),
                (
                    f"DROP POLICY granted ON {table}",
                    f"REVOKE ALL ON {table} FROM {LOOKUP_ROLE}",
                ),
            )
            for table, columns in READ.items()
        ),
        operators_function(
            "support_messages",
            "of_conversation uuid, before_sequence integer, at_most integer",
            "TABLE (id uuid, conversation_id uuid, sequence integer, public_sequence integer, kind text, "
            "author_kind text, author_id uuid, client_id uuid, posted_at timestamptz, body bytea, contact_id uuid)",
            MESSAGES,
        ),
        operators_function(
            "support_findings",
            "of_messages uuid[]",
            'TABLE (message_id uuid, entity text, start integer, "end" integer)',
            FINDINGS,
        ),
    ]

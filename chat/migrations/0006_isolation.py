from typing import Final

from django.db import migrations

from tenants.rls import lookup_function, protect

MEMBER: Final = "tenants_membership"
CONTACT: Final = "chat_contact"
CONVERSATION: Final = "chat_conversation"
IN_CONVERSATION: Final = {"conversation_id": CONVERSATION}
OF_VISITOR: Final = {"conversation_id": CONVERSATION, "contact_id": CONTACT}


class Migration(migrations.Migration):
    """Fence the tables; find the organisation of a widget before a visitor is known."""

    dependencies = [("chat", "0005_forms")]

    operations = [
        protect("chat_inbox", looked_up=True),
        protect("chat_team"),
        protect("chat_teammember", references={"team_id": "chat_team", "membership_id": MEMBER}),
        protect("chat_availability", references={"membership_id": MEMBER}),
        protect("chat_contact"),
        protect("chat_visitorsession", references={"contact_id": CONTACT}),
        protect(
            "chat_conversation",
            references={
                "inbox_id": "chat_inbox",
                "contact_id": CONTACT,
                "started_by_id": "chat_visitorsession",
                "assignee_id": MEMBER,
                "team_id": "chat_team",
            },
        ),
        protect("chat_assignment", references={**IN_CONVERSATION, "membership_id": MEMBER}),
        protect("chat_message", references=IN_CONVERSATION),
        protect("chat_finding", references={"message_id": "chat_message"}),
        protect("chat_readmark", references=IN_CONVERSATION),
        protect("chat_attachment", references={**IN_CONVERSATION, "message_id": "chat_message"}),
        protect(
            "chat_maskingreport",
            references={"message_id": "chat_message", "reported_by_id": MEMBER, "decided_by_id": MEMBER},
        ),
        protect("chat_cannedresponse"),
        protect("chat_prechatfield", references={"inbox_id": "chat_inbox"}),
        protect("chat_prechatanswer", references=OF_VISITOR),
        protect("chat_businesshours"),
        protect("chat_closedday"),
        protect("chat_mailedlink", references=OF_VISITOR),
        protect("chat_rating", references=OF_VISITOR),
        protect(
            "chat_consentreceipt",
            references={
                "contact_id": CONTACT,
                "session_id": "chat_visitorsession",
                "notice_id": "compliance_noticeversion",
            },
        ),
        protect("chat_identitykey", references={"made_by_id": MEMBER}),
        protect("chat_usedtoken"),
        protect("chat_proofrequest", references={**OF_VISITOR, "asked_by_id": MEMBER}),
        protect("chat_visitorfactor", references={"contact_id": CONTACT}),
        protect("chat_visitorpasskey", references={"contact_id": CONTACT}),
        protect("chat_contactmerge", references={"kept_id": CONTACT, "merged_id": CONTACT, "made_by_id": MEMBER}),
        protect("chat_dataarchive", references={"request_id": "compliance_subjectrequest", "contact_id": CONTACT}),
        protect("chat_formtemplate"),
        protect("chat_formkey", references={"membership_id": MEMBER}),
        protect("chat_formendpoint"),
        protect("chat_endpointkey"),
        protect(
            "chat_formrequest",
            references={
                **IN_CONVERSATION,
                "recipient_id": MEMBER,
                "key_id": "chat_formkey",
                "endpoint_key_id": "chat_endpointkey",
            },
        ),
        protect("chat_paymentaccount"),
        lookup_function(
            "inbox_of_widget(key text)",
            "TABLE (inbox_id uuid, tenant_id uuid)",
            "SELECT id, tenant_id FROM chat_inbox WHERE widget_key = key",
        ),
    ]

"""The operators' role of the database: what it may do is listed here, and nothing beside."""

from uuid import uuid4

import psycopg
import pytest
from django.db import DatabaseError, connections, transaction

from chat.models import Contact, Conversation, Finding, Message
from tenants.keyring import ring
from tenants.keyring.models import ContactKey, Purpose, TenantKey
from tenants.keyring.scope import keys_scope
from tenants.models import Invitation, Membership, Tenant, User
from tenants.operator_role import OPERATORS, as_operator
from tenants.scoping import tenant_scope
from tests.factories.stored import store_conversation

pytestmark = pytest.mark.django_db(transaction=True)

# Table to privilege to columns; `*`: the whole table. A line more is a decision, not a repair.
MAY = {
    "tenants_tenant": {"SELECT": "*", "UPDATE": "closes_at factors_due_at hipaa_state pci_state region status"},
    "tenants_user": {
        "SELECT": "created_at email email_confirmed_at id is_active is_operator last_login must_change_password name "
        "session_epoch",
        "UPDATE": "is_active session_epoch",
    },
    "django_content_type": {"SELECT": "*"},
    "tenants_membership": {"SELECT": "*"},
    "tenants_allowedorigin": {"SELECT": "*"},
    "tenants_sealedtotpdevice": {"SELECT": "confirmed id user_id", "DELETE": "*"},
    "tenants_passkey": {"SELECT": "confirmed id user_id", "DELETE": "*"},
    "tenants_backupcodes": {"SELECT": "confirmed id user_id", "DELETE": "*"},
    "tenants_policychoice": {"SELECT": "*"},
    "chat_conversation": {
        "SELECT": "created_at first_reply_at id last_message_at last_public_sequence last_sequence resolved_at status "
        "tenant_id waiting_since",
    },
    "compliance_auditentry": {"SELECT": "*", "INSERT": "*"},
    "compliance_operatorentry": {"SELECT": "*", "INSERT": "*"},
    "compliance_operatorreset": {"SELECT": "*", "INSERT": "*", "UPDATE": "decided_at decided_by_id is_approved"},
    "compliance_supportgrant": {"SELECT": "*", "INSERT": "*", "UPDATE": "ended_as ended_at"},
    "compliance_jobrun": {"SELECT": "*", "UPDATE": "finished_at moved_at state"},
    "compliance_rulesetproposal": {"SELECT": "*", "UPDATE": "decided_at number state"},
    "compliance_incident": {
        "SELECT": "about acknowledged_at acknowledged_by aware_at cause closed_at closed_by decided_at decided_by "
        "decision found_with id kinds let_pass_from let_pass_to masked_with opened_at records report_id run_id seen_at "
        "state tenant_id told_at verdict",
    },
    "compliance_agreement": {"SELECT": "*", "INSERT": "*"},
    "compliance_subprocessor": {"SELECT": "*", "INSERT": "*", "UPDATE": "ended_at"},
    "compliance_controlrun": {"SELECT": "*", "UPDATE": "since"},
    "compliance_servicecontrol": {"SELECT": "*"},
    "compliance_restoredrill": {"SELECT": "*"},
    "compliance_modeswitch": {
        "SELECT": "*",
        "INSERT": "*",
        "UPDATE": "approved_at approved_by approved_kind approved_person due_at ended_as ended_at",
    },
    "compliance_policystanding": {"SELECT": "*", "INSERT": "*", "UPDATE": "changed_at choices modes retention"},
    "compliance_legalhold": {
        "SELECT": "id kind masked_with placed_at placed_by_id query release_asked_at release_asked_by_id released_at "
        "released_by_id target_id tenant_id",
    },
    "compliance_ruleset": {"SELECT": "*", "INSERT": "*"},
    "compliance_maskingrevision": {"SELECT": "*"},
    "compliance_retentionpolicy": {"SELECT": "*", "INSERT": "*", "UPDATE": "changed_at keep_days", "DELETE": "*"},
}
MAY_WITH_KEYS = {
    "keyring_tenantkey": {
        "SELECT": "created_at fingerprint id key_reference provider purpose state tenant_id version",
        "INSERT": "*",
        "UPDATE": "state",
    },
    "keyring_rotation": {"SELECT": "*", "INSERT": "*"},
    "keyring_ownkey": {"SELECT": "*"},
}
BY_TABLE = "SELECT table_name, privilege_type FROM information_schema.role_table_grants WHERE grantee = 'hd_operator'"
BY_COLUMN = """
    SELECT table_name, privilege_type, string_agg(column_name::text, ' ' ORDER BY column_name::text COLLATE "C")
    FROM information_schema.role_column_grants WHERE grantee = 'hd_operator' GROUP BY 1, 2
"""


def grants(owner):
    found = {}
    for table, privilege, columns in owner.execute(BY_COLUMN).fetchall():
        found.setdefault(table, {})[privilege] = columns
    for table, privilege in owner.execute(BY_TABLE).fetchall():
        found.setdefault(table, {})[privilege] = "*"
    return found


def test_the_role_may_do_what_is_listed_and_no_more(owner_connection, owner_keys_connection):
    assert grants(owner_connection) == MAY
    assert grants(owner_keys_connection) == MAY_WITH_KEYS


def users():
    found = []
    for alias in OPERATORS:
        with connections[alias].cursor() as cursor:
            cursor.execute("SELECT current_user, session_user")
            found.append(cursor.fetchone())
    return found


def test_inside_everything_goes_by_the_operators_role_and_afterwards_by_the_applications():
    with as_operator():
        assert users() == [("hd_operator", "hd_operator")] * 2
    with pytest.raises(ZeroDivisionError), as_operator():
        raise ZeroDivisionError

    assert users() == [("hd_app", "hd_app")] * 2


@pytest.mark.parametrize("role", ["hd_app", "hd_owner", "hd_lookup", "postgres"])
@pytest.mark.parametrize("alias", OPERATORS)
def test_the_role_cannot_become_another(alias, role):
    with as_operator(), connections[alias].cursor() as cursor:
        with pytest.raises(DatabaseError, match="permission denied"):
            cursor.execute(f"SET ROLE {role}")
        cursor.execute("RESET ROLE")
        cursor.execute("SELECT current_user")
        assert cursor.fetchone() == ("hd_operator",)


@pytest.mark.parametrize(
    "read",
    [
        Message.objects.first,
        lambda: list(Message.objects.values_list("id")),
        Contact.objects.first,
        Finding.objects.first,
        Invitation.objects.first,
        Conversation.objects.first,
        lambda: list(Conversation.objects.values_list("contact_id")),
        lambda: list(User.objects.values_list("password")),
    ],
)
def test_what_people_wrote_and_who_they_are_is_refused_by_the_database(acme, read, now):
    store_conversation(acme, ["My words"], at=now)

    with as_operator(), pytest.raises(DatabaseError, match="permission denied"), tenant_scope(acme):
        read()


@pytest.mark.parametrize(
    "read", [TenantKey.objects.first, lambda: list(ContactKey.objects.values_list("id", flat=True))]
)
def test_no_wrapped_key_is_read(acme, read):
    with as_operator(), pytest.raises(DatabaseError, match="permission denied"), keys_scope(acme.id):
        read()


def test_no_key_is_unwrapped(acme):
    ring.forget_cached_keys()

    with as_operator(), pytest.raises(DatabaseError, match="permission denied"):
        ring.tenant_cipher(acme.id, Purpose.AUDIT)


def test_one_organisation_is_seen_at_a_time(acme, globex, ada, mallory):
    seen = "SELECT DISTINCT tenant_id FROM tenants_membership"
    with as_operator():
        with tenant_scope(acme), connections["default"].cursor() as cursor:
            cursor.execute(seen)
            assert cursor.fetchall() == [(acme.id,)]
            assert not Membership.objects.filter(id=mallory.id).exists()
        with pytest.raises(DatabaseError), transaction.atomic(), connections["default"].cursor() as cursor:
            cursor.execute(seen)


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE tenants_tenant SET slug = 'stolen'",
        "UPDATE tenants_user SET is_operator = true",
        "UPDATE tenants_user SET password = ''",
        "DELETE FROM tenants_tenant",
        "UPDATE compliance_auditentry SET event = 'x'",
        "DELETE FROM compliance_auditentry",
        "TRUNCATE compliance_auditentry",
        "DELETE FROM chat_conversation",
        "INSERT INTO tenants_user SELECT * FROM tenants_user",
        "SELECT session_data FROM django_session",
    ],
)
def test_what_no_page_does_is_refused(acme, statement):
    with as_operator(), pytest.raises(DatabaseError, match="permission denied"), tenant_scope(acme):
        connections["default"].cursor().execute(statement)


def test_by_the_role_a_row_is_not_written_for_another_organisation(acme, globex, owner_connection):
    with as_operator(), pytest.raises(DatabaseError, match="row-level security"), tenant_scope(acme):
        connections["default"].cursor().execute(
            "INSERT INTO compliance_retentionpolicy (id, tenant_id, record_class, keep_days, changed_at) "
            "VALUES (%s, %s, 'conversation', 30, now())",
            [uuid4(), globex.id],
        )


def test_a_page_that_asked_for_more_would_fail_and_not_fall_back(client, sign_in, oscar, acme, monkeypatch):
    from compliance.admin import PersonAdmin

    monkeypatch.setattr(PersonAdmin, "withheld", ())
    client.raise_request_exception = False

    answer = sign_in(client, oscar).get("/admin/tenants/user/")

    assert answer.status_code == 500
    assert isinstance(answer.exc_info[1].__cause__, psycopg.errors.InsufficientPrivilege)


def test_the_directory_is_seen_as_a_whole(acme, globex):
    with as_operator():
        assert set(Tenant.objects.values_list("slug", flat=True)) == {"acme", "globex"}

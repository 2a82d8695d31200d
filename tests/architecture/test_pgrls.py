"""pgrls, which lints and proves row security, finds nothing but what is explained."""

import os

import pytest

from tests.support import pgrls

pytestmark = pytest.mark.django_db(transaction=True)
OWNERS = ("OWNER_DATABASE_URL", "OWNER_KEYS_DATABASE_URL")


def test_the_linter_finds_nothing_and_every_table_is_proven():
    urls = [os.environ[name] for name in OWNERS]

    assert [pgrls.findings(url) for url in urls] == [[], []]
    assert [pgrls.unproven(url, ("cross-tenant", "write")) for url in urls] == [[], []]


def test_a_floor_that_is_missing_and_a_policy_that_is_open_are_found(owner_connection):
    narrow = "tenant_id = current_setting('app.tenant')::uuid"
    owner_connection.execute("ALTER POLICY floor ON chat_message USING (true) WITH CHECK (true)")
    owner_connection.execute("ALTER POLICY app ON chat_message USING (true) WITH CHECK (true)")
    try:
        assert any("public.chat_message" in one for one in pgrls.findings(os.environ["OWNER_DATABASE_URL"]))
    finally:
        for policy in ("floor", "app"):
            owner_connection.execute(f"ALTER POLICY {policy} ON chat_message USING ({narrow}) WITH CHECK ({narrow})")


def test_every_exception_has_its_reason():
    reasons = [reason for allowed in pgrls.ALLOWED.values() for reason in allowed.values()]

    assert all(len(reason) > 8 for reason in [*reasons, *pgrls.OFF.values()])

"""Rows of one organisation in the admin: shown once it is chosen, never changed, and nothing that visitors wrote."""

from datetime import timedelta

import pytest

from tenants.keyring.models import TenantKey
from tenants.keyring.scope import keys_scope
from tenants.scoping import tenant_scope
from tests.factories.stored import store_conversation
from tests.helpdesk.admin.conftest import page

pytestmark = pytest.mark.django_db(transaction=True)
TENANT_LISTS = (
    "tenants_membership", "tenants_allowedorigin", "keyring_tenantkey", "compliance_auditentry", "compliance_jobrun",
    "compliance_ruleset", "chat_conversation", "compliance_rulesetproposal", "compliance_incident",
    "compliance_legalhold", "compliance_controlrun",
)  # fmt: skip


@pytest.mark.parametrize("name", TENANT_LISTS)
def test_rows_of_organisations_are_shown_only_after_one_is_chosen(operator, acme, globex, name):
    asked = operator.get(page(f"{name}_changelist"))

    assert asked.status_code == 200
    assert "?organisation=acme" in asked.text
    assert "?organisation=globex" in asked.text
    assert operator.get(page(f"{name}_changelist") + "?organisation=acme").status_code == 200
    assert operator.get(page(f"{name}_changelist") + "?organisation=nobody").status_code == 404


def test_the_members_of_one_organisation_are_listed_and_no_others(operator, ada, mallory):
    listed = operator.get(page("tenants_membership_changelist") + "?organisation=acme").text

    assert "Ada" in listed
    assert "Mallory" not in listed


def test_a_row_of_another_organisation_is_not_found_through_the_chosen_one(operator, ada, mallory):
    def detail(membership, slug):
        filters = f"?_changelist_filters=organisation%3D{slug}"
        return operator.get(page("tenants_membership_change", membership.id) + filters)

    assert "Ada" in detail(ada, "acme").text
    assert (
        "Mallory"
        not in operator.get(
            page("tenants_membership_change", mallory.id) + "?_changelist_filters=organisation%3Dacme", follow=True
        ).text
    )
    assert operator.get(page("tenants_membership_change", ada.id)).status_code == 404


@pytest.mark.parametrize("name", TENANT_LISTS)
def test_rows_of_organisations_are_never_added_changed_or_deleted(operator, acme, ada, name):
    query = "?organisation=acme"
    assert operator.post(page(f"{name}_add") + query, {}).status_code == 403
    assert operator.post(page(f"{name}_change", ada.id) + query, {"role": "owner"}).status_code in (302, 403, 404)
    assert operator.post(page(f"{name}_delete", ada.id) + query, {"post": "yes"}).status_code in (403, 404)
    with tenant_scope(acme):
        assert type(ada).objects.get(id=ada.id).role == "agent"


def test_keys_are_shown_as_fingerprints_with_their_age(operator, acme):
    listed = operator.get(page("keyring_tenantkey_changelist") + "?organisation=acme").text
    with keys_scope(acme.id):
        keys = list(TenantKey.objects.all())

    assert len(keys) == 5
    for key in keys:
        assert key.fingerprint in listed
        assert bytes(key.wrapped).hex() not in listed
    detail = operator.get(page("keyring_tenantkey_change", keys[0].id) + "?organisation=acme").text
    assert keys[0].fingerprint in detail
    assert "0 days" in detail
    assert "wrapped" not in detail.replace("start of the sha-256 of the wrapped key", "").replace(
        "Start of the SHA-256 of the wrapped key", ""
    )


def test_the_audit_trail_of_one_organisation_is_listed_newest_first(operator, acme, globex):
    listed = operator.get(page("compliance_auditentry_changelist") + "?organisation=acme").text

    assert "tenant.opened" in listed
    assert str(acme.id) in listed
    assert str(globex.id) not in listed


def test_no_page_of_the_admin_shows_what_visitors_wrote(operator, oscar, acme, ada, now):
    words = "the quick brown visitor"
    conversation = store_conversation(acme, [words], at=now - timedelta(days=1))
    pages = ["/admin/", page("tenants_tenant_change", acme.id), page("tenants_user_change", oscar.id)]
    pages += [f"{page(f'{name}_changelist')}?organisation=acme" for name in TENANT_LISTS]

    for url in pages:
        shown = operator.get(url).text
        assert words not in shown
        assert str(conversation.contact_id) not in shown

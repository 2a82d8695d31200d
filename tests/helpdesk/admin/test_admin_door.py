"""Who gets in to the operators' admin, and what holds on all its pages."""

import re

import pytest
from django.contrib import admin
from django.contrib.admin.models import LogEntry
from django.contrib.contenttypes.models import ContentType
from django.urls import reverse

from tenants.models import Tenant
from tests.helpdesk.admin.conftest import page, save_organisation

pytestmark = pytest.mark.django_db(transaction=True)


def test_an_operator_with_both_factors_sees_the_front_page(operator):
    answer = operator.get("/admin/")

    assert answer.status_code == 200
    assert "Hushdesk operators" in answer.text
    assert "recent-actions" not in answer.text


def test_a_stranger_is_led_to_the_sign_in_page(client):
    answer = client.get("/admin/tenants/tenant/", follow=True)

    assert answer.redirect_chain[-1][0].startswith(reverse("accounts:sign_in"))


def test_an_operator_without_the_second_factor_is_led_to_it(client, oscar):
    client.force_login(oscar)

    answer = client.get("/admin/", follow=True)

    assert any(url.startswith(reverse("accounts:factor")) for url, _ in answer.redirect_chain)
    assert client.get("/admin/tenants/user/").status_code == 302


@pytest.mark.parametrize("url", ["/admin/", "/admin/login/", "/admin/tenants/tenant/", "/admin/tenants/user/"])
def test_an_owner_of_an_organisation_is_no_operator(client, olive, sign_in, url):
    answer = sign_in(client, olive).get(url, follow=True)

    assert answer.status_code == 403


def test_an_operator_who_was_shut_out_no_longer_gets_in(operator, oscar):
    type(oscar).objects.filter(id=oscar.id).update(is_active=False)

    assert operator.get("/admin/").status_code == 302


def test_only_our_models_are_there_and_none_holds_what_visitors_wrote(operator):
    shown = {model._meta.label for model in admin.site._registry}

    assert shown == {
        "tenants.Tenant", "tenants.User", "tenants.Membership", "tenants.AllowedOrigin", "keyring.TenantKey",
        "compliance.AuditEntry", "compliance.JobRun", "compliance.RuleSet", "compliance.MaskingRevision",
        "compliance.RuleSetProposal", "compliance.Incident", "chat.Conversation", "compliance.SupportGrant",
        "compliance.OperatorEntry", "compliance.OperatorReset", "compliance.LegalHold", "compliance.ControlRun",
        "compliance.ServiceControl", "compliance.SubProcessor", "compliance.RestoreDrill",
    }  # fmt: skip


def test_the_password_is_changed_where_everyone_changes_it(operator):
    assert operator.get("/admin/password_change/").url == reverse("accounts:change_password")


def test_the_policy_of_the_admin_is_strict_and_without_trusted_types(operator):
    policy = operator.get("/admin/")["Content-Security-Policy"]

    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert "trusted-types" not in policy
    assert re.search(r"script-src 'self'(;|$| 'nonce-[^']+')", policy)
    assert "require-trusted-types-for" in operator.get("/")["Content-Security-Policy"]


def test_the_admin_writes_no_log_of_its_own(operator, acme, ada):
    save_organisation(operator, acme, region="us")
    operator.post(page("tenants_user_changelist"), {"action": "deactivate", "_selected_action": [ada.user_id]})

    assert LogEntry.objects.count() == 0
    assert operator.get(page("tenants_tenant_history", acme.id)).status_code == 404


def test_the_admin_of_a_suspended_organisation_still_opens(operator, acme):
    Tenant.objects.filter(id=acme.id).update(status="suspended")

    assert operator.get(page("tenants_membership_changelist") + "?organisation=acme").status_code == 200


def test_no_page_follows_a_row_to_a_site_outside_its_organisation(operator, acme, ada):
    answer = operator.get(f"/admin/r/{ContentType.objects.get_for_model(ada).id}/{ada.id}/")

    assert answer.status_code == 404

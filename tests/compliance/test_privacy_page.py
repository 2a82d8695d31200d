import json

import pytest
from django.urls import reverse

from compliance import audit_events, purge, rescan
from compliance.actions.retention import set_policy
from compliance.models import RecordClass
from tenants.actors import Actor
from tenants.models import Tenant
from tenants.scoping import tenant_scope
from tests.factories.modes import switch_mode
from tests.factories.stored import store_conversation

pytestmark = pytest.mark.django_db


def url(name="privacy", slug="acme"):
    return reverse(f"compliance:{name}", kwargs={"slug": slug})


def hipaa(tenant, operator, now):
    switch_mode(
        tenant=tenant, mode="hipaa", on=True, reason="A clinic signed up", actor=Actor.operator(operator), now=now
    )


def test_the_page_tells_modes_retention_and_jobs(client, sign_in, olive):
    page = sign_in(client, olive).get(url())

    assert page.status_code == 200
    for told in (
        "HIPAA mode off",
        "PCI mode off",
        "kept until you erase them",
        "No purge has run yet",
        "tenant.opened",
    ):
        assert told in page.text


def test_a_mode_shows_what_it_holds_and_by_which_clause(client, sign_in, olive, oscar, acme, now):
    hipaa(acme, oscar, now)

    page = sign_in(client, olive).get(url()).text

    assert "HIPAA mode on" in page
    assert "Held by HIPAA mode (45 CFR 164.312(a)(2)(iv))" in page
    assert "mode: hipaa, state: enabling, reason: A clinic signed up" in page


def test_the_page_says_how_long_chats_are_kept_and_where_an_owner_decides_it(client, sign_in, olive, acme, now):
    set_policy(
        tenant=acme, record_class=RecordClass.CONVERSATION, keep_days=30, actor=Actor.member(olive), now=now
    )  # fmt: skip

    page = sign_in(client, olive).get(url()).text

    assert "erased 30 days after" in page
    assert url("retention_page") in page


def test_an_agent_reads_the_page_without_form_export_or_trail(client, sign_in, ada):
    page = sign_in(client, ada).get(url()).text

    assert "How long chats are kept" in page
    for hidden in (url("retention_page"), "Export conversations", "Audit trail", "tenant.opened"):
        assert hidden not in page


@pytest.mark.parametrize("name", ["retention", "export"])
def test_an_agent_may_neither_set_retention_nor_export(client, sign_in, ada, name):
    assert sign_in(client, ada).post(url(name), {"keep_days": "1"}).status_code == 403


@pytest.mark.parametrize("name", ["privacy", "retention", "export"])
def test_another_organisations_page_is_not_there(client, sign_in, mallory, acme, name):
    browser = sign_in(client, mallory)
    method = browser.get if name == "privacy" else browser.post

    assert method(url(name)).status_code == 404


def test_what_the_jobs_did_is_shown_with_counts(client, sign_in, olive, acme, now):
    store_conversation(acme, ["4111 1111 1111 1111"], at=now, masked_with=0)
    rescan.rescan_outdated(acme.id, pause=lambda _: None)
    set_policy(
        tenant=acme, record_class=RecordClass.CONVERSATION, keep_days=1, actor=Actor.member(olive), now=now
    )  # fmt: skip
    purge.purge_expired(acme.id, pause=lambda _: None)

    page = sign_in(client, olive).get(url()).text

    assert "1 of 1 (card 1)" in page
    assert "0 of 0" in page
    assert "masking.card_caught" in page


def test_a_supervisor_exports_what_is_stored_and_it_is_recorded(client, sign_in, sam, acme, trail, now):
    store_conversation(acme, ["Where is my order?", "On its way"], at=now, agents=[1])

    answer = sign_in(client, sam).post(url("export"))

    assert answer["Content-Disposition"] == 'attachment; filename="acme-conversations.json"'
    exported = json.loads(answer.content)
    assert (exported["organisation"], exported["complete"], exported["total"]) == ("acme", True, 1)
    (conversation,) = exported["conversations"]
    assert [(m["author"]["kind"], m["text"]) for m in conversation["messages"]] == [
        ("visitor", "Where is my order?"), ("agent", "On its way"),
    ]  # fmt: skip
    (entry,) = trail(acme, audit_events.CONVERSATION_EXPORTED)
    assert (entry.actor_id, entry.facts) == (sam.id, {"conversations": 1, "complete": True})


def test_under_a_mode_the_export_is_refused_and_says_which(client, sign_in, sam, oscar, acme, trail, now):
    store_conversation(acme, ["Where is my order?"], at=now)
    hipaa(acme, oscar, now)
    browser = sign_in(client, sam)

    assert "Readable exports are off: HIPAA mode" in browser.get(url()).text
    answer = browser.post(url("export"))

    assert answer.status_code == 403
    assert "HIPAA mode does not let conversations leave" in answer.text
    assert "Where is my order?" not in answer.text
    assert trail(acme, audit_events.CONVERSATION_EXPORTED) == []


def test_an_export_cut_at_its_limit_says_that_it_is_not_complete(sam, acme, now, monkeypatch):
    from compliance import exports

    for _ in range(3):
        store_conversation(acme, at=now)
    with tenant_scope(acme):
        exported = exports.export_conversations(membership=sam, now=now, limit=2)

    assert (len(exported.conversations), exported.total, exported.is_complete) == (2, 3, False)


def test_a_suspended_organisations_page_is_not_there(client, sign_in, olive, acme):
    browser = sign_in(client, olive)
    Tenant.objects.filter(id=acme.id).update(status="suspended")

    assert browser.get(url()).status_code == 404

"""The pages where a notice is written, looked at and published."""

import re

import pytest
from django.urls import reverse

from compliance.models import NoticeDraft, NoticeSetting, NoticeVersion
from compliance.notices.in_force import notices_of
from tenants.models import PolicyChoice
from tenants.policy_names import CONSENT
from tenants.roles import Role
from tenants.scoping import tenant_scope
from tests.factories.tenants import make_member

pytestmark = pytest.mark.django_db
OWN = "A text of ours\n\nWe at {organisation} read it."


def url(name="notices", **more):
    return reverse(f"compliance:{name}", kwargs={"slug": "acme", **more})


def test_a_compliance_officer_writes_looks_and_publishes(client, sign_in, acme, now):
    carla = sign_in(client, make_member(acme, "Carla", Role.COMPLIANCE_OFFICER, now=now))
    gdpr = {"region": "gdpr", "language": "en"}

    before = carla.get(url("notice", **gdpr))
    assert "the text that comes with Hushdesk is in force" in before.text
    assert carla.get(url("notice_publish", **gdpr)).status_code == 302
    saved = carla.post(url("notice", **gdpr), {"body": OWN}, follow=True)
    assert saved.text.count("We at Acme read it.") == 2
    with tenant_scope(acme):
        assert "We at" not in notices_of(acme).of("gdpr", "en").text
    confirm = carla.get(url("notice_publish", **gdpr)).text
    seen = re.search(r'name="seen" value="([0-9a-f]{64})"', confirm)[1]
    stale = carla.post(url("notice_publish", **gdpr), {"seen": "0" * 64})
    assert "changed meanwhile" in stale.text
    assert carla.post(url("notice_publish", **gdpr), {"seen": "x"}).status_code == 200
    done = carla.post(url("notice_publish", **gdpr), {"seen": seen}, follow=True)

    assert "Version 1 is in force" in done.text
    with tenant_scope(acme):
        assert bytes(NoticeVersion.objects.get().text_hash).hex() == seen
        assert "We at Acme read it." in notices_of(acme).of("gdpr", "en").text
    history = carla.get(url("notice", **gdpr)).text
    assert "Version 1 · published" in history
    assert f"SHA-256 {seen}" in history


def test_how_visitors_are_told_is_chosen_on_one_page(client, sign_in, olive, acme):
    owner = sign_in(client, olive)
    given = {"consent": "everyone", "region": "canada", "other_ways": "Call us"}

    assert owner.post(url("notice_setting"), given, follow=True).status_code == 200

    page = owner.get(url()).text
    assert "Call us" in page
    assert "Not used: one text is chosen for everyone." in page
    with tenant_scope(acme):
        assert NoticeSetting.objects.get().region == "canada"
        assert PolicyChoice.objects.get(key=CONSENT).value == "everyone"
    assert owner.post(url("notice_setting"), {**given, "consent": "nobody"}).status_code == 422


def test_a_text_with_a_card_number_is_refused_beside_its_field(client, sign_in, olive, acme):
    owner = sign_in(client, olive)

    refused = owner.post(url("notice", region="us", language="en"), {"body": "A title\n\n4111 1111 1111 1111"})
    other = owner.post(url("notice_setting"), {"consent": "told", "region": "", "other_ways": "4111 1111 1111 1111"})

    assert (refused.status_code, other.status_code) == (422, 422)
    for page in (refused, other):
        assert "looks like it holds a card number" in page.text
    with tenant_scope(acme):
        assert not NoticeDraft.objects.exists()


def test_a_draft_can_be_thrown_away(client, sign_in, olive, acme):
    owner = sign_in(client, olive)
    owner.post(url("notice", region="us", language="es"), {"body": OWN})

    page = owner.post(url("notice_drop", region="us", language="es"), follow=True)

    assert "The draft is gone" in page.text
    with tenant_scope(acme):
        assert not NoticeDraft.objects.exists()


def test_a_region_or_language_that_is_none_is_not_found(client, sign_in, olive):
    owner = sign_in(client, olive)

    for region, language in (("mars", "en"), ("us", "xx")):
        assert owner.get(url("notice", region=region, language=language)).status_code == 404


def test_agents_have_no_business_there(client, sign_in, ada):
    assert sign_in(client, ada).get(url()).status_code == 403

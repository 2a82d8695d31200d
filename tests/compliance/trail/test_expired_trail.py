"""What pages, packs and archives say of a trail whose first entries have expired."""

import io
import os
from datetime import timedelta

import psycopg
import pytest
from django.urls import reverse

from chat import archive_doors
from compliance import audit_events, trail_expiry
from compliance.actions.trail_retention import keep_trail
from compliance.anchoring.places import Folder
from compliance.evidence.building import build
from compliance.evidence.period import EvidenceError, Period
from compliance.forms import RetentionForm
from compliance.models import PackFault
from compliance.verifier.anchors import Anchors
from compliance.verifier.evidence import check_pack
from compliance.verifier.packs import Pack
from helpdesk.core import clock
from tenants import policies
from tenants.actions.policies import BelowFloorError, NoSuchChoiceError
from tenants.models import ModeState, Tenant
from tenants.permissions import NotPermittedError
from tenants.policy_names import AUDIT_KEPT
from tenants.roles import Role
from tenants.scoping import tenant_scope
from tests.factories.stored import store_conversation
from tests.factories.tenants import make_member
from tests.support.aged_trail import LONG, AgedTrail

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


def url(name="retention_page"):
    return reverse(f"compliance:{name}", kwargs={"slug": "acme"})


@pytest.fixture
def aged(transactional_db, acme, tmp_path, settings):
    """Acme's trail, whose first entries lie six years back."""
    settings.AUDIT_ANCHORS = tmp_path / "anchors"
    with psycopg.connect(os.environ["SUPERUSER_DATABASE_URL"], autocommit=True) as database:
        made = AgedTrail(acme, Folder(settings.AUDIT_ANCHORS), database)
        made.old = made.grow(4, LONG)
        made.grow(3, DAY)
        made.verified(DAY)
        made.anchor(DAY)
        yield made


def packed(aged, begin, end):
    out, now = io.BytesIO(), clock.now()
    build(aged.tenant, Period(now - begin, now - end), out, now=now, folder=aged.folder)
    return out


def test_evidence_of_days_that_have_expired_is_refused_and_of_later_ones_says_what_is_gone(aged):
    aged.expire()
    whole = packed(aged, LONG + DAY, DAY / 2)
    assert "expired" not in check_pack(whole, anchors=Anchors()).manifest["chain"]
    aged.expire()

    with pytest.raises(EvidenceError) as refused:
        packed(aged, LONG + DAY, DAY / 2)
    assert refused.value.fault == PackFault.EXPIRED
    later = packed(aged, 2 * DAY, DAY / 2)
    chain = check_pack(later, anchors=Anchors()).manifest["chain"]
    assert (chain["expired"], chain["first"]) == (aged.old, aged.old + 1)
    assert f"entries 1 to {aged.old} of the chain had expired" in Pack(later).read("README.txt").decode()


def test_who_asks_who_opened_something_is_told_from_when_on_it_is_known(aged, acme):
    conversation = store_conversation(acme, ["a"], at=clock.now() - LONG - DAY)

    def disclosed():
        with tenant_scope(acme):
            return archive_doors.disclosures([conversation.contact_id], [conversation.id])

    assert disclosed() == []
    aged.expire()
    aged.expire()

    assert [one["what"] for one in disclosed()] == [archive_doors.NOT_ON_RECORD]
    with tenant_scope(acme):
        assert trail_expiry.known_since(clock.now() - LONG - DAY) == trail_expiry.begin().last_sealed_at
        assert trail_expiry.known_since(clock.now()) is None


def test_the_page_says_how_much_goes_and_when_it_went(aged, client, sign_in, olive):
    browser = sign_in(client, olive)
    look = browser.post(url("retention"), {"step": "look"}).text
    assert f'<td class="numeric">{aged.old}</td>' in look.partition("Audit entries")[2]
    # Kept for longer, nothing goes.
    longer = browser.post(url("retention"), {"step": "look", "audit_trail": "3650"}).text
    assert '<td class="numeric">0</td>' in longer.partition("Audit entries")[2][:120]

    aged.expire()
    assert f"{aged.old} of them told to go in the next hours" in browser.get(url()).text
    aged.expire()

    assert f"{aged.old} older entries have expired" in browser.get(url()).text
    assert f"{aged.old} on <time" in browser.get(url()).text
    assert f"the first {aged.old} have expired" in browser.get(reverse("compliance:trail", args=["acme"])).text


def test_an_owner_chooses_for_how_long_and_it_is_recorded(client, sign_in, olive, acme, trail):
    browser = sign_in(client, olive)
    assert '<option value="2190" selected>6 years</option>' in browser.get(url()).text

    page = browser.post(url("retention"), {"audit_trail": "365"}, follow=True).text

    assert "Saved. The run of " in page
    assert '<option value="365" selected>1 year</option>' in page
    assert [entry.facts["value"] for entry in trail(acme, audit_events.POLICY_CHOSEN)] == ["365"]
    browser.post(url("retention"), {"audit_trail": "365"})
    browser.post(url("retention"), {"conversation": "90"})
    assert len(trail(acme, audit_events.POLICY_CHOSEN)) == 1


@pytest.mark.parametrize(("mode", "least"), [("hipaa", "2190"), ("pci", "365")])
def test_a_mode_holds_it_and_offers_nothing_shorter(olive, acme, now, mode, least):
    with tenant_scope(acme):
        keep_trail(kept="180", actor=olive, now=now)
    Tenant.objects.filter(id=acme.id).update(**{f"{mode}_state": ModeState.ON})
    tenant = Tenant.objects.get(id=acme.id)

    with tenant_scope(acme):
        assert policies.in_force(tenant, AUDIT_KEPT).value == least
        assert not RetentionForm({"audit_trail": "180"}, tenant=tenant).is_valid()
        assert RetentionForm({"audit_trail": least}, tenant=tenant).is_valid()
        with pytest.raises(BelowFloorError):
            keep_trail(kept="180", actor=olive, now=now)


def test_who_does_not_decide_retention_does_not_decide_this(acme, olive, ada, now):
    officer = make_member(acme, "Cora", Role.COMPLIANCE_OFFICER, now=now)
    with tenant_scope(acme):
        with pytest.raises(NotPermittedError):
            keep_trail(kept="365", actor=ada, now=now)
        with pytest.raises(NoSuchChoiceError):
            keep_trail(kept="1", actor=olive, now=now)
        assert keep_trail(kept="365", actor=officer, now=now).value == "365"

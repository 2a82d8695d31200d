"""Agreements with their ends, what a mode stands on, and the list of who else handles data for the service."""

from datetime import date, timedelta

import pytest
from django.urls import reverse

from compliance import audit_events, mode_requirements
from compliance.actions import agreements
from compliance.actions.agreements import BadSpanError, UnknownAgreementError
from compliance.agreements import standing
from compliance.models import Agreement, AgreementKind, OperatorEntry, SubProcessor
from tenants.actors import Actor
from tenants.permissions import NotPermittedError
from tenants.scoping import tenant_scope
from tenants.text_checks import HoldsSensitiveDataError
from tests.factories.modes import begin

pytestmark = pytest.mark.django_db


def recorded(member, now, *, kind=AgreementKind.DPA, expires_on=None, **told):
    facts = {"counterparty": "A firm", "reference": "Folder seven", **told}
    days = (now.date() - timedelta(days=300), expires_on)
    with tenant_scope(member.tenant):
        return agreements.record_agreement(kind=kind, days=days, actor=member, now=now, **facts)


def test_an_agreement_is_recorded_and_ends_once(acme, olive, now, trail):
    one = recorded(olive, now)
    with tenant_scope(acme):
        assert standing.facts(now=now).in_force == 1
        agreements.end_agreement(agreement_id=one.id, actor=olive, now=now)
        assert standing.facts(now=now).in_force == 0
        with pytest.raises(UnknownAgreementError):
            agreements.end_agreement(agreement_id=one.id, actor=olive, now=now)

    assert len(trail(acme, audit_events.AGREEMENT_RECORDED)) == len(trail(acme, audit_events.AGREEMENT_ENDED)) == 1


def test_days_that_cannot_be_are_refused(acme, olive, now):
    today = now.date()
    for days in ((today + timedelta(days=1), None), (today, today - timedelta(days=1))):
        with tenant_scope(acme), pytest.raises(BadSpanError):
            agreements.record_agreement(
                kind=AgreementKind.BAA, counterparty="x", reference="y", days=days, actor=olive, now=now
            )


def test_a_card_number_in_it_is_refused(olive, now):
    with pytest.raises(HoldsSensitiveDataError):
        recorded(olive, now, reference="4111 1111 1111 1111")


def test_neither_an_agent_nor_mallory_records_one(ada, mallory, now):
    for member in (ada, mallory):
        with pytest.raises(NotPermittedError):
            recorded(member, now)


def test_keepers_are_mailed_before_it_expires_and_when_it_has_each_once(acme, olive, now, mailoutbox):
    recorded(olive, now, expires_on=now.date() + timedelta(days=60))
    moments = [now + timedelta(days=days) for days in (10, 20, 30, 60, 61, 70)]

    assert [standing.remind(acme, now=moment) for moment in moments] == [0, 1, 0, 0, 1, 0]
    assert [letter.to for letter in mailoutbox] == [["olive@acme.example"]] * 2
    assert "Folder seven" not in mailoutbox[0].body


def test_facts_tell_what_expires_and_what_has(acme, olive, now):
    today = now.date()
    for days in (-1, 10, 200):
        recorded(olive, now, expires_on=today + timedelta(days=days))
    with tenant_scope(acme):
        found = standing.facts(now=now)

    assert (found.in_force, found.expiring, found.expired) == (2, 1, 1)
    assert found.next_expiry_on == today + timedelta(days=10)


def test_what_is_named_as_a_mode_is_switched_on_is_recorded(acme, olive, now):
    begin(acme, "hipaa", Actor.member(olive), now)
    with tenant_scope(acme):
        (one,) = Agreement.objects.all()
        first = mode_requirements.ahead("hipaa", now=now)[0]

    assert (one.kind, one.reference, one.signed_on) == (AgreementKind.BAA, "Contracts, folder seven", date(2026, 1, 2))
    assert (first.key, first.is_met) == ("agreement", True)


def test_one_that_is_in_force_is_not_recorded_again(acme, olive, now):
    recorded(olive, now, kind=AgreementKind.BAA)
    begin(acme, "hipaa", Actor.member(olive), now)

    with tenant_scope(acme):
        assert Agreement.objects.count() == 1


def test_a_mode_says_that_its_agreement_is_over(acme, olive, now):
    recorded(olive, now, kind=AgreementKind.PCI, expires_on=now.date() - timedelta(days=1))
    with tenant_scope(acme):
        assert not mode_requirements.ahead("pci", now=now)[0].is_met


# --- who else handles data ----------------------------------------------------------------------------------------


def added(oscar, now, starts_on):
    return agreements.add_subprocessor(
        name="Post", purpose="Sends mail", place="Ireland", starts_on=starts_on, actor=Actor.operator(oscar), now=now
    )


def test_organisations_are_told_once_who_else_will_handle_their_data(acme, oscar, now, mailoutbox):
    later = now + timedelta(minutes=1)
    added(oscar, later, (now + timedelta(days=30)).date())

    assert [standing.remind(acme, now=later) for _ in range(2)] == [1, 0]
    (letter,) = mailoutbox
    assert "/o/acme/settings/agreements/" in letter.body
    with tenant_scope(acme):
        assert [one.name for one in standing.subprocessors()] == ["Post"]


def test_who_came_later_finds_it_on_the_list_and_gets_no_mail(acme, oscar, now):
    added(oscar, acme.created_at - timedelta(days=1), now.date())

    assert standing.remind(acme, now=now) == 0


def test_one_who_handles_nothing_any_more_leaves_the_list(oscar, ada, now):
    one = added(oscar, now, now.date())
    with pytest.raises(NotPermittedError):
        agreements.end_subprocessor(subprocessor=one, actor=Actor.member(ada), now=now)
    agreements.end_subprocessor(subprocessor=one, actor=Actor.operator(oscar), now=now)

    assert SubProcessor.objects.get().ended_at == now
    events = set(OperatorEntry.objects.values_list("event", flat=True))
    assert events == {audit_events.SUBPROCESSOR_ADDED, audit_events.SUBPROCESSOR_ENDED}


# --- pages --------------------------------------------------------------------------------------------------------


def test_the_page_records_refuses_and_ends(acme, olive, client, sign_in):
    def url(name, **arguments):
        return reverse(f"compliance:{name}", kwargs={"slug": "acme", **arguments})

    browser = sign_in(client, olive)
    assert "None is recorded" in browser.get(url("agreements")).text
    given = {"kind": "dpa", "counterparty": "A firm", "reference": "Folder seven", "signed_on": "2026-01-02"}
    late = browser.post(url("agreement_new"), given | {"expires_on": "2025-01-02"})
    assert (late.status_code, "expires after that" in late.text) == (422, True)
    assert "Folder seven" in browser.post(url("agreement_new"), given, follow=True).text
    with tenant_scope(acme):
        one = Agreement.objects.get()
    browser.post(url("agreement_end", agreement_id=one.id))
    assert browser.post(url("agreement_end", agreement_id=one.id)).status_code == 404


@pytest.mark.django_db(transaction=True)
def test_an_operator_keeps_the_list_in_the_admin(oscar, client, sign_in):
    browser = sign_in(client, oscar)
    given = {"name": "Post", "purpose": "Sends mail", "place": "Ireland", "starts_on": "2026-12-01"}
    page = browser.post(reverse("admin:compliance_subprocessor_new"), given, follow=True)
    assert (page.status_code, "Post" in page.text) == (200, True)
    one = SubProcessor.objects.get()
    browser.post(reverse("admin:compliance_subprocessor_end"), {"subprocessor": str(one.id)})
    assert SubProcessor.objects.get().ended_at is not None

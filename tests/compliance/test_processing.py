"""The record of processing is made of the columns there are and of what the organisation has in force."""

import csv
import io
import json

import pytest

from chat.models import FormEndpoint
from compliance.actions.retention import set_policy
from compliance.models import AuditEntry, RecordClass
from compliance.processing.record import COLUMNS, record_of
from compliance.processing.terms import Category, Persons, every_row
from tenants.actors import Actor
from tenants.models import Tenant
from tenants.roles import Role
from tenants.scoping import tenant_scope
from tests.factories.modes import begin
from tests.factories.tenants import make_member

pytestmark = pytest.mark.django_db
PAGE = "/o/acme/settings/processing/"


def made(tenant, now):
    with tenant_scope(tenant):
        return record_of(tenant, now=now)


def test_every_column_that_holds_something_of_somebody_stands_in_it_once(acme, olive, now):
    told = json.loads(made(acme, now).as_json())

    stands = [(one["table"], one["column"]) for activity in told["activities"] for one in activity["columns"]]
    holds = [(row.model, name) for row in every_row() for name, held in row.each() if held.category != Category.NONE]
    assert sorted(stands) == sorted(holds)
    assert ("chat.Contact", "email") in stands
    assert told["controller"] == {"name": "Acme", "owners": [{"name": "Olive", "email": olive.user.email}]}
    people = {person for activity in told["activities"] for person in activity["persons"]}
    assert people == {each.label for each in Persons if each is not Persons.NOBODY}


def test_how_long_is_what_the_organisation_has_chosen(acme, olive, now):
    with tenant_scope(acme):
        set_policy(tenant=acme, record_class=RecordClass.CONVERSATION, keep_days=90, actor=Actor.member(olive), now=now)

    text = made(acme, now).as_json()

    assert "Conversations: 90 days after the last message" in text
    assert "Ratings: until their conversation goes" in text


def test_who_receives_it_and_what_protects_it_is_what_is_in_force(acme, globex, olive, now):
    with tenant_scope(acme):
        FormEndpoint.objects.create(
            tenant=acme, address="https://forms.acme.example/in", signing_seed=b"s", signing_point=b"p" * 32,
            changed_at=now,
        )  # fmt: skip
    begin(acme, "hipaa", Actor.member(olive), now)

    ours, theirs = made(Tenant.objects.get(id=acme.id), now), made(globex, now)

    assert any("https://forms.acme.example/in" in who for who, _ in ours.recipients)
    assert not any("acme" in who for who, _ in theirs.recipients)
    assert dict(ours.measures)["Modes"] == "On: HIPAA mode."
    assert dict(theirs.measures)["Modes"] == "HIPAA and PCI mode are off."
    assert "European Union" in ours.transfers[0]


def test_owners_officers_and_auditors_read_it_and_nobody_else(acme, mallory, ada, client, sign_in, now):
    for role, status in ((Role.COMPLIANCE_OFFICER, 200), (Role.AUDITOR, 200), (Role.SUPERVISOR, 403)):
        member = make_member(acme, role.label, role, now=now)
        assert sign_in(client, member).get(PAGE).status_code == status
    assert sign_in(client, ada).get(PAGE).status_code == 403
    assert sign_in(client, ada).post(f"{PAGE}download/").status_code == 403
    assert sign_in(client, mallory).get(PAGE).status_code == 404


def test_it_is_handed_over_as_json_and_csv_and_that_stands_in_the_audit_trail(acme, olive, client, sign_in):
    owner = sign_in(client, olive)
    page = owner.get(PAGE)
    assert "Record of processing" in page.text
    assert "Answer visitors in the chat" in page.text

    for form in ("json", "csv", "nonsense"):
        handed = owner.post(f"{PAGE}download/", {"form": form})
        assert handed["Content-Disposition"].startswith('attachment; filename="acme-processing-')
        if form == "csv":
            lines = list(csv.reader(io.StringIO(handed.text)))
            assert tuple(lines[0]) == COLUMNS
            assert {len(line) for line in lines} == {len(COLUMNS)}
        else:
            assert json.loads(handed.text)["record"] == "GDPR, article 30(1)"
    with tenant_scope(acme):
        entries = AuditEntry.objects.filter(event="processing.exported").order_by("id")
        assert [entry.facts["form"] for entry in entries] == ["json", "csv", "json"]

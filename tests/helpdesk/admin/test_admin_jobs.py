"""Jobs and incidents in the admin: how far they are, without what the organisation noted."""

import pytest

from compliance.masking import MaskingPolicy, mask
from compliance.models import Incident, JobKind, JobRun
from compliance.sealed_text import seal_masked
from tenants.scoping import tenant_scope
from tests.helpdesk.admin.conftest import entries, page

pytestmark = pytest.mark.django_db(transaction=True)


def test_an_operator_sees_how_far_a_rescan_is_pauses_it_and_lets_it_go_on(operator, acme, now):
    with tenant_scope(acme):
        run = JobRun.objects.create(
            tenant=acme, kind=JobKind.RESCAN, total=200, looked_at=50, changed=3, worked_ms=60_000, started_at=now,
            moved_at=now,
        )  # fmt: skip
    listed = page("compliance_jobrun_changelist") + "?organisation=acme"

    shown = operator.get(listed).text
    assert "25 %" in shown
    assert "about 3 min" in shown

    for action, state, event in (
        ("pause", "paused", "masking.rescan_paused"),
        ("resume", "running", "masking.rescan_resumed"),
    ):
        operator.post(listed, {"action": action, "_selected_action": str(run.id)})
        with tenant_scope(acme):
            assert JobRun.objects.get(id=run.id).state == state
        assert [entry.actor_kind for entry in entries(acme, event)] == ["operator"]


def test_an_operator_sees_an_incident_without_what_the_organisation_noted(operator, acme, now):
    with tenant_scope(acme):
        run = JobRun.objects.create(tenant=acme, kind=JobKind.RESCAN, state="done", started_at=now, moved_at=now)
        incident = Incident(
            tenant=acme, run=run, kinds={"CARD": 2}, records=1, let_pass_from=1, let_pass_to=1, found_with=2,
            opened_at=now, state="closed",
        )  # fmt: skip
        note = mask("A clerk of ours", MaskingPolicy.named("all"))
        incident.note = seal_masked(Incident.slot(acme.id, incident.id), note)
        incident.save()
    listed = operator.get(page("compliance_incident_changelist") + "?organisation=acme").text
    filters = "?_changelist_filters=organisation%3Dacme"
    shown = operator.get(page("compliance_incident_change", incident.id) + filters).text

    assert "CARD" in listed
    assert "A clerk of ours" not in listed + shown

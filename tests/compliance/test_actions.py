import pytest

from compliance import audit_events, exports
from compliance.actions.organisations import set_tenant_region, set_tenant_state
from compliance.actions.people import set_user_active
from compliance.actions.retention import KeepDaysOutOfRangeError, set_policy
from compliance.models import RecordClass, RetentionPolicy
from tenants.actors import Actor
from tenants.models import Region, TenantStatus
from tenants.permissions import NotPermittedError
from tenants.policy_rows.row import MODES
from tenants.scoping import tenant_scope
from tests.factories.modes import begin

pytestmark = pytest.mark.django_db


def test_state_and_region_are_changed_by_operators_only_and_recorded(acme, olive, oscar, trail, now):
    operator = Actor.operator(oscar)
    set_tenant_region(tenant=acme, region=Region.CA, actor=operator, now=now)
    set_tenant_state(tenant=acme, status=TenantStatus.SUSPENDED, actor=operator, now=now)

    acme.refresh_from_db()
    assert (acme.region, acme.status) == ("ca", "suspended")
    assert trail(acme, audit_events.TENANT_REGION_CHANGED)[0].facts == {"before": "eu", "region": "ca"}
    assert trail(acme, audit_events.TENANT_STATE_CHANGED)[0].facts == {"before": "active", "state": "suspended"}
    with pytest.raises(NotPermittedError):
        set_tenant_state(tenant=acme, status=TenantStatus.ACTIVE, actor=Actor.member(olive), now=now)
    with pytest.raises(NotPermittedError):
        set_tenant_region(tenant=acme, region=Region.EU, actor=Actor.member(olive), now=now)


def keep(tenant, actor, days, now):
    return set_policy(tenant=tenant, record_class=RecordClass.CONVERSATION, keep_days=days, actor=actor, now=now)


def test_retention_is_set_changed_and_taken_back_and_each_is_recorded(acme, olive, trail, now):
    actor = Actor.member(olive)
    for days in (30, 30, 90, None, None):
        keep(acme, actor, days, now)

    told = [(e.facts["keep_days_before"], e.facts["keep_days"]) for e in trail(acme, audit_events.RETENTION_CHANGED)]
    assert told == [(None, 30), (30, 90), (90, None)]
    with tenant_scope(acme):
        assert not RetentionPolicy.objects.exists()


@pytest.mark.parametrize("days", [0, -1, 36_501])
def test_a_span_that_makes_no_sense_is_refused(acme, olive, now, days):
    with pytest.raises(KeepDaysOutOfRangeError):
        keep(acme, Actor.member(olive), days, now)


def test_an_agent_does_not_decide_how_long_chats_are_kept(acme, ada, sam, now):
    for member in (ada, sam):
        with pytest.raises(NotPermittedError):
            keep(acme, Actor.member(member), 30, now)


def test_a_person_is_shut_out_with_an_entry_in_each_of_their_organisations(acme, globex, ada, oscar, trail, now):
    epoch = ada.user.session_epoch

    person = set_user_active(user=ada.user, is_active=False, actor=Actor.operator(oscar), now=now)

    assert (person.is_active, person.session_epoch) == (False, epoch + 1)
    assert trail(acme, audit_events.MEMBER_CHANGED)[0].facts == {"is_active": False}
    assert trail(globex, audit_events.MEMBER_CHANGED) == []


def test_an_operator_cannot_shut_out_themselves(oscar, now):
    with pytest.raises(NotPermittedError):
        set_user_active(user=oscar, is_active=False, actor=Actor.operator(oscar), now=now)


@pytest.mark.parametrize("mode", MODES)
def test_a_plaintext_export_is_refused_under_a_mode_whoever_asks(acme, olive, oscar, trail, now, mode):
    begin(acme, mode, Actor.operator(oscar), now)

    # Olive's membership still holds the organisation as it was before the switch.
    with tenant_scope(acme), pytest.raises(exports.PlaintextExportRefusedError, match=MODES[mode]):
        exports.export_conversations(membership=olive, now=now)
    assert trail(acme, audit_events.CONVERSATION_EXPORTED) == []


def test_an_agent_may_not_export(acme, ada, now):
    with tenant_scope(acme), pytest.raises(NotPermittedError):
        exports.export_conversations(membership=ada, now=now)

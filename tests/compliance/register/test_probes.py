"""Who asks again and again for an organisation that is not theirs is counted without a name, and entered."""

from datetime import timedelta

import pytest

from compliance import probing, register_tasks
from compliance.models import Incident
from compliance.probing import ENOUGH
from helpdesk.core import clock
from helpdesk.core.valkey import client as valkey
from tenants import probes
from tenants.scoping import tenant_scope

pytestmark = pytest.mark.django_db


def knocks(client, slug, times):
    return {client.get(f"/o/{slug}/inbox/").status_code for _ in range(times)}


def entered(tenant):
    with tenant_scope(tenant):
        return list(Incident.objects.values_list("cause", "records", "kinds"))


def test_a_member_of_another_organisation_is_counted_and_entered_once(acme, mallory, client, sign_in):
    sign_in(client, mallory)
    assert knocks(client, "acme", ENOUGH) == {404}

    assert acme.id in probing.waiting(now=clock.now())
    register_tasks.note_probes.for_tenant(acme.id).run_here()
    register_tasks.note_probes.for_tenant(acme.id).run_here()

    assert entered(acme) == [("probe", ENOUGH, {"people": 1})]
    assert acme.id not in probing.waiting(now=clock.now())


def test_a_mistyped_address_is_no_incident(acme, mallory, client, sign_in):
    knocks(sign_in(client, mallory), "acme", ENOUGH - 1)

    assert probing.write_down(acme, now=clock.now()) is None
    assert entered(acme) == []


def test_an_organisation_that_is_not_there_is_counted_alike_and_entered_nowhere(acme, mallory, client, sign_in):
    knocks(sign_in(client, mallory), "nobody", ENOUGH + 1)

    now, who = clock.now(), probes._pseudonym(mallory.user_id)
    assert not any(one == who for _, one in probes.counts(now))
    keys = (probes._key(now), probes._key(now - timedelta(hours=1)))
    held = [valkey().hget(key, f"{probes.NOWHERE}:{who}") for key in keys]
    assert sum(int(number or 0) for number in held) == ENOUGH + 1


def test_ones_own_organisation_is_not_counted(acme, ada, client, sign_in):
    assert knocks(sign_in(client, ada), "acme", ENOUGH) == {200}
    assert probing.write_down(acme, now=clock.now()) is None


def test_neither_the_key_nor_the_field_says_who(acme, mallory, now):
    probes.note(mallory.user_id, acme.id, now=now)

    held = str(valkey().hgetall(probes._key(now)))
    assert str(acme.id) in held
    for telling in (str(mallory.user_id), mallory.user.email, mallory.user.name):
        assert telling not in held

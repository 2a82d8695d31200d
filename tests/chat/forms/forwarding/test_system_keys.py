"""Keys of a system: two at a time, retired, turned, and what is decided while a form is under way."""

from datetime import timedelta

import pytest

from chat.actions import form_endpoints, form_forwarding, form_reading, form_requests, form_templates
from chat.actions.form_endings import FormEndedError
from chat.actions.form_endpoints import NoEndpointError
from chat.actions.row_secrets import SecretsOfRows
from chat.models import FormState, Handling
from chat.secure_forms import volatile
from chat.secure_forms.kinds import SHIPPED
from chat.secure_forms.submission import Submission
from tenants.keyring import ring, rotation
from tenants.keyring.models import Purpose
from tenants.scoping import tenant_scope
from tests.chat.forms.conftest import VALUES, again, send
from tests.chat.forms.forwarding.conftest import ask, bring, owner
from tests.factories.tenants import owner_of
from tests.support.form_endpoints import Odd, form_receiver, new_key, pem_of, serving
from tests.support.secure_forms import seal


def test_a_key_that_is_retired_while_a_form_is_filled_in_ends_it_and_the_next_is_for_the_new_one(
    desk, chat, system, olive, now
):
    form, newer = ask(desk, chat), new_key()
    sealed = Submission.of(seal(VALUES, form))
    with tenant_scope(form.tenant_id):
        form_endpoints.add_key(text=pem_of(newer), actor=olive, now=now + timedelta(seconds=1))
        form_endpoints.retire_key(key_id=form.endpoint_key_id, actor=olive, now=now)
        with pytest.raises(FormEndedError):
            form_requests.submit_form(form_id=form.id, contact_id=chat.contact_id, sealed=sealed, now=now)

    assert (again(form).state, again(form).why) == (FormState.CANCELLED, "rekeyed")
    system.receiver.keys |= form_receiver.Receiver([newer], bytes(system.row.signing_point), None).keys
    assert bring(send(desk.ask(chat, asked_form(desk)), now)) is None
    assert len(system.taken) == 1


def asked_form(desk):
    with tenant_scope(desk.member.tenant):
        return form_templates.form_named("card")


def test_both_keys_open_while_one_takes_the_place_of_the_other(desk, chat, system, olive, now):
    form, newer = ask(desk, chat), new_key()
    with tenant_scope(form.tenant_id):
        form_endpoints.add_key(text=pem_of(newer), actor=olive, now=now + timedelta(seconds=1))
        with pytest.raises(form_endpoints.TooManyKeysError):
            form_endpoints.add_key(text=pem_of(new_key()), actor=olive, now=now)
        assert form_endpoints.key_for_forms().id != form.endpoint_key_id

    bring(send(form, now))

    assert len(system.taken) == 1


def test_a_form_that_is_asked_for_stays_what_it_was_whatever_is_decided_next(desk, chat, system, olive, now):
    form = ask(desk, chat)
    with tenant_scope(form.tenant_id):
        form_templates.handle_form(chosen="card", handling=Handling.VIEW, actor=olive, now=now)
    sent = send(again(form), now)

    with tenant_scope(form.tenant_id), pytest.raises(FormEndedError):
        form_reading.view_form(conversation_id=chat.id, form_id=form.id, reader=desk.asking, now=now)
    bring(sent)

    assert again(form).state == FormState.FORWARDED


def test_without_a_system_or_its_key_nothing_can_be_asked_that_goes_there(desk, chat, olive, now):
    with tenant_scope(olive.tenant):
        with pytest.raises(NoEndpointError):
            form_templates.handle_form(chosen="card", handling=Handling.FORWARD, actor=olive, now=now)
        form_endpoints.set_endpoint(address="https://forms.example.com/", actor=olive, now=now)
        with pytest.raises(NoEndpointError):
            form_templates.handle_form(chosen="card", handling=Handling.FORWARD, actor=olive, now=now)


def test_when_the_system_is_removed_what_is_under_way_to_it_ends(desk, chat, system, olive, now):
    form = send(ask(desk, chat), now)
    with tenant_scope(form.tenant_id):
        form_endpoints.remove_endpoint(actor=olive, now=now)

    assert again(form).state == FormState.REVOKED
    assert bring(form) is None
    with pytest.raises(NoEndpointError):
        desk.ask(chat, asked_form(desk))


def test_another_organisations_system_gets_nothing(desk, chat, system, connected, globex, now):
    theirs, key = Odd(), new_key()
    with serving(theirs.server()) as address:
        connected(address, key, owner_of(globex))
        form = send(ask(desk, chat), now)
        assert form_forwarding.forward(tenant_id=globex.id, form_id=form.id) is None
        bring(form)

    assert (theirs.got, len(system.taken)) == ([], 1)
    assert volatile.take(globex.id, form.id) is None


def test_a_health_form_and_the_product_s_others_keep_their_fields_whatever_becomes_of_them(desk, system):
    with tenant_scope(desk.member.tenant):
        form_templates.handle_form(chosen="insurance", handling=Handling.FORWARD, actor=owner(desk), now=desk.now)
        found = form_templates.form_named("insurance")

    assert (found.fields, found.is_health) == (SHIPPED["insurance"].fields, True)


def test_our_key_is_sealed_and_goes_along_when_its_own_key_is_turned(system, acme, now):
    before = bytes(system.row.signing_seed)
    with tenant_scope(acme):
        signer = form_endpoints.signer_of(system.row)
    assert signer.seed not in before
    rotation.begin_tenant_rotation(acme.id, Purpose.EXPORT, now=now)
    ring.forget_cached_keys(acme.id)
    use = SecretsOfRows()

    assert use.remains(acme.id, "export", 1)
    assert use.move(acme.id, "export", 1, limit=10) == 1
    assert not use.remains(acme.id, "export", 1)

    with tenant_scope(acme):
        row = form_endpoints.endpoint()
        assert bytes(row.signing_seed) != before
        assert form_endpoints.signer_of(row) == signer

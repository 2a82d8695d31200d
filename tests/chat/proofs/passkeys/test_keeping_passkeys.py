"""Passkeys of visitors are made by who has proven themselves, given up, erased, and nobody else's."""

from base64 import urlsafe_b64encode
from uuid import UUID

import pytest
from django.conf import settings
from django.test import Client

from chat.actions import erasure, proof_passkeys, proofs
from chat.actions.proof_passkeys import MOST, NoPasskeyError, PasskeysEnoughError
from chat.actions.proofs import NotProvenError, ProofNotFoundError
from chat.models import VisitorPasskey
from tenants.actions.passkeys import take_passkey
from tenants.actors import Actor
from tenants.models import Passkey
from tenants.relying_party import BadPasskeyError, creation_options, keep_passkey, request_options
from tenants.scoping import tenant_scope
from tests.chat.proofs.conftest import Vera, ask, begun, events
from tests.chat.proofs.passkeys.conftest import HOST, device, make, sign, tried
from tests.factories.tenants import sign_in
from tests.support.passkeys import SoftPasskey


def test_only_who_has_proven_who_they_are_makes_one_and_five_at_most(vera, chat, acme):
    with pytest.raises(NotProvenError):
        vera.do(proof_passkeys.begin_passkey)
    with pytest.raises(NoPasskeyError):
        vera.do(proof_passkeys.ask_passkey)
    with pytest.raises(NoPasskeyError):
        tried(vera, {})
    vera.prove(vera.send())
    with pytest.raises(NoPasskeyError):
        vera.do(proof_passkeys.give_up_passkeys)
    one = device()
    assert make(vera, one)
    # The same one again, which no honest browser does.
    assert not make(vera, one)
    for _ in range(MOST - 1):
        assert make(vera, device())
    with pytest.raises(PasskeysEnoughError):
        vera.do(proof_passkeys.begin_passkey)


def test_given_up_they_are_nothing_any_more(key, vera, chat, ada, acme, now):
    vera.do(proof_passkeys.give_up_passkeys)
    assert "proof.passkey_removed" in events(acme)
    vera.do(proofs.end_own_proof)
    second = Vera(ask(chat, ada, now), now)

    with pytest.raises(NoPasskeyError):
        second.do(proof_passkeys.ask_passkey)


def test_who_is_erased_has_none(key, chat, acme, now):
    with tenant_scope(acme):
        erasure.erase_contact(contact_id=chat.contact_id, actor=Actor.system(), now=now)
        assert not VisitorPasskey.objects.exists()


def test_another_visitor_s_passkey_is_nothing_here(key, second, acme, ada, now):
    """Of this organisation, who even knows what was asked."""
    conversation = begun(acme, ada, now)
    marie = Vera(ask(conversation, ada, now), now)
    marie.prove(marie.send())
    theirs = device()
    assert make(marie, theirs)
    theirs.handle = second.proof.contact_id.bytes

    assert tried(second, sign(second, theirs)).outcome == "wrong"
    with pytest.raises(ProofNotFoundError):
        tried(Vera(second.proof, now, marie.session_id), {})


def test_another_organisation_s_visitor_has_nothing_by_it(key, globex, mallory, now):
    stranger = Vera(ask(begun(globex, mallory, now), mallory, now), now)
    with pytest.raises(NoPasskeyError):
        stranger.do(proof_passkeys.ask_passkey)
    stranger.prove(stranger.send())
    with tenant_scope(globex):
        assert proof_passkeys.count_passkeys(UUID(bytes=key.handle)) == 0


def test_a_visitor_s_passkey_signs_no_member_in_and_a_member_s_proves_no_visitor(key, second, ada, now):
    person = ada.user
    options, challenge = request_options(None)
    key.origin, key.rp_id, key.handle = settings.SITE_ORIGIN, settings.OTP_WEBAUTHN_RP_ID, person.id.bytes
    with pytest.raises(BadPasskeyError):
        take_passkey(person=None, challenge=challenge, answer=key.get(options), now=now)

    desk = SoftPasskey(origin=settings.SITE_ORIGIN)
    options, challenge = creation_options(person)
    kept = keep_passkey(person, challenge, desk.create(options), "Desk")
    # Even as one of the visitor's own, it signs for another host and origin.
    with tenant_scope(second.proof.tenant_id):
        VisitorPasskey.objects.create(
            tenant_id=second.proof.tenant_id, contact_id=second.proof.contact_id, made_at=now,
            credential_id=bytes(kept.credential_id), public_key=bytes(kept.public_key),
        )  # fmt: skip
    desk.handle = b""
    assert tried(second, sign(second, desk)).outcome == "wrong"
    # And a visitor's put among the members' is refused there.
    visitors = device(handle=person.id.bytes, rp_id=HOST)
    options, challenge = creation_options(person)
    member = SoftPasskey(origin=settings.SITE_ORIGIN, id=visitors.id, key=visitors.key)
    keep_passkey(person, challenge, member.create(options), "Copied")
    options, challenge = request_options(None)
    assert Passkey.objects.filter(user=person).count() == 2
    with pytest.raises(BadPasskeyError):
        take_passkey(person=None, challenge=challenge, answer=visitors.get(options), now=now)


def test_a_member_s_passkey_signs_nothing_in_a_frame_of_another_page(ada, now):
    desk = SoftPasskey(origin=settings.SITE_ORIGIN)
    options, challenge = creation_options(ada.user)
    keep_passkey(ada.user, challenge, desk.create(options), "Desk")
    options, challenge = request_options(None)
    desk.framed_by = settings.FORMS_ORIGIN

    with pytest.raises(BadPasskeyError):
        take_passkey(person=None, challenge=challenge, answer=desk.get(options), now=now)


def test_no_member_gets_anything_of_it(key, second, ada, mallory):
    for member in (ada, mallory):
        signed = sign_in(Client(), member.user)
        page = signed.get(f"/o/{member.tenant.slug}/conversations/{second.proof.conversation_id}/").content
        assert key.id not in page
        assert urlsafe_b64encode(key.id).rstrip(b"=") not in page

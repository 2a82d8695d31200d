"""An owner seals a visitor's details again, by a present code."""

from datetime import timedelta

import pytest
from django.conf import settings
from django.test import Client

from compliance import key_rotation
from tenants.keyring import ring, rotation
from tests.chat.contacts.conftest import VERA, shown, url
from tests.factories.tenants import owner_of
from tests.support.signing_in import code_of

pytestmark = pytest.mark.django_db


def test_an_owner_seals_a_visitor_again_with_a_present_code_and_sees_it_done(sign_in, olive, ada, acme, known, now):
    owner = sign_in(Client(headers={"Host": settings.SITE_HOST}), olive)
    page = url(known) + "key/"
    assert "Seal again under a new key" in owner.get(f"/o/acme/conversations/{known.id}/").text
    assert owner.post(page, {"code": code_of(olive.user)}).status_code == 302

    assert "Sealing again" in owner.get(page, headers={"HX-Request": "true"}).text
    for batch in rotation.move_batches(rotation.latest_of_contact(acme.id, known.contact_id), now=now):
        assert batch
    assert "All <span" in owner.get(page).text
    key_rotation.turn_keys(acme.id, now=lambda: now + timedelta(hours=1), pause=lambda _: None)

    done = owner.get(page).text
    assert ("the old key destroyed" in done, "every 2s" in done) == (True, False)
    assert shown(known, ada, now) == VERA


def test_without_a_present_code_nothing_is_sealed_again(sign_in, olive, acme, known):
    owner = sign_in(Client(headers={"Host": settings.SITE_HOST}), olive, fresh=False)

    for code in ("", "000000"):
        assert owner.post(url(known) + "key/", {"code": code}).status_code == 422

    assert rotation.latest_of_contact(acme.id, known.contact_id) is None


def test_an_erased_visitor_has_no_key_to_renew(sign_in, olive, acme, known):
    owner = sign_in(Client(headers={"Host": settings.SITE_HOST}), olive)
    ring.destroy_contact_keys(acme.id, [known.contact_id])

    assert "The key was destroyed" in owner.get(url(known) + "key/").text
    assert (
        "this visitor was erased"
        in owner.post(url(known) + "key/", {"code": code_of(olive.user)}, follow=True).text.lower()
    )


def test_nobody_but_owners_of_the_organisation_reaches_the_key(sign_in, desk, mallory, globex, known):
    gustav = sign_in(Client(headers={"Host": settings.SITE_HOST}), owner_of(globex))

    assert "Seal again" not in desk.get(url(known)).text
    assert desk.get(url(known) + "key/").status_code == desk.post(url(known) + "key/").status_code == 403
    assert gustav.get(url(known, "globex") + "key/").status_code == gustav.post(url(known) + "key/").status_code == 404

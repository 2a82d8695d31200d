"""The page of the organisation's own system, and what becomes of each form."""

import json
import re

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from django.conf import settings

from chat.actions import form_endpoints
from chat.actions.form_endpoints import NoSuchKeyError
from chat.models import EndpointKey, FormEndpoint, FormTemplate
from chat.secure_forms import public_keys
from chat.secure_forms.public_keys import BadKeyError, PrivateKeyError, point_of
from chat.secure_forms.submission import encoded
from tenants.permissions import NotPermittedError
from tenants.scoping import tenant_scope
from tests.support.form_endpoints import Odd, form_receiver, new_key, pem_of, serving

PAGE = "/o/acme/settings/forms/system/"


@pytest.fixture
def owner(client, sign_in, olive):
    return sign_in(client, olive)


def of_acme(acme, model):
    with tenant_scope(acme):
        return list(model.objects.order_by("id"))


def jwk_of(key, **changes):
    point = form_receiver.point_of(key)
    return json.dumps({"kty": "EC", "crv": "P-256", "x": encoded(point[1:33]), "y": encoded(point[33:])} | changes)


def private(key):
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()


def test_an_owner_connects_a_system_adds_its_key_and_lets_a_form_go_there(owner, acme):
    key = new_key()

    assert owner.post(f"{PAGE}address/", {"address": "https://forms.example.com/hushdesk"}).status_code == 302
    assert owner.post(f"{PAGE}keys/", {"key": pem_of(key)}).status_code == 302
    assert (
        owner.post("/o/acme/settings/forms/handling/", {"template": "card", "handling": "forward"}).status_code == 302
    )

    [row], [kept] = of_acme(acme, FormEndpoint), of_acme(acme, EndpointKey)
    assert (row.address, bytes(kept.point)) == ("https://forms.example.com/hushdesk", form_receiver.point_of(key))
    assert [one.handling for one in of_acme(acme, FormTemplate)] == ["forward"]
    page = owner.get(PAGE).content.decode()
    assert encoded(bytes(row.signing_point)) in page
    assert " ".join(re.findall("....", bytes(kept.fingerprint).hex()[:32])) in page
    assert "Forwarded to your own system" in owner.get("/o/acme/settings/forms/").content.decode()


@pytest.mark.parametrize(
    "address", ["http://forms.example.com/", "https://169.254.169.254/", "https://localhost/", "https://user@forms.example.com/",
                "https://forms.example.com/4111111111111111", "https://forms.example.com/4111%201111%201111%201111"],
)  # fmt: skip
def test_an_address_that_may_not_be_is_refused_beside_its_field(owner, acme, address):
    answer = owner.post(f"{PAGE}address/", {"address": address})

    assert answer.status_code == 422
    assert b"Give an address that begins with https://" in answer.content
    assert of_acme(acme, FormEndpoint) == []


def test_a_key_comes_as_pem_or_jwk_and_is_of_p_256(now):
    key = new_key()
    point = form_receiver.point_of(key)

    assert point_of(f"\n{pem_of(key)}\n") == point_of(jwk_of(key)) == point


BAD = {
    "nothing": "", "words": "a key", "another curve": pem_of(new_key(ec.SECP384R1())),
    "P-256's twin": pem_of(new_key(ec.SECP256K1())),
    "another kind": pem_of(ed25519.Ed25519PrivateKey.generate()), "cut": pem_of(new_key())[:90],
    "off the curve": jwk_of(new_key(), x=encoded(bytes(31) + b"\x05")), "no point": jwk_of(new_key(), x="", y=""),
    "a number": jwk_of(new_key(), x=7), "another curve's name": jwk_of(new_key(), crv="P-384"), "deep": "{" * 1999,
    "a list": "[]", "an RSA key": '{"kty": "RSA", "n": "AQAB", "e": "AQAB"}',
}  # fmt: skip


@pytest.mark.parametrize("name", BAD)
def test_what_is_no_key_of_that_curve_is_none(name):
    with pytest.raises(BadKeyError):
        point_of(BAD[name])


def test_a_private_key_is_not_kept_and_not_shown_again(owner, acme):
    owner.post(f"{PAGE}address/", {"address": "https://forms.example.com/"})
    for text in (private(new_key()), jwk_of(new_key(), d=encoded(bytes(32)))):
        with pytest.raises(PrivateKeyError):
            point_of(text)
        answer = owner.post(f"{PAGE}keys/", {"key": text})
        assert (answer.status_code, b"That is a private key" in answer.content) == (422, True)
        assert text[40:80].encode() not in answer.content
    assert of_acme(acme, EndpointKey) == []


def test_an_agent_and_another_organisation_can_t_touch_it(client, sign_in, ada, acme, olive, mallory, owner, now):
    owner.post(f"{PAGE}address/", {"address": "https://forms.example.com/"})
    owner.post(f"{PAGE}keys/", {"key": pem_of(new_key())})
    [key] = of_acme(acme, EndpointKey)
    with tenant_scope(acme), pytest.raises(NotPermittedError):
        form_endpoints.set_endpoint(address="https://other.example.com/", actor=ada, now=now)
    with tenant_scope(mallory.tenant), pytest.raises((NoSuchKeyError, NotPermittedError)):
        form_endpoints.retire_key(key_id=key.id, actor=mallory, now=now)
    for member, status in ((ada, 403), (mallory, 404)):
        theirs = sign_in(type(client)(), member)
        assert theirs.get(PAGE).status_code == status
        assert theirs.post(f"{PAGE}address/", {"address": "https://other.example.com/"}).status_code == status
        assert theirs.post(f"{PAGE}keys/{key.id}/retire/").status_code == status
        assert theirs.post(f"{PAGE}test/").status_code == status


def test_where_it_goes_and_for_which_key_asks_for_a_factor_given_just_now(client, sign_in, olive, acme):
    browser = sign_in(client, olive, fresh=False)

    for path, given in (
        (f"{PAGE}address/", {"address": "https://forms.example.com/"}), (f"{PAGE}keys/", {"key": pem_of(new_key())}),
        ("/o/acme/settings/forms/handling/", {"template": "card", "handling": "check"}),
    ):  # fmt: skip
        assert b"Confirm that it is you" in browser.post(path, given).content
    assert of_acme(acme, FormEndpoint) == of_acme(acme, FormTemplate) == []


def test_a_way_that_needs_a_system_leads_to_where_it_is_connected(owner, acme):
    answer = owner.post("/o/acme/settings/forms/handling/", {"template": "card", "handling": "forward"})

    assert (answer.status_code, answer["Location"]) == (302, PAGE)
    assert owner.post("/o/acme/settings/forms/handling/", {"template": "card", "handling": "mail"}).status_code == 404
    assert owner.post("/o/acme/settings/forms/handling/", {"template": "none", "handling": "view"}).status_code == 404


@pytest.fixture
def here(monkeypatch):
    monkeypatch.setattr(settings, "FORM_RECEIVERS_HERE", True)


def told(owner):
    return re.findall(r'class="alert__body">\s*<p>(.*?)</p>', owner.get(PAGE).content.decode())


def tried_out(owner):
    assert owner.post(f"{PAGE}test/").status_code == 302
    return owner.get(PAGE).content.decode()


def test_trying_it_out_shows_whether_it_opens_what_is_sealed_for_its_newest_key(owner, acme, here):
    key = new_key()
    assert "There is no address, or no key yet." in tried_out(owner)
    receiver = form_receiver.Receiver([key], bytes(32), form_receiver.take)
    with serving(form_receiver.served(receiver)) as address:
        owner.post(f"{PAGE}address/", {"address": address})
        owner.post(f"{PAGE}keys/", {"key": pem_of(key)})
        assert "It answered that it does not take it." in tried_out(owner)
        [row] = of_acme(acme, FormEndpoint)
        receiver.sender = form_receiver.Ed25519PublicKey.from_public_bytes(bytes(row.signing_point))
        assert "It answered, and opened what was sealed" in tried_out(owner)
    with serving(Odd(status=301, headers={"Location": "http://10.0.0.1/"}).server()) as address:
        owner.post(f"{PAGE}address/", {"address": address})
        assert "It leads elsewhere." in tried_out(owner)
    with serving(Odd().server()) as address:
        owner.post(f"{PAGE}address/", {"address": address})
        assert "did not give the word back" in tried_out(owner)


def test_it_is_not_tried_out_too_often(owner, acme, here):
    pages = [tried_out(owner) for _ in range(7)]

    assert "That was too often." in pages[-1]


def test_a_key_that_was_retired_does_not_come_back_and_removing_takes_all_keys_along(owner, acme):
    key = new_key()
    assert len(pem_of(key)) < public_keys.MAX_TEXT
    owner.post(f"{PAGE}address/", {"address": "https://forms.example.com/"})
    owner.post(f"{PAGE}keys/", {"key": pem_of(key)})
    owner.post(f"{PAGE}keys/", {"key": pem_of(key)})
    [kept] = of_acme(acme, EndpointKey)
    owner.post(f"{PAGE}keys/{kept.id}/retire/")
    assert owner.post(f"{PAGE}keys/", {"key": pem_of(key)}).status_code == 422
    owner.post(f"{PAGE}keys/", {"key": pem_of(new_key())})
    owner.post(f"{PAGE}remove/")

    assert of_acme(acme, FormEndpoint) == []
    assert all(one.retired_at for one in of_acme(acme, EndpointKey))
    assert owner.post(f"{PAGE}keys/", {"key": pem_of(new_key())}).status_code == 422

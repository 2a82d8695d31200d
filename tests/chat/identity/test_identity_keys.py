"""Keys: two at most, a secret shown once and sealed, retired for good; the page, its samples, its look at a token."""

import os
import subprocess
import sys
from datetime import timedelta
from shutil import which
from uuid import uuid4

import pytest
from django.conf import settings
from django.db import IntegrityError, connection, transaction
from django.test import Client
from django.urls import reverse

from chat.actions.identity_keys import (
    NoSuchIdentityKeyError,
    TooManyIdentityKeysError,
    add_public_key,
    choose_who_may_write,
    make_shared_key,
    retire_key,
)
from chat.identity import keys
from chat.identity.tokens import Refusal, TokenRefusedError
from chat.models import IdentityKey, UsedToken
from chat.views.identity_keys import WHAT_IS_WRONG
from compliance import key_rotation
from compliance.models import AuditEntry
from tenants.keyring import rotation
from tenants.keyring.models import Purpose
from tenants.permissions import NotPermittedError
from tenants.policy_names import SIGNED_VISITOR
from tenants.scoping import tenant_scope
from tests.factories.identity import Site, by_secret, claims_of, token

pytestmark = pytest.mark.django_db


@pytest.fixture
def desk(sign_in, olive):
    return sign_in(Client(headers={"Host": settings.SITE_HOST}), olive)


def address(name, tenant, **kwargs):
    return reverse(f"chat:{name}", kwargs={"slug": tenant.slug, **kwargs})


def rows(tenant):
    with tenant_scope(tenant):
        return list(IdentityKey.objects.order_by("id"))


def test_a_secret_is_shown_once_and_stored_sealed(acme, desk):
    shown = desk.post(address("make_identity_secret", acme)).content.decode()

    (row,) = rows(acme)
    assert row.kid in shown
    secret = next(
        word for word in shown.replace('"', " ").replace("<", " ").replace(">", " ").split() if "hdi_" in word
    )
    assert secret.encode() not in bytes(row.secret)
    assert "hdi_" not in desk.get(address("identity_keys", acme)).content.decode()
    # And it is the secret: what is signed with it is accepted.
    with tenant_scope(acme):
        given = token({"alg": "HS256", "kid": row.kid}, claims_of(acme.id, row.created_at), by_secret(secret))
        claims, _ = keys.verified(given, tenant_id=acme.id, now=row.created_at)
    assert claims.subject == "customer 4711"


def test_there_are_two_keys_at_most(acme, olive, now):
    first = Site(olive, now)
    Site(olive, now, algorithm="EdDSA")

    with tenant_scope(acme), pytest.raises(TooManyIdentityKeysError):
        make_shared_key(actor=olive, now=now)
    with tenant_scope(acme):
        retire_key(key_id=first.key.id, ends_sessions=False, actor=olive, now=now)
        make_shared_key(actor=olive, now=now)
        assert IdentityKey.objects.filter(place__isnull=False).count() == 2
        assert IdentityKey.objects.count() == 3


@pytest.mark.parametrize("place", [1, 3])
def test_the_database_itself_knows_of_no_third(acme, olive, now, place):
    Site(olive, now)
    Site(olive, now)
    with tenant_scope(acme), pytest.raises(IntegrityError), transaction.atomic():
        IdentityKey.objects.create(
            tenant=acme, kid="third", algorithm="EdDSA", public=b"x" * 32, place=place, made_by=olive, created_at=now
        )


def test_a_retired_key_has_no_secret_and_does_not_come_back(acme, olive, site, now):
    with tenant_scope(acme):
        retire_key(key_id=site.key.id, ends_sessions=False, actor=olive, now=now)
        again = retire_key(key_id=site.key.id, ends_sessions=False, actor=olive, now=now + timedelta(days=1))
        with pytest.raises(NoSuchIdentityKeyError):
            retire_key(key_id=uuid4(), ends_sessions=False, actor=olive, now=now)

    assert (again.retired_at, again.secret) == (now, None)
    with tenant_scope(acme), pytest.raises(IntegrityError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("UPDATE chat_identitykey SET place = 1 WHERE id = %s", [site.key.id])


def test_agents_and_others_have_no_part_in_it(acme, globex, ada, mallory, site, now):
    for member in (ada, mallory):
        with tenant_scope(member.tenant_id):
            for act in (
                lambda member=member: make_shared_key(actor=member, now=now),
                lambda member=member: add_public_key(pasted="", actor=member, now=now),
                lambda member=member: retire_key(key_id=site.key.id, ends_sessions=True, actor=member, now=now),
                lambda member=member: choose_who_may_write(value=SIGNED_VISITOR, actor=member, now=now),
            ):
                with pytest.raises(NotPermittedError):
                    act()
    assert site.row().is_active


def test_keys_that_come_and_go_stand_in_the_trail(acme, olive, site, now):
    with tenant_scope(acme):
        retire_key(key_id=site.key.id, ends_sessions=False, actor=olive, now=now)
        told = AuditEntry.objects.filter(event__startswith="identity_key.").order_by("id")
        assert [(entry.event, entry.facts["kid"]) for entry in told] == [
            ("identity_key.made", site.key.kid), ("identity_key.retired", site.key.kid)
        ]  # fmt: skip
        assert "hdi_" not in str([entry.facts for entry in told])


def test_a_secret_is_sealed_again_when_the_organisations_key_is_turned(acme, site, now):
    before = bytes(site.row().secret)
    rotation.begin_tenant_rotation(acme.id, Purpose.EXPORT, now=now)
    key_rotation.turn_keys(acme.id, now=lambda: now, pause=lambda _: None, grace=timedelta(0))

    after = bytes(site.row().secret)
    assert (before[:4], after[:4]) == (b"\0\0\0\1", b"\0\0\0\2")
    with tenant_scope(acme):
        assert keys.verified(site.token(), tenant_id=acme.id, now=now)[0].kid == site.key.kid


def test_a_secret_in_another_row_is_no_key(acme, olive, site, now):
    other = Site(olive, now)
    with tenant_scope(acme):
        IdentityKey.objects.filter(id=other.key.id).update(secret=site.row().secret)
        with pytest.raises(TokenRefusedError) as refused:
            keys.verified(token(other.header(), other.claims(), site.sign), tenant_id=acme.id, now=now)
    assert refused.value.refusal == Refusal.UNKNOWN_KEY


def test_public_keys_come_in_by_the_page_and_private_ones_do_not(acme, desk, olive, now):
    pair = Site(olive, now, algorithm="EdDSA")
    with tenant_scope(acme):
        IdentityKey.objects.all().delete()
    assert desk.post(address("add_identity_key", acme), {"public_key": pair.pem}).status_code == 302

    refused = desk.post(address("add_identity_key", acme), {"public_key": "-----BEGIN PRIVATE KEY-----\nMC4CAQAw"})
    nonsense = desk.post(address("add_identity_key", acme), {"public_key": "nonsense"})

    assert (refused.status_code, nonsense.status_code) == (422, 422)
    assert "MC4CAQAw" not in refused.content.decode()
    assert "This is the private key" in refused.content.decode()
    assert [bytes(row.public) for row in rows(acme)] == [pair.pair.public_key().public_bytes_raw()]


def test_the_page_retires_and_says_who_may_write(acme, desk, site):
    writers = desk.post(address("who_may_write", acme), {"who": "signed"})
    kept = desk.post(address("retire_identity_key", acme, identity_key_id=site.key.id), follow=True)

    assert writers.status_code == 302
    assert "nobody could write" in kept.content.decode()
    assert site.row().is_active
    desk.post(address("who_may_write", acme), {"who": "anyone"})
    desk.post(address("retire_identity_key", acme, identity_key_id=site.key.id))
    assert not site.row().is_active
    assert desk.post(address("who_may_write", acme), {"who": "signed"}).status_code == 422
    assert desk.post(address("who_may_write", acme), {"who": "nobody"}).status_code == 422


@pytest.mark.parametrize(
    ("act", "fields"),
    [("make_identity_secret", {}), ("add_identity_key", {"public_key": "x"}), ("who_may_write", {"who": "anyone"})],
)
def test_what_opens_a_door_asks_for_a_fresh_factor(acme, olive, sign_in, act, fields):
    stale = sign_in(Client(headers={"Host": settings.SITE_HOST}), olive, fresh=False)

    asked = stale.post(address(act, acme), fields)

    assert asked.status_code == 422
    assert "Confirm that it is you" in asked.content.decode()
    assert rows(acme) == []


def test_the_page_is_for_owners_of_this_organisation(acme, site, ada, mallory, sign_in):
    for member, status in ((ada, 403), (mallory, 404)):
        client = sign_in(Client(headers={"Host": settings.SITE_HOST}), member)
        assert client.get(address("identity_keys", acme)).status_code == status
        posted = client.post(address("retire_identity_key", acme, identity_key_id=site.key.id))
        assert posted.status_code == status
    assert site.row().is_active


def wrong_tokens(site, now):
    at = int(now.timestamp())
    yield "malformed", "not a token"
    yield "too_long", "x" * 4097
    yield "unsigned", token({"alg": "none"}, site.claims(), lambda _: b"")
    yield "unknown_key", token(site.header(kid="other"), site.claims(), site.sign)
    yield "wrong_algorithm", token(site.header(alg="EdDSA"), site.claims(), site.sign)
    yield "bad_signature", token(site.header(), site.claims(), by_secret("other"))
    yield "missing_claim", site.token(jti=None)
    yield "bad_claim", site.token(sub="")
    yield "wrong_audience", site.token(aud="acme")
    yield "expired", site.token(iat=at - 3600, exp=at - 3000)
    yield "not_yet_valid", site.token(iat=at + 600, exp=at + 1200)
    yield "too_long_lived", site.token(exp=at + 7200)


def test_the_tester_says_by_name_what_is_wrong_and_keeps_nothing(acme, desk, site, now):
    named = set()
    for name, given in wrong_tokens(site, now):
        shown = desk.post(address("try_identity_token", acme), {"token": given}).content.decode()
        assert name in shown, name
        assert given not in shown
        named.add(name)
    good = desk.post(address("try_identity_token", acme), {"token": site.token()}).content.decode()

    assert "This token is good" in good
    assert "customer 4711" in good
    # Every refusal there is has its words; a retired key is tried apart.
    assert {refusal.value for refusal in WHAT_IS_WRONG} - named == {"retired_key"}
    assert set(Refusal) - set(WHAT_IS_WRONG) == {Refusal.REPLAYED, Refusal.WRONG_SITE}
    with tenant_scope(acme):
        assert not UsedToken.objects.exists()


def sample(desk, tenant, language):
    shown = desk.get(address("identity_keys", tenant))
    return dict(shown.context["samples"])[language]


RUNS = {
    "Python": (sys.executable, "sample.py", '\nprint(chat_token(4711, name="Vera é"))\n'),
    "Node": (which("node"), "sample.mjs", '\nconsole.log(chatToken(4711, { name: "Vera é" }));\n'),
    "PHP": (which("php"), "sample.php", '\necho chat_token("4711", null, "Vera é");\n'),
    "Ruby": (which("ruby"), "sample.rb", '\nputs chat_token(4711, name: "Vera é")\n'),
}


@pytest.mark.parametrize("language", [name for name, (program, _, _) in RUNS.items() if program])
def test_the_samples_make_good_tokens(acme, desk, site, now, tmp_path, language):
    program, file, call = RUNS[language]
    script = tmp_path / file
    script.write_text(sample(desk, acme, language) + call)
    ran = subprocess.run(
        [program, str(script)], capture_output=True, text=True, check=True,
        env={"HUSHDESK_IDENTITY_SECRET": site.secret, "PATH": os.environ["PATH"], "LANG": "C.UTF-8"},
    )  # fmt: skip

    with tenant_scope(acme):
        claims, _ = keys.verified(ran.stdout.strip(), tenant_id=acme.id, now=now)
    assert (claims.subject, claims.email, claims.name) == ("4711", None, "Vera é")


def test_every_sample_names_the_key_and_the_organisation(acme, desk, site):
    for language in ("Python", "Node", "PHP", "Ruby", "Go"):
        code = sample(desk, acme, language)
        assert site.key.kid in code
        assert str(acme.id) in code
        assert site.secret not in code
        assert "&quot;" not in code

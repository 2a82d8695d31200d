import json
from io import StringIO
from uuid import uuid4

import pytest
from django.core.management import CommandError, call_command
from django_otp.oath import TOTP

from chat.identity import keys
from chat.identity.tokens import TokenRefusedError
from chat.models import Conversation, Finding, IdentityKey, Message
from compliance.models import AuditEntry
from helpdesk.core import clock
from helpdesk.demo import people, seeding, shop
from tenants.actions.factors import factor_of
from tenants.models import AllowedOrigin, Membership, Tenant, User
from tenants.scoping import tenant_scope

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def site(settings):
    settings.DEMO = True
    settings.SITE_URL = "http://app.localhost:8000"
    return settings


def seed():
    out = StringIO()
    call_command("seed_demo", "--json", stdout=out)
    return json.loads(out.getvalue())


def rows():
    counts = {"users": User.objects.count(), "tenants": Tenant.objects.count()}
    for tenant in Tenant.objects.all():
        with tenant_scope(tenant):
            for model in (Membership, AllowedOrigin, Conversation, Message, Finding, AuditEntry, IdentityKey):
                counts[f"{tenant.slug} {model.__name__}"] = model.objects.count()
    return counts


def test_a_second_seed_changes_nothing_and_says_the_same():
    first = seed()
    before = rows()

    assert seed() == first
    assert rows() == before


def test_everyone_it_names_signs_in_by_password_and_code(db):
    facts = seed()

    for told in [*facts["people"], facts["operator"]]:
        user = User.objects.get(email=told["email"])
        assert user.check_password(told["password"])
        assert user.is_confirmed
        device = factor_of(user)
        assert device.verify_token(f"{TOTP(people.base64.b32decode(told['totp_secret'])).token():06d}")
    assert [told["role"] for told in facts["people"]] == ["owner", "supervisor", "agent", "owner", "agent"]
    assert User.objects.get(email=facts["operator"]["email"]).is_operator


def test_passwords_are_strong_and_follow_the_secret_key(settings):
    before = people.OLIVE.password, people.OLIVE.totp_secret
    settings.SECRET_KEY = "another"

    assert len({person.password for person in people.PEOPLE}) == len(people.PEOPLE)
    assert len(people.OLIVE.password) > 20
    assert before != (people.OLIVE.password, people.OLIVE.totp_secret)


def test_the_customers_page_gets_its_widget_and_follows_the_port(settings):
    facts = seed()
    assert facts["shop_url"] == "http://shop.localhost:8000/"
    assert shop.widget_key() == facts["widget_key"] == facts["organisations"][0]["widget_key"]

    settings.SITE_URL = "http://app.localhost:8001"
    assert seed()["shop_url"] == "http://shop.localhost:8001/"
    with tenant_scope(Tenant.objects.get(slug="acme")):
        assert [row.origin for row in AllowedOrigin.objects.all()] == ["http://shop.localhost:8001"]


def test_the_conversations_are_masked_and_one_waits_and_one_is_resolved():
    seed()

    with tenant_scope(Tenant.objects.get(slug="acme")):
        assert set(Finding.objects.values_list("entity", flat=True)) >= {"CARD", "CVV", "EXPIRY", "IBAN"}
        assert Conversation.objects.resolved().count() == 1
        assert Conversation.objects.open().unassigned().exclude(waiting_since=None).count() == 2
        assert Message.objects.filter(kind="note").count() == 1
    with tenant_scope(Tenant.objects.get(slug="globex")):
        assert not Conversation.objects.exists()


def test_the_shop_vouches_for_its_customer_by_a_key_of_which_only_the_public_half_was_given():
    seed()
    acme = Tenant.objects.get(slug="acme")
    token = shop.customer_token(now=clock.now())

    with tenant_scope(acme):
        claims, key = keys.verified(token, tenant_id=acme.id, now=clock.now())
    assert (claims.name, claims.email, key.secret) == ("Vera Visser", "vera@tents.example", None)
    with tenant_scope(Tenant.objects.get(slug="globex")), pytest.raises(TokenRefusedError):
        keys.verified(token, tenant_id=uuid4(), now=clock.now())


def test_what_is_no_demo_is_not_seeded(settings):
    settings.DEMO = False

    with pytest.raises(CommandError):
        seed()
    assert not User.objects.exists()


def test_seeding_in_words_for_people():
    out = StringIO()
    call_command("seed_demo", stdout=out)

    assert "Seeded Acme, Globex." in out.getvalue()
    assert seeding.OLIVE.password in out.getvalue()

"""Whoever a session cookie stands for at a socket passes the same checks as on a page, and nobody passes fewer."""

import pytest
from asgiref.sync import sync_to_async
from django.conf import settings
from django.contrib.sessions.backends.db import SessionStore
from django.contrib.sessions.models import Session
from django.test import Client

from helpdesk.core import clock
from tenants.actions.backup_codes import make_backup_codes
from tenants.at_socket import NoMemberError, NotSignedInError, RefusedError, admit, admit_again
from tenants.models import Membership, Passkey, SealedTOTPDevice, StaffSession, Tenant, User
from tenants.scoping import tenant_scope

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def session_key(sign_in, ada):
    return sign_in(Client(), ada).cookies[settings.SESSION_COOKIE_NAME].value


def come(session_key, slug="acme"):
    return admit(session_key, slug, "192.0.2.1", now=clock.now().timestamp())


def again(admitted):
    return admit_again(admitted, now=clock.now().timestamp())


def change_membership(ada, **fields):
    with tenant_scope(ada.tenant):
        Membership.objects.filter(id=ada.id).update(**fields)


CHANGES = {
    "the session has ended": (lambda _: Session.objects.all().delete(), NotSignedInError),
    "the session is not ours": (lambda _: Session.objects.update(session_data="e30:made:up"), NotSignedInError),
    "another password": (lambda ada: User.objects.filter(id=ada.user_id).update(password="x"), NotSignedInError),
    "all sessions ended": (lambda ada: User.objects.filter(id=ada.user_id).update(session_epoch=9), NotSignedInError),
    "a closed account": (lambda ada: User.objects.filter(id=ada.user_id).update(is_active=False), NotSignedInError),
    "an address not confirmed": (
        lambda ada: User.objects.filter(id=ada.user_id).update(email_confirmed_at=None), NotSignedInError,
    ),
    "no second factor": (lambda _: SealedTOTPDevice.objects.all().delete(), NotSignedInError),
    "a factor not confirmed": (lambda _: SealedTOTPDevice.objects.update(confirmed=False), NotSignedInError),
    "no member any more": (lambda ada: change_membership(ada, is_active=False), NoMemberError),
    "a suspended organisation": (
        lambda ada: Tenant.objects.filter(id=ada.tenant_id).update(status="suspended"), NoMemberError,
    ),
    "signed out elsewhere": (lambda _: StaffSession.objects.all().delete(), RefusedError),
    "a closing organisation": (
        lambda ada: Tenant.objects.filter(id=ada.tenant_id).update(status="closing"), NoMemberError,
    ),
}  # fmt: skip


@pytest.mark.parametrize("change", CHANGES)
async def test_whoever_may_no_longer_be_there_is_not_and_it_shows_in_the_standing(change, ada, session_key):
    admitted = await come(session_key)
    membership = admitted.membership
    assert (membership, membership.tenant, membership.user) == (ada, ada.tenant, ada.user)
    assert await again(admitted) == admitted

    make, error = CHANGES[change]
    await sync_to_async(make)(ada)

    assert await again(admitted) is None
    with pytest.raises(error):
        await come(session_key)


KINDS = {
    "passkey": lambda ada: Passkey.objects.create(
        user=ada.user, name="Passkey", credential_id=b"x", public_key=b"y", credential_id_sha256="z"
    ),
    "backup codes": lambda ada: make_backup_codes(person=ada.user, now=clock.now())[0],
}


@pytest.mark.parametrize("kind", KINDS)
async def test_a_factor_of_any_kind_opens_a_socket_and_its_end_closes_it(kind, ada, session_key):
    before = await come(session_key)
    factor = await sync_to_async(KINDS[kind])(ada)
    assert await again(before) is None, "a new factor is looked at"

    def stand_on():
        session = SessionStore(session_key)
        session["otp_device_id"] = factor.persistent_id
        session.save()

    await sync_to_async(stand_on)()
    admitted = await come(session_key)
    await sync_to_async(factor.delete)()

    assert await again(admitted) is None
    with pytest.raises(NotSignedInError):
        await come(session_key)


async def test_a_factor_of_somebody_else_is_none(ada, mallory, sign_in, session_key):
    def borrow():
        own, others = (SealedTOTPDevice.objects.get(user_id=who.user_id) for who in (ada, mallory))
        client = sign_in(Client(), ada)
        session = client.session
        session["otp_device_id"] = session["otp_device_id"].replace(str(own.id.int), str(others.id.int))
        session.save()
        return client.cookies[settings.SESSION_COOKIE_NAME].value

    await sync_to_async(sign_in)(Client(), mallory)
    with pytest.raises(NotSignedInError):
        await come(await sync_to_async(borrow)())


@pytest.mark.parametrize("slug", ["globex", "nowhere"])
async def test_a_member_of_one_organisation_is_nobody_in_another(slug, globex, session_key):
    with pytest.raises(NoMemberError):
        await come(session_key, slug)


async def test_a_cookie_that_names_no_session_is_nobody(acme):
    with pytest.raises(NotSignedInError):
        await come("")


@pytest.mark.parametrize("mode", ["hipaa_state", "pci_state"])
async def test_a_mode_shows_in_the_standing_of_who_is_there_already(mode, ada, session_key):
    admitted = await come(session_key)

    await Tenant.objects.filter(id=ada.tenant_id).aupdate(**{mode: "on"})

    assert await again(admitted) is None

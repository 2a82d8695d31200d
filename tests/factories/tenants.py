"""Organisations and people for tests.

People are there as if they had signed up, been invited and signed in long before; organisations come by the action that
opens them. Nearly every test has some, and the ways by which they come have tests of their own.
"""

import hashlib
import secrets
from datetime import datetime, timedelta
from typing import Any, Final

from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.auth.hashers import make_password
from django.contrib.sessions.backends.db import SessionStore
from django.contrib.sessions.models import Session
from django.test import Client
from django_otp import DEVICE_ID_SESSION_KEY

from helpdesk.core import clock
from tenants import fresh_factor
from tenants.actions import factors, tenants
from tenants.actors import Actor
from tenants.models import Membership, PolicyChoice, SealedTOTPDevice, SeenAddress, StaffSession, Tenant, User
from tenants.policy_names import CONSENT, TOLD
from tenants.roles import Role
from tenants.scoping import tenant_scope
from tenants.sessions import browser_of, hash_of
from tenants.signals import announce

PASSWORD: Final = "seven quiet otters"


def make_person(name: str, *, now: datetime, email: str = "", is_operator: bool = False) -> User:
    """A person with a confirmed address, `name@example.com` unless given."""
    return User.objects.create(
        email=email or f"{name.lower()}@example.com",
        name=name,
        password=make_password(PASSWORD),
        created_at=now,
        email_confirmed_at=now,
        is_operator=is_operator,
    )


def make_tenant(name: str, *, owner: User, now: datetime) -> Tenant:
    """An organisation whose visitors are told and not asked, so that they can write without a receipt."""
    tenant = tenants.open_tenant(name=name, slug=name.lower(), region="eu", owner=owner, now=now)
    with tenant_scope(tenant):
        PolicyChoice.objects.create(tenant=tenant, key=CONSENT, value=TOLD, changed_at=now)
    return tenant


def make_member(tenant: Tenant, name: str, role: Role, *, now: datetime) -> Membership:
    """A colleague who has joined; what their joining brings with it, training among that, is there."""
    person = make_person(name, email=f"{name.lower()}@{tenant.slug}.example", now=now)
    with tenant_scope(tenant):
        member = Membership.objects.create(tenant=tenant, user=person, role=role, created_at=now, used_at=now)
        announce("member.joined", actor=Actor.member(member), subject=member, at=now, role=role)
    return member


def owner_of(tenant: Tenant) -> Membership:
    """The organisation's first owner, with organisation and person filled in."""
    with tenant_scope(tenant):
        owners = Membership.objects.filter(role=Role.OWNER).select_related("user")
        owner: Membership = owners.earliest("created_at", "id")
    owner.tenant = tenant
    return owner


def sign_in(client: Client, user: User, *, second_factor: bool = True, fresh: bool = True) -> Client:
    """Sign a client in with password and, unless told otherwise, second factor, given just now or some time ago."""
    now = clock.now()
    kept: dict[str, Any] = {
        SESSION_KEY: str(user.pk),
        BACKEND_SESSION_KEY: "tenants.sign_in.ConfirmedBackend",
        HASH_SESSION_KEY: user.get_session_auth_hash(),
    }
    if second_factor:
        kept[DEVICE_ID_SESSION_KEY] = make_factor(user).persistent_id
        if fresh:
            kept[fresh_factor.STAMP] = [now.timestamp(), kept[DEVICE_ID_SESSION_KEY]]
    key = secrets.token_hex(16)
    # By one statement: a store looks for the key first, and saves within a savepoint.
    Session.objects.create(
        session_key=key,
        session_data=SessionStore().encode(kept),
        expire_date=now + timedelta(seconds=settings.SESSION_COOKIE_AGE),
    )
    client.cookies[settings.SESSION_COOKIE_NAME] = key
    if second_factor:
        StaffSession.objects.create(
            user=user, session_hash=hash_of(key), began_at=now, active_at=now, address="127.0.0.1",
            browser=browser_of(""),
        )  # fmt: skip
        SeenAddress.objects.bulk_create(
            [SeenAddress(user=user, address="127.0.0.1", seen_at=now)], ignore_conflicts=True
        )
    return client


def make_factor(user: User) -> SealedTOTPDevice:
    """The person's second factor; its seed follows from their address."""
    return factors.factor_of(user) or factors.give_factor(
        person=user, seed=hashlib.sha256(user.email.encode()).digest()[:20]
    )

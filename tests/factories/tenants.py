"""Organisations and people for tests, made through the same actions as everywhere."""

import hashlib
from datetime import datetime
from typing import Final

from django.test import Client
from django_otp import DEVICE_ID_SESSION_KEY

from helpdesk.core import clock
from tenants import fresh_factor
from tenants.actions import factors, invitations, people, sessions, tenants
from tenants.models import Membership, PolicyChoice, SealedTOTPDevice, Tenant, User
from tenants.policy_table import CONSENT, TOLD
from tenants.roles import Role
from tenants.scoping import tenant_scope
from tenants.tokens import InvitationKey

PASSWORD: Final = "seven quiet otters"


def make_person(name: str, *, now: datetime, email: str = "", is_operator: bool = False) -> User:
    """A person with a confirmed address, `name@example.com` unless given."""
    address = email or f"{name.lower()}@example.com"
    return people.create_person(email=address, name=name, password=PASSWORD, now=now, is_operator=is_operator)


def make_tenant(name: str, *, owner: User, now: datetime) -> Tenant:
    """An organisation whose visitors are told and not asked, so that they can write without a receipt."""
    tenant = tenants.open_tenant(name=name, slug=name.lower(), region="eu", owner=owner, now=now)
    with tenant_scope(tenant):
        PolicyChoice.objects.create(tenant=tenant, key=CONSENT, value=TOLD, changed_at=now)
    return tenant


def make_member(tenant: Tenant, name: str, role: Role, *, now: datetime) -> Membership:
    """A colleague who was invited by the organisation's owner and has joined."""
    owner = owner_of(tenant)
    with tenant_scope(tenant):
        _, token = invitations.invite_colleague(
            email=f"{name.lower()}@{tenant.slug}.example", role=role, actor=owner, now=now
        )
    membership = invitations.join_as_new_person(key=InvitationKey.of(token), name=name, password=PASSWORD, now=now)
    membership.tenant = tenant
    return membership


def owner_of(tenant: Tenant) -> Membership:
    """The organisation's first owner, with organisation and person filled in."""
    with tenant_scope(tenant):
        owners = Membership.objects.filter(role=Role.OWNER).select_related("user")
        owner: Membership = owners.earliest("created_at", "id")
    owner.tenant = tenant
    return owner


def sign_in(client: Client, user: User, *, second_factor: bool = True, fresh: bool = True) -> Client:
    """Sign a client in with password and, unless told otherwise, second factor, given just now or some time ago."""
    client.force_login(user, backend="tenants.sign_in.ConfirmedBackend")
    if second_factor:
        session = client.session
        session[DEVICE_ID_SESSION_KEY] = make_factor(user).persistent_id
        if fresh:
            session[fresh_factor.STAMP] = [clock.now().timestamp(), session[DEVICE_ID_SESSION_KEY]]
        session.save()
        sessions.begin(session, user, address="127.0.0.1", user_agent="", now=clock.now())
    return client


def make_factor(user: User) -> SealedTOTPDevice:
    """The person's second factor; its seed follows from their address."""
    return factors.factor_of(user) or factors.give_factor(
        person=user, seed=hashlib.sha256(user.email.encode()).digest()[:20]
    )

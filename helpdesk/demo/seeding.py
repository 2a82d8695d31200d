"""Fill the demo: organisations, people, sites and a few conversations, all through the actions everyone uses."""

from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings

from chat.actions import identity_keys
from chat.models import Conversation, IdentityKey, Inbox
from helpdesk.core.public_keys import pem_of
from helpdesk.demo import conversations, shop
from helpdesk.demo.people import OLIVE, OPERATOR, OWNERS, PEOPLE, Person
from tenants.actions import factors, invitations, origins, people, tenants
from tenants.actions.policies import choose
from tenants.models import AllowedOrigin, Membership, PolicyChoice, Tenant, User
from tenants.policy_names import ASKED, TRAINING_PHISHING
from tenants.roles import Role
from tenants.scoping import tenant_scope
from tenants.tokens import InvitationKey


@dataclass(frozen=True, slots=True)
class Seeded:
    """An organisation as it stands after seeding."""

    tenant: Tenant
    widget_key: str


def seed(*, now: datetime) -> dict[str, Any]:
    """Make what is missing and return how to sign in. Run again, it changes nothing but the shop's port.

    The demo's people are found by their address: whoever exists stays as they are.
    """
    seeded = [_organisation(owner, now) for owner in OWNERS]
    _person(OPERATOR, now, is_operator=True)
    acme = next(each for each in seeded if each.tenant.name == OLIVE.organisation)
    _allow_shop(acme.tenant, now)
    _let_shop_vouch(acme.tenant, now)
    _ask_for_a_course(acme.tenant, now)
    _converse(acme.tenant, now)
    return facts(seeded, acme)


def shop_origin() -> str:
    """The customer's page: on another site, at our port."""
    parts = urlsplit(settings.SITE_URL)
    return f"{parts.scheme}://{settings.SHOP_HOST}" + (f":{parts.port}" if parts.port else "")


def facts(seeded: list[Seeded], acme: Seeded) -> dict[str, Any]:
    """What the demo prints and its check reads."""
    return {
        "organisations": [
            {"name": each.tenant.name, "slug": each.tenant.slug, "widget_key": each.widget_key} for each in seeded
        ],
        "people": [_told(person) for person in PEOPLE],
        "operator": _told(OPERATOR),
        "widget_key": acme.widget_key,
        "shop_url": f"{shop_origin()}/",
    }


def _told(person: Person) -> dict[str, str]:
    return {
        "name": person.name,
        "email": person.email,
        "password": person.password,
        "totp_secret": person.totp_secret,
        "role": person.role.value if person.organisation else "operator",
        "organisation": person.organisation,
    }


def _organisation(owner: Person, now: datetime) -> Seeded:
    user = _person(owner, now)
    tenant = Tenant.objects.filter(slug=owner.slug).first() or tenants.open_tenant(
        name=owner.organisation, slug=owner.slug, region=settings.REGION, owner=user, now=now
    )
    with tenant_scope(tenant):
        membership = Membership.objects.get(user=user)
        membership.tenant = tenant
        for colleague in PEOPLE:
            if colleague.organisation == owner.organisation and colleague is not owner:
                _colleague(colleague, membership, now)
        return Seeded(tenant, Inbox.objects.earliest("created_at", "id").widget_key)


def _person(person: Person, now: datetime, *, is_operator: bool = False) -> User:
    user = User.objects.with_email(person.email).first()
    if user is None:
        user = people.create_person(
            email=person.email, name=person.name, password=person.password, now=now, is_operator=is_operator
        )
    _factor(user, person)
    return user


def _colleague(person: Person, owner: Membership, now: datetime) -> None:
    user = User.objects.with_email(person.email).first()
    if user is None:
        _, token = invitations.invite_colleague(email=person.email, role=person.role, actor=owner, now=now)
        key = InvitationKey.of(token)
        user = invitations.join_as_new_person(key=key, name=person.name, password=person.password, now=now).user
    _factor(user, person)


def _factor(user: User, person: Person) -> None:
    if factors.factor_of(user) is None:
        factors.give_factor(person=user, seed=person.seed)


def _allow_shop(tenant: Tenant, now: datetime) -> None:
    """Let the widget run on the customer's page, and on none that an earlier start had at another port."""
    wanted = shop_origin()
    with tenant_scope(tenant):
        owner = Membership.objects.filter(role=Role.OWNER).select_related("user").earliest("created_at", "id")
        old = AllowedOrigin.objects.filter(origin__contains=f"://{settings.SHOP_HOST}").exclude(origin=wanted)
        for origin in list(old):
            origins.remove_origin(origin_id=origin.id, actor=owner, now=now)
        origins.add_origin(origin=wanted, actor=owner, now=now)


def _let_shop_vouch(tenant: Tenant, now: datetime) -> None:
    """Take the public half of the shop's key, once: an owner who retires it is heard, and the shop is refused then."""
    with tenant_scope(tenant):
        if IdentityKey.objects.filter(public=shop.public_key()).exists():
            return
        owner = Membership.objects.filter(role=Role.OWNER).select_related("user").earliest("created_at", "id")
        # A data directory that is older than this may have two keys already: those are the owner's own.
        with suppress(identity_keys.TooManyIdentityKeysError):
            identity_keys.add_public_key(pasted=pem_of(shop.public_key()), actor=owner, now=now)


def _ask_for_a_course(tenant: Tenant, now: datetime) -> None:
    """One course that closes nothing: everyone is straight in, and there is training to look at."""
    with tenant_scope(tenant):
        owner = Membership.objects.filter(role=Role.OWNER).select_related("user").earliest("created_at", "id")
        if not PolicyChoice.objects.filter(key=TRAINING_PHISHING).exists():
            choose(key=TRAINING_PHISHING, value=ASKED, actor=owner, now=now)


def _converse(tenant: Tenant, now: datetime) -> None:
    with tenant_scope(tenant):
        has_begun = Conversation.objects.exists()
        inbox = Inbox.objects.earliest("created_at", "id")
        members = {member.user.email: member for member in Membership.objects.select_related("user")}
    if not has_begun:
        for told in conversations.CONVERSATIONS:
            conversations.hold(told, inbox=inbox, members=members, shop=shop_origin(), now=now)

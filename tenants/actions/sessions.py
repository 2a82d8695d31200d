"""Begin, keep and end people's sessions. What ends one is told to the person's organisations, whose open sockets look
again."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from functools import partial
from typing import Final
from uuid import UUID

from django.contrib.sessions.backends.base import SessionBase
from django.db import transaction

from helpdesk.core.client_address import bucket
from tenants.actions.members import NoMemberError
from tenants.actions.people import tell_organisations
from tenants.actors import Actor
from tenants.models import Membership, SeenAddress, StaffSession, Tenant, User
from tenants.permissions import require
from tenants.policies import in_force, strictest
from tenants.policy_names import SESSIONS_AT_ONCE
from tenants.roles import Capability
from tenants.scoping import tenant_scope
from tenants.selectors import memberships_of
from tenants.sessions import browser_of, hash_of
from tenants.signals import announce

#: How finely activity is written down: whoever is busy costs a write so often, and is locked early by so much at most.
ACTIVE_TO_THE: Final = timedelta(seconds=5)
#: The same of a membership, which ends after thirty days without use at the least.
USED_TO_THE: Final = timedelta(hours=6)
NO_ADDRESS: Final = "0.0.0.0"  # noqa: S104 (not known, as of a unix socket; nothing is bound)
#: From where somebody was active is kept so long, and written down so finely.
SEEN_FOR: Final = timedelta(hours=24)
SEEN_TO_THE: Final = timedelta(minutes=10)


@transaction.atomic
def begin(session: SessionBase, person: User, *, address: str, user_agent: str, now: datetime) -> StaffSession:
    """Note that both factors were given in a browser, whose session has its final key by now.

    Where the person's organisations allow only so many at once, the ones active longest ago end.
    """
    if session.session_key is None:
        session.save()
    User.objects.select_for_update().get(id=person.id)
    noted, _ = StaffSession.objects.update_or_create(
        session_hash=hash_of(session.session_key),
        defaults={
            "user": person,
            "began_at": now,
            "active_at": now,
            "address": address or NO_ADDRESS,
            "browser": browser_of(user_agent),
        },
    )
    SeenAddress.objects.filter(user=person, seen_at__lt=now - SEEN_FOR).delete()
    _note_address([noted.user_id], address, now)
    tell_organisations(person, "member.signed_in", at=now)
    if (at_once := _at_once(person)) > 0:
        others = StaffSession.objects.filter(user=person).exclude(id=noted.id).order_by("-active_at", "id")
        end(person, [session.id for session in others[at_once - 1 :]], now=now)
    return noted


def keep_active(session_key: str | None, *, address: str, now: datetime) -> None:
    """Note that the person at a browser did something. Nothing comes back to life by it."""
    busy = StaffSession.objects.filter(session_hash=hash_of(session_key), active_at__lt=now - ACTIVE_TO_THE)
    before = list(busy.select_related("user"))
    if busy.update(active_at=now, address=address or NO_ADDRESS):
        _note_address([session.user_id for session in before], address, now)
        for session in before:
            _tell_moved(session, address, now)


def _tell_moved(session: StaffSession, address: str, now: datetime) -> None:
    """Tell that a session goes on from another network: what was sealed for where it was must not be read here."""
    if bucket(session.address) == bucket(address or NO_ADDRESS):
        return
    # After the scope of whoever asks: their other organisations are told in scopes of their own.
    transaction.on_commit(partial(tell_organisations, session.user, "member.moved", at=now, session=str(session.id)))


def note_use(membership: Membership, *, now: datetime) -> None:
    """Note that a member did something in their organisation, whose scope is open: as finely as `USED_TO_THE`."""
    Membership.objects.filter(id=membership.id).update(used_at=now)


def unlock(session: StaffSession, *, address: str, now: datetime) -> None:
    """Let a locked session go on, after its owner has shown once more who they are."""
    # Of a session that was ended meanwhile there is no row to bring back.
    StaffSession.objects.filter(id=session.id).update(active_at=now, address=address or NO_ADDRESS)


def rekey(before: str | None, session_key: str | None) -> None:
    """Know a session by its new key."""
    StaffSession.objects.filter(session_hash=hash_of(before)).update(session_hash=hash_of(session_key))


@transaction.atomic
def end(person: User, session_ids: Iterable[UUID], *, now: datetime) -> int:
    """End some of a person's sessions; return how many there were."""
    ended, _ = StaffSession.objects.filter(user=person, id__in=list(session_ids)).delete()
    if ended:
        tell_organisations(person, "member.signed_out", at=now)
    return ended


def end_all(person: User, *, now: datetime, but: str | None = None) -> int:
    """End all of a person's sessions, or all but that of one session key; return how many there were."""
    sessions = StaffSession.objects.filter(user=person).exclude(session_hash=hash_of(but))
    return end(person, list(sessions.values_list("id", flat=True)), now=now)


def _at_once(person: User) -> int:
    """Return how many sessions a person may have by the strictest of their organisations; 0 is any number."""
    wanted = []
    for summary in memberships_of(person):
        with tenant_scope(summary.tenant_id):
            wanted.append(in_force(Tenant.objects.get(id=summary.tenant_id), SESSIONS_AT_ONCE).value)
    return int(strictest(SESSIONS_AT_ONCE, wanted)) if wanted else 0


def _note_address(user_ids: Iterable[UUID], address: str, now: datetime) -> None:
    """Note from where somebody was active: a change of an address rule is rehearsed against it."""
    for user_id in user_ids:
        seen, is_new = SeenAddress.objects.get_or_create(
            user_id=user_id, address=address or NO_ADDRESS, defaults={"seen_at": now}
        )
        if not is_new and seen.seen_at < now - SEEN_TO_THE:
            SeenAddress.objects.filter(id=seen.id).update(seen_at=now)


def forget_addresses(*, now: datetime) -> int:
    """Forget from where people were active longer ago than a rehearsal looks back; return how many rows."""
    forgotten, _ = SeenAddress.objects.filter(seen_at__lt=now - SEEN_FOR).delete()
    return forgotten


@transaction.atomic
def end_of_member(*, membership_id: UUID, actor: Membership, now: datetime) -> Membership:
    """End all sessions of a colleague, wherever else they are signed in with them too.

    Raises:
        NotPermittedError: The actor may not manage colleagues.
        NoMemberError: There is no such member.
    """
    require(actor, Capability.INVITE_MEMBERS)
    member: Membership | None = Membership.objects.select_related("user").filter(id=membership_id).first()
    if member is None:
        raise NoMemberError
    if StaffSession.objects.filter(user=member.user).delete()[0]:
        announce("member.signed_out", actor=Actor.member(actor), subject=member, at=now)
        # Their other organisations are told outside this one's scope.
        transaction.on_commit(partial(tell_organisations, member.user, "member.signed_out", at=now))
    return member

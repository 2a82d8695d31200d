"""Who the session cookie at a socket stands for: what the pages' middleware makes sure of, in two short round trips.

`admit` looks at everything anew: session, person, second factor, membership, organisation, and what the gate looks at.
`admit_again` reads a digest of all of that and the moment of the last activity: while the digest stays the same, only
time can change the answer. Both are read together with other sockets'.
"""

import json
from dataclasses import dataclass, field, replace
from typing import Any, Final
from uuid import UUID

from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY, load_backend
from django.contrib.sessions.backends.db import SessionStore
from django.db import DEFAULT_DB_ALIAS
from django.utils.crypto import constant_time_compare
from django_otp import DEVICE_ID_SESSION_KEY

from helpdesk.core.machine import NO_MACHINE, Machine
from helpdesk.core.prepared import columns_of
from helpdesk.core.together import Together
from tenants.factor_list import KINDS
from tenants.gate import facts as gate_facts
from tenants.gate.checks import Refusal, Visit, judge, session_limits
from tenants.gate.facts import Facts
from tenants.models import Membership, Tenant, User
from tenants.pipelined import Statement
from tenants.reading import read
from tenants.selectors import is_reachable
from tenants.sessions import WITHOUT_FACTOR

# What is asked before an organisation is known: of the session and of the directory, which are nobody's.
NOBODY: Final = UUID(int=0)

_SESSION: Final = "SELECT session_data FROM django_session WHERE session_key = %(session)s AND expire_date > now()"
_DIRECTORY: Final = "SELECT id FROM tenants_tenant WHERE slug = %(slug)s"
# Every kind of second factor that the person has. Names of our own tables; as below, every value is a parameter.
_FACTORS: Final = " UNION ALL ".join(
    f"SELECT '{kind.model_label()}' AS kind, id FROM {kind._meta.db_table} WHERE user_id = person.id AND confirmed"  # noqa: S608
    for kind in KINDS
)
_STAFF: Final = f"{gate_facts.SESSION} sha256(session.session_key::bytea)"
_DIGEST: Final = f"""
md5(concat_ws('|', session.session_data, person.password, person.session_epoch, person.is_active,
    person.email_confirmed_at, membership.role, membership.is_active, tenant.status, tenant.slug,
    tenant.hipaa_state, tenant.pci_state, (
        SELECT string_agg(factor.id::text, ',' ORDER BY factor.id) FROM ({_FACTORS}) AS factor
    ), {gate_facts.STATED}))
"""  # noqa: S608
_PERSON, _PERSON_SQL = columns_of(User, "person")
_TENANT, _TENANT_SQL = columns_of(Tenant, "tenant")
_MEMBER, _MEMBER_SQL = columns_of(Membership, "membership")
# Names of our own tables and columns; every value is a parameter.
_MEMBERSHIP: Final = f"""
SELECT {_DIGEST}, {gate_facts.STATED}, {gate_facts.ACTIVE_AT}, EXISTS (
    SELECT FROM ({_FACTORS}) AS factor WHERE factor.kind = %(kind)s AND factor.id = %(device)s::uuid
), EXISTS ({_FACTORS}), {_PERSON_SQL}, {_TENANT_SQL}, {_MEMBER_SQL}
FROM tenants_user AS person
JOIN django_session AS session ON session.session_key = %(session)s AND session.expire_date > now()
{_STAFF}
JOIN tenants_tenant AS tenant ON tenant.id = %(tenant)s AND tenant.slug = %(slug)s
LEFT JOIN tenants_membership AS membership
    ON membership.tenant_id = tenant.id AND membership.user_id = person.id AND membership.is_active
WHERE person.id = %(person)s
"""  # noqa: S608
_STANDING: Final = f"""
SELECT asked.session_key, asked.membership_id, {_DIGEST}, {gate_facts.ACTIVE_AT}
FROM unnest(%(sessions)s::text[], %(memberships)s::uuid[]) AS asked (session_key, membership_id)
JOIN tenants_membership AS membership ON membership.tenant_id = %(tenant)s AND membership.id = asked.membership_id
JOIN tenants_user AS person ON person.id = membership.user_id
JOIN tenants_tenant AS tenant ON tenant.id = membership.tenant_id
JOIN django_session AS session ON session.session_key = asked.session_key AND session.expire_date > now()
{_STAFF}
"""  # noqa: S608


_Asked = tuple[str, UUID]


class NotSignedInError(Exception):
    """The session cookie is missing, has run out, or lacks the second factor."""


class NoMemberError(Exception):
    """Signed in, but with nothing to read in that organisation."""


class RefusedError(Exception):
    """A member, whom the gate does not let in now."""

    def __init__(self, refusal: Refusal) -> None:
        super().__init__(refusal.value)
        self.refusal = refusal


@dataclass(frozen=True, slots=True)
class Admitted:
    """A member at a socket: who, from which network address, by which facts; and a digest of all that was looked at."""

    membership: Membership
    session_key: str
    address: str
    facts: Facts
    digest: str
    factor: str
    is_enrolled: bool
    machine: Machine = NO_MACHINE
    judged_at: float = field(default=0.0, compare=False)

    @property
    def until(self) -> float:
        """When time alone may end it unless somebody is active, in seconds since 1970."""
        limits = session_limits(self.facts, self.membership)
        ends = limits.first if limits is not None else 0.0
        return min([ends, *(turn for turn in self.facts.turns() if turn > self.judged_at)])


async def admit(session_key: str, slug: str, address: str, *, now: float, machine: Machine = NO_MACHINE) -> Admitted:
    """Let the person whose session that is in, the membership's tenant and user filled in.

    Raises:
        NotSignedInError: Password and second factor were not both given in this session.
        NoMemberError: There is no such organisation, it is suspended, or the person is no member.
        RefusedError: The gate says no.
        psycopg.Error, TimeoutError: The database does not answer.
    """
    sessions, directory = await read(
        Statement(NOBODY, _SESSION, {"session": session_key}), Statement(NOBODY, _DIRECTORY, {"slug": slug})
    )
    session: dict[str, Any] = SessionStore().decode(sessions[0][0]) if sessions else {}
    person_id, (kind, device_id) = _uuid(session.get(SESSION_KEY)), _factor(session.get(DEVICE_ID_SESSION_KEY))
    if person_id is None or (device_id is None and not session.get(WITHOUT_FACTOR)):
        raise NotSignedInError
    if not directory:
        raise NoMemberError
    [(tenant_id,)] = directory
    given = {"session": session_key, "slug": slug, "tenant": tenant_id, "person": person_id}
    given |= {"kind": kind, "device": device_id}
    [found] = await read(Statement(tenant_id, _MEMBERSHIP, given))
    if not found:
        raise NotSignedInError
    digest, stated, active_at, is_verified, is_enrolled, *row = found[0]
    if not (is_verified or session.get(WITHOUT_FACTOR)):
        raise NotSignedInError
    facts = Facts.of(json.loads(stated) if isinstance(stated, str) else stated, active_at)
    factor = kind if is_verified else ""
    member = _judged(session, row)
    admitted = Admitted(member, session_key, address, facts, str(digest), factor, bool(is_enrolled), machine)
    return _let_in(admitted, now)


async def admit_again(admitted: Admitted, *, now: float) -> Admitted | None:
    """Let the same person in again if nothing but time and their activity is different; None if something is.

    Raises:
        RefusedError: Time is up.
        psycopg.Error, TimeoutError: The database does not answer.
    """
    asked = (admitted.session_key, admitted.membership.id)
    standing = (await _standings.ask(admitted.membership.tenant_id, (asked,))).get(asked)
    if standing is None or standing[0] != admitted.digest:
        return None
    return _let_in(replace(admitted, facts=replace(admitted.facts, active_at=standing[1])), now)


def _let_in(admitted: Admitted, now: float) -> Admitted:
    visit = Visit(admitted.membership, admitted.address, now, admitted.factor, admitted.is_enrolled, admitted.machine)
    if (refusal := judge(admitted.facts, visit)) is not None:
        raise RefusedError(refusal)
    return replace(admitted, judged_at=now)


async def _read_standings(tenant_id: UUID, wanted: set[_Asked]) -> dict[_Asked, tuple[str, float | None]]:
    sessions, memberships = [session for session, _ in wanted], [membership for _, membership in wanted]
    given = {"tenant": tenant_id, "sessions": sessions, "memberships": memberships}
    [rows] = await read(Statement(tenant_id, _STANDING, given))
    return {
        (session_key, membership_id): (digest, None if active_at is None else float(active_at))
        for session_key, membership_id, digest, active_at in rows
    }


# The members of an organisation hear its news together, so they are looked at together.
_standings: Final = Together(_read_standings)


def _judged(session: dict[str, Any], row: list[Any]) -> Membership:
    person_values, others = row[: len(_PERSON)], row[len(_PERSON) :]
    person: User = User.from_db(DEFAULT_DB_ALIAS, _PERSON, person_values)
    if not _is_of(session, person):
        raise NotSignedInError
    tenant: Tenant = Tenant.from_db(DEFAULT_DB_ALIAS, _TENANT, others[: len(_TENANT)])
    member_values = others[len(_TENANT) :]
    if member_values[_MEMBER.index("id")] is None:
        raise NoMemberError
    membership: Membership = Membership.from_db(DEFAULT_DB_ALIAS, _MEMBER, member_values)
    if not is_reachable(tenant, membership.role):
        raise NoMemberError
    membership.tenant, membership.user = tenant, person
    return membership


def _is_of(session: dict[str, Any], person: User) -> bool:
    """Whether a session is still good for a person (django.contrib.auth.get_user, which reads the person itself)."""
    path = session.get(BACKEND_SESSION_KEY)
    if path not in settings.AUTHENTICATION_BACKENDS:
        return False
    backend: Any = load_backend(path)
    given = session.get(HASH_SESSION_KEY) or ""
    good = (person.get_session_auth_hash(), *person.get_session_auth_fallback_hash())
    is_good = any(constant_time_compare(given, one) for one in good)
    return bool(is_good and person.is_active and backend.user_can_authenticate(person))


def _factor(persistent_id: object) -> tuple[str, UUID | None]:
    """Return kind and id of the factor that a session names; the id is written as a whole number (`Factor`)."""
    kind, _, number = str(persistent_id or "").rpartition("/")
    try:
        return kind, UUID(int=int(number)) if number.isdecimal() else None
    except ValueError:
        return kind, None


def _uuid(text: object) -> UUID | None:
    try:
        return UUID(str(text))
    except ValueError:
        return None

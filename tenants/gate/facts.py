"""What the gate looks at: read by one expression, which stands in the statement that says who is asking."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, Self


def stated(session_hash: str) -> str:
    """Return the SQL of the facts as one JSON value, all but the moment of the last activity.

    It stands where `tenant`, `person` and `membership` are aliases of their tables, in the organisation's scope.

    Args:
        session_hash: An SQL expression: SHA-256 of the session key.
    """
    # Names of our own tables and columns; the expression holds parameters.
    return f"""jsonb_build_object(
        'choices', (
            SELECT jsonb_object_agg(choice.key, choice.value) FROM tenants_policychoice AS choice
            WHERE choice.tenant_id = tenant.id
        ),
        'began_at', (
            SELECT extract(epoch FROM staff.began_at) FROM tenants_staffsession AS staff
            WHERE staff.session_hash = {session_hash} AND staff.user_id = person.id
        ),
        'must_change_password', person.must_change_password,
        'training_due', (
            SELECT extract(epoch FROM min(duty.due_at)) FROM tenants_trainingduty AS duty
            WHERE duty.tenant_id = tenant.id AND duty.membership_id = membership.id AND duty.is_assigned
                AND duty.closes AND duty.guards = 'workspace'
        )
    )"""  # noqa: S608


def active_at(session_hash: str) -> str:
    """Return the SQL of when the person last did something, in seconds since 1970; NULL without a session."""
    return (
        "(SELECT extract(epoch FROM staff.active_at) FROM tenants_staffsession AS staff "  # noqa: S608
        f"WHERE staff.session_hash = {session_hash} AND staff.user_id = person.id)"
    )


#: The expression for a session hash given as a parameter, and for a session key in a column.
GIVEN_HASH: Final = "%(session_hash)s"


def hash_of(column: str) -> str:
    """Return the SQL of the hash of a session key."""
    return f"sha256({column}::bytea)"


@dataclass(frozen=True, slots=True)
class Facts:
    """What is known of a person's session and of the organisation's rules. Moments are seconds since 1970.

    `began_at` is None where this browser was never signed in with both factors, or has been signed out.
    `must_change_password`: someone else chose it, or it no longer meets the rules.
    `training_due`: when the first course that closes the workspace lapses; None where none is asked for.
    """

    choices: Mapping[str, str]
    began_at: float | None
    active_at: float | None
    must_change_password: bool = False
    training_due: float | None = None

    @classmethod
    def of(cls, read: Mapping[str, Any], last_active: Any) -> Self:
        """Return the facts of a row: the JSON value and the moment beside it."""
        return cls(
            choices=read["choices"] or {},
            began_at=None if read["began_at"] is None else float(read["began_at"]),
            active_at=None if last_active is None else float(last_active),
            must_change_password=bool(read.get("must_change_password")),
            training_due=None if read["training_due"] is None else float(read["training_due"]),
        )

"""What the gate looks at: read by one expression, which stands in the statement that says who is asking."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final, Self

from tenants.places.rule import AddressRuling

#: As `staff`, the row of a session whose key's SHA-256 is given; beside it `person` is who asks.
SESSION: Final = "LEFT JOIN tenants_staffsession AS staff ON staff.user_id = person.id AND staff.session_hash = "
#: When the person last did something, in seconds since 1970; NULL without a session.
ACTIVE_AT: Final = "extract(epoch FROM staff.active_at)"
#: The facts as one JSON value, all but the moment of the last activity. It stands where `tenant`, `person`,
#: `membership` and `staff` are aliases of their tables, in the organisation's scope.
STATED: Final = """jsonb_build_object(
        'choices', (
            SELECT jsonb_object_agg(choice.key, choice.value) FROM tenants_policychoice AS choice
            WHERE choice.tenant_id = tenant.id
        ),
        'began_at', extract(epoch FROM staff.began_at),
        'proved_at', extract(epoch FROM staff.proved_at), 'looks', staff.proved_looks,
        'approved', staff.proved_at IS NOT NULL AND EXISTS (
            SELECT FROM tenants_staffdevice AS device WHERE device.tenant_id = tenant.id
                AND device.membership_id = membership.id AND device.kind = 'key'
                AND device.key_hash = staff.device_key_hash AND device.state = 'approved'
        ),
        'waived_until', (
            SELECT extract(epoch FROM waiver.until) FROM tenants_addresswaiver AS waiver
            WHERE waiver.tenant_id = tenant.id AND waiver.membership_id = membership.id
                AND waiver.session_id = staff.id
        ),
        'certificates', (
            SELECT jsonb_agg(encode(device.key_hash, 'hex') ORDER BY device.key_hash)
            FROM tenants_staffdevice AS device
            WHERE device.tenant_id = tenant.id AND device.membership_id = membership.id
                AND device.kind = 'certificate' AND device.state = 'approved'
        ),
        'place_due_at', (
            SELECT extract(epoch FROM due.due_at) FROM tenants_placedue AS due WHERE due.tenant_id = tenant.id
        ),
        'address_rules', (
            SELECT jsonb_agg(jsonb_build_object(
                'on', rule.is_on, 'roles', rule.roles, 'networks', rule.networks,
                'until', extract(epoch FROM rule.until)
            ) ORDER BY rule.state) FROM tenants_addressrule AS rule WHERE rule.tenant_id = tenant.id
        ),
        'must_change_password', person.must_change_password,
        'used_at', extract(epoch FROM membership.used_at),
        'is_last_owner', membership.role = 'owner' AND NOT EXISTS (
            SELECT FROM tenants_membership AS other JOIN tenants_user AS owner ON owner.id = other.user_id
            WHERE other.tenant_id = tenant.id AND other.role = 'owner' AND other.is_active AND owner.is_active
                AND (other.used_at, other.id) > (membership.used_at, membership.id)
        ),
        'training_due', (
            SELECT extract(epoch FROM min(duty.due_at)) FROM tenants_trainingduty AS duty
            WHERE duty.tenant_id = tenant.id AND duty.membership_id = membership.id AND duty.is_assigned
                AND duty.closes AND duty.guards = 'workspace'
        )
    )"""


#: How long a proof that the browser holds its key counts; pages give one anew each ten minutes.
PROOF_LASTS_S: Final = 15 * 60


@dataclass(frozen=True, slots=True)
class Proof:
    """That a session's browser holds a key: when it was shown, how the machine looked, and whether the key is approved
    here for this member."""

    proved_at: float
    looks: str
    is_approved: bool


@dataclass(frozen=True, slots=True)
class Facts:
    """What is known of a person's session and of the organisation's rules. Moments are seconds since 1970.

    `began_at` is None where this browser was never signed in with both factors, or has been signed out.
    `address_rules` are the one that stands and the one on trial; `waived_until` says until when neither matters to this
    session, since its owner broke the glass. `certificates` are the fingerprints of those approved for this member.
    `place_due_at`: when networks or browsers have to be limited, since a mode is on.
    `must_change_password`: someone else chose it, or it no longer meets the rules.
    `used_at`: when they last did something here; `is_last_owner`: no other owner was here later, so they keep it.
    `training_due`: when the first course that closes the workspace lapses; None where none is asked for.
    """

    choices: Mapping[str, str]
    began_at: float | None
    active_at: float | None
    address_rules: tuple[AddressRuling, ...] = ()
    waived_until: float | None = None
    proof: Proof | None = None
    certificates: frozenset[str] = frozenset()
    must_change_password: bool = False
    place_due_at: float | None = None
    training_due: float | None = None
    used_at: float | None = None
    is_last_owner: bool = False

    def turns(self) -> Iterator[float]:
        """Yield the moments at which these facts come to mean something else by themselves."""
        yield from (rule.until for rule in self.address_rules if rule.until is not None)
        if self.waived_until is not None:
            yield self.waived_until
        if self.place_due_at is not None:
            yield self.place_due_at
        if self.training_due is not None:
            yield self.training_due
        if self.proof is not None:
            yield self.proof.proved_at + PROOF_LASTS_S

    @classmethod
    def of(cls, read: Mapping[str, Any], last_active: Any) -> Self:
        """Return the facts of a row: the JSON value and the moment beside it."""
        return cls(
            choices=read["choices"] or {},
            began_at=_moment(read["began_at"]),
            active_at=_moment(last_active),
            address_rules=tuple(AddressRuling.of(rule) for rule in read["address_rules"] or ()),
            waived_until=_moment(read["waived_until"]),
            proof=_proof(read),
            place_due_at=_moment(read["place_due_at"]),
            certificates=frozenset(read["certificates"] or ()),
            must_change_password=bool(read.get("must_change_password")),
            training_due=_moment(read["training_due"]),
            used_at=_moment(read["used_at"]),
            is_last_owner=bool(read["is_last_owner"]),
        )


def _moment(read: Any) -> float | None:
    return None if read is None else float(read)


def _proof(read: Mapping[str, Any]) -> Proof | None:
    proved_at = _moment(read["proved_at"])
    return None if proved_at is None else Proof(proved_at, str(read["looks"]), bool(read["approved"]))

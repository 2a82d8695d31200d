"""May this actor do that to the organisation in scope?"""

from tenants.actors import Actor, ActorKind
from tenants.models import Membership, User
from tenants.permissions import NotPermittedError, require
from tenants.roles import Capability


def require_actor(actor: Actor, capability: Capability) -> None:
    """Let a member with the capability, or an active operator, pass. Call it inside the tenant's scope.

    Raises:
        NotPermittedError: Anyone else.
    """
    if actor.kind == ActorKind.OPERATOR:
        require_operator(actor)
        return
    membership = Membership.objects.filter(id=actor.id).first() if actor.kind == ActorKind.MEMBER else None
    if membership is None:
        raise NotPermittedError(capability.value)
    require(membership, capability)


def require_operator(actor: Actor) -> None:
    """Let an active operator pass.

    Raises:
        NotPermittedError: Anyone else.
    """
    known = User.objects.filter(id=actor.id, is_active=True, is_operator=True)
    if actor.kind != ActorKind.OPERATOR or not known.exists():
        raise NotPermittedError("operator")

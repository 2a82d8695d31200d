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
    if actor.kind != ActorKind.MEMBER or actor.id is None:
        raise NotPermittedError(capability.value)
    membership = Membership.objects.filter(id=actor.id).first()
    if membership is None:
        raise NotPermittedError(capability.value)
    require(membership, capability)


def require_operator(actor: Actor) -> None:
    """Let an active operator pass.

    Raises:
        NotPermittedError: Anyone else.
    """
    operators = User.objects.filter(is_active=True, is_operator=True)
    if actor.kind != ActorKind.OPERATOR or actor.id is None or not operators.filter(id=actor.id).exists():
        raise NotPermittedError("operator")

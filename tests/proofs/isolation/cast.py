"""Who asks: each a browser of its own, signed in or not."""

from dataclasses import dataclass, field

from chat.views.form_pages import PASS_HEADER
from chat.views.links import LINK_HEADER
from chat.views.proof_pages import PROOF_HEADER
from tenants.roles import ROLE_CAPABILITIES, Role
from tenants.tenancy import Kind, Rule, Who
from tests.proofs.isolation.sides import Side, World
from tests.proofs.isolation.world import cookies_of


@dataclass(frozen=True)
class Actor:
    """Somebody with a browser. `side`: whose ids they use where their own are wanted."""

    name: str
    side: Side
    cookies: dict[str, str] = field(default_factory=dict)
    headers: dict[str, str] = field(default_factory=dict)


def insider(world: World, role: str, side: Side) -> Actor:
    return Actor(f"{side.tenant.slug}'s {role}", side, cookies_of(side.members[role].user))


def visitor(side: Side, token: str) -> Actor:
    link = side.value(Kind.LINK_TOKEN)
    shown = {
        "X-Hushdesk-Session": token, PASS_HEADER: side.form_pass, PROOF_HEADER: side.proof_pass, LINK_HEADER: link,
    }  # fmt: skip
    return Actor(f"visitor of {side.tenant.slug}", side, {"__Host-hushdesk": token}, shown)


def cast(world: World) -> dict[str, Actor]:
    """Everyone there is, by a short name."""
    acme, globex = world.acme, world.globex
    found = {
        "mallory": Actor("owner of another tenant", globex, cookies_of(globex.members["owner"].user)),
        "former": Actor("former owner", globex, cookies_of(world.former)),
        "half": Actor("owner without second factor", globex,
                      cookies_of(acme.members["owner"].user, second_factor=False)),
        "visitor": Actor("visitor of another tenant", globex, visitor(globex, globex.visitor_token).cookies,
                         visitor(globex, globex.visitor_token).headers),
        "anonymous": Actor("anonymous", globex),
        "operator": Actor("operator", globex, cookies_of(world.operator)),
    }  # fmt: skip
    return found | {role: insider(world, role, acme) for role in ROLE_CAPABILITIES}


def actors_for(rule: Rule, people: dict[str, Actor]) -> list[Actor]:
    """Those who must learn nothing on a route of this rule."""
    outside = [people["mallory"], people["visitor"], people["anonymous"]]
    if rule.who is Who.ORGANISATION:
        wrong = [people[role] for role, may in ROLE_CAPABILITIES.items() if rule.capability not in {None, *may}]
        return [*outside, people["former"], people["half"], people["operator"], *wrong]
    if rule.who is Who.ACCOUNT:
        return [*outside, people["half"]]
    if rule.who is Who.OPERATOR:
        return [*outside, people["half"], people["owner"], *([people["operator"]] if rule.one_organisation else [])]
    return outside


def rightful(rule: Rule, people: dict[str, Actor], world: World) -> Actor:
    """Who may do what the route is for, with Acme's ids."""
    if rule.who is Who.OPERATOR:
        return Actor("operator", world.acme, people["operator"].cookies)
    if rule.who is Who.VISITOR:
        return visitor(world.acme, world.acme.visitor_token)
    if rule.who is Who.ACCOUNT:
        return people[Role.AGENT]
    return people[Role.OWNER] if rule.who is Who.ORGANISATION else people["anonymous"]

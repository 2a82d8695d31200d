"""Acme's rule of addresses: tried, standing, and from where requests come."""

from helpdesk.core import clock
from tenants.actions import places
from tenants.actions.places import Proposal
from tenants.roles import Role
from tenants.scoping import tenant_scope

SETTINGS = "/o/acme/settings/"
PAGE = f"{SETTINGS}addresses/"
OFFICE, HOME = "203.0.113.7", "198.51.100.1"
AT_HOME = {"REMOTE_ADDR": HOME}
AT_WORK = {"REMOTE_ADDR": OFFICE}


def rule(*networks, is_on=True, roles=tuple(Role)):
    named = networks or (("203.0.113.0/24", ""),)
    return Proposal(is_on, frozenset(roles), named, tuple("Office" for _ in named))


def trying(owner, proposal=None, now=None):
    with tenant_scope(owner.tenant):
        return places.propose(proposal=proposal or rule(), actor=owner, now=now or clock.now())


def standing(owner, proposal=None):
    trying(owner, proposal)
    with tenant_scope(owner.tenant):
        return places.confirm(actor=owner, address=OFFICE, now=clock.now())


def posted(*lines, step="try", **fields):
    given = {"form-TOTAL_FORMS": str(len(lines)), "form-INITIAL_FORMS": "0", "roles": [*Role], "step": step, **fields}
    for number, line in enumerate(lines):
        for name, value in zip(("network", "label", "role"), line, strict=False):
            given[f"form-{number}-{name}"] = value
    return given

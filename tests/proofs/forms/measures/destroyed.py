"""From the moment a reader loses an answer until it is gone from its Valkey, whatever it was that took it from them."""

import itertools
import time
from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any, Final

from chat.actions import form_endpoints, form_keys
from chat.models import FormRequest, FormState, Handling
from chat.secure_forms import volatile
from helpdesk.core import clock
from tenants.actions import members, sessions
from tenants.models import StaffSession
from tenants.scoping import tenant_scope
from tests.factories.tenants import make_member
from tests.proofs.forms.people import Agent, at_a_browser, make_agent, submit
from tests.support.form_endpoints import new_key
from tests.support.progress import say
from tests.support.server import Server

KEYS: Final = ("destroyed_max_s", "destroyed_by", "destroyed_left_alone")
PATIENCE_S: Final = 20.0
EACH: Final = 3
LIVES_S: Final = 2
#: Each is another than the one before.
_elsewhere: Final = (f"127.0.0.{number}" for number in itertools.count(8))


def measure(stage: Any) -> dict[str, Any]:
    """Let each trigger take an answer away from its reader; one that nothing happens to must stay."""
    times: dict[str, list[float]] = {}
    with stage.served() as server:
        for number, (name, trigger) in enumerate(TRIGGERS.items()):
            agent = make_agent(f"gone{number}")
            times[name] = [_seconds(server, agent, trigger) for _ in range(1 if stage.is_short else EACH)]
            say(f"{name}: {max(times[name]):.3f} s at most")
        for number, (name, trigger) in enumerate(OF_SYSTEMS.items()):
            agent = make_agent(f"system{number}")
            # Nobody listens there: what is sent waits to be brought.
            agent.connect("http://127.0.0.1:9/", new_key())
            times[name] = [_seconds(server, agent, trigger, Handling.FORWARD)]
            say(f"{name}: {max(times[name]):.3f} s at most")
        times["unread"] = [_unread(server)]
        kept = _sent(server, make_agent("kept"))
        time.sleep(0.5)
        is_left_alone = volatile.is_there(kept.tenant_id, kept.id)
    return {
        "destroyed_max_s": round(max(max(took) for took in times.values()), 3),
        "destroyed_by": {name: round(max(took), 3) for name, took in times.items()},
        "destroyed_left_alone": is_left_alone,
    }


def holds(figures: Mapping[str, Any]) -> bool:
    """Whether what nothing happened to was still there: a measure that destroys everything proves nothing."""
    return bool(figures["destroyed_left_alone"])


def _seconds(
    server: Server,
    agent: Agent,
    trigger: Callable[[Server, Agent, FormRequest], None],
    handling: Handling = Handling.VIEW,
) -> float:
    form = _sent(server, agent, handling)
    began = time.monotonic()
    trigger(server, agent, form)
    took = _gone_after(form, began)
    with tenant_scope(form.tenant_id):
        ended = FormRequest.objects.get(id=form.id)
    if ended.state != FormState.REVOKED:
        raise AssertionError(f"it is {ended.state}")
    return took


def _sent(server: Server, agent: Agent, handling: Handling = Handling.VIEW) -> FormRequest:
    # Whoever was signed out or deactivated by the round before comes anew.
    if not StaffSession.objects.filter(id=agent.session_id).exists():
        with tenant_scope(agent.owner.tenant):
            member = make_member(agent.owner.tenant, f"Next{time.monotonic_ns()}", "agent", now=clock.now())
        again = at_a_browser(member, agent.owner)
        agent.member, agent.cookies, agent.session_id, agent.key = member, again.cookies, again.session_id, again.key
    form = agent.ask(handling)
    answer = submit(server, form, {"number": "4111 1111 1111 1111"})
    if answer.status_code != 200 or not volatile.is_there(form.tenant_id, form.id):
        raise AssertionError(f"it was not sent: {answer.status_code}")
    return form


def _gone_after(form: FormRequest, began: float) -> float:
    while volatile.is_there(form.tenant_id, form.id):
        if time.monotonic() - began > PATIENCE_S:
            raise AssertionError("it was not destroyed")
        time.sleep(0.002)
    return time.monotonic() - began


def _unread(server: Server) -> float:
    """How long after its time an answer is still there that nobody has read."""
    agent = make_agent("unread")
    form = agent.ask()
    with tenant_scope(form.tenant_id):
        FormRequest.objects.filter(id=form.id).update(unread_s=LIVES_S)
    submit(server, form, {})
    began = time.monotonic()
    return max(0.0, _gone_after(form, began) - LIVES_S)


def _post(server: Server, agent: Agent, path: str, **fields: str) -> None:
    with agent.browser(server) as theirs:
        answer = theirs.post(path, data=fields)
    if answer.status_code not in {200, 204, 302}:
        raise AssertionError(f"{path}: {answer.status_code}")


def _conversation(agent: Agent, form: FormRequest, verb: str) -> str:
    return f"/o/{agent.slug}/conversations/{form.conversation_id}/{verb}/"


def _transfer(server: Server, agent: Agent, form: FormRequest) -> None:
    from chat.actions.assignment import assign_conversation

    with tenant_scope(agent.owner.tenant):
        assign_conversation(
            conversation_id=form.conversation_id, assignee_id=agent.owner.id, actor=agent.owner, now=clock.now()
        )


def _sign_out(server: Server, agent: Agent, form: FormRequest) -> None:
    _post(server, agent, "/sign-out/")


def _end_everywhere(server: Server, agent: Agent, form: FormRequest) -> None:
    sessions.end_all(agent.member.user, now=clock.now())


def _move(server: Server, agent: Agent, form: FormRequest) -> None:
    """Go on from another address; the last time anything was done was a while ago."""
    StaffSession.objects.filter(id=agent.session_id).update(active_at=clock.now() - timedelta(seconds=6))
    with agent.browser(server, next(_elsewhere)) as theirs:
        theirs.get(f"/o/{agent.slug}/inbox/", headers={"Sec-Fetch-Mode": "navigate"})


def _read_elsewhere(server: Server, agent: Agent, form: FormRequest) -> None:
    """Ask for it from another address at once."""
    from chat.secure_forms.submission import encoded

    with agent.browser(server, next(_elsewhere)) as theirs:
        answer = theirs.post(agent.path(form, "take/"), data={"key": encoded(agent.key.fingerprint)})
    if "sealed" in answer.text:
        raise AssertionError("it was handed over at another address")


def _deactivate(server: Server, agent: Agent, form: FormRequest) -> None:
    with tenant_scope(agent.owner.tenant):
        members.set_member_active(membership_id=agent.member.id, is_active=False, actor=agent.owner, now=clock.now())
    StaffSession.objects.filter(id=agent.session_id).delete()


def _lower_role(server: Server, agent: Agent, form: FormRequest) -> None:
    with tenant_scope(agent.owner.tenant):
        members.change_role(membership_id=agent.member.id, role="auditor", actor=agent.owner, now=clock.now())
    StaffSession.objects.filter(id=agent.session_id).delete()


def _revoke_key(server: Server, agent: Agent, form: FormRequest) -> None:
    with tenant_scope(agent.owner.tenant):
        form_keys.revoke_key(key_id=form.key_id, actor=agent.member, now=clock.now())
    StaffSession.objects.filter(id=agent.session_id).delete()


def _retire_key(server: Server, agent: Agent, form: FormRequest) -> None:
    with tenant_scope(agent.owner.tenant):
        form_endpoints.retire_key(key_id=form.endpoint_key_id, actor=agent.owner, now=clock.now())


def _remove_system(server: Server, agent: Agent, form: FormRequest) -> None:
    with tenant_scope(agent.owner.tenant):
        form_endpoints.remove_endpoint(actor=agent.owner, now=clock.now())


TRIGGERS: Final[Mapping[str, Callable[[Server, Agent, FormRequest], None]]] = {
    "transfer": _transfer,
    "put back": lambda server, agent, form: _post(server, agent, _conversation(agent, form, "release")),
    "end of chat": lambda server, agent, form: _post(server, agent, _conversation(agent, form, "resolve")),
    "withdrawn": lambda server, agent, form: _post(server, agent, agent.path(form, "cancel/")),
    "blocked": lambda server, agent, form: _post(server, agent, _conversation(agent, form, "block")),
    "sign-out": _sign_out,
    "ended everywhere": _end_everywhere,
    "another address": _move,
    "read from another address": _read_elsewhere,
    "deactivated": _deactivate,
    "lower role": _lower_role,
    "key revoked": _revoke_key,
}
#: What waits to be brought to the organisation's own system.
OF_SYSTEMS: Final[Mapping[str, Callable[[Server, Agent, FormRequest], None]]] = {
    "system: transfer": _transfer,
    "system: sign-out": _sign_out,
    "system: withdrawn": TRIGGERS["withdrawn"],
    "system: key retired": _retire_key,
    "system: removed": _remove_system,
}

"""Every way in by which a visitor's message is taken, tried by visitors for whom nobody vouches where somebody must.

The ways are those of consent, found in the source; one that nobody probes is red.
"""

from collections.abc import Callable, Iterator, Mapping
from datetime import timedelta
from typing import Any, Final
from uuid import UUID, uuid4

from chat.actions.identity_keys import make_shared_key
from chat.models import VisitorSession
from chat.permissions import Visitor
from compliance import rule_sets
from helpdesk.core import clock
from tenants.models import PolicyChoice
from tenants.policy_names import ANYONE, IDENTITY, SIGNED_VISITOR
from tenants.scoping import tenant_scope
from tests.factories.consent import agreed
from tests.factories.tenants import owner_of
from tests.proofs.forms.asking import Case
from tests.proofs.forms.measures import consent
from tests.proofs.forms.measures.consent import TEXTS, Refused
from tests.proofs.forms.ways_in import entries
from tests.proofs.gate.stage import unhindered

KEYS: Final = ("unsigned_accepted", "unsigned_tries", "signed_refused")
REFUSED: Final = "identity_required"
OVER: Final = timedelta(seconds=1)


def measure(stage: Any) -> dict[str, Any]:
    """Try every entry as somebody unknown and as somebody who was known, and once as somebody who is."""
    missing, unknown = entries() - PROBES.keys(), PROBES.keys() - entries()
    if missing or unknown:
        raise AssertionError(f"entries that nobody probes: {sorted(missing)}; probes of none: {sorted(unknown)}")
    accepted = tries = refused = 0
    with unhindered():
        case = Case.make(TEXTS[:1] if stage.is_short else TEXTS)
        with tenant_scope(case.tenant):
            make_shared_key(actor=owner_of(case.tenant), now=clock.now())
        for probe in PROBES.values():
            for was_refused in probe(case, None):
                tries, accepted = tries + 1, accepted + (not was_refused)
            for was_refused in probe(case, -OVER):
                tries, accepted = tries + 1, accepted + (not was_refused)
            refused += sum(probe(case, timedelta(hours=1)))
    return {"unsigned_accepted": accepted, "unsigned_tries": tries, "signed_refused": refused}


def holds(figures: Mapping[str, Any]) -> bool:
    """Whether anything was tried, none was let in, and who is known was."""
    return bool(figures["unsigned_tries"] and not figures["unsigned_accepted"] and not figures["signed_refused"])


def _ask(case: Case, value: str) -> None:
    with tenant_scope(case.tenant):
        PolicyChoice.objects.update_or_create(
            tenant=case.tenant, key=IDENTITY, defaults={"value": value, "changed_at": clock.now()}
        )
    rule_sets.forget(case.tenant.id)


def _visitor(case: Case, known: timedelta | None) -> tuple[str, Visitor, UUID]:
    """Somebody in a conversation of whom the site says so much, before it is asked of everyone."""
    _ask(case, ANYONE)
    token, visitor, conversation = case.begun()
    with tenant_scope(case.tenant):
        until = None if known is None else clock.now() + known
        VisitorSession.objects.filter(id=visitor.session_id).update(signed_until=until)
    _ask(case, SIGNED_VISITOR)
    return token, visitor, conversation


def _start(case: Case) -> dict[str, Any]:
    return {"client_id": str(uuid4()), "consent": {"notice": agreed(case.tenant).notice.hex()}}


def _start_over_http(case: Case, known: timedelta | None) -> Iterator[Refused]:
    token, _, _ = _visitor(case, known)
    yield consent._frames(case, token, "conversation.start", _start(case)).get("code") == REFUSED


def _post_over_http(case: Case, known: timedelta | None) -> Iterator[Refused]:
    for text in case.texts:
        token, _, conversation = _visitor(case, known)
        post = {"client_id": str(uuid4()), "conversation": str(conversation), "text": text}
        yield consent._frames(case, token, "message.post", post).get("code") == REFUSED


def _start_by_socket(case: Case, known: timedelta | None) -> Iterator[Refused]:
    _, visitor, _ = _visitor(case, known)
    yield consent._by_socket(visitor, [("conversation.start", _start(case))]) == [REFUSED]


def _post_by_socket(case: Case, known: timedelta | None) -> Iterator[Refused]:
    for text in case.texts:
        _, visitor, conversation = _visitor(case, known)
        post = {"client_id": str(uuid4()), "conversation": str(conversation), "text": text}
        yield consent._by_socket(visitor, [("message.post", post)]) == [REFUSED]


def _contact_over_http(case: Case, known: timedelta | None) -> Iterator[Refused]:
    token, _, _ = _visitor(case, known)
    yield consent._frames(case, token, "contact.give", consent.ADDRESS).get("code") == REFUSED


def _contact_by_socket(case: Case, known: timedelta | None) -> Iterator[Refused]:
    _, visitor, _ = _visitor(case, known)
    yield consent._leaves_address(visitor) == REFUSED


def _file_over_http(case: Case, known: timedelta | None) -> Iterator[Refused]:
    token, _, _ = _visitor(case, known)
    yield consent.sends_file(case, token) == REFUSED


Probe = Callable[[Case, timedelta | None], Iterator[Refused]]
PROBES: Final[Mapping[str, Probe]] = {
    "chat.consumers.visitor:VisitorConsumer.start_conversation": _start_by_socket,
    "chat.consumers.visitor:VisitorConsumer._draft": _post_by_socket,
    "chat.views.fallback:_start": _start_over_http,
    "chat.views.fallback:_post": _post_over_http,
    "chat.consumers.waiting:WaitingConsumer.give_contact": _contact_by_socket,
    "chat.views.fallback:_give_contact": _contact_over_http,
    "chat.views.files:send": _file_over_http,
}

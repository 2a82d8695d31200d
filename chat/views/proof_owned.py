"""What a visitor may do on the card who has proven who they are: take along and erase their data, set up an app."""

from http import HTTPStatus
from typing import Final

from django.http import HttpRequest, HttpResponse

from chat import contact_disclosure, own_data
from chat.actions import proof_apps, proofs, request_erasing, subject_requests
from chat.identity import codes
from chat.models import ProofRequest, ProofState
from chat.permissions import Visitor
from chat.secure_forms.passes import ProofPass
from chat.views.form_pages import TooFastError, answer, told
from chat.views.proof_pages import BadBodyError, asked, own_proof, proof_step, said, which
from compliance.models import RequestKind
from compliance.models.subject_request import MAX_WORDS
from helpdesk.core import clock
from helpdesk.core.ratelimit import Limit
from tenants.actors import Actor
from tenants.app_seed import shown_seed

EXPORTS: Final = Limit("chat.own_export", burst=5, per_s=1 / 600)
REQUESTS: Final = Limit("chat.own_request", burst=5, per_s=1 / 600)
#: Bytes of a body with words in it, of which one letter may take twelve as JSON.
MAX_REQUEST: Final = 256 + 12 * MAX_WORDS


@proof_step
def export(request: HttpRequest, shown: ProofPass) -> HttpResponse:
    """Hand out what is kept of the visitor, to whoever has proven to be the one."""
    proof = _proven(shown)
    if EXPORTS.wait_s(str(shown.contact_id), shown.tenant_id) > 0:
        raise TooFastError
    contact = proof.conversation.contact
    inbox_id = proof.conversation.inbox_id
    visitor = Visitor(shown.tenant_id, inbox_id, b"", "", shown.session_id, shown.contact_id)
    file = own_data.export_own_data(
        visitor=visitor, contact=contact, tenant=proof.tenant, actor=Actor.visitor(shown.session_id), now=clock.now()
    )
    response = HttpResponse(file, content_type="application/zip")
    response["Content-Disposition"] = f'attachment; filename="{own_data.NAME}"'
    response["Cache-Control"] = "no-store"
    return response


@proof_step
def erase(request: HttpRequest, shown: ProofPass) -> HttpResponse:
    """Erase the visitor, who has proven to be the one and has read what goes."""
    _proven(shown)
    if said(request, "confirm") != "erase":
        raise BadBodyError
    who = Actor.visitor(shown.session_id)
    counts = request_erasing.erase_own(contact_id=shown.contact_id, actor=who, now=clock.now())
    return answer({"state": "erased", "conversations": counts["conversations"], "messages": counts["messages"]})


@proof_step
def ask_right(request: HttpRequest, shown: ProofPass) -> HttpResponse:
    """Register what the visitor asks about their data, proven or not: who asks is settled afterwards, then."""
    proof = own_proof(shown)
    if REQUESTS.wait_s(str(shown.contact_id), shown.tenant_id) > 0:
        raise TooFastError
    kind, words = said(request, "kind", most=MAX_REQUEST), said(request, "words", most=MAX_REQUEST)
    if kind not in RequestKind.values or len(words) > MAX_WORDS:
        raise BadBodyError
    made = subject_requests.ask_by_visitor(
        contact_id=shown.contact_id, session_id=shown.session_id, kind=RequestKind(kind), words=words,
        is_proven=proof.state == ProofState.PROVEN, now=clock.now(),
    )  # fmt: skip
    return answer({"reference": made.reference, "due_at": made.due_at.isoformat()})


@proof_step
def app(request: HttpRequest, shown: ProofPass) -> HttpResponse:
    """Show a fresh seed, as a picture and as text, to be set up in an app."""
    proof, seed = proof_apps.begin_app(**which(shown))
    address = contact_disclosure.known_address(proof.conversation.contact)
    seen = shown_seed(
        seed, account=codes.hint_of(address) if address else "chat", issuer=proof.tenant.name.replace(":", " ")
    )
    return answer({"qr": seen["qr"], "secret": seen["grouped_secret"]})


@proof_step
def confirm_app(request: HttpRequest, shown: ProofPass) -> HttpResponse:
    """Take the app into use by its first code."""
    if not proof_apps.confirm_app(**which(shown), code=said(request, "code")):
        return told("wrong_app", HTTPStatus.CONFLICT)
    return answer(asked(own_proof(shown), shown))


@proof_step
def give_up_app(request: HttpRequest, shown: ProofPass) -> HttpResponse:
    """Use no app any more."""
    proof_apps.give_up_app(**which(shown))
    return answer(asked(own_proof(shown), shown))


def _proven(shown: ProofPass) -> ProofRequest:
    return proofs.require_proven(**which(shown))

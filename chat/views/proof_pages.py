"""The card on which a visitor proves who they are, on the origin of forms: no script of the chat or the site reads it.

The page shows a pass (`chat.secure_forms.passes`), as a form's does. A code is typed here and nowhere else.
"""

import json
from collections.abc import Callable, Mapping
from functools import wraps
from http import HTTPStatus
from typing import Any, Final

import redis
from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.clickjacking import xframe_options_exempt
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.debug import sensitive_variables
from django.views.decorators.http import require_POST, require_safe

from chat import contact_disclosure, own_data, selectors, small_texts
from chat.actions import proof_apps, proof_codes, proof_passkeys, proofs
from chat.actions.proof_apps import AppThereError, NoAppError
from chat.actions.proof_codes import CoolingDownError, NoAddressError, Tried, has_address
from chat.actions.proof_passkeys import NoPasskeyError, PasskeysEnoughError
from chat.actions.proofs import NotProvenError, ProofEndedError, ProofNotFoundError
from chat.actions.subject_requests import TooManyRequestsError, UnknownContactError
from chat.identity import codes
from chat.models import ProofRequest, ProofState, VisitorFactor
from chat.secure_forms.passes import BadPassError, ProofPass
from chat.views.form_pages import NotOwnScriptError, TooFastError, answer, framed, passed, told
from compliance.disposal import HeldRecordError
from compliance.masking import MaskingError
from compliance.models import RequestKind
from compliance.models.subject_request import MAX_WORDS
from helpdesk.core import clock
from helpdesk.core.client_address import bucket, client_address
from tenants import mail
from tenants.mail import Mail, MailNotSentError
from tenants.models import AllowedOrigin
from tenants.scoping import tenant_scope

PROOF_HEADER: Final = "X-Hushdesk-Proof"
STEPS: Final = (
    "open",
    "send",
    "prove",
    "prove_by_app",
    "decline",
    "end",
    "close",
    "export",
    "erase",
    "ask_right",
    "app",
    "confirm_app",
    "give_up_app",
    "ask_passkey",
    "prove_by_passkey",
    "begin_passkey",
    "keep_passkey",
    "give_up_passkeys",
)
MAX_BODY: Final = 256


class BadBodyError(Exception):
    """What was sent is nothing that the page sends."""


REFUSALS: Final[Mapping[type[Exception], tuple[str, HTTPStatus]]] = {
    NotOwnScriptError: ("not_allowed", HTTPStatus.FORBIDDEN),
    TooFastError: ("too_fast", HTTPStatus.TOO_MANY_REQUESTS),
    BadPassError: ("not_found", HTTPStatus.NOT_FOUND),
    ProofNotFoundError: ("not_found", HTTPStatus.NOT_FOUND),
    BadBodyError: ("bad_form", HTTPStatus.BAD_REQUEST),
    NotProvenError: ("not_proven", HTTPStatus.FORBIDDEN),
    NoAppError: ("no_app", HTTPStatus.CONFLICT),
    AppThereError: ("app_there", HTTPStatus.CONFLICT),
    NoPasskeyError: ("no_passkey", HTTPStatus.CONFLICT),
    PasskeysEnoughError: ("passkeys_enough", HTTPStatus.CONFLICT),
    HeldRecordError: ("held", HTTPStatus.CONFLICT),
    NoAddressError: ("no_address", HTTPStatus.CONFLICT),
    MailNotSentError: ("not_sent", HTTPStatus.SERVICE_UNAVAILABLE),
    UnknownContactError: ("not_found", HTTPStatus.NOT_FOUND),
    TooManyRequestsError: ("too_many", HTTPStatus.CONFLICT),
    MaskingError: ("unavailable", HTTPStatus.SERVICE_UNAVAILABLE),
    redis.RedisError: ("unavailable", HTTPStatus.SERVICE_UNAVAILABLE),
}

Step = Callable[[HttpRequest, ProofPass], HttpResponse]


@require_safe
@xframe_options_exempt
def page(request: HttpRequest, widget_key: str) -> HttpResponse:
    """The card: nobody's until its script has shown a pass. Framed by the chat, on the organisation's sites."""
    found = selectors.inbox_for_widget(widget_key)
    if found is None:
        raise Http404
    with tenant_scope(found.tenant):
        sites = sorted(AllowedOrigin.objects.values_list("origin", flat=True))
    steps = {step: reverse(f"chat:proof_{step}", kwargs={"widget_key": widget_key}) for step in STEPS}
    response = render(
        request,
        "chat/proofs/page.html",
        {"steps": steps, "pass_header": PROOF_HEADER, "kinds": RequestKind.choices, "most": MAX_WORDS},
    )
    # The picture of a seed is made on the server and comes as text.
    return framed(response, settings.SITE_ORIGIN, *sites, images="data:")


def proof_step(step: Step) -> Callable[..., HttpResponse]:
    """Make a view of one thing a visitor does on the card."""

    @csrf_exempt
    @require_POST
    @sensitive_variables()
    @wraps(step)
    def view(request: HttpRequest, widget_key: str) -> HttpResponse:
        try:
            with passed(request, widget_key, ProofPass, PROOF_HEADER) as shown:
                response = step(request, shown)
            # After the commit: a code that is mailed is one that counts.
            if (send := getattr(response, "send", None)) is not None:
                send()
            return response
        except ProofEndedError as ended:
            return told("ended", HTTPStatus.CONFLICT, state=ended.state)
        except CoolingDownError as cooling:
            return told("locked", HTTPStatus.TOO_MANY_REQUESTS, until=cooling.until.isoformat())
        except tuple(REFUSALS) as refused:
            return told(*next(REFUSALS[kind] for kind in type(refused).__mro__ if kind in REFUSALS))

    return view


@proof_step
def open_(request: HttpRequest, shown: ProofPass) -> HttpResponse:
    """Say what is asked, by whom and what for, and how it can be proven."""
    return answer(asked(own_proof(shown), shown))


@proof_step
def send(request: HttpRequest, shown: ProofPass) -> HttpResponse:
    """Mail a code to the address that is known. How often is limited, by person, by address and by network."""
    proof = own_proof(shown)
    contact = proof.conversation.contact
    if not has_address(contact):
        raise NoAddressError
    tenant_id = shown.tenant_id
    for limit, key in (
        (proof_codes.CODES_BY_NETWORK, bucket(client_address(request))),
        (proof_codes.CODES, str(contact.id)),
        (proof_codes.CODES_BY_ADDRESS, bytes(contact.email_token or b"").hex()),
    ):
        if limit.wait_s(key, tenant_id) > 0:
            raise TooFastError
    proof, code = proof_codes.make_code(**which(shown))
    address, organisation = contact_disclosure.known_address(contact), proof.tenant.name
    if not address:
        raise NoAddressError
    response: Any = answer(asked(proof, shown))
    response.send = lambda: mail.send(
        Mail.VISITOR_CODE, address, code=codes.shown(code), organisation=organisation,
        minutes=str(int(codes.CODE_LASTS.total_seconds() // 60)),
    )  # fmt: skip
    return response  # type: ignore[no-any-return]


@proof_step
def prove(request: HttpRequest, shown: ProofPass) -> HttpResponse:
    """Take a code that was mailed."""
    return outcome(proof_codes.try_code(**which(shown), code=said(request, "code")), shown)


@proof_step
def prove_by_app(request: HttpRequest, shown: ProofPass) -> HttpResponse:
    """Take a code of the visitor's app."""
    return outcome(proof_apps.try_app_code(**which(shown), code=said(request, "code")), shown)


@proof_step
def decline(request: HttpRequest, shown: ProofPass) -> HttpResponse:
    """Prove nothing."""
    return _done(proofs.decline_proof, shown)


@proof_step
def end(request: HttpRequest, shown: ProofPass) -> HttpResponse:
    """End what was proven."""
    return _done(proofs.end_own_proof, shown)


@proof_step
def close(request: HttpRequest, shown: ProofPass) -> HttpResponse:
    """Put the card away; what was proven goes on counting."""
    return _done(proofs.put_away, shown)


def which(shown: ProofPass) -> dict[str, Any]:
    """Return what every action is told of whose it is."""
    return {
        "proof_id": shown.request_id, "contact_id": shown.contact_id, "session_id": shown.session_id,
        "now": clock.now(),
    }  # fmt: skip


def own_proof(shown: ProofPass) -> ProofRequest:
    return proofs.proof_of_visitor(shown.request_id, shown.contact_id, shown.session_id, clock.now())


def _done(act: Callable[..., ProofRequest], shown: ProofPass) -> HttpResponse:
    proof = act(**which(shown))
    return answer({"state": proof.state})


def said(request: HttpRequest, name: str, *, most: int = MAX_BODY) -> str:
    """Return what a page says, by its name.

    Raises:
        BadBodyError: It says nothing of it, no text, or too much.
    """
    if len(request.body) > most:
        raise BadBodyError
    try:
        text = json.loads(request.body)[name]
    except (ValueError, TypeError, KeyError, RecursionError):
        raise BadBodyError from None
    if not isinstance(text, str):
        raise BadBodyError
    return text


def outcome(tried: Tried, shown: ProofPass) -> HttpResponse:
    """Answer a try."""
    if tried.outcome == "proven":
        return answer(asked(tried.proof, shown))
    more = {"left": tried.left, "until": tried.until.isoformat() if tried.until is not None else None}
    status = HTTPStatus.TOO_MANY_REQUESTS if tried.outcome == "locked" else HTTPStatus.CONFLICT
    return answer({"error": tried.outcome, **more}, status)


def asked(proof: ProofRequest, shown: ProofPass) -> dict[str, Any]:
    """Return what the card says: what is asked, and by what it can be proven."""
    now = clock.now()
    contact = proof.conversation.contact
    address = contact_disclosure.known_address(contact) if has_address(contact) else ""
    factor = VisitorFactor.objects.filter(contact=contact).first()
    locked = None if factor is None else factor.locked_until(now)
    is_out = proof.state == ProofState.SENT and proof.session_id == shown.session_id
    return {
        "state": proof.state,
        "organisation": proof.tenant.name,
        "agent": proof.asked_by.user.name if proof.asked_by is not None else None,
        "scope": small_texts.scope_for_visitor(proof),
        "hint": codes.hint_of(address) if address else None,
        "app": factor is not None and factor.confirmed_at is not None,
        "passkeys": proof_passkeys.count_passkeys(contact.id),
        "is_unsure": contact.email_replaced_at is not None,
        "sent_until": proof.code_until.isoformat() if is_out and proof.code_until is not None else None,
        "locked_until": locked.isoformat() if locked is not None else None,
        "until": proof.expires_at.isoformat(),
        "kept": own_data.counted(contact) if proof.state == ProofState.PROVEN else None,
    }

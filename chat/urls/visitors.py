"""What visitors ask for: the widget, and the pages under origins of their own (`helpdesk.core.origins`)."""

from typing import Final

from django.urls import include, path

from chat.views import (
    fallback,
    files,
    form_pages,
    form_payments,
    identity,
    links,
    proof_owned,
    proof_pages,
    proof_passkeys,
    widget,
)
from chat.views.form_pages import PASS_HEADER
from chat.views.links import LINK_HEADER
from chat.views.proof_pages import PROOF_HEADER
from chat.views.widget import HEADER
from tenants.tenancy import Kind, public, route, visitor

FILLER: Final = visitor(headers={PASS_HEADER: Kind.FORM_PASS})
FILE_HOLDER: Final = visitor(body={"pass": Kind.FILE_PASS})
LINKED: Final = visitor(headers={LINK_HEADER: Kind.LINK_TOKEN})
PROVER: Final = visitor(headers={PROOF_HEADER: Kind.PROOF_PASS})
VISITOR: Final = visitor(headers={HEADER: Kind.VISITOR_TOKEN})

passkey_patterns = [
    route("ask", proof_passkeys.ask, PROVER, name="proof_ask_passkey"),
    route("prove", proof_passkeys.prove, PROVER, name="proof_prove_by_passkey"),
    route("begin", proof_passkeys.begin, PROVER, name="proof_begin_passkey"),
    route("keep", proof_passkeys.keep, PROVER, name="proof_keep_passkey"),
    route("give-up", proof_passkeys.give_up, PROVER, name="proof_give_up_passkeys"),
]

urlpatterns = [
    route("w.js", widget.loader, public(), name="loader"),
    route("w/<str:widget_key>/", widget.frame, visitor(), name="widget"),
    route("w/<str:widget_key>/session", widget.session, VISITOR, name="widget_session"),
    route("w/<str:widget_key>/frames", fallback.exchange, VISITOR, name="widget_frames"),
    route("w/<str:widget_key>/files", files.send, VISITOR, name="widget_files"),
    route("w/<str:widget_key>/form", widget.offer, VISITOR, name="widget_form"),
    route("w/<str:widget_key>/payments", form_payments.webhook, visitor(), name="payment_webhook"),
    route("w/<str:widget_key>/identify", identity.identify, VISITOR, name="widget_identify"),
    route("w/<str:widget_key>/forget", identity.forget, VISITOR, name="widget_forget"),
    route("w/<str:widget_key>/link", links.page, visitor(), name="link"),
    route("w/<str:widget_key>/link/code", links.code, LINKED, name="link_code"),
    route("w/<str:widget_key>/link/open", links.open_, LINKED, name="link_open"),
    route("w/<str:widget_key>/transcript/<uuid:conversation_id>/", links.transcript, VISITOR, name="transcript"),
    route("w/<str:widget_key>/own", widget.own, VISITOR, name="widget_own"),
    # Each under an origin of its own (helpdesk.core.origins).
    route("forms/<str:widget_key>/", form_pages.page, visitor(), name="form_page"),
    route("forms/<str:widget_key>/open", form_pages.open_, FILLER, name="form_open"),
    route("forms/<str:widget_key>/submit", form_pages.submit, FILLER, name="form_submit"),
    route("forms/<str:widget_key>/pay", form_pages.pay, FILLER, name="form_pay"),
    route("forms/<str:widget_key>/taken", form_pages.taken, visitor(), name="form_taken"),
    route("forms/<str:widget_key>/decline", form_pages.decline, FILLER, name="form_decline"),
    route("files/", files.hand_over, FILE_HOLDER, name="hand_over_file"),
    route("forms/<str:widget_key>/identity/", proof_pages.page, visitor(), name="proof_page"),
    route("forms/<str:widget_key>/identity/open", proof_pages.open_, PROVER, name="proof_open"),
    route("forms/<str:widget_key>/identity/send", proof_pages.send, PROVER, name="proof_send"),
    route("forms/<str:widget_key>/identity/prove", proof_pages.prove, PROVER, name="proof_prove"),
    route("forms/<str:widget_key>/identity/decline", proof_pages.decline, PROVER, name="proof_decline"),
    route("forms/<str:widget_key>/identity/end", proof_pages.end, PROVER, name="proof_end"),
    route("forms/<str:widget_key>/identity/close", proof_pages.close, PROVER, name="proof_close"),
    route("forms/<str:widget_key>/identity/export", proof_owned.export, PROVER, name="proof_export"),
    route("forms/<str:widget_key>/identity/erase", proof_owned.erase, PROVER, name="proof_erase"),
    route("forms/<str:widget_key>/identity/request", proof_owned.ask_right, PROVER, name="proof_ask_right"),
    route("forms/<str:widget_key>/identity/app/prove", proof_pages.prove_by_app, PROVER, name="proof_prove_by_app"),
    route("forms/<str:widget_key>/identity/app", proof_owned.app, PROVER, name="proof_app"),
    route("forms/<str:widget_key>/identity/app/confirm", proof_owned.confirm_app, PROVER, name="proof_confirm_app"),
    route("forms/<str:widget_key>/identity/app/give-up", proof_owned.give_up_app, PROVER, name="proof_give_up_app"),
    path("forms/<str:widget_key>/identity/passkey/", include(passkey_patterns)),
    route("vault/", form_pages.vault, public(), name="vault"),
]

"""What a form is filled with so that it does something, and what closed pages answer to everyone."""

import hashlib
from datetime import timedelta
from typing import Any, Final

from chat.secure_forms.submission import encoded
from helpdesk.core import clock, public_keys
from helpdesk.core.admin import ReadOnlyAdmin
from tenants.tenancy import Kind
from tests.proofs.isolation.routes import Route
from tests.support.form_endpoints import new_key, pem_of
from tests.support.secure_forms import BrowserKey

COURSE: Final = {
    "title": "A course", "minutes": "5", "lessons": "# One\nA text.", "questions": "? Which\n+ This\n- That\n! So.",
    "statement": "I have read it.", "roles": "agent",
}  # fmt: skip
SAMPLES: Final[dict[str, dict[str, str]]] = {
    "widget_frames": {
        "frame": '{"v": 1, "type": "conversation.start", "client_id": "01a214b1-3eaa-76af-84c3-691325960ded"}'
    },
    "member_frames": {"frame": '{"v": 1, "type": "session.open"}'},
    "messages": {"text": "Hello there", "kind": "public"},
    "availability": {"status": "away"},
    "subject": {"subject": "About a lamp"},
    "canned": {"shortcut": "opening-hours", "text": "We are open from nine to five."},
    "canned_one": {"shortcut": "changed", "text": "Something else."},
    "pre_chat_typed": {"name": "optional", "email": "off", "phone": "off"},
    "hours": {"zone": "Europe/Berlin", "from0_0": "09:00", "until0_0": "17:00", "step": "save"},
    "closed_day_add": {"day": (clock.now() + timedelta(days=20)).date().isoformat(), "name": "Holiday"},
    "pre_chat_add": {"label": "Your order number"},
    "visitor": {"name": "Someone", "email": "someone@somewhere.example"},
    # Of a visitor of the other organisation too (`world`): what is found must be one's own.
    "find": {"wanted": "+49 30 901820"},
    "retention": {"conversation": "60"},
    "evidence_build": {"first_on": "2026-01-01", "last_on": "2026-01-31"},
    "report_incident": {"text": "Something was odd"},
    "decide_incident": {"decision": "breach", "risk": "high", "people": "3", "laws": "gdpr", "reason": "A proof"},
    "incident_told": {"regime": "pci_brands"},
    "incident_remark": {"text": "Looked at it"},
    "incident_task": {"text": "Look at it"},
    "incident_people": {"by": "records"},
    "agreement_new": {
        "kind": "dpa",
        "counterparty": "A firm",
        "reference": "A folder",
        "signed_on": "2026-01-02",
    },
    "compliance_subprocessor_new": {
        "name": "A firm",
        "purpose": "Sends mail",
        "place": "Ireland",
        "starts_on": "2026-01-02",
    },
    "review_decide": {"decision": "remove"},
    "close_incident": {"note": "A proof", "left_open": "A proof"},
    "hold_new": {"kind": "query", "began_until": "2001-01-01", "reason": "A proof"},
    "merge_contacts": {"wanted": "+49 30 901820", "step": "look"},
    "request_new": {"kind": "access", "regime": "gdpr", "received_on": clock.now().date().isoformat()},
    "request_know": {"how": "checked", "note": "A proof"},
    "request_assign": {"assignee": ""},
    "request_extend": {"why": "complex", "told_on": clock.now().date().isoformat()},
    "request_note": {"note": "A proof"},
    "request_answer": {"note": "A proof", "confirm": "on"},
    "request_lift": {"note": "A proof"},
    "request_rectify": {"name": "Someone", "email": "someone@somewhere.example"},
    "request_refuse": {"refused_for": "others"},
    "masking_levels": {"based_on": "1", "level-EMAIL": "strict"},
    "masking_regions": {"based_on": "1", "regions": "US"},
    "masking_exempt": {"source": "^ORD-[0-9]+$"},
    "masking_rule": {"name": "badge", "pattern": "BDG-[0-9]{4}", "activate": "1"},
    "masking_switch_rule": {"name": "badge", "off": "1"},
    "masking_try": {"text": "my card is 4111 1111 1111 1111"},
    "report_message": {"kind": "miss", "words": "0", "entity": "OTHER", "step": "preview"},
    "report": {"note": "1"},
    "decline_report": {"reason": "known"},
    "masking_back": {"number": "0"},
    "invite": {"email": "new@somewhere.example", "role": "agent"},
    "leave": {"successor": ""},
    "ownership": {"own_role": "owner"},
    "set_role": {"role": "supervisor"},
    "team_new": {"name": "Second level"},
    "team_name": {"name": "First level"},
    "transfer": {"team": ""},
    "add_origin": {"origin": "https://new.example"},
    "places": {
        "form-TOTAL_FORMS": "1",
        "form-INITIAL_FORMS": "0",
        "form-0-network": "198.51.100.0/24",
        "form-0-label": "Office",
        "roles": "agent",
        "step": "try",
    },
    "device_rule": {"only_approved": "0"},
    "rename_factor": {"name": "My phone"},
    "sign_up": {"email": "someone@somewhere.example", "name": "Someone", "password": "nine purple lanterns"},
    "sign_in": {"email": "someone@somewhere.example", "password": "nine purple lanterns"},
    "forgot_password": {"email": "someone@somewhere.example"},
    "change_email": {"email": "someone@somewhere.example", "password": "nine purple lanterns"},
    "organisation_new": {"name": "Third", "slug": "third", "region": "eu"},
    "notice_setting": {"consent": "told", "region": "", "other_ways": "By telephone"},
    "notice": {"body": "A title\n\nA text."},
    "notice_publish": {"seen": "0" * 64},
    "rotate_key": {"purpose": "content"},
    "training_quiz": {"version": "1"} | {f"q{place}": "0" for place in range(6)},
    "training_sign": {"read": "on", "name": "Olga", "text": "0" * 64},
    "course_new": COURSE,
    "ask_form": {"template": "card", "key": "A" * 43},
    "switch_form": {"on": "0"},
    "add_identity_key": {"public_key": public_keys.pem_of(hashlib.sha256(b"a site").digest())},
    "who_may_write": {"who": "anyone"},
    "try_identity_token": {"token": "a.b.c"},
    "handle_form": {"handling": "check"},
    "checked_form": {"outcome": "match"},
    "form_endpoint_address": {"address": "https://forms.example.com/"},
    "connect_payments": {"secret_key": "sk_test_" + "c" * 24, "webhook_secret": "whsec_" + "d" * 24},
    "add_endpoint_key": {"key": pem_of(new_key())},
    "ask_proof": {"scope": "May discuss an order"},
    "forms": {"name": "A form", "label0": "Number", "type0": "text"},
    "course": COURSE,
    "tenants_tenant_switch_mode": {"reason": "A proof", "agreement": "A folder", "agreed_on": "2026-01-02"},
    "mode_on": {"hipaa-on-reason": "A proof", "hipaa-on-agreement": "A folder", "hipaa-on-agreed_on": "2026-01-02"},
    "mode_off": {"hipaa-off-reason": "A proof"},
    "compliance_supportgrant_ask": {"reason": "A proof"},
    "support_approve": {"minutes": "15"},
}
# What scripts send as JSON, in the place of a form.
SCRIPTED: Final[dict[str, dict[str, Any]]] = {
    "widget_identify": {"token": "a.b.c"},
    "link_open": {"code": "00000000"},
    "form_submit": {
        "v": 1, "epk": encoded(BrowserKey().point), "salt": encoded(bytes(32)), "iv": encoded(bytes(12)),
        "ct": encoded(bytes(528)),
    },
    "proof_prove": {"code": "00000000"},
    "proof_ask_right": {"kind": "access", "words": "A proof"},
    "proof_erase": {"confirm": "erase"},
    "proof_confirm_app": {"code": "000000"},
    "proof_prove_by_app": {"code": "000000"},
    "proof_keep_passkey": {"credential": {}},
    "proof_prove_by_passkey": {"credential": {}},
}  # fmt: skip
# What comes as it is, in the place of a form: a line about a file, and the file.
RAW: Final = dict.fromkeys(
    ("widget_files", "files"), b'{"client_id": "01a214b1-3eaa-76af-84c3-691325960ded", "name": "a.txt"}\nHello'
)
# Under which names an id of a kind is tried where nothing is declared.
NAMES: Final[dict[Kind, tuple[str, ...]]] = {
    Kind.ORGANISATION: ("organisation", "slug", "tenant"),
    Kind.CONVERSATION: ("conversation", "conversation_id"),
    Kind.MEMBERSHIP: ("membership", "membership_id", "assignee"),
    Kind.INVITATION: ("invitation", "invitation_id"),
    Kind.ORIGIN: ("origin_id", "id"),
    Kind.FACTOR: ("factor", "factor_id"),
    Kind.STAFF_DEVICE: ("device", "device_id"),
    Kind.INCIDENT: ("incident", "incident_id"),
    Kind.INCIDENT_LINE: ("line", "line_id"),
    Kind.AGREEMENT: ("agreement", "agreement_id"),
    Kind.REVIEW_LINE: ("review_line", "review_line_id"),
    Kind.REPORT: ("report", "report_id"),
    Kind.CANNED_RESPONSE: ("canned_response_id", "canned"),
    Kind.PRE_CHAT_FIELD: ("pre_chat_field_id", "field"),
    Kind.WIDGET: ("widget_key", "key"),
    Kind.VISITOR_TOKEN: ("session", "token"),
    Kind.FACTOR: ("factor", "factor_id"),
    Kind.TRAINING_DUTY: ("duty", "duty_id"),
    Kind.COURSE: ("course", "course_id"),
    Kind.TEAM: ("team", "team_id"),
    Kind.TRAIL_VIEW: ("view", "view_id"),
    Kind.SUPPORT_GRANT: ("grant", "grant_id"),
    Kind.SUBJECT_REQUEST: ("request", "request_id"),
    Kind.HOLD: ("hold", "hold_id"),
    Kind.FORM_TEMPLATE: ("template", "template_id"),
    Kind.ENDPOINT_KEY: ("key", "endpoint_key_id"),
    Kind.FORM_PASS: ("pass", "form"),
    Kind.IDENTITY_KEY: ("identity_key", "identity_key_id"),
    Kind.LINK_TOKEN: ("link", "token"),
    Kind.PROOF_PASS: ("pass", "proof"),
}
# A short name is held by one organisation; whoever chooses theirs has to be told that it is taken.
NAMESPACES: Final = frozenset({("organisation_new", "body", Kind.ORGANISATION)})
# Where anyone may begin a conversation, as a stranger: rows are added, none that is there is touched or shown.
BEGINNINGS: Final = frozenset({("w/<str:widget_key>/frames", "path:widget_key")})
# Pages of the admin that are closed to operators too, by the end of their name, and what they answer to everyone.
CLOSED: Final = {"add": 403, "delete": 403, "history": 404, "autocomplete": 403}


def closed_status(route: Route, method: str) -> int:
    """Return what a page answers to everyone, whichever id stands in it; 0 for one that is open to somebody."""
    admin: Any = getattr(route.pattern.callback, "model_admin", None)
    if route.template.startswith("admin/") and route.template.endswith("<path:object_id>/"):
        return 302  # Django's own: leads on to the page with /change/
    if route.template == "admin/<url>":
        return 404
    if method != "GET" and route.label.endswith("_change") and isinstance(admin, ReadOnlyAdmin):
        return 403
    return CLOSED.get(route.label.rpartition("_")[2], 0)

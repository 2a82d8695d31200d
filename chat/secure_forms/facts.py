"""What a sealed answer is bound to, and what of it an endpoint is told: both ends put it together from these. Pure."""

import json
from collections.abc import Mapping
from typing import Any, Final
from uuid import UUID

from chat.models import CHECKING, FormRequest
from chat.secure_forms.submission import Submission

#: Before the form's kind, where it is to be compared only.
COMPARED: Final = "check:"
#: In the place of the agent: who opens it is the organisation's own system.
ENDPOINT: Final = "endpoint"


def facts_of(form: FormRequest) -> dict[str, str]:
    """Return what a sealed answer is bound to.

    What is only to be compared is bound to that: what shows answers does not open it.
    """
    return {
        "tenant": str(form.tenant_id),
        "form": COMPARED + form.kind if form.handling in CHECKING else form.kind,
        "request": str(form.id),
        "agent": ENDPOINT if form.key is None else str(form.recipient_id),
        "key": fingerprint_of(form).hex(),
    }


def point_of(form: FormRequest) -> bytes:
    """Return the public point that an answer is sealed for."""
    return bytes(_key(form).point)


def fingerprint_of(form: FormRequest) -> bytes:
    return bytes(_key(form).fingerprint)


def forwarded(form: FormRequest, sealed: bytes) -> bytes:
    """Return the body in which a sealed answer is brought to the organisation's endpoint."""
    return _body("form", form.handling, facts_of(form), sealed)


def facts_of_test(tenant_id: UUID, message: UUID, fingerprint: bytes) -> dict[str, str]:
    """Return what a test of the endpoint is bound to."""
    told = {"tenant": str(tenant_id), "form": "test", "request": str(message), "agent": ENDPOINT}
    return told | {"key": fingerprint.hex()}


def test_body(facts: Mapping[str, str], sealed: Submission) -> bytes:
    """Return the body in which a test is brought to the organisation's endpoint."""
    return _body("test", "", facts, sealed.to_json())


def _body(kind: str, handling: str, facts: Mapping[str, str], sealed: bytes) -> bytes:
    told = {"v": 1, "type": kind, "handling": handling, "facts": facts, "sealed": json.loads(sealed)}
    return json.dumps(told, separators=(",", ":")).encode()


def _key(form: FormRequest) -> Any:
    return form.endpoint_key if form.key is None else form.key

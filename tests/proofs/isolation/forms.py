"""Of secure forms: one of the organisation's own, which the owner has asked for, and the system that others go to."""

import hashlib
from datetime import datetime, timedelta
from uuid import uuid4

from chat.actions.form_keys import fingerprint_of
from chat.actions.row_secrets import ENDPOINT_SEED, PAY_SECRET_KEY, PAY_WEBHOOK_SECRET, sealed
from chat.models import Conversation, EndpointKey, FormEndpoint, FormKey, FormRequest, FormTemplate, PaymentAccount
from helpdesk.core.ids import uuid7
from helpdesk.core.signatures import signing_point
from tenants.models import Membership, StaffSession
from tests.support.fake_stripe import FakeStripe
from tests.support.secure_forms import BrowserKey


def webhook_secret(slug: str) -> str:
    """Return by what an organisation's payment provider signs: each by another, so that none takes another's."""
    return f"whsec_{hashlib.sha256(slug.encode()).hexdigest()[:24]}"


def payment_message(slug: str) -> tuple[dict[str, str], bytes]:
    """Return what an organisation's payment provider sends: headers and body."""
    return FakeStripe(webhook_secret=webhook_secret(slug)).message("cs_test_12345")


def make_form(conversation: Conversation, owner: Membership, word: str, now: datetime) -> None:
    """Give an organisation a form, a key of its owner's, a request, and a system of its own with a key."""
    tenant = owner.tenant
    fields = [{"key": "f0", "label": f"Number {word}", "type": "text", "is_required": True, "most": 80}]
    FormTemplate.objects.create(tenant=tenant, kind="custom", name=f"Form {word}", fields=fields, changed_at=now)
    point = BrowserKey().point
    key = FormKey.objects.create(
        tenant=tenant, membership=owner, point=point, fingerprint=fingerprint_of(point), browser="Firefox",
        enrolled_at=now,
    )  # fmt: skip
    # Who asks has the conversation: else the form is withdrawn at the next look.
    Conversation.objects.filter(id=conversation.id).update(assignee=owner)
    session = StaffSession.objects.create(
        user=owner.user, session_hash=uuid4().bytes * 2, began_at=now, active_at=now, address="127.0.0.1",
        browser="Firefox",
    )  # fmt: skip
    FormRequest.objects.create(
        tenant=tenant, conversation=conversation, kind="custom", name=f"Form {word}", fields=fields, recipient=owner,
        key=key, session_id=session.id, looks="", unread_s=300, requested_at=now, expires_at=now + timedelta(days=1),
    )  # fmt: skip
    seed, row_id, theirs = uuid4().bytes * 2, uuid7(), BrowserKey().point
    FormEndpoint.objects.create(
        # Of no network (RFC 5737): nothing is ever dialled.
        id=row_id, tenant=tenant, address=f"https://192.0.2.7/{word}", changed_at=now,
        signing_seed=sealed(ENDPOINT_SEED, tenant.id, row_id, seed), signing_point=signing_point(seed),
    )  # fmt: skip
    account = uuid7()
    PaymentAccount.objects.create(
        id=account, tenant=tenant, provider="stripe", connected_at=now,
        secret_key=sealed(PAY_SECRET_KEY, tenant.id, account, b"sk_test_" + b"a" * 24),
        webhook_secret=sealed(PAY_WEBHOOK_SECRET, tenant.id, account, webhook_secret(tenant.slug).encode()),
    )  # fmt: skip
    EndpointKey.objects.create(tenant=tenant, point=theirs, fingerprint=fingerprint_of(theirs), added_at=now)

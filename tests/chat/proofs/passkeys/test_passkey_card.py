"""The card on which a passkey is made, used and given up."""

import pytest

from compliance.models import AuditEntry
from tenants.scoping import tenant_scope
from tests.chat.proofs.conftest import Card, ask
from tests.chat.proofs.passkeys.conftest import device


def test_on_the_card_it_is_made_used_and_given_up(asked, chat, ada, now, acme):
    card, key = Card(asked), device()
    card.step("prove", {"code": card.mailed()})
    assert (
        card.step("passkey/keep", {"credential": key.create(card.step("passkey/begin").json())}).json()["passkeys"] == 1
    )
    card.step("end")
    second = Card(ask(chat, ada, now))
    assert second.step("open").json()["passkeys"] == 1
    options = second.step("passkey/ask").json()
    wrong = second.step("passkey/prove", {"credential": {"id": "x"}})
    assert (wrong.status_code, wrong.json()["error"]) == (409, "wrong")
    assert second.step("passkey/prove", {"credential": key.get(options)}).json()["error"] == "late"
    answer = key.get(second.step("passkey/ask").json())
    assert second.step("passkey/prove", {"credential": answer}).json()["state"] == "proven"
    assert second.step("passkey/give-up").json()["passkeys"] == 0
    assert second.step("passkey/give-up").json() == {"error": "no_passkey"}
    with tenant_scope(acme):
        facts = str(list(AuditEntry.objects.filter(event__startswith="proof.").values_list("facts", flat=True)))
    assert options["challenge"] not in facts


@pytest.mark.parametrize("body", ["", "[]", "{}", '{"credential": 5}', '{"credential": [', "[" * 200, "x" * 20_000])
def test_what_the_card_does_not_send_is_refused(asked, body):
    assert Card(asked).step("passkey/prove", body).status_code == 400

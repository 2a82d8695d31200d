"""Card data found in stored chats: what is written down, who is told, and how an incident ends."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.db import DatabaseError, transaction

from chat.actions.resealing_columns import TextsOfOrganisation
from compliance import audit_events, incident_mail, rescan, rule_sets
from compliance.actions import incidents
from compliance.actions.incidents import IncidentClosedError, NoteMissingError, UnknownIncidentError
from compliance.incident_notes import UNREADABLE, note_of
from compliance.models import Incident, IncidentRecord, IncidentState
from helpdesk.core import aead
from tenants import mail as mails
from tenants.actors import Actor
from tenants.encryption.sealing import seal
from tenants.keyring import ring, rotation
from tenants.keyring.models import Purpose
from tenants.mail import MailNotSentError
from tenants.permissions import NotPermittedError
from tenants.scoping import tenant_scope
from tests.factories.incidents import decided
from tests.factories.stored import store_conversation, tampered

pytestmark = pytest.mark.django_db
CARD = "4111 1111 1111 1111"


@pytest.fixture
def incident(acme, now):
    """Two messages with card data, let pass by rules before there was a number, and one with none."""
    rule_sets.current(acme)
    store_conversation(acme, [f"{CARD} cvv 123", "hello", f"and {CARD}", "ssn 536-90-4399"], at=now, masked_with=0)
    rescan.rescan_outdated(acme.id, pause=lambda _: None)
    with tenant_scope(acme):
        return Incident.objects.get()


@pytest.fixture
def by_olive(acme, olive, now):
    return {"tenant": acme, "actor": Actor.member(olive), "now": now}


def test_a_card_in_a_stored_chat_opens_an_incident_with_kinds_and_counts(acme, incident, trail):
    assert (incident.state, incident.kinds, incident.records) == (IncidentState.OPEN, {"CARD": 2, "CVV": 1}, 2)
    assert (incident.let_pass_from, incident.let_pass_to, incident.found_with) == (0, 0, 1)
    assert len(trail(acme, audit_events.INCIDENT_OPENED)) == 1


def test_it_names_the_texts_and_holds_no_value(acme, incident):
    with tenant_scope(acme):
        rows = list(IncidentRecord.objects.order_by("record_id", "entity").values())
    assert sorted((row["entity"], row["count"], row["record_kind"]) for row in rows) == [
        ("CARD", 1, "chat_message.body"), ("CARD", 1, "chat_message.body"), ("CVV", 1, "chat_message.body"),
    ]  # fmt: skip
    assert "1111" not in str([{**row, "id": "", "record_id": "", "conversation_id": "", "incident_id": ""}
                              for row in rows]).replace(str(acme.id), "")  # fmt: skip


def test_personal_data_without_a_card_is_no_incident(acme, now):
    rule_sets.current(acme)
    store_conversation(acme, ["ssn 536-90-4399"], at=now, masked_with=0)
    rescan.rescan_outdated(acme.id, pause=lambda _: None)

    with tenant_scope(acme):
        assert not Incident.objects.exists()


def test_a_run_that_is_taken_up_goes_on_with_the_same_incident(acme, now):
    rule_sets.current(acme)
    store_conversation(acme, [CARD] * 6, at=now, masked_with=0)

    class KilledError(Exception):
        pass

    def killed(_):
        raise KilledError

    with pytest.raises(KilledError):
        rescan.rescan_outdated(acme.id, batch_size=2, pause=killed)
    rescan.rescan_outdated(acme.id, pause=lambda _: None, now=lambda: now + timedelta(hours=1))

    with tenant_scope(acme):
        (one,) = Incident.objects.all()
    assert (one.kinds, one.records) == ({"CARD": 6}, 6)


def test_scanning_again_finds_nothing_and_opens_nothing(acme, incident):
    with tenant_scope(acme):
        from chat.models import Message

        Message.objects.update(masked_with=0)
    rescan.rescan_outdated(acme.id, pause=lambda _: None)

    with tenant_scope(acme):
        assert Incident.objects.count() == 1


# --- who is told -------------------------------------------------------------------------------------------


def test_the_owners_are_told_once_by_a_mail_that_holds_nothing_of_it(acme, incident, ada, mailoutbox, now):
    assert incident_mail.tell_owners(acme, now=now) == 1
    assert incident_mail.tell_owners(acme, now=now) == 0

    (letter,) = mailoutbox
    assert letter.to == ["olive@acme.example"]
    words = letter.body + str(letter.alternatives)
    assert f"/settings/incidents/{incident.id}/" in words
    assert not any(word in words for word in ("1111", "cvv", "CVV", "hello"))


def test_a_mail_that_could_not_be_sent_is_tried_again(acme, incident, mailoutbox, now, monkeypatch):
    def refused(*_, **__):
        raise MailNotSentError

    with monkeypatch.context() as patched:
        patched.setattr(mails, "send", refused)
        assert incident_mail.tell_owners(acme, now=now) == 0
    assert incident_mail.tell_owners(acme, now=now) == 1
    assert len(mailoutbox) == 1


@pytest.mark.parametrize("moment", ["before", "after"])
def test_a_mail_is_not_lost_by_a_worker_that_is_killed_beside_it(moment, acme, incident, mailoutbox, now, monkeypatch):
    send = mails.send

    def killed(*args, **facts):
        if moment == "after":
            send(*args, **facts)
        raise SystemExit

    with monkeypatch.context() as patched:
        patched.setattr(mails, "send", killed)
        with pytest.raises(SystemExit):
            incident_mail.tell_owners(acme, now=now)
    mailoutbox.clear()

    assert incident_mail.tell_owners(acme, now=now) == 1
    assert len(mailoutbox) == 1


# --- how it ends -------------------------------------------------------------------------------------------


def test_it_is_acknowledged_once(acme, incident, by_olive, trail):
    for _ in range(2):
        seen = incidents.acknowledge(incident_id=incident.id, **by_olive)

    assert (seen.state, seen.acknowledged_by) == (IncidentState.ACKNOWLEDGED, by_olive["actor"].id)
    assert len(trail(acme, audit_events.INCIDENT_ACKNOWLEDGED)) == 1


def closed_with(incident, note, by):
    """Decide that it is no breach, and close it."""
    decided(incident, by)
    return incidents.close(incident_id=incident.id, note=note, **by)


def noted(acme, incident, member):
    with tenant_scope(acme):
        return note_of(incident, member)


def test_it_is_closed_with_a_note_that_is_masked_itself_and_sealed(acme, incident, olive, by_olive, trail):
    closed = closed_with(incident, f"Vera typed {CARD}; told her not to.", by_olive)

    assert b"Vera" not in bytes(closed.note)
    assert noted(acme, closed, olive) == "Vera typed [card •••• 1111]; told her not to."
    (entry,) = trail(acme, audit_events.INCIDENT_CLOSED)
    assert entry.facts == {"records": 2}


def test_a_long_note_is_masked_before_it_is_cut(acme, incident, olive, by_olive):
    note = "x" * (incidents.MAX_NOTE - 10) + f" {CARD}"

    assert "4111" not in noted(acme, closed_with(incident, note, by_olive), olive)


def test_a_note_is_read_by_those_who_keep_the_rules_and_by_nobody_else(acme, incident, ada, mallory, by_olive):
    closed = closed_with(incident, "Told her not to.", by_olive)

    for stranger in (ada, mallory):
        with pytest.raises(NotPermittedError):
            noted(acme, closed, stranger)


def test_a_note_moves_to_the_organisations_new_key(acme, incident, olive, by_olive, now):
    closed = closed_with(incident, "Told her not to.", by_olive)
    rotation.begin_tenant_rotation(acme.id, Purpose.CONTENT, now=now)
    ring.forget_cached_keys()
    while TextsOfOrganisation().move(acme.id, "content", 1, limit=1):
        pass

    with tenant_scope(acme):
        again = Incident.objects.get(id=closed.id)
    assert aead.key_version(bytes(again.note)) == 2
    assert noted(acme, again, olive) == "Told her not to."


def test_a_card_in_a_note_that_older_rules_let_pass_is_masked_by_newer_ones(acme, incident, olive, by_olive, now):
    closed = closed_with(incident, "Told her not to.", by_olive)
    slot = Incident.slot(acme.id, closed.id)
    with tenant_scope(acme):
        Incident.objects.filter(id=closed.id).update(note=tampered(seal(slot, f"saw {CARD}")), masked_with=0)
    rescan.rescan_outdated(acme.id, pause=lambda _: None)

    with tenant_scope(acme):
        again = Incident.objects.get(id=closed.id)
    assert noted(acme, again, olive) == "saw [card •••• 1111]"


def test_a_note_of_another_row_does_not_open(acme, incident, olive, by_olive):
    closed = closed_with(incident, "Told her not to.", by_olive)
    closed.id = uuid4()

    assert noted(acme, closed, olive) == UNREADABLE


@pytest.mark.parametrize("note", ["", " \n "])
def test_without_a_note_it_stays_open(acme, incident, by_olive, note):
    with pytest.raises(NoteMissingError):
        incidents.close(incident_id=incident.id, note=note, **by_olive)
    with pytest.raises(DatabaseError), transaction.atomic(), tenant_scope(acme):
        Incident.objects.update(state=IncidentState.CLOSED)


def test_what_is_closed_stays_closed(acme, incident, by_olive):
    closed_with(incident, "Done.", by_olive)

    with pytest.raises(IncidentClosedError):
        incidents.close(incident_id=incident.id, note="Again.", **by_olive)
    with pytest.raises(IncidentClosedError):
        incidents.acknowledge(incident_id=incident.id, **by_olive)


def test_neither_an_agent_nor_mallory_can_touch_it(acme, globex, incident, ada, mallory, now):
    with pytest.raises(NotPermittedError):
        incidents.acknowledge(tenant=acme, incident_id=incident.id, actor=Actor.member(ada), now=now)
    with pytest.raises(NotPermittedError):
        incidents.close(tenant=acme, incident_id=incident.id, note="x", actor=Actor.member(mallory), now=now)


def test_another_organisations_incident_is_not_there(globex, incident, now):
    from tests.factories.tenants import owner_of

    with pytest.raises(UnknownIncidentError):
        incidents.acknowledge(tenant=globex, incident_id=incident.id, actor=Actor.member(owner_of(globex)), now=now)

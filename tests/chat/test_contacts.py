"""What a visitor is called and reached by: sealed, found again, shown through the one door, gone with its key."""

from dataclasses import replace
from datetime import timedelta
from uuid import uuid4

import pytest
from django.conf import settings
from django.db import connection
from django.test import Client
from django_otp.oath import totp

from chat import contact_disclosure, people, search
from chat.actions import contacts, erasure
from chat.actions.contacts import BadDetailError, DetailsChangedError, change_contact_details, give_contact_details
from chat.delivery.committer import ConversationNotFoundError, VisitorBlockedError
from chat.models import ConsentReceipt, Contact, ContactDetails, Inbox
from chat.permissions import Visitor
from chat.record_stores import ConversationStore
from compliance import key_rotation, rule_sets
from compliance.actions.notices import version_of
from compliance.models import AuditEntry, LawRegion
from compliance.notices.in_force import notices_of
from helpdesk.core import aead
from tenants.actions.factors import factor_of
from tenants.encryption.sealing import seal
from tenants.keyring import blind_index, ring, rotation
from tenants.keyring.blind_index import UnindexableError
from tenants.keyring.models import KeyState, Purpose, TenantKey
from tenants.keyring.scope import keys_scope
from tenants.permissions import NotPermittedError
from tenants.roles import Role
from tenants.scoping import tenant_scope
from tests.factories.stored import store_conversation, tampered
from tests.factories.tenants import make_member, owner_of

pytestmark = pytest.mark.django_db
VERA = ContactDetails(name="Vera Visser", email="Vera@Tents.example", phone="+49 30 901820")


@pytest.fixture(autouse=True)
def _no_remembered_names():
    yield
    people._names.clear()


@pytest.fixture
def talk(acme, now):
    """Vera's conversation, her details not known yet."""
    return store_conversation(acme, ["Is the tent back?"], at=now)


@pytest.fixture
def known(acme, ada, talk, now):
    """The same, with her details."""
    change(talk, VERA, ada, now)
    return talk


def change(talk, given, member, now):
    with tenant_scope(member.tenant_id):
        seen = Contact.objects.filter(id=talk.contact_id).values_list("details_changed_at", flat=True).first()
        return change_contact_details(conversation_id=talk.id, given=given, seen=seen, actor=member, now=now)


def row(talk):
    with tenant_scope(talk.tenant_id):
        return Contact.objects.get(id=talk.contact_id)


def shown(talk, member, now):
    with tenant_scope(member.tenant_id):
        return contact_disclosure.contact_details(row_in_scope(talk), member, now=now)


def row_in_scope(talk):
    return Contact.objects.get(id=talk.contact_id)


def found(wanted, member, now):
    with tenant_scope(member.tenant_id):
        return [one.id for one in search.conversations_by_detail(wanted=wanted, member=member, now=now).rows]


def visitor_of(acme):
    with tenant_scope(acme):
        inbox = Inbox.objects.get()
    return Visitor(acme.id, inbox.id, uuid4().bytes * 2)


def entries(tenant, event):
    with tenant_scope(tenant):
        return list(AuditEntry.objects.filter(event=event).values_list("facts", flat=True))


def turn(tenant, purpose=None, contact=None, now=None):
    if contact is None:
        rotation.begin_tenant_rotation(tenant.id, purpose, now=now)
    else:
        rotation.begin_contact_rotation(tenant.id, contact, now=now)
    return key_rotation.turn_keys(tenant.id, now=lambda: now, pause=lambda _: None, grace=timedelta(0))


def test_details_are_stored_sealed_and_shown_to_a_member(acme, ada, known, now):
    kept = row(known)

    raw = b"".join(bytes(value) for value in (kept.name, kept.email, kept.phone, kept.email_token, kept.phone_token))
    assert not any(word in raw.lower() for word in (b"vera", b"tents", b"901820"))
    assert shown(known, ada, now) == VERA


def test_reading_and_changing_them_is_recorded_without_them(acme, ada, known, now):
    shown(known, ada, now)

    assert entries(acme, "contact.changed") == [{"details": "name, email, phone"}]
    assert entries(acme, "contact.disclosed") == [{"details": "name, email, phone"}]


def test_what_stays_as_it_was_is_not_stored_again(acme, ada, known, now):
    before = row(known)

    change(known, ContactDetails(name="Vera Visser", phone=""), ada, now)

    after = row(known)
    assert (bytes(after.name), bytes(after.email)) == (bytes(before.name), bytes(before.email))
    assert (after.phone, after.phone_token) == (None, None)
    assert entries(acme, "contact.changed")[-1] == {"details": "phone"}


def test_of_two_forms_the_later_one_is_told_of_the_first(acme, ada, talk, now):
    change(talk, VERA, ada, now)

    with tenant_scope(acme), pytest.raises(DetailsChangedError):
        change_contact_details(conversation_id=talk.id, given=ContactDetails(), seen=None, actor=ada, now=now)


@pytest.mark.parametrize(
    ("detail", "text", "reason"),
    [
        ("email", "4111111111111111@tents.example", "card"),
        ("phone", "4111 1111 1111 1111", "card"),
        ("email", "vera at tents", "malformed"),
        ("phone", "030 901820", "malformed"),
        ("phone", "+49 30 \u202e901820", "malformed"),
        ("name", "Ve\x00ra", "malformed"),
        ("name", "V" * 121, "too_long"),
    ],
)
def test_what_is_no_such_detail_is_refused_and_not_repeated(acme, ada, talk, now, detail, text, reason):
    with pytest.raises(BadDetailError) as refused:
        change(talk, ContactDetails(**{detail: text}), ada, now)

    assert (refused.value.detail, refused.value.reason) == (detail, reason)
    assert text not in str(refused.value)
    assert getattr(row(talk), detail) is None


def test_a_card_number_in_a_name_is_masked_but_the_name_itself_never_is(acme, ada, talk, now):
    change(talk, ContactDetails(name="Vera 4111111111111111"), ada, now)

    assert shown(talk, ada, now).name == "Vera [card •••• 1111]"


def test_a_detail_moved_to_another_contact_or_column_does_not_open(acme, ada, known, now):
    other = store_conversation(acme, at=now)
    with tenant_scope(acme):
        held = row_in_scope(known)
        Contact.objects.filter(id=other.contact_id).update(email=held.email, name=held.name)
        Contact.objects.filter(id=known.contact_id).update(
            name=held.email, phone=tampered(bytes(held.phone)[:-1] + b"\0")
        )

    assert not shown(other, ada, now)
    assert shown(known, ada, now) == ContactDetails(email="Vera@Tents.example")


@pytest.mark.parametrize(
    "wanted", ["vera@tents.example", " VERA@TENTS.EXAMPLE ", "+4930901820", "+49 (30) 90-18-20", "0049 30 901820"]
)
def test_a_contact_is_found_by_address_or_number_however_it_is_written(acme, ada, known, now, wanted):
    store_conversation(acme, at=now)

    assert found(wanted, ada, now) == [known.id]


@pytest.mark.parametrize("wanted", ["vera@tents", "era@tents.example", "+49 30 901821", "vera@tents.example.org"])
def test_only_the_whole_value_finds(acme, ada, known, now, wanted):
    try:
        assert found(wanted, ada, now) == []
    except UnindexableError:
        assert wanted == "vera@tents"


def test_a_search_is_recorded_without_what_was_searched_for(acme, ada, known, now):
    found("vera@tents.example", ada, now)

    assert entries(acme, "contact.searched") == [{"by": "email", "contacts": 1, "conversations": 1}]


def test_mallory_finds_reads_and_changes_nothing(acme, globex, ada, mallory, known, now):
    assert found("vera@tents.example", mallory, now) == []
    with tenant_scope(globex), pytest.raises(ConversationNotFoundError):
        change_contact_details(conversation_id=known.id, given=VERA, seen=None, actor=mallory, now=now)
    with tenant_scope(acme), pytest.raises(NotPermittedError):
        contact_disclosure.contact_details(row_in_scope(known), mallory, now=now)
    ada.is_active = False
    for forbidden in (lambda: shown(known, ada, now), lambda: found("vera@tents.example", ada, now)):
        with pytest.raises(NotPermittedError):
            forbidden()
    with pytest.raises(NotPermittedError):
        change(known, VERA, ada, now)


def test_two_organisations_have_different_tokens_of_one_address(acme, globex, known, mallory, now):
    theirs = store_conversation(globex, at=now)
    change(theirs, VERA, mallory, now)

    assert bytes(row(known).email_token) != bytes(row(theirs).email_token)


def test_a_visitor_adds_to_what_is_known_and_takes_nothing_away(acme, ada, now):
    vera = visitor_of(acme)

    contact = give_contact_details(visitor=vera, given=VERA, now=now)
    give_contact_details(visitor=vera, given=ContactDetails(name=" ", email="", phone="+49 30 901821"), now=now)

    with tenant_scope(acme):
        kept = contact_disclosure.contact_details(Contact.objects.get(id=contact.id), ada, now=now)
    assert kept == ContactDetails(name="Vera Visser", email="Vera@Tents.example", phone="+49 30 901821")


def test_a_blocked_visitor_gives_nothing(acme, now):
    vera = visitor_of(acme)
    contact = give_contact_details(visitor=vera, given=ContactDetails(), now=now)
    with tenant_scope(acme):
        Contact.objects.filter(id=contact.id).update(blocked_at=now)

    with pytest.raises(VisitorBlockedError):
        give_contact_details(visitor=vera, given=VERA, now=now)


def test_a_turned_index_key_still_finds_and_the_tokens_are_made_again(acme, ada, known, now):
    before = bytes(row(known).email_token)
    rotation.begin_tenant_rotation(acme.id, Purpose.INDEX, now=now)
    assert found("vera@tents.example", ada, now) == [known.id]

    key_rotation.turn_keys(acme.id, now=lambda: now, pause=lambda _: None, grace=timedelta(0))

    after = bytes(row(known).email_token)
    assert (before[:4], after[:4]) == (b"\0\0\0\1", b"\0\0\0\2")
    assert found("vera@tents.example", ada, now) == found("+4930901820", ada, now) == [known.id]
    with keys_scope(acme.id):
        index = TenantKey.objects.filter(purpose=Purpose.INDEX)
        assert list(index.values_list("version", "state")) == [(2, KeyState.ACTIVE)]


def test_the_index_key_is_kept_while_a_token_needs_it(acme, ada, known, now, monkeypatch):
    monkeypatch.setattr("chat.actions.reindexing.ContactTokens.move", lambda *_, **__: 0)

    assert turn(acme, Purpose.INDEX, now=now) == 0


def test_a_renewed_contact_key_seals_the_details_again(acme, ada, known, now):
    assert turn(acme, contact=known.contact_id, now=now) == 1

    kept = row(known)
    assert {aead.key_version(bytes(value)) for value in (kept.name, kept.email, kept.phone)} == {2}
    assert shown(known, ada, now) == VERA
    assert found("vera@tents.example", ada, now) == [known.id]


def test_a_detail_that_does_not_open_keeps_the_contacts_old_key_alive(acme, ada, known, now):
    with tenant_scope(acme):
        broken = tampered(bytes(row_in_scope(known).phone)[:-1] + b"\0")
        Contact.objects.filter(id=known.contact_id).update(phone=broken)

    assert turn(acme, contact=known.contact_id, now=now) == 0


def test_an_erased_contact_is_unknown_and_no_longer_found_though_the_row_is_restored(acme, ada, known, now):
    ring.destroy_contact_keys(acme.id, [known.contact_id])

    assert not shown(known, ada, now)
    assert found("vera@tents.example", ada, now) == []
    assert turn(acme, Purpose.INDEX, now=now) == 1
    assert row(known).email_token is None


def test_what_is_erased_takes_details_and_tokens_along(acme, known, now):
    with tenant_scope(acme):
        erasure.erase_all(limit=10)
        assert not Contact.objects.exists()


def test_an_export_has_the_details(acme, olive, known, now):
    with tenant_scope(acme):
        (exported,) = ConversationStore().export(olive, limit=5, now=now)

    assert exported["contact"] == {"name": "Vera Visser", "email": "Vera@Tents.example", "phone": "+49 30 901820"}


def test_a_look_up_uses_the_index_under_row_security(acme, known):
    token = bytes(row(known).email_token)
    with tenant_scope(acme), connection.cursor() as cursor:
        # Of few people each index costs the same.
        cursor.execute(
            "INSERT INTO chat_contact (id, tenant_id, created_at) "
            "SELECT gen_random_uuid(), %s, now() FROM generate_series(1, 3000)",
            [acme.id],
        )
        cursor.execute("SET LOCAL enable_seqscan = off")
        cursor.execute(
            "EXPLAIN SELECT id FROM chat_contact WHERE tenant_id = %s AND email_token = %s", [acme.id, token]
        )
        plan = "\n".join(line for (line,) in cursor.fetchall())

    assert "email_token = " in plan.partition("Index Cond:")[2].partition("\n")[0]


def test_newer_rules_mask_a_card_number_in_stored_details_and_its_token_goes(acme, ada, known, now):
    with tenant_scope(acme):
        held = row_in_scope(known)
        held.email = tampered(seal(Contact.slot(acme.id, held.id, "email"), "4111111111111111@tents.example"))
        held.masked_with = 1
        held.save()
        rule_set = replace(rule_sets.current(acme.id), number=99)
        store = ConversationStore()
        assert store.has_outdated(99)
        place = None
        while (place := store.rescan(rule_set=rule_set, after=place, limit=10, now=now).place) is not None:
            pass
        assert not store.has_outdated(99)

    assert shown(known, ada, now).email.startswith("[card ")
    assert (row(known).email_token, row(known).phone_token is None) == (None, False)
    assert shown(known, ada, now).name == "Vera Visser"


@pytest.fixture
def desk(sign_in, ada):
    return sign_in(Client(headers={"Host": settings.SITE_HOST}), ada)


def url(talk, slug="acme"):
    return f"/o/{slug}/conversations/{talk.id}/visitor/"


FORM = {"name": "Vera Visser", "email": "vera@tents.example", "phone": "", "seen": ""}


def test_an_agent_fills_in_the_panel_and_sees_the_name_everywhere(desk, acme, talk):
    answer = desk.post(url(talk), FORM, headers={"HX-Request": "true"})

    assert (answer.status_code, "Saved" in answer.text) == (200, True)
    page = desk.get(f"/o/acme/conversations/{talk.id}/").text
    assert 'value="vera@tents.example"' in page
    assert page.count("Vera Visser") >= 4  # row, header, form, the author of the message
    assert "Vera Visser" in desk.get("/o/acme/inbox/?queue=open").text


def test_the_panel_tells_what_the_visitor_was_told(desk, acme, talk, now):
    assert "No receipt" in desk.get(url(talk)).text
    with tenant_scope(acme):
        notices = notices_of(acme)
        notice = version_of(notices.of(LawRegion.CANADA, "fr"), notices, now=now)
        receipt = ConsentReceipt.objects.create(
            tenant=acme, contact=talk.contact, session=talk.started_by, notice=notice, text_hash=notice.text_hash,
            region="canada", language="fr", agreed=True, gpc=True, entry="socket", given_at=now,
        )  # fmt: skip

    page = desk.get(url(talk)).text
    assert "Canada (PIPEDA, Quebec), fr, version 1; Global Privacy Control on" in page
    assert "Agreed to" in page
    with tenant_scope(acme):
        ConsentReceipt.objects.filter(id=receipt.id).update(withdrawn_at=now)
    assert "Withdrawn" in desk.get(url(talk)).text


def test_the_panel_says_what_is_wrong_and_keeps_what_was_typed(desk, talk):
    for text, said in [("vera", "not a full e-mail address"), ("4111111111111111@x.example", "like a card number")]:
        answer = desk.post(url(talk), FORM | {"email": text}, headers={"HX-Request": "true"})

        assert (answer.status_code, said in answer.text) == (422, True)
        assert 'value="Vera Visser"' in answer.text


def test_the_panel_works_without_scripts(desk, acme, talk):
    assert desk.post(url(talk), FORM).status_code == 302
    assert desk.post(url(talk), FORM | {"name": "Vera V."}).text.count("a moment ago") == 1
    assert 'value="Vera Visser"' in desk.get(url(talk)).text


def test_the_panel_lists_the_visitors_other_conversations(desk, acme, talk, now):
    other = store_conversation(acme, at=now, contact=row(talk))
    store_conversation(acme, at=now)

    page = desk.get(url(talk)).text

    assert (page.count(f"/o/acme/conversations/{other.id}/"), page.count("/conversations/")) == (1, 4)


def test_the_search_box_finds_by_post_alone_and_tells_no_address(desk, acme, talk):
    desk.post(url(talk), FORM)

    answer = desk.post("/o/acme/find/", {"wanted": "VERA@tents.example"})

    assert [one.id for one in answer.context["rows"]] == [talk.id]
    assert "1 conversation with 1 visitor." in answer.text
    assert "No visitor of yours" in desk.post("/o/acme/find/", {"wanted": "nobody@tents.example"}).text
    assert desk.post("/o/acme/find/", {"wanted": "vera"}).status_code == 422
    assert desk.get("/o/acme/find/?wanted=vera@tents.example").status_code == 405


def test_mallorys_pages_answer_as_if_there_were_nothing(sign_in, mallory, desk, talk):
    desk.post(url(talk), FORM)
    theirs = sign_in(Client(headers={"Host": settings.SITE_HOST}), mallory)

    assert theirs.get(url(talk, "globex")).status_code == theirs.get(url(talk)).status_code == 404
    assert theirs.post(url(talk, "globex"), FORM).status_code == 404
    assert "No visitor of yours" in theirs.post("/o/globex/find/", {"wanted": "vera@tents.example"}).text


def test_who_may_only_read_sees_the_details_and_no_form(sign_in, acme, olive, ada, known, now):
    cora = make_member(acme, "Cora", Role.COMPLIANCE_OFFICER, now=now)
    reader = sign_in(Client(headers={"Host": settings.SITE_HOST}), cora)

    page = reader.get(url(known)).text

    assert ("Vera Visser" in page, "<textarea" in page, 'name="email"' in page) == (True, False, False)
    assert reader.post(url(known), FORM).status_code == 403


def test_a_field_is_told_by_its_at_sign():
    assert blind_index.field_of("vera@tents.example") == "email"
    assert blind_index.field_of("+49 30 901820") == "phone"
    assert contacts.MAX_LENGTH["email"] == 254


def code_of(member):
    return f"{totp(factor_of(member.user).seed()):06d}"


def test_an_owner_seals_a_visitor_again_with_a_present_code_and_sees_it_done(sign_in, olive, ada, acme, known, now):
    owner = sign_in(Client(headers={"Host": settings.SITE_HOST}), olive)
    page = url(known) + "key/"
    assert "Seal again under a new key" in owner.get(f"/o/acme/conversations/{known.id}/").text
    assert owner.post(page, {"code": code_of(olive)}).status_code == 302

    assert "Sealing again" in owner.get(page, headers={"HX-Request": "true"}).text
    for batch in rotation.move_batches(rotation.latest_of_contact(acme.id, known.contact_id), now=now):
        assert batch
    assert "All <span" in owner.get(page).text
    key_rotation.turn_keys(acme.id, now=lambda: now + timedelta(hours=1), pause=lambda _: None)

    done = owner.get(page).text
    assert ("the old key destroyed" in done, "every 2s" in done) == (True, False)
    assert shown(known, ada, now) == VERA


def test_without_a_present_code_nothing_is_sealed_again(sign_in, olive, acme, known):
    owner = sign_in(Client(headers={"Host": settings.SITE_HOST}), olive, fresh=False)

    for code in ("", "000000"):
        assert owner.post(url(known) + "key/", {"code": code}).status_code == 422

    assert rotation.latest_of_contact(acme.id, known.contact_id) is None


def test_an_erased_visitor_has_no_key_to_renew(sign_in, olive, acme, known):
    owner = sign_in(Client(headers={"Host": settings.SITE_HOST}), olive)
    ring.destroy_contact_keys(acme.id, [known.contact_id])

    assert "The key was destroyed" in owner.get(url(known) + "key/").text
    assert (
        "this visitor was erased" in owner.post(url(known) + "key/", {"code": code_of(olive)}, follow=True).text.lower()
    )


def test_nobody_but_owners_of_the_organisation_reaches_the_key(sign_in, desk, mallory, globex, known):
    gustav = sign_in(Client(headers={"Host": settings.SITE_HOST}), owner_of(globex))

    assert "Seal again" not in desk.get(url(known)).text
    assert desk.get(url(known) + "key/").status_code == desk.post(url(known) + "key/").status_code == 403
    assert gustav.get(url(known, "globex") + "key/").status_code == gustav.post(url(known) + "key/").status_code == 404

"""A file comes in: from whoever a message would be heard from, sealed, and carried by a message."""

from uuid import uuid4

import pytest
from django.test import Client

from chat.actions import attachments
from chat.files.store import DiskStore, StoreAwayError
from chat.models import Attachment, AuthorKind, Contact, Conversation, FileState, Message
from chat.views import files
from compliance import audit_events
from compliance.models import AuditEntry
from helpdesk.core.ratelimit import Limit
from tenants.encryption import opening
from tenants.models import ModeState, Tenant
from tenants.policy_names import FILE_KINDS, FILE_SIZE
from tenants.scoping import tenant_scope
from tests.chat.files.conftest import body, kept
from tests.factories.consent import ask_visitors
from tests.support.pictures import document, picture

pytestmark = pytest.mark.django_db

CARD = "4111 1111 1111 1111"


def rows(tenant):
    with tenant_scope(tenant):
        return list(Attachment.objects.select_related("message", "conversation").order_by("id"))


def name_of(attachment):
    message = attachment.message
    slot = Message.slot(message.tenant_id, attachment.conversation.contact_id, message.id)
    return opening.open_sealed(slot, bytes(message.body))


def refused(answer):
    return answer.status_code, answer.json()["error"]


def test_a_visitor_s_file_is_sealed_and_carried_by_a_message(vera, store):
    content = picture()

    answer = vera.send(content, "my photo.jpg")

    assert (answer.status_code, answer.json()) == (200, {"sequence": 2})
    assert answer["Cache-Control"] == "no-store"
    [attachment] = rows(vera.tenant)
    assert (attachment.state, attachment.kind, attachment.bytes) == (FileState.CHECKING, "jpeg", len(content))
    assert attachment.message.author_kind == AuthorKind.VISITOR
    assert name_of(attachment) == "my photo.jpg"
    [path] = kept(store)
    assert content[:40] not in path.read_bytes()
    assert path.stat().st_size > len(content)


def test_a_member_s_file_goes_the_same_way(vera, desk_of, ada, store):
    answer = desk_of(ada).send(document("Hello"), "offer.pdf")

    assert answer.status_code == 200
    [attachment] = rows(vera.tenant)
    assert (attachment.message.author_id, attachment.message.kind) == (ada.id, "public")
    assert len(kept(store)) == 1


def test_the_name_is_masked_before_it_is_stored(vera):
    vera.send(picture(), f"card_{CARD.replace(' ', '_')}.jpg")

    [attachment] = rows(vera.tenant)
    assert "1111 1111" not in name_of(attachment).replace("_", " ")
    with tenant_scope(vera.tenant):
        assert AuditEntry.objects.filter(event=audit_events.CARD_CAUGHT).exists()


def test_the_same_upload_twice_is_one(vera, store):
    client_id = uuid4()

    answers = [vera.send(picture(), client_id=client_id).json() for _ in range(2)]

    assert answers[0] == answers[1]
    assert len(rows(vera.tenant)) == len(kept(store)) == 1


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"", (422, "empty")),
        (b"<svg onload=alert(1)>", (415, "kind")),
        (b"<!doctype html><p>Hello", (415, "kind")),
        (b"PK\x03\x04" + bytes(60), (415, "kind")),
        (picture() + bytes(1_000_000), (413, "size")),
    ],
)
def test_what_is_not_taken_leaves_nothing(vera, store, choose, content, why):
    choose(FILE_SIZE, "1")

    answer = vera.send(content)

    assert refused(answer) == why
    assert answer.json()["text"]
    assert not rows(vera.tenant)
    assert not kept(store)


@pytest.mark.parametrize("sent", [b"", b"\n", b"{}\nx", b"[]\nx", b'{"client_id": "1", "name": "a"}\nx', b"x" * 40_000])
def test_a_body_that_is_none_of_ours_is_refused(vera, store, sent):
    assert refused(vera.send_raw(sent)) == (400, "bad_frame")
    assert not kept(store)


def test_a_file_that_was_let_in_past_the_limit_of_bodies_is_refused_too(vera, monkeypatch):
    monkeypatch.setattr(files, "MOST_BYTES", 1000)

    assert refused(vera.send(b"x" * 1001, "long.txt")) == (413, "size")


def test_where_the_organisation_takes_none_none_is_taken(vera, choose, store):
    choose(FILE_KINDS, "none")
    assert refused(vera.send(b"Hello", "a.txt")) == (422, "off")
    choose(FILE_KINDS, "documents")
    assert refused(vera.send(picture())) == (422, "picture")
    assert vera.send(b"Hello", "a.txt").status_code == 200


def test_pci_mode_takes_no_pictures_whatever_was_chosen(vera, choose):
    choose(FILE_KINDS, "all")
    Tenant.objects.filter(id=vera.tenant.id).update(pci_state=ModeState.ON)

    assert refused(vera.send(picture())) == (422, "picture")
    assert vera.send(document("Hello"), "a.pdf").status_code == 200


def test_who_has_not_agreed_is_not_heard_with_a_file_either(vera, store):
    ask_visitors(vera.tenant)

    assert refused(vera.send(picture())) == (400, "consent_required")
    assert not rows(vera.tenant)
    assert not kept(store)


def test_a_blocked_visitor_and_one_in_no_conversation_are_refused(vera, store):
    with tenant_scope(vera.tenant):
        Contact.objects.update(blocked_at=vera.now)
    assert refused(vera.send(picture())) == (409, "blocked")
    with tenant_scope(vera.tenant):
        Conversation.objects.update(status="resolved", resolved_at=vera.now)
    assert refused(vera.send(picture())) == (404, "not_found")
    assert not kept(store)


def test_a_stranger_s_page_and_a_stranger_s_token_are_refused(vera):
    for name, value in (
        ("Origin", "https://evil.example"),
        ("X-Hushdesk-Session", "made-up"),
        ("X-Hushdesk-Session", ""),
    ):
        vera.headers |= {name: value}
        assert vera.send(picture()).status_code == 403
        vera.headers["Origin"] = "http://app.localhost:8000"
    assert not rows(vera.tenant)


def test_neither_a_reader_nor_anybody_of_another_organisation_sends_to_it(vera, desk_of, mallory, acme, now, store):
    from tenants.roles import Role
    from tests.factories.tenants import make_member

    auditor = make_member(acme, "Aud", Role.AUDITOR, now=now)

    assert desk_of(auditor).send(picture()).status_code == 403
    theirs = desk_of(mallory)
    assert theirs.send(picture()).status_code == 404
    theirs.address = theirs.address.replace("/o/globex/", "/o/acme/")
    assert theirs.send(picture()).status_code == 404
    assert not rows(acme)
    assert not kept(store)


def test_a_resolved_conversation_takes_no_file_of_a_member(vera, desk_of, ada, store):
    with tenant_scope(vera.tenant):
        Conversation.objects.update(status="resolved", resolved_at=vera.now)

    assert refused(desk_of(ada).send(picture())) == (409, "resolved")
    assert not kept(store)


def test_while_the_store_is_down_nothing_is_said_and_it_can_be_sent_again(vera, store, settings, tmp_path):
    (tmp_path / "in the way").write_text("no directory")
    settings.FILES_DIR = str(tmp_path / "in the way")
    client_id = uuid4()

    assert refused(vera.send(picture(), client_id=client_id)) == (503, "unavailable")
    assert not rows(vera.tenant)

    settings.FILES_DIR = str(store)
    assert vera.send(picture(), client_id=client_id).status_code == 200


def test_a_file_that_could_not_be_written_whole_is_not_there(store):
    def pieces():
        yield b"begun"
        raise OSError("the disk is full")

    with pytest.raises(StoreAwayError):
        DiskStore(store).put(uuid4(), uuid4(), pieces())

    assert not kept(store)


def test_what_fails_after_it_was_kept_lets_it_go(vera, store, monkeypatch):
    def fail(*_):
        raise RuntimeError

    monkeypatch.setattr(attachments, "_store", fail)

    assert refused(vera.send(picture())) == (503, "unavailable")
    assert not kept(store)
    with tenant_scope(vera.tenant):
        assert Message.objects.count() == 1


def test_whoever_sends_many_is_slowed_down(vera, monkeypatch):
    monkeypatch.setattr(files, "SENT", Limit("chat.file.test", burst=1, per_s=0.01))

    assert vera.send(b"one", "a.txt").status_code == 200
    assert refused(vera.send(b"two", "a.txt")) == (429, "too_fast")


def test_the_sender_s_page_is_told_what_may_be_sent(vera, desk_of, ada, choose):
    frame = Client().get(vera.address.removesuffix("files"), headers={"Host": vera.headers["Host"]}).content.decode()
    page = ada and desk_of(ada).client.get(desk_of(ada).address.removesuffix("files/")).content.decode()
    for html in (frame, page):
        assert 'accept="image/jpeg,image/png,image/webp,image/gif,application/pdf,text/plain"' in html
        assert "Pictures, PDF or text, up to 10 MB" in html
    choose(FILE_KINDS, "none")

    frame = Client().get(vera.address.removesuffix("files"), headers={"Host": vera.headers["Host"]}).content.decode()

    assert 'type="file"' not in frame


def test_the_file_s_line_is_read_without_the_file(vera):
    """Its name goes before it, so that it stands in no address and no header."""
    sent = body(b"Hello", "private name.txt")

    assert sent.partition(b"\n")[2] == b"Hello"
    assert vera.send_raw(sent).status_code == 200
    assert "private" not in vera.address

import hashlib
import io
import json
import zipfile
from datetime import timedelta
from pathlib import Path

import pytest
from django.conf import settings
from django.urls import reverse

from chat import archive_building, archive_doors
from chat.actions import data_archives, erasure
from chat.actions.resealing_columns import ArchiveKeysOfContact
from chat.archive_building import LOST_AFTER, build
from chat.archive_doors import NoArchiveError
from chat.files import sealed as sealed_files
from chat.files.sealed import UnreadableFileError
from chat.models import Attachment, Contact, Conversation, DataArchive, FileState, Message
from chat.tasks import look_after_requests
from compliance.models import AuditEntry, RequestState, SubjectRequest
from helpdesk.core.ids import uuid7
from tenants.actors import Actor
from tenants.keyring import ring
from tenants.permissions import NotPermittedError
from tenants.scoping import tenant_scope
from tests.factories.stored import store_conversation

pytestmark = pytest.mark.django_db
CONTENT = b"The receipt of the tent"


@pytest.fixture
def sent(monkeypatch):
    """The jobs that were sent on their way."""
    ids = []
    monkeypatch.setattr(
        archive_building.build_archive, "apply_async", lambda *_, kwargs, **__: ids.append(kwargs["request_id"])
    )
    return ids


@pytest.fixture
def decided(register, talk, sent):
    """An access that was decided, whose job is on its way."""
    return register.answer(register.known("access", contact_id=talk.contact_id))


def attach(talk, now, content=CONTENT):
    with tenant_scope(talk.tenant_id):
        message = Message.objects.filter(conversation=talk).latest("sequence")
        attachment_id = uuid7()
        stored, key = sealed_files.put(talk.tenant_id, talk.contact_id, attachment_id, content)
        return Attachment.objects.create(
            id=attachment_id, tenant_id=talk.tenant_id, conversation=talk, message=message, kind="text",
            bytes=len(content), stored=stored, key=key, state=FileState.READY, uploaded_at=now, settled_at=now,
        )  # fmt: skip


def built(register, request, at=None):
    return build(tenant=register.tenant, request_id=request.id, now=at or register.now)


def taken(register, request, member=None, at=None):
    with tenant_scope(register.tenant):
        _, pieces = archive_doors.handed_over(request.id, member or register.member, now=at or register.now)
        return b"".join(pieces)


def in_store(tenant):
    folder = Path(settings.FILES_DIR) / tenant.id.hex
    return {path.name: path.read_bytes() for path in folder.iterdir()} if folder.exists() else {}


def test_an_archive_holds_what_the_visitor_may_see_their_files_and_who_opened_it(register, talk, decided, now, ada):
    attach(talk, now)
    store_conversation(register.tenant, ["Somebody else's words"], at=now)
    with tenant_scope(register.tenant):
        Message.objects.filter(conversation=talk, sequence=1).update(kind="note", public_sequence=None)
        from compliance import audit, audit_events

        audit.record(Actor.member(ada), audit_events.CONVERSATION_DISCLOSED, talk, at=now, count=2)
    assert decided.state == RequestState.CARRIED_OUT

    archive = built(register, decided)

    content = taken(register, decided)
    zipped = zipfile.ZipFile(io.BytesIO(content))
    data = json.loads(zipped.read("data.json"))
    assert zipped.testzip() is None
    assert {"data.json", "index.html", "disclosures.json"} <= set(zipped.namelist())
    assert [message["text"] for message in data["conversations"][0]["messages"]] == ["a secret of mine"]
    assert zipped.read(data["files"][0]["file"]) == CONTENT
    assert [(one["by"], one["what"]) for one in data["disclosures"]][-1] == ("agent", "conversation")
    assert "a secret of mine" in zipped.read("index.html").decode()
    assert "Somebody else" not in str(data)
    assert (archive.messages, archive.files, archive.left_out, archive.done) == (1, 1, 0, 1)
    assert (archive.bytes, archive.sha256) == (len(content), hashlib.sha256(content).hexdigest())
    closed = register.again(decided)
    assert closed.state == RequestState.ANSWERED
    assert register.steps(closed)[-2:] == ["archived", "answered"]


def test_nothing_of_it_lies_readable_in_the_store(register, decided, talk, now):
    attach(talk, now)
    archive = built(register, decided)

    lying = in_store(register.tenant)[archive.stored.hex]
    assert b"PK" not in lying[:64]
    assert CONTENT not in lying
    assert b"secret" not in lying


def test_a_job_that_runs_twice_or_beside_another_does_the_same_as_one(register, decided):
    first = built(register, decided)

    assert built(register, decided) is None
    with tenant_scope(register.tenant):
        SubjectRequest.objects.update(state="carrying", closed_at=None)
        assert DataArchive.objects.get().stored == first.stored
    assert built(register, decided, at=first.moved_at) is None


def test_a_worker_that_dies_leaves_it_to_the_next(register, decided, talk, monkeypatch):
    class KilledError(BaseException):
        pass

    def die(*_, **__):
        raise KilledError

    with monkeypatch.context() as dying:
        dying.setattr(archive_building.own_data, "conversation_of", die)
        with pytest.raises(KilledError):
            built(register, decided)
    look_after_requests.for_tenant(register.tenant.id).run_here()
    assert register.again(decided).state == RequestState.CARRIED_OUT, "not lost yet"

    with tenant_scope(register.tenant):
        long_ago = register.now - 2 * LOST_AFTER
        SubjectRequest.objects.update(decided_at=long_ago)
        DataArchive.objects.update(moved_at=long_ago)
    look_after_requests.for_tenant(register.tenant.id).run_here()
    assert register.again(decided).state == RequestState.ANSWERED


def test_a_visitor_who_is_erased_meanwhile_takes_it_with_them(register, decided, talk, monkeypatch, now):
    whole = archive_building.archive_doors.disclosures

    def erase_first(*given):
        erasure.erase_contact(contact_id=talk.contact_id, actor=Actor.system(), now=now)
        return whole(*given)

    before = set(in_store(register.tenant))
    with monkeypatch.context() as meanwhile:
        meanwhile.setattr(archive_building.archive_doors, "disclosures", erase_first)
        assert built(register, decided) is None

    assert set(in_store(register.tenant)) == before
    back = register.again(decided)
    assert (back.state, back.outcome) == (RequestState.IN_PROGRESS, "")
    assert register.steps(back)[-1] == "gone"


def test_a_conversation_that_is_purged_meanwhile_is_left_out(register, decided, talk, monkeypatch, now):
    later = store_conversation(register.tenant, ["goes"], at=now, contact=talk.contact)
    one = archive_building.own_data.conversation_of

    def purge_other(*given):
        erasure._erase_conversations([later.id])
        return one(*given)

    monkeypatch.setattr(archive_building.own_data, "conversation_of", purge_other)
    archive = built(register, decided)

    assert archive.messages == 2
    assert "goes" not in str(zipfile.ZipFile(io.BytesIO(taken(register, decided))).read("data.json"))


def test_erasing_the_visitor_removes_the_archive_that_lies_ready(register, decided, talk, now):
    archive = built(register, decided)
    with tenant_scope(register.tenant):
        erasure.erase_contact(contact_id=talk.contact_id, actor=Actor.system(), now=now)
        assert not DataArchive.objects.exists()

    assert archive.stored.hex not in in_store(register.tenant)
    with pytest.raises(NoArchiveError):
        taken(register, decided)


def test_it_is_gone_from_the_disk_when_its_time_is_over(register, decided, now):
    archive = built(register, decided)
    late = archive.expires_at + timedelta(seconds=1)
    assert not data_archives.is_any_expired(register.tenant.id, now=now)
    with pytest.raises(NoArchiveError):
        taken(register, decided, at=late)

    with tenant_scope(register.tenant):
        assert data_archives.drop_expired(now=late) == 1
        assert data_archives.drop_expired(now=late) == 0
        kept = DataArchive.objects.get()
    assert (kept.stored, kept.key, kept.gone_at) == (None, None, late)
    assert archive.stored.hex not in in_store(register.tenant)


@pytest.mark.parametrize(("mode", "hours"), [("", 168), ("hipaa_state", 24), ("pci_state", 24)])
def test_a_mode_keeps_it_for_a_day(register, talk, sent, mode, hours):
    from tenants.models import Tenant

    made = register.answer(register.known("access", contact_id=talk.contact_id))
    if mode:
        Tenant.objects.filter(id=register.tenant.id).update(**{mode: "on"})
        register.tenant.refresh_from_db()

    archive = built(register, made)

    assert archive.expires_at - archive.built_at == timedelta(hours=hours)


def test_it_opens_after_the_visitor_s_key_was_turned(register, decided, talk, now):
    archive = built(register, decided)
    content = taken(register, decided)
    use, old = ArchiveKeysOfContact(), 1
    with tenant_scope(register.tenant):
        ring.add_contact_key(register.tenant.id, talk.contact_id, 2, now=now)
    ring.forget_cached_keys()
    assert use.remains(register.tenant.id, str(talk.contact_id), old)

    assert use.move(register.tenant.id, str(talk.contact_id), old, limit=10) == 1
    assert use.move(register.tenant.id, str(talk.contact_id), old, limit=10) == 0

    assert not use.remains(register.tenant.id, str(talk.contact_id), old)
    assert taken(register, decided) == content
    assert archive.stored.hex in in_store(register.tenant)


def test_one_that_was_altered_or_is_missing_does_not_open(register, decided):
    archive = built(register, decided)
    path = Path(settings.FILES_DIR) / register.tenant.id.hex / archive.stored.hex
    lying = bytearray(path.read_bytes())
    lying[-1] ^= 1
    path.write_bytes(bytes(lying))
    with pytest.raises(UnreadableFileError):
        taken(register, decided)
    path.unlink()
    with pytest.raises(UnreadableFileError):
        taken(register, decided)


def test_only_who_handles_requests_takes_it_and_that_is_written_down(register, decided, ada, cora):
    built(register, decided)

    with pytest.raises(NotPermittedError):
        taken(register, decided, member=ada)
    taken(register, decided, member=cora)
    with tenant_scope(register.tenant):
        (entry,) = AuditEntry.objects.filter(event="subject_request.archive_taken")
    assert entry.actor_id == cora.id


def test_it_is_taken_on_the_page_with_a_fresh_factor(client, register, decided, olive, sign_in):
    page = reverse("chat:request", kwargs={"slug": "acme", "request_id": decided.id})
    sign_in(client, olive)
    assert "being put together" in client.get(page).content.decode()
    assert "being put together" in client.get(f"{page}progress/").content.decode()
    assert client.post(f"{page}archive/").status_code == 302
    built(register, decided)

    assert "Take the archive" in client.get(page).content.decode()
    assert "It is done" in client.get(f"{page}progress/").content.decode()
    answer = client.post(f"{page}archive/")
    assert zipfile.ZipFile(io.BytesIO(b"".join(answer.streaming_content))).testzip() is None
    assert answer["Cache-Control"] == "no-store"
    sign_in(client, olive, fresh=False)
    assert client.post(f"{page}archive/").status_code == 422


def test_where_two_people_decide_nothing_is_put_together_before_the_second_agrees(register, talk, sent, cora):
    from chat.actions import request_deciding

    register.wants_two()
    made = register.answer(register.known("portability", contact_id=talk.contact_id))
    assert made.state == RequestState.APPROVAL
    assert built(register, made) is None
    with tenant_scope(register.tenant):
        assert Contact.objects.filter(id=talk.contact_id).exists()
        assert Conversation.objects.filter(id=talk.id).exists()
        assert not DataArchive.objects.exists()

    agreed = register.do(request_deciding.agree_to_request, request_id=made.id, by=cora)

    assert agreed.state == RequestState.CARRIED_OUT
    assert built(register, made) is not None

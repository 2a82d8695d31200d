"""With the conversation its files go, and with the contact's key what is left of them can't be opened."""

from datetime import timedelta

import pytest

from chat.actions import erasure
from chat.actions.resealing import FileKeysOfContact
from chat.files import sealed
from chat.files.store import DiskStore, StoreAwayError
from chat.models import Attachment, Conversation
from chat.record_stores import ConversationStore
from tenants.keyring import ring, rotation
from tenants.keyring.ring import KeyUnavailableError
from tenants.scoping import tenant_scope
from tests.chat.files.conftest import kept

pytestmark = pytest.mark.django_db


@pytest.fixture
def sent(vera):
    vera.send(b"Hello from Vera", "note.txt")
    return vera.check()


def test_a_conversation_is_erased_with_its_files(vera, sent, store):
    with tenant_scope(vera.tenant):
        erased = erasure.erase_conversations(before=vera.now + timedelta(days=1), limit=10)

    assert erased.counts["files"] == erased.counts["conversations"] == 1
    assert not kept(store)


def test_while_the_store_does_not_answer_a_conversation_is_kept_rather_than_half_erased(vera, sent, monkeypatch):
    def away(*_):
        raise StoreAwayError("down")

    monkeypatch.setattr(DiskStore, "delete", away)
    with pytest.raises(StoreAwayError), tenant_scope(vera.tenant):
        erasure.erase_conversations(before=vera.now + timedelta(days=1), limit=10)

    with tenant_scope(vera.tenant):
        assert Conversation.objects.count() == Attachment.objects.count() == 1


def test_without_the_contact_s_key_a_file_from_a_backup_does_not_open(vera, sent):
    ring.destroy_contact_keys(vera.tenant.id, [vera.conversation.contact_id])

    with pytest.raises(KeyUnavailableError), tenant_scope(vera.tenant):
        sealed.opened(sent, vera.conversation.contact_id)


def test_with_a_new_key_of_the_contact_only_the_file_s_key_is_sealed_again(vera, sent, store):
    [path] = kept(store)
    before, contact = path.read_bytes(), vera.conversation.contact_id
    rotation.begin_contact_rotation(vera.tenant.id, contact, now=vera.now)
    use = FileKeysOfContact()
    assert use.remains(vera.tenant.id, str(contact), 1)

    assert use.move(vera.tenant.id, str(contact), 1, limit=10) == 1

    assert not use.remains(vera.tenant.id, str(contact), 1)
    assert path.read_bytes() == before
    with tenant_scope(vera.tenant):
        attachment = Attachment.objects.get()
        assert bytes(attachment.key) != bytes(sent.key)
        assert sealed.opened(attachment, contact) == b"Hello from Vera"


def test_an_export_says_which_files_there_were(vera, sent, olive):
    with tenant_scope(vera.tenant):
        [conversation] = ConversationStore().export(olive, limit=5, now=vera.now)

    assert [(file["kind"], file["bytes"], file["state"]) for file in conversation["files"]] == [("text", 15, "ready")]
    assert conversation["messages"][-1]["text"] == "note.txt"

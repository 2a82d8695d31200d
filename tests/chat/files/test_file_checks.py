"""Before anybody is handed a file, it is looked at; and where it can't be, the policy says what becomes of it."""

from datetime import timedelta

import pytest

from chat.actions import file_checks
from chat.files import sealed
from chat.files.store import DiskStore, StoreAwayError
from chat.models import Attachment, FileState
from chat.tasks import check_file, look_after_files
from compliance import audit_events, lost_jobs
from compliance.models import AuditEntry
from tenants.models import ModeState, Tenant
from tenants.policy_names import FILE_SCANNER, FILE_TEXT
from tenants.scoping import tenant_scope
from tests.chat.files.conftest import kept
from tests.support.clamd import EICAR
from tests.support.pictures import PLACE, bomb, document, photograph, picture

pytestmark = pytest.mark.django_db

CARD = "4111 1111 1111 1111"


def content_of(sender, attachment):
    with tenant_scope(sender.tenant):
        return sealed.opened(attachment, sender.conversation.contact_id)


def became(sender, content, name="photo.jpg"):
    assert sender.send(content, name).status_code == 200
    attachment = sender.check()
    return attachment.state, attachment.why


def test_a_picture_is_made_anew_and_the_one_that_was_sent_is_gone(vera, scanner, store):
    vera.send(photograph())
    [before] = kept(store)

    attachment = vera.check()

    assert (attachment.state, attachment.settled_at) == (FileState.READY, vera.now)
    made = content_of(vera, attachment)
    assert PLACE.encode() not in made
    assert attachment.bytes == len(made)
    [after] = kept(store)
    assert after != before
    assert scanner.seen == [photograph()]


def test_what_is_no_picture_stays_as_it_is(vera, scanner):
    for content, name in ((document("Hello"), "a.pdf"), (b"Hello", "a.txt")):
        vera.send(content, name)
        attachment = vera.check()
        assert attachment.state == FileState.READY
        assert content_of(vera, attachment) == content


def test_what_the_scanner_knows_is_refused_and_destroyed(vera, scanner, store):
    assert became(vera, EICAR, "eicar.txt") == (FileState.REFUSED, "infected")
    assert not kept(store)
    with tenant_scope(vera.tenant):
        entry = AuditEntry.objects.get(event=audit_events.FILE_REFUSED)
    assert entry.facts["why"] == "infected"


@pytest.mark.parametrize(
    ("content", "name", "why"),
    [
        (picture()[:-200], "a.jpg", "undecodable"),
        (bomb(), "a.png", "pixels"),
        (b"%PDF-1.7\nbroken", "a.pdf", "undecodable"),
        (f"My card is {CARD}".encode(), "a.txt", "sensitive"),
        (document(f"My card is {CARD}"), "a.pdf", "sensitive"),
        # On the border of two pieces, and far behind.
        (b"x" * 1790 + f" my card is {CARD} ".encode() + b"y" * 5000, "a.txt", "sensitive"),
        (b"word " * 2000 + f"my card is {CARD}".encode(), "a.txt", "sensitive"),
    ],
)
def test_what_can_t_be_passed_on_is_refused(vera, scanner, store, content, name, why):
    assert became(vera, content, name) == (FileState.REFUSED, why)
    assert not kept(store)


def test_text_is_not_looked_at_where_that_was_chosen(vera, scanner, choose):
    choose(FILE_TEXT, "unread")

    assert became(vera, f"My card is {CARD}".encode(), "a.txt") == (FileState.READY, "")


def test_in_pci_mode_a_page_that_can_t_be_read_is_refused(vera, scanner, choose):
    choose(FILE_TEXT, "unread")
    assert became(vera, document("Hello", ""), "a.pdf") == (FileState.READY, "")
    Tenant.objects.filter(id=vera.tenant.id).update(pci_state=ModeState.ON)

    assert became(vera, document("Hello", ""), "a.pdf") == (FileState.REFUSED, "pictured")
    assert became(vera, document("Hello"), "a.pdf") == (FileState.READY, "")


PICTURE, PDF = (picture(), "a.jpg"), (document("Hello"), "a.pdf")


@pytest.mark.parametrize(
    ("chosen", "sent", "state"),
    [
        ("remade", PICTURE, FileState.READY),
        ("remade", (b"Hello", "a.txt"), FileState.READY),
        ("remade", PDF, FileState.HELD),
        ("hold", PICTURE, FileState.HELD),
        ("refuse", PICTURE, FileState.REFUSED),
    ],
)
def test_without_a_scanner_the_policy_says_what_becomes_of_it(vera, choose, chosen, sent, state):
    choose(FILE_SCANNER, chosen)

    assert became(vera, *sent)[0] == state


@pytest.mark.parametrize("mode", ["hipaa_state", "pci_state"])
def test_in_the_modes_nothing_passes_without_a_scanner(vera, choose, mode):
    choose(FILE_SCANNER, "remade")
    vera.send(b"Hello", "a.txt")
    Tenant.objects.filter(id=vera.tenant.id).update(**{mode: ModeState.ON})

    assert (vera.check().state, vera.check().why) == (FileState.REFUSED, "unscanned")


@pytest.mark.parametrize("fault", ["hangs up", "answers nonsense", "takes less"])
def test_a_scanner_that_gives_no_verdict_counts_as_none(vera, scanner, fault):
    scanner.fault = fault

    assert became(vera, document("x" * 200), "a.pdf")[0] == FileState.HELD


def test_what_waits_passes_when_the_scanner_is_back_and_is_refused_after_a_day(vera, scanner):
    scanner.fault = "hangs up"
    vera.send(document("Hello"), "a.pdf")
    held = vera.check()
    later = vera.now + timedelta(minutes=3)
    with tenant_scope(vera.tenant):
        assert file_checks.due(now=vera.now) == []
        assert file_checks.due(now=later) == [held.id]
    assert lost_jobs.is_any(file_checks.due, vera.tenant.id, now=later)

    vera.now += file_checks.HELD_FOR + timedelta(seconds=1)
    assert (vera.check().state, vera.check().why) == (FileState.REFUSED, "unscanned")

    vera.now = later
    vera.send(document("Hello"), "a.pdf")
    assert vera.check().state == FileState.HELD
    scanner.fault = ""
    assert vera.check().state == FileState.READY


def test_a_check_that_runs_twice_changes_nothing_and_leaves_nothing(vera, scanner, store):
    vera.send(picture())
    first = vera.check()

    again = vera.check()

    assert (again.stored, again.settled_at) == (first.stored, first.settled_at)
    assert len(kept(store)) == 1


def test_of_two_checks_at_once_one_is_written_down_and_the_other_leaves_nothing(vera, scanner, store, monkeypatch):
    vera.send(picture())
    judged = file_checks._judged

    def meanwhile(attachment, *rest):
        monkeypatch.setattr(file_checks, "_judged", judged)
        vera.check()
        return judged_before

    with tenant_scope(vera.tenant):
        [held] = Attachment.objects.select_related("conversation")
        rules = file_checks.FileRules.of(Tenant.objects.get(id=vera.tenant.id))
    judged_before = judged(held, vera.conversation.contact_id, rules, vera.now)
    monkeypatch.setattr(file_checks, "_judged", meanwhile)

    attachment = vera.check()

    assert attachment.state == FileState.READY
    assert content_of(vera, attachment)
    assert len(kept(store)) == 1


def test_one_that_was_damaged_in_the_store_is_refused(vera, store):
    vera.send(b"Hello", "a.txt")
    [path] = kept(store)
    path.write_bytes(path.read_bytes()[:-1])

    attachment = vera.check()

    assert (attachment.state, attachment.why) == (FileState.REFUSED, "damaged")


def test_while_the_store_is_down_it_stays_to_be_checked(vera, monkeypatch):
    vera.send(picture())

    def away(*_):
        raise StoreAwayError("down")

    with monkeypatch.context() as down:
        down.setattr(DiskStore, "get", away)
        assert vera.check().state == FileState.CHECKING
    assert vera.check().state == FileState.READY


def test_the_jobs_do_it_with_ids_alone(vera):
    vera.send(b"Hello", "a.txt")
    with tenant_scope(vera.tenant):
        [attachment_id] = Attachment.objects.values_list("id", flat=True)
        Attachment.objects.update(uploaded_at=vera.now - timedelta(hours=1))

    look_after_files.for_tenant(vera.tenant.id).run_here()

    with tenant_scope(vera.tenant):
        assert Attachment.objects.get().state == FileState.READY
    check_file.for_tenant(vera.tenant.id).run_here(attachment_id=attachment_id)

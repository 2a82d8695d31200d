"""A file is handed over on an origin of its own, to whom it may be at that moment, and each time is written down."""

from datetime import timedelta

import pytest
from django.conf import settings as configured
from django.test import Client

from chat.actions.attachments import remove_file
from chat.files.passes import GOOD_FOR, FilePass
from chat.models import Attachment, FileState, VisitorSession
from chat.views.file_links import files_for_visitor
from chat.views.widget import HEADER
from compliance import audit_events
from compliance.models import AuditEntry
from helpdesk.core.stream import CHUNK_BYTES
from tenants.models import Membership, StaffSession, Tenant, TenantStatus
from tenants.scoping import tenant_scope
from tests.chat.files.conftest import FILES_HOST, hand_over, kept
from tests.support.pictures import picture

pytestmark = pytest.mark.django_db


@pytest.fixture
def sent(vera):
    """A text of Vera's that is ready."""
    vera.send(b"Hello from Vera", "note.txt")
    attachment = vera.check()
    assert attachment.state == FileState.READY
    return attachment


def of_visitor(vera):
    """What Vera's chat is told of its files."""
    headers = {name: vera.headers[name] for name in ("Host", "Origin", HEADER)}
    answer = Client().post(
        vera.address.replace("/files", "/session"), "{}", content_type="application/json", headers=headers
    )
    return answer.json()["files"]


def of_member(desk):
    return desk.client.get(desk.address).json()["files"]


def entries(tenant):
    with tenant_scope(tenant):
        return list(AuditEntry.objects.filter(event=audit_events.FILE_HANDED_OVER))


def test_both_sides_are_told_of_it_and_handed_it_and_that_is_written_down(vera, sent, desk_of, ada):
    for told in (of_visitor(vera), of_member(desk_of(ada))):
        [file] = told
        assert (file["state"], file["sequence"], file["bytes"], file["is_picture"]) == ("ready", 2, 15, False)

        answer = hand_over(file["pass"])

        assert (answer.status_code, answer.content) == (200, b"Hello from Vera")
    with tenant_scope(vera.tenant):
        session = VisitorSession.objects.get(contact=vera.conversation.contact)
    assert [entry.actor_id for entry in entries(vera.tenant)] == [session.id, ada.id]


def test_it_comes_so_that_no_browser_does_anything_with_it(vera, sent):
    answer = hand_over(of_visitor(vera)[0]["pass"])

    assert answer["Content-Disposition"] == 'attachment; filename="note.txt"'
    assert answer["Content-Type"] == "text/plain; charset=utf-8"
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert answer["Content-Security-Policy"] == "default-src 'none'; sandbox; frame-ancestors 'none'"
    assert answer["Cache-Control"] == "no-store"
    assert answer["Cross-Origin-Resource-Policy"] == "same-site"
    assert answer["Access-Control-Allow-Origin"] == configured.SITE_ORIGIN
    assert "Access-Control-Allow-Credentials" not in answer
    assert not answer.cookies


def test_a_name_that_is_an_attack_breaks_no_header(vera):
    vera.send(b"Hello", 'x"\r\nSet-Cookie: a=b\u202e; filename=evil.exe')
    vera.check()

    answer = hand_over(of_visitor(vera)[0]["pass"])

    assert answer["Content-Disposition"] == ('attachment; filename="x_Set-Cookie_ a=b; filename=evil.exe.txt"')
    assert "Set-Cookie" not in answer.headers


def test_it_answers_under_no_other_host_and_to_no_other_site(vera, sent):
    shown = of_visitor(vera)[0]["pass"]

    assert hand_over(shown, Host=configured.SITE_HOST).status_code == 404
    assert hand_over(shown, Origin="https://evil.example").status_code == 403
    assert Client().get("/files/", headers={"Host": FILES_HOST}).status_code == 405
    assert Client().get("/sign-in/", headers={"Host": FILES_HOST}).status_code == 404
    assert not entries(vera.tenant)


def test_until_it_is_ready_nobody_gets_it(vera):
    vera.send(picture())
    [file] = of_visitor(vera)
    assert (file["state"], file["text"]) == ("checking", "Being checked…")
    assert "pass" not in file
    with tenant_scope(vera.tenant):
        attachment = Attachment.objects.get()
        session = VisitorSession.objects.get(contact=vera.conversation.contact)
    early = FilePass(vera.tenant.id, attachment.id, "visitor", session.contact_id, session.id)

    assert hand_over(early.issue(now=vera.now)).status_code == 404


def test_a_pass_runs_out_and_can_t_be_made_up(vera, sent):
    with tenant_scope(vera.tenant):
        session = VisitorSession.objects.get(contact=vera.conversation.contact)
    mine = FilePass(vera.tenant.id, sent.id, "visitor", session.contact_id, session.id)
    good = mine.issue(now=vera.now)

    for told in (mine.issue(now=vera.now - GOOD_FOR - timedelta(seconds=1)), good[:-1], good + "x", "", "x" * 9000):
        assert hand_over(told).status_code == 404
    assert hand_over(good).status_code == 200


def test_who_lost_access_since_the_pass_was_made_is_refused(vera, sent, desk_of, ada, now):
    visitor, member = of_visitor(vera)[0]["pass"], of_member(desk_of(ada))[0]["pass"]

    StaffSession.objects.filter(user=ada.user).delete()
    assert hand_over(member).status_code == 404
    member = of_member(desk_of(ada))[0]["pass"]
    with tenant_scope(vera.tenant):
        Membership.objects.filter(id=ada.id).update(is_active=False)
        VisitorSession.objects.update(expires_at=now)
    assert hand_over(member).status_code == 404
    assert hand_over(visitor).status_code == 404
    assert not entries(vera.tenant)


def test_a_suspended_organisation_hands_nothing_over(vera, sent):
    shown = of_visitor(vera)[0]["pass"]
    Tenant.objects.filter(id=vera.tenant.id).update(status=TenantStatus.SUSPENDED)

    assert hand_over(shown).status_code == 404


def test_mallory_and_another_visitor_get_nothing(vera, sent, desk_of, mallory, acme, now):
    from tests.factories.stored import store_conversation

    theirs = desk_of(mallory)
    assert theirs.client.get(theirs.address).status_code == 404
    other = store_conversation(acme, ["Hi"], at=now)
    with tenant_scope(acme):
        session = VisitorSession.objects.get(contact=other.contact)
    session_of_mallory = StaffSession.objects.get(user=mallory.user)
    made_up = [
        FilePass(acme.id, sent.id, "visitor", session.contact_id, session.id),
        FilePass(acme.id, sent.id, "member", mallory.id, session_of_mallory.id),
        FilePass(mallory.tenant_id, sent.id, "member", mallory.id, session_of_mallory.id),
    ]

    assert [hand_over(one.issue(now=now)).status_code for one in made_up] == [404, 404, 404]
    assert not entries(acme)


def test_what_was_tampered_with_in_the_store_is_handed_to_nobody(vera, store, choose):
    choose("files.text", "unread")
    vera.send(b"a" * (2 * CHUNK_BYTES + 5), "long.txt")
    vera.check()
    shown = of_visitor(vera)[0]["pass"]
    [path] = kept(store)
    whole = path.read_bytes()
    sealed_chunk = CHUNK_BYTES + 16
    first, second = whole[8 : 8 + sealed_chunk], whole[8 + sealed_chunk : 8 + 2 * sealed_chunk]

    for damaged in (
        whole[:-21],
        whole[: 8 + sealed_chunk],
        whole[:8] + second + first + whole[8 + 2 * sealed_chunk :],
        whole + b"x",
        b"",
    ):
        path.write_bytes(damaged)
        assert (hand_over(shown).status_code, hand_over(shown).json()["error"]) == (410, "damaged")
    path.write_bytes(whole)
    assert hand_over(shown).status_code == 200
    path.unlink()
    assert hand_over(shown).status_code == 410


def test_a_file_put_in_another_s_place_does_not_open(vera, store):
    paths = []
    for text in (b"first", b"other"):
        vera.send(text, "a.txt")
        paths.append(next(path for path in kept(store) if path not in paths))
        vera.check()
    paths[0].write_bytes(paths[1].read_bytes())

    assert [hand_over(file["pass"]).status_code for file in of_visitor(vera)] == [200, 410]


def test_an_agent_can_take_it_out_for_good(vera, sent, desk_of, ada, mallory, store):
    shown, desk = of_visitor(vera)[0]["pass"], desk_of(ada)
    theirs = desk_of(mallory)
    assert theirs.client.post(f"{theirs.address}{sent.id}/remove/").status_code == 404

    assert desk.client.post(f"{desk.address}{sent.id}/remove/").status_code == 204

    assert hand_over(shown).status_code == 404
    assert not kept(store)
    assert [file["text"] for file in of_visitor(vera)] == ["Removed."]
    with tenant_scope(vera.tenant):
        assert AuditEntry.objects.filter(event=audit_events.FILE_REMOVED).count() == 1
        again = remove_file(attachment_id=sent.id, conversation_id=vera.conversation.id, actor=ada, now=vera.now)
        assert again.state == FileState.REMOVED
        assert AuditEntry.objects.filter(event=audit_events.FILE_REMOVED).count() == 1


def test_whoever_has_no_session_is_told_of_no_file(vera, sent):
    from chat.permissions import Visitor

    assert (
        files_for_visitor(Visitor(vera.tenant.id, vera.tenant.id, b""), {"id": str(vera.conversation.id)}, now=vera.now)
        == []
    )

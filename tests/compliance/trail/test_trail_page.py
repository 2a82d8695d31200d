"""The page of the audit trail: found by time, person, event and object, and handed over for an auditor."""

import json
from datetime import timedelta

import pytest

from compliance import audit, audit_chain, audit_events
from compliance.models import AuditEntry, TrailView
from compliance.verifier.one_file import one_file
from compliance.verifier.program import main
from helpdesk.core.ids import reference
from tenants.actors import Actor
from tenants.roles import Role
from tenants.scoping import tenant_scope
from tests.factories.tenants import make_member

pytestmark = pytest.mark.django_db
PAGE = "/o/acme/settings/audit/"


@pytest.fixture
def auditor(client, sign_in, acme, now):
    return sign_in(client, make_member(acme, "Aude", Role.AUDITOR, now=now))


@pytest.fixture
def happened(acme, olive, ada, oscar, now):
    """Things of different kinds, by different people, at different times."""
    with tenant_scope(acme):
        audit.record(Actor.member(ada), audit_events.CONVERSATION_DISCLOSED, ada, at=now - timedelta(days=40), count=7)
        audit.record(Actor.operator(oscar), audit_events.TENANT_REGION_CHANGED, acme, at=now - timedelta(days=3))
        audit.record(Actor.system(), audit_events.RETENTION_PURGED, acme, at=now, count=12345)


def shown(page):
    """The facts and persons of the rows."""
    body = page.text.partition("<tbody>")[2].partition("</tbody>")[0]
    return body.count("<tr>"), body


def test_the_newest_entries_stand_first_and_looking_is_an_entry_too(auditor, happened, acme):
    page = auditor.get(PAGE)

    assert page.status_code == 200
    assert "12345" in page.text
    with tenant_scope(acme):
        assert set(AuditEntry.objects.get(event="audit.read").facts) == {"count"}


def test_facts_are_told_in_words(auditor, told):
    told(days_before=None, complete=True, active=False)

    _, rows = shown(auditor.get(f"{PAGE}?what=retention.purged"))

    assert all(fact in rows for fact in ("number: 0", "days before: none", "complete: yes", "active: no"))


@pytest.mark.parametrize(
    ("query", "found", "missing"),
    [
        ("what=class:disclosure", "count: 7", "12345"), ("what=retention.purged", "12345", "count: 7"),
        ("who=operator", "region changed", "12345"), ("who=system", "12345", "count: 7"),
        ("period=7", "12345", "count: 7"),
    ],
)  # fmt: skip
def test_entries_are_found_by_event_person_and_time(auditor, happened, query, found, missing):
    _, rows = shown(auditor.get(f"{PAGE}?{query}"))

    assert found in rows
    assert missing not in rows


def test_entries_are_found_by_member_and_by_object_however_it_is_named(auditor, happened, ada):
    for query in (
        f"who={ada.id}",
        f"object={ada.id}",
        f"object={reference(ada.id)}",
        f"object={reference(ada.id).lower()}",
    ):
        _, rows = shown(auditor.get(f"{PAGE}?{query}"))
        assert "count: 7" in rows, query
        assert "12345" not in rows


def test_a_range_of_days_includes_both(auditor, happened, now):
    day = (now - timedelta(days=40)).date().isoformat()

    count, rows = shown(auditor.get(f"{PAGE}?since={day}&until={day}"))

    assert (count, "count: 7" in rows) == (1, True)


@pytest.mark.parametrize(
    "query", ["since=2026-02-30", "object=no-such", "who=nobody", "since=2026-03-02&until=2026-03-01"]
)
def test_filters_that_cannot_be_used_are_marked_and_show_nothing(auditor, happened, query):
    page = auditor.get(f"{PAGE}?{query}")

    assert page.status_code == 422
    assert "errorlist" in page.text
    assert "12345" not in page.text
    assert auditor.post(f"{PAGE}export/?{query}").status_code == 422


def test_nothing_that_matches_and_a_place_that_is_none(auditor, happened):
    assert "Nothing matches" in auditor.get(f"{PAGE}?what=own_key.revoked").text
    assert "12345" in auditor.get(f"{PAGE}?before=nonsense~1").text


def test_older_entries_are_on_the_next_page_each_once(auditor, acme, now):
    with tenant_scope(acme):
        for number in range(120):
            # Many in one instant: a page ends between them.
            audit.record(Actor.system(), audit_events.RETENTION_PURGED, acme, at=now, mark=f"m{number}.")
    addresses, seen = [f"{PAGE}?what=retention.purged"], ""
    while len(addresses) < 9:
        page = auditor.get(addresses[-1])
        seen += shown(page)[1]
        following = page.text.partition('rel="next" href="')[2].partition('"')[0]
        if not following:
            break
        addresses.append(PAGE + following.replace("&amp;", "&"))

    assert len(addresses) == 3
    assert all(seen.count(f"m{number}.") == 1 for number in range(120))


def test_a_broken_chain_is_said(auditor, acme, now):
    with tenant_scope(acme):
        audit.record(Actor.system(), audit_events.AUDIT_BROKEN, acme, at=now, position=7, why="it was changed")

    assert "The chain is broken" in auditor.get(PAGE).text


@pytest.mark.parametrize("form", ["jsonl", "csv"])
def test_an_export_is_one_that_the_verifier_takes_and_leaves_an_entry(auditor, happened, acme, form, tmp_path, capsys):
    audit_chain.seal(acme.id)
    answer = auditor.post(f"{PAGE}export/", {"form": form})
    file = tmp_path / f"trail.{form}"
    file.write_bytes(answer.getvalue())

    assert main([str(file)]) == 0
    assert f"ok: {audit_chain.verify(acme.id).entries} entries" in capsys.readouterr().out
    assert 'filename="acme-audit-' in answer["Content-Disposition"]
    with tenant_scope(acme):
        assert AuditEntry.objects.filter(event="audit.exported").count() == 1


def test_an_export_through_filters_says_that_it_is_a_part(auditor, happened, acme, tmp_path):
    audit_chain.seal(acme.id)
    answer = auditor.post(f"{PAGE}export/?what=retention.purged", {"form": "jsonl"})
    (tmp_path / "part").write_bytes(answer.getvalue())
    head, *rows = [json.loads(line) for line in (tmp_path / "part").read_text().splitlines()]

    assert (head["partial"], [row["event"] for row in rows]) == (True, ["retention.purged"])
    assert main([str(tmp_path / "part")]) == 0


def test_the_verifier_can_be_had(auditor):
    assert auditor.get(f"{PAGE}verifier/").text == one_file()


@pytest.mark.parametrize("address", ["", "verifier/"])
def test_an_agent_may_not_read_it_and_somebody_elses_is_not_there(client, sign_in, ada, mallory, address):
    assert sign_in(client, ada).get(PAGE + address).status_code == 403
    assert client.post(f"{PAGE}export/").status_code == 403
    assert sign_in(client, mallory).get(PAGE + address).status_code == 404


# --- views that are kept -------------------------------------------------------------------------------------------


def test_filters_are_kept_shown_in_words_and_dropped(auditor, happened, ada, acme):
    query = f"period=7&who={ada.id}&what=class%3Adisclosure"
    assert auditor.post(f"{PAGE}views/?{query}").headers["Location"] == f"{PAGE}?{query}"
    auditor.post(f"{PAGE}views/?{query}")

    page = auditor.get(f"{PAGE}?{query}")
    with tenant_scope(acme):
        view = TrailView.objects.get()
        assert AuditEntry.objects.filter(event="audit.view_changed").count() == 1
    assert ">The last 7 days · Ada · Reading</a>" in page.text
    assert 'aria-current="true">The last 7 days' in page.text

    assert auditor.post(f"{PAGE}views/{view.id}/remove/").status_code == 302
    assert "Ada · Reading" not in auditor.get(PAGE).text


def test_no_filters_are_no_view_and_there_is_an_end_to_them(auditor, acme):
    assert "Choose filters first" in auditor.post(f"{PAGE}views/", follow=True).text
    for day in range(1, 22):
        answer = auditor.post(f"{PAGE}views/?since=2026-01-{day:02}", follow=True)
    assert "You keep 20 views" in answer.text
    with tenant_scope(acme):
        assert TrailView.objects.count() == 20


def test_a_view_is_its_members_own(client, sign_in, auditor, olive, acme, now):
    auditor.post(f"{PAGE}views/?who=system")
    with tenant_scope(acme):
        view = TrailView.objects.get()
    owner = sign_in(client, olive)

    assert 'class="kept"' not in owner.get(PAGE).text
    # As for one that is gone already: nothing is told, and nothing changes.
    assert owner.post(f"{PAGE}views/{view.id}/remove/").status_code == 302
    with tenant_scope(acme):
        assert TrailView.objects.filter(id=view.id).exists()

"""The dialog in which an agent marks what masking got wrong."""

import pytest

from chat.models import MaskingReport, ReportKind
from compliance import audit_events
from tenants.scoping import tenant_scope
from tests.chat.reports.conftest import entries, stored, version

pytestmark = pytest.mark.django_db


def url(conversation, sequence=1, slug="acme"):
    return f"/o/{slug}/conversations/{conversation.id}/messages/{sequence}/report/"


@pytest.fixture
def desk(client, sign_in, ada):
    return sign_in(client, ada)


def chosen(desk, conversation, **fields):
    return {"kind": "miss", "version": version(conversation), "words": ["9"], "entity": "OTHER", **fields}


def test_an_agent_marks_words_sees_what_is_kept_and_has_it_masked(desk, asked):
    assert "Something private was not hidden" in desk.get(url(asked)).text

    preview = desk.post(url(asked), chosen(desk, asked, step="preview")).text
    assert '<mark class="hit">AAA-99999</mark>' in preview
    assert "Aaaaaaaa" in preview
    assert "Zbigniew" not in preview
    assert "EMP-12345" in stored(asked)[1]

    done = desk.post(url(asked), chosen(desk, asked, step="mask"), follow=True).text
    assert "Reported, and masked in this conversation" in done
    assert "EMP-12345" not in done


def test_over_htmx_the_dialog_alone_comes_back(desk, asked):
    part = desk.post(url(asked), chosen(desk, asked, step="report"), headers={"HX-Request": "true"}).text

    assert "Reported. Thank you" in part
    assert "<html" not in part


def test_a_false_alarm_is_chosen_among_what_is_hidden(desk, asked, acme):
    finding = stored(asked)[2]["CARD"]
    wrong = {"kind": "miss", "version": version(asked), "hidden": f"{finding.start}-{finding.end}"}

    assert "The value itself is gone" in desk.post(url(asked), {**wrong, "step": "preview"}).text
    desk.post(url(asked), {**wrong, "step": "report"})
    with tenant_scope(acme):
        assert MaskingReport.objects.get().kind == ReportKind.FALSE_ALARM


@pytest.mark.parametrize(
    ("fields", "error"),
    [
        ({"words": []}, "Mark the words"),
        ({"words": ["99"]}, "Select a valid choice"),
        ({"kind": "false_alarm", "hidden": "0-2"}, "Select a valid choice"),
        ({"kind": "false_alarm"}, "Choose what was hidden"),
    ],
)
def test_an_incomplete_report_is_shown_again_with_what_is_wrong(desk, asked, acme, fields, error):
    answer = desk.post(url(asked), chosen(desk, asked, step="mask", **fields))

    assert answer.status_code == 422
    assert error in answer.text
    with tenant_scope(acme):
        assert not MaskingReport.objects.exists()


@pytest.mark.parametrize("version", ["00", ""])
def test_a_form_of_an_older_text_is_shown_anew(desk, asked, version):
    answer = desk.post(url(asked), chosen(desk, asked, step="mask", version=version))

    assert answer.status_code == 409
    assert "masked further meanwhile" in answer.text
    assert "EMP-12345" in stored(asked)[1]


def test_looking_at_a_message_for_a_report_is_a_disclosure(desk, asked, acme):
    before = len(entries(acme, audit_events.CONVERSATION_DISCLOSED))
    desk.get(url(asked))

    assert len(entries(acme, audit_events.CONVERSATION_DISCLOSED)) == before + 1


def test_for_mallory_and_for_no_message_there_is_no_report_page(desk, client, sign_in, mallory, asked):
    assert desk.get(url(asked, sequence=9)).status_code == 404
    assert sign_in(client, mallory).get(url(asked)).status_code == 404
    assert sign_in(client, mallory).get(url(asked, slug="globex")).status_code == 404

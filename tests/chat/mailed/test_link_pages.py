"""The page of a mailed link: it opens the chat by a code, tells how many more tries there are, and nothing else."""

import pytest
from django.conf import settings
from django.core import mail

from chat.identity import codes
from chat.models.mailed_link import LINK_COOL_DOWN, LINK_TRIES
from chat.tasks import mail_links
from chat.views.links import LINK_HEADER
from tests.chat.mailed.conftest import ADDRESS, Reader, mailed_code, mailed_token

pytestmark = pytest.mark.django_db


def test_a_link_opens_the_chat_in_a_page_of_ours_by_a_code_from_the_mailbox(acme, asked):
    mail_links.for_tenant(acme.id).run_here()
    reader = Reader(acme, mailed_token())

    page = reader.client.get(f"/w/{reader.key}/link")
    opened = reader.open()
    session = reader.client.post(
        f"/w/{reader.key}/session", "{}", content_type="application/json", headers={"Origin": settings.SITE_ORIGIN},
        secure=True,
    )  # fmt: skip

    assert page.status_code == 200
    assert page["Cache-Control"] == "no-store"
    assert "secret" not in page.text
    assert mail.outbox[-1].to == [ADDRESS]
    assert opened.json() == {"next": f"/w/{reader.key}/"}
    assert opened.cookies["__Host-hushdesk"]["httponly"]
    assert session.json()["conversation"]["id"] == str(asked.id)


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Origin": "https://shop.example"}, 403), ({"Sec-Fetch-Site": "cross-site"}, 403), ({LINK_HEADER: ""}, 404),
        ({LINK_HEADER: "x" * 200}, 404), ({LINK_HEADER: "x" * 43}, 404),
    ],
)  # fmt: skip
def test_another_site_and_another_token_get_nowhere(acme, asked, headers, status):
    mail_links.for_tenant(acme.id).run_here()
    reader = Reader(acme, mailed_token())

    answers = [reader.send(step, **headers).status_code for step in ("code", "open")]

    assert answers == [status, status]
    assert len(mail.outbox) == 1


def test_wrong_codes_are_told_how_many_more_and_then_to_wait(acme, asked):
    mail_links.for_tenant(acme.id).run_here()
    reader = Reader(acme, mailed_token())
    reader.send("code")
    wrong = f"{(int(codes.plain(mailed_code())) + 1) % 10**8:08d}"

    answers = [reader.send("open", {"code": wrong}) for _ in range(LINK_TRIES + 1)]

    assert answers[0].status_code == 422
    assert answers[0].json() == {"error": "wrong", "left": 4}
    assert (answers[-1].status_code, answers[-1].json()) == (429, {"error": "locked"})
    assert 0 < int(answers[-1]["Retry-After"]) <= LINK_COOL_DOWN.total_seconds() + 1


@pytest.mark.parametrize("body", ["", "[]", "{", '{"code": 12345678}', "null", '{"code": "' + "1" * 2000 + '"}'])
def test_a_body_that_is_none_of_ours_opens_nothing(acme, asked, body):
    mail_links.for_tenant(acme.id).run_here()
    reader = Reader(acme, mailed_token())
    reader.send("code")

    answer = reader.client.post(
        f"/w/{reader.key}/link/open", body, content_type="application/json",
        headers={"Origin": settings.SITE_ORIGIN, LINK_HEADER: reader.token},
    )  # fmt: skip

    assert answer.status_code in {404, 422}
    assert "next" not in answer.json()


def test_codes_are_sent_a_few_times_and_then_later(acme, asked):
    mail_links.for_tenant(acme.id).run_here()
    reader = Reader(acme, mailed_token())

    statuses = [reader.send("code").status_code for _ in range(4)]

    assert statuses == [200, 200, 200, 429]

"""The pages of secure forms: each under its own origin, and what a visitor's page may send."""

import base64
import json
import secrets

import pytest
from cryptography.exceptions import InvalidTag
from django.conf import settings
from django.test import Client

from chat.actions.form_keys import BadPointError, enrol_key
from chat.models import FormKey, FormState, Inbox
from chat.secure_forms import volatile
from chat.secure_forms.facts import facts_of
from chat.secure_forms.kinds import BadFieldError, Field, fields_of
from chat.secure_forms.passes import BadPassError, Pass
from chat.secure_forms.submission import MAX_BODY_BYTES, encoded
from chat.views.form_pages import PASS_HEADER
from tenants import fresh_factor
from tenants.models import StaffSession
from tenants.scoping import tenant_scope
from tests.chat.forms.conftest import VALUES, Page, again, looks_of, send
from tests.support.secure_forms import seal

FORMS = settings.FORMS_ORIGIN.partition("://")[2]
VAULT = settings.VAULT_ORIGIN.partition("://")[2]


@pytest.fixture
def key(acme):
    with tenant_scope(acme):
        return Inbox.objects.get().widget_key


@pytest.fixture
def page(asked, key):
    return Page(asked, key)


def test_the_page_says_what_is_asked_and_is_opened_by_it(page, asked, desk):
    answer = page.step("open").json()

    assert (answer["name"], answer["agent"], answer["organisation"]) == ("Card details", "Ada", "Acme")
    assert answer["point"] == encoded(desk.key.point)
    assert answer["facts"] == facts_of(asked)
    assert again(asked).state == FormState.OPENED


def test_what_is_sent_is_kept_sealed_and_a_replay_is_refused(page, asked, desk):
    body = seal(VALUES, asked)

    assert page.step("submit", body).status_code == 200
    replay = page.step("submit", body)

    assert (replay.status_code, replay.json()["error"]) == (409, "ended")
    sealed = volatile.take(asked.tenant_id, asked.id)
    assert desk.key.open(sealed, facts_of(asked)) == VALUES


def test_it_opens_for_nothing_else_than_it_was_bound_to(asked, desk):
    sealed = json.dumps(seal(VALUES, asked))
    for name in ("tenant", "form", "request", "agent", "key"):
        with pytest.raises(InvalidTag):
            desk.key.open(sealed, facts_of(asked) | {name: "another"})


def off_the_curve(body):
    point = bytearray(base64.urlsafe_b64decode(body["epk"] + "="))
    point[-1] ^= 1
    return body | {"epk": encoded(bytes(point))}


BAD = {
    "nothing": lambda _: b"",
    "no object": lambda _: b"[1]",
    "no JSON": lambda _: b"{",
    "deep": lambda _: b"[" * 4000,
    "a field too many": lambda body: body | {"number": "4111 1111 1111 1111"},
    "a field missing": lambda body: {name: body[name] for name in body if name != "iv"},
    "another version": lambda body: body | {"v": 2},
    "true for one": lambda body: body | {"v": True},
    "a point off the curve": off_the_curve,
    "the point at infinity": lambda body: body | {"epk": encoded(bytes(65))},
    "a compressed point": lambda body: body | {"epk": encoded(b"\x02" + secrets.token_bytes(32))},
    "no point": lambda body: body | {"epk": ""},
    "a number for a text": lambda body: body | {"ct": 7},
    "other letters": lambda body: body | {"salt": "é" * 43},
    "a short salt": lambda body: body | {"salt": encoded(b"s")},
    "a long nonce": lambda body: body | {"iv": encoded(bytes(16))},
    "not padded": lambda body: body | {"ct": encoded(secrets.token_bytes(100))},
    "too many blocks": lambda body: body | {"ct": encoded(secrets.token_bytes(512 * 9 + 16))},
}


@pytest.mark.parametrize("name", BAD)
def test_what_is_no_sealed_answer_is_refused_and_nothing_is_kept(name, page, asked):
    body = BAD[name](seal(VALUES, asked))

    answer = page.step("submit", body if isinstance(body, bytes) else json.dumps(body))

    assert (answer.status_code, answer.json()["error"]) == (400, "bad_form")
    assert again(asked).state == FormState.REQUESTED
    assert not volatile.is_there(asked.tenant_id, asked.id)


def test_what_is_too_long_is_not_read(page):
    assert page.step("submit", b"x" * (MAX_BODY_BYTES + 1)).status_code == 413


def test_only_a_script_of_the_form_s_own_origin_sends(page, asked):
    for told in ({"Origin": settings.SITE_ORIGIN}, {"Origin": "https://shop.example"}, {"Origin": "null"},
                 {"Sec-Fetch-Site": "cross-site"}):  # fmt: skip
        assert page.step("submit", seal(VALUES, asked), **told).status_code == 403
    assert again(asked).state == FormState.REQUESTED


def test_a_pass_that_is_altered_too_old_or_of_another_widget_is_none(page, asked, globex, now):
    assert page.step("open", **{PASS_HEADER: page.shown[:-2] + "xx"}).status_code == 404
    assert page.step("open", **{PASS_HEADER: ""}).status_code == 404
    with pytest.raises(BadPassError):
        Pass.of(page.shown, now=asked.expires_at)
    assert Pass.of(page.shown, now=now).request_id == asked.id
    with tenant_scope(globex):
        page.path = f"/forms/{Inbox.objects.get().widget_key}/"
    assert page.step("open").status_code == 404


def test_each_page_is_answered_under_its_own_origin_alone(key):
    client = Client()
    found = {
        (host, path): client.get(path, headers={"Host": host}).status_code
        for host in (FORMS, VAULT, settings.SITE_HOST)
        for path in (f"/forms/{key}/", "/vault/", "/sign-in/", "/healthz")
    }

    assert {place for place, status in found.items() if status == 200} == {
        (FORMS, f"/forms/{key}/"), (VAULT, "/vault/"), (settings.SITE_HOST, "/sign-in/"),
        (settings.SITE_HOST, "/healthz"),
    }  # fmt: skip


def test_both_pages_let_nothing_in_but_themselves(acme, key):
    for host, path in ((FORMS, f"/forms/{key}/"), (VAULT, "/vault/")):
        answer = Client().get(path, headers={"Host": host})
        policy = answer["Content-Security-Policy"]

        assert f"frame-ancestors {settings.SITE_ORIGIN}" in policy
        assert "default-src 'none'" in policy
        assert "form-action 'none'" in policy
        assert "connect-src 'self'" in policy
        assert "require-trusted-types-for 'script'" in policy
        assert (answer["Referrer-Policy"], answer["Cache-Control"]) == ("no-referrer", "no-store")
        assert "X-Frame-Options" not in answer
        assert not answer.cookies


def test_the_agent_is_handed_it_once_after_a_factor_given_just_now(desk, chat, now):
    desk.looks = looks_of(desk.client)
    form = send(desk.ask(chat), now)
    path = f"/o/acme/conversations/{chat.id}/forms/{form.id}/"
    given = {"key": encoded(desk.key.fingerprint)}

    assert desk.client.post(f"{path}take/", given).json() == {"error": "factor"}
    assert b"Confirm that it is you" in desk.client.get(path).content
    session = desk.client.session
    session[fresh_factor.STAMP] = [now.timestamp(), "a factor"]
    session.save()
    StaffSession.objects.update(session_hash=StaffSession.objects.get().session_hash)
    assert b"Show it, once" in desk.client.get(path).content
    assert desk.client.post(f"{path}take/", {"key": "AAAA"}).status_code == 409
    handed = desk.client.post(f"{path}take/", given)
    assert desk.key.open(handed.json()["sealed"], handed.json()["facts"]) == VALUES
    assert desk.client.post(f"{path}take/", given).status_code == 409
    assert desk.client.post(f"{path}hidden/").status_code == 204
    assert again(form).state == FormState.DESTROYED


def test_a_key_must_be_a_point_of_the_curve(ada, now):
    with tenant_scope(ada.tenant):
        for point in (b"", bytes(65), b"\x04" + bytes(64), b"\x02" + bytes(32)):
            with pytest.raises(BadPointError):
                enrol_key(point=point, browser="", actor=ada, now=now)
        assert not FormKey.objects.exists()


def test_fields_are_what_a_browser_can_look_at():
    for bad in ({"key": "a", "label": "A", "type": "cvv"}, {"key": "A!", "label": "A"}, {"key": "a", "label": ""},
                {"key": "a", "label": "A", "script": "x"}, {"key": "a", "label": "A", "most": 10_000}):  # fmt: skip
        with pytest.raises(BadFieldError):
            Field.of(bad)
    with pytest.raises(BadFieldError):
        fields_of([])

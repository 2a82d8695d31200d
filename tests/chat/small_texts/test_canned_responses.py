"""Canned responses: masked, picked by a short name, deleted and brought back."""

from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse

from chat import small_texts
from chat.actions import canned_responses
from chat.actions.canned_responses import BadShortcutError, ShortcutTakenError, UnknownCannedResponseError
from chat.models import CannedResponse
from compliance.masking import DetectorFailedError
from tenants.scoping import tenant_scope
from tests.chat.small_texts.conftest import CARD, MASKED, everything

pytestmark = pytest.mark.django_db


def test_a_canned_response_is_masked_and_picked_by_its_short_name(acme, ada, hello, sign_in):
    answer = sign_in(Client(), ada).get(f"/o/{acme.slug}/canned/picker/").json()

    assert answer == {"canned": [{"shortcut": "hello-2", "text": f"Hello! Never send {MASKED}."}]}
    assert b"Never send" not in everything(acme)


def test_a_deleted_one_can_be_brought_back_for_a_day(acme, ada, hello, now):
    act = {"canned_response_id": hello.id, "actor": ada}
    with tenant_scope(acme):
        canned_responses.delete_canned_response(**act, now=now)
        assert small_texts.canned_responses(ada) == []
        canned_responses.restore_canned_response(**act, now=now)
        assert [one.shortcut for one in small_texts.canned_responses(ada)] == ["hello-2"]
        canned_responses.delete_canned_response(**act, now=now)
        later = now + timedelta(days=2)
        canned_responses.create_canned_response(shortcut="bye", text="Goodbye!", actor=ada, now=later)
        with pytest.raises(UnknownCannedResponseError):
            canned_responses.restore_canned_response(**act, now=later)
        assert CannedResponse.objects.count() == 1


def test_two_do_not_share_a_short_name_nor_does_one_come_back_to_a_taken_one(acme, ada, hello, now):
    with tenant_scope(acme):
        with pytest.raises(ShortcutTakenError):
            canned_responses.create_canned_response(shortcut="hello-2", text="Hi", actor=ada, now=now)
        canned_responses.delete_canned_response(canned_response_id=hello.id, actor=ada, now=now)
        canned_responses.create_canned_response(shortcut="hello-2", text="Hi", actor=ada, now=now)
        with pytest.raises(ShortcutTakenError):
            canned_responses.restore_canned_response(canned_response_id=hello.id, actor=ada, now=now)


@pytest.mark.parametrize("shortcut", ["", "2nd", "a b", "é", "a" * 33, "card-4111-1111", "a4111111111111111"])
def test_a_short_name_is_short_and_holds_no_number_that_matters(acme, ada, now, shortcut):
    with tenant_scope(acme), pytest.raises(BadShortcutError):
        canned_responses.create_canned_response(shortcut=shortcut, text="Hi", actor=ada, now=now)


def test_the_pages_of_canned_responses_do_all_of_it(acme, ada, sign_in, monkeypatch):
    client, slug = sign_in(Client(), ada), {"slug": acme.slug}
    listed = reverse("chat:canned", kwargs=slug)

    created = client.post(listed, {"shortcut": "hours", "text": f"Nine to five. {CARD}"}, follow=True)
    assert "/hours" in created.content.decode()
    with tenant_scope(acme):
        one = slug | {"canned_response_id": CannedResponse.objects.get().id}
    assert client.post(listed, {"shortcut": "hours", "text": "kept as typed"}).status_code == 422
    edited = client.post(reverse("chat:canned_one", kwargs=one), {"shortcut": "open", "text": "Always"}, follow=True)
    assert "Always" in edited.content.decode()
    deleted = client.post(reverse("chat:canned_delete", kwargs=one), follow=True)
    assert "Undo" in deleted.content.decode()
    restored = client.post(reverse("chat:canned_restore", kwargs=one), follow=True)
    assert "/open is back" in restored.content.decode()
    monkeypatch.setattr("compliance.ingest.mask", lambda *_: (_ for _ in ()).throw(DetectorFailedError("card")))
    refused = client.post(listed, {"shortcut": "later", "text": "typed with care"})
    assert (refused.status_code, "typed with care" in refused.content.decode()) == (503, True)

"""The panel beside a conversation says whether the site vouches for somebody, whatever they have proven besides."""

from datetime import timedelta

import pytest
from django.conf import settings
from django.test import Client

from chat.identity.standing import Level
from chat.models import VisitorSession
from tenants.scoping import tenant_scope

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("has_proven", [False, True])
@pytest.mark.parametrize("is_signed", [False, True])
@pytest.mark.parametrize("headers", [{}, {"HX-Request": "true"}])
def test_the_panel_says_whether_the_site_vouches(sign_in, ada, acme, vera, now, has_proven, is_signed, headers):
    proof = vera.prove(vera.send()).proof if has_proven else vera.proof
    until = now + timedelta(hours=1) if is_signed else None
    with tenant_scope(acme):
        VisitorSession.objects.filter(contact_id=proof.contact_id).update(signed_until=until)
    desk = sign_in(Client(headers={"Host": settings.SITE_HOST}), ada)

    page = desk.get(f"/o/acme/conversations/{proof.conversation_id}/", headers=headers)

    level = Level.PROVEN if has_proven else Level.SIGNED if is_signed else Level.ANONYMOUS
    assert (page.context["conversation"].standing.level, page.context["signed_until"]) == (level, until)
    assert ("Verified by website" in page.text) == is_signed

"""Who is reminded of a course, and what proves that they took it."""

from datetime import timedelta

import pytest

from compliance import tasks
from compliance.training import assigning, reminding, standing
from compliance.training.standing import Proof, State
from helpdesk.core import clock
from tenants.models import Membership
from tenants.policy_names import ASKED, CLOSES
from tenants.roles import Role
from tenants.scoping import tenant_scope
from tests.compliance.training.conftest import ask
from tests.factories.tenants import make_member
from tests.factories.training import complete

pytestmark = pytest.mark.django_db


def test_each_reminder_comes_once_and_closer_ones_follow(acme, olive, ada, now, mailoutbox):
    ask(olive, "phishing", CLOSES, now)
    complete(olive, "phishing", now=now)

    sent = []
    for days in (0, 0, 5, 7, 8, 13, 13.5, 14, 20):
        reminding.remind(acme, now=now + timedelta(days=days))
        sent.append(len(mailoutbox))

    assert sent == [1, 1, 1, 2, 2, 3, 3, 3, 3]
    assert {mail.to[0] for mail in mailoutbox} == {"ada@acme.example"}
    assert "Phishing and social engineering" in mailoutbox[0].body
    assert "/o/acme/training/" in mailoutbox[0].body


def test_the_next_round_is_reminded_anew(acme, olive, ada, now, mailoutbox):
    ask(olive, "phishing", CLOSES, now)
    for member in (olive, ada):
        complete(member, "phishing", now=now)

    assert reminding.remind(acme, now=now + assigning.VALID - timedelta(days=31)) == 0
    assert reminding.remind(acme, now=now + assigning.VALID - timedelta(days=30)) == 2


def test_proof_tells_who_was_trained_before_their_first_access(acme, olive, ada, now):
    with tenant_scope(acme):
        Membership.objects.filter(id__in=[olive.id, ada.id]).update(first_access_at=now)
    ask(olive, "pci", CLOSES, now + timedelta(hours=1))
    new = make_member(acme, "Nora", Role.AGENT, now=now + timedelta(hours=2))
    complete(new, "pci", now=now + timedelta(hours=3))
    with tenant_scope(acme):
        before = {each.member.user.name: each.proof for each in standing.team(now=now)}
        Membership.objects.filter(id=new.id).update(first_access_at=now + timedelta(hours=4))
        after = {each.member.user.name: each for each in standing.team(now=now)}
        Membership.objects.filter(id=new.id).update(first_access_at=now + timedelta(hours=2, minutes=30))
        wrong = {each.member.user.name: each.proof for each in standing.team(now=now)}

    assert before == {"Ada": Proof.ASKED_LATER, "Olive": Proof.ASKED_LATER, "Nora": Proof.NO_ACCESS}
    assert (after["Nora"].proof, after["Nora"].state) == (Proof.BEFORE, State.DONE)
    assert wrong["Nora"] == Proof.AFTER


def test_the_clock_of_the_job_is_now(acme, olive, ada, now, mailoutbox):
    ask(olive, "phishing", ASKED, clock.now())

    tasks.train_tenant.for_tenant(acme.id).run_here()

    assert len(mailoutbox) == 2

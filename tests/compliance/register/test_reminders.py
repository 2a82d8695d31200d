"""Mails about deadlines and tasks: when one is near, when it is over, each once, and nothing of what it is about."""

from datetime import timedelta

import pytest

from compliance import due_mail
from compliance.actions import incident_work, incidents
from compliance.breach.regimes import Risk
from compliance.breach.reminders import remind
from compliance.models import Decision
from tenants import mail as mails
from tenants.actors import Actor
from tenants.mail import MailNotSentError
from tests.factories.incidents import decided, raised

pytestmark = pytest.mark.django_db


@pytest.fixture
def by(acme, olive, now):
    return {"tenant": acme, "actor": Actor.member(olive), "now": now}


@pytest.fixture
def breach(acme, by, now):
    incident = raised(acme, now)
    return decided(incident, by, decision=Decision.BREACH, risk=Risk.REAL, laws=("gdpr",), reason="Vera was seen")


def test_a_deadline_is_told_of_when_it_is_near_and_when_it_is_over_each_once(acme, breach, now, mailoutbox):
    moments = [now + timedelta(hours=hours) for hours in (1, 47, 49, 50, 73, 74)]

    assert [remind(acme, now=moment) for moment in moments] == [0, 0, 1, 0, 1, 0]
    assert [letter.to for letter in mailoutbox] == [["olive@acme.example"]] * 2
    words = "".join(letter.body + str(letter.alternatives) for letter in mailoutbox)
    assert f"/settings/incidents/{breach.id}/" in words
    assert "Vera" not in words


def test_one_that_was_found_over_at_once_is_told_of_once(acme, breach, now, mailoutbox):
    assert remind(acme, now=now + timedelta(days=9)) == 1
    assert remind(acme, now=now + timedelta(days=9)) == 0


def test_of_what_was_told_or_closed_nobody_is_reminded(acme, breach, by, now):
    incident_work.mark_told(incident_id=breach.id, regime="gdpr_authority", **by)
    assert remind(acme, now=now + timedelta(days=9)) == 0


def test_of_a_closed_incident_nobody_is_reminded(acme, breach, by, now):
    incidents.close(incident_id=breach.id, note="Done", left_open="The authority knows", **by)
    assert remind(acme, now=now + timedelta(days=9)) == 0


def test_what_waits_to_be_decided_is_told_of(acme, now, mailoutbox):
    raised(acme, now)

    assert remind(acme, now=now + timedelta(hours=17)) == 1
    assert "is it a breach" in mailoutbox[0].body


def test_whoever_has_a_task_is_told_the_day_before(acme, breach, by, ada, now, mailoutbox):
    incident_work.add_task(
        incident_id=breach.id, text="Call Vera", assignee_id=ada.id, due_on=(now + timedelta(days=1)).date(), **by
    )

    assert [remind(acme, now=now) for _ in range(2)] == [1, 0]
    (letter,) = mailoutbox
    assert (letter.to, "Vera" in letter.body) == ([ada.user.email], False)


def test_a_mail_that_could_not_be_sent_comes_with_the_next_run(acme, breach, now, mailoutbox, monkeypatch):
    def refused(*_, **__):
        raise MailNotSentError

    later = now + timedelta(hours=50)
    with monkeypatch.context() as patched:
        patched.setattr(mails, "send", refused)
        assert remind(acme, now=later) == 0
    assert remind(acme, now=later) == 1


def test_a_day_and_a_moment_are_written_as_people_write_them(now):
    moment = now.replace(year=2026, month=3, day=4, hour=5, minute=6)
    assert due_mail.spoken(moment) == "4 March 2026, 05:06 UTC"
    assert due_mail.spoken(moment.date()) == "4 March 2026"

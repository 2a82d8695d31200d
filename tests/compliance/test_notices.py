"""What visitors are told: whose law, in which language, which exact text, and what an organisation makes of it."""

import hashlib
from dataclasses import replace

import pytest
from django.db import ProgrammingError, connection, transaction

from compliance import rule_sets
from compliance.actions import retention
from compliance.actions.notices import (
    DraftChangedError,
    NoSuchNoticeError,
    choose_notice_setting,
    cleaned_body,
    drop_draft,
    publish_notice,
    save_draft,
    version_of,
)
from compliance.models import AuditEntry, LawRegion, NoticeDraft, NoticeVersion, RecordClass
from compliance.notices.in_force import notices_of
from compliance.notices.regions import region_of
from compliance.notices.wording import LANGUAGES, Facts, body_of, language_of, shipped, wording
from tenants.actors import Actor
from tenants.models import Tenant
from tenants.permissions import NotPermittedError
from tenants.scoping import tenant_scope
from tenants.text_checks import HoldsSensitiveDataError, check_readable
from tests.factories.consent import ask_visitors, notices_in
from tests.factories.modes import switch_mode

FACTS = Facts("Acme", "eu", 30)
OWN = "Hello from {organisation}\n\nWe read what you write. {kept}"


@pytest.mark.parametrize(
    ("timezone", "languages", "region"),
    [
        ("Europe/Berlin", ["de-DE", "de"], "gdpr"),
        ("Atlantic/Canary", [], "gdpr"),
        ("America/Toronto", ["en-CA"], "canada"),
        ("America/Montreal", ["fr-CA"], "canada"),
        ("America/Los_Angeles", ["en-US"], "california"),
        ("America/Chicago", ["en-US", "en"], "us"),
        ("America/Indiana/Knox", ["en"], "us"),
        # Two that disagree: the stricter.
        ("America/Chicago", ["de-DE"], "gdpr"),
        ("America/Los_Angeles", ["fr-CA", "fr"], "canada"),
        ("Asia/Tokyo", ["ja"], "default"),
        ("Europe/Moscow", ["ru-RU"], "default"),
        # Nothing known, or hidden by the browser: never the mild one. Catalan is no Canadian.
        ("", [], "default"),
        ("UTC", ["en-US"], "default"),
        ("", ["ca"], "default"),
        ("Nowhere/Else", ["xx-YY", "-"], "default"),
    ],
)
def test_whose_law_holds_is_told_by_time_zone_and_languages_and_in_doubt_the_stricter(timezone, languages, region):
    assert region_of(timezone, languages) == region


@pytest.mark.parametrize(
    ("languages", "language"),
    [(["fr-CA", "en"], "fr"), (["nl", "es-MX"], "es"), (["DE"], "de"), (["ja"], "en"), ([], "en")],
)
def test_the_text_is_in_the_first_language_of_the_browser_that_there_is_one_in(languages, language):
    assert language_of(languages) == language


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_language_says_everything_for_every_region_and_mode(language):
    said, english = shipped(language), shipped("en")

    assert said.keys() == english.keys()
    assert len(said["common"]) == len(english["common"])
    for name in ("regions", "modes", "kept", "places"):
        assert said[name].keys() == english[name].keys()
    for region in LawRegion:
        for asks in (True, False):
            shown = wording(region, language, body_of(region, language), FACTS, ("hipaa", "pci"), asks=asks)
            assert "{" not in shown.text
            assert "Acme" in shown.text
            assert "30" in shown.text
            assert all(shown.paragraphs)
            assert shown.digest == hashlib.sha256(shown.text.encode()).digest()


@pytest.mark.parametrize("language", LANGUAGES)
def test_our_own_texts_can_be_saved_as_one_s_own(language):
    for region in LawRegion:
        body = body_of(region, language)
        assert cleaned_body(body) == body
        check_readable(" ".join(body.split()))


def test_whatever_a_text_says_of_the_organisation_makes_it_another_text():
    body = body_of(LawRegion.GDPR, "en")
    given = {"facts": FACTS, "modes": (), "asks": True}
    changes = [
        {},
        {"facts": replace(FACTS, keep_days=31)},
        {"facts": replace(FACTS, keep_days=None)},
        {"facts": replace(FACTS, organisation="Acme Ltd")},
        {"facts": replace(FACTS, region="us")},
        {"modes": ("hipaa",)},
        {"asks": False},
    ]

    digests = {wording(LawRegion.GDPR, "en", body, **{**given, **change}).digest for change in changes}

    assert len(digests) == len(changes)


def test_a_name_with_braces_is_shown_as_it_is():
    shown = wording(LawRegion.US, "en", OWN, replace(FACTS, organisation="{kept} & {0}"), (), asks=False)

    assert shown.paragraphs[0] == "Hello from {kept} & {0}"


def test_paragraphs_are_kept_with_one_empty_line_between_them():
    assert cleaned_body("  Title \r\n\r\n \n\nOne\n  line\x00\n\n\n\nTwo  words \n") == "Title\n\nOne line\n\nTwo words"


@pytest.mark.django_db
def test_a_draft_changes_nothing_until_it_is_published_and_then_everything(acme, olive, now):
    ask_visitors(acme)
    with tenant_scope(acme):
        before = notices_in(acme)
        save_draft(law=LawRegion.GDPR, language="de", body=OWN, actor=olive, now=now)
        meanwhile = notices_of(acme)
        seen = meanwhile.preview(LawRegion.GDPR, "de", OWN).digest
        version = publish_notice(law=LawRegion.GDPR, language="de", text_hash=seen, actor=olive, now=now)
        after = notices_of(acme)

        assert meanwhile == before
        assert (version.number, version.is_published, bytes(version.text_hash)) == (1, True, seen)
        assert after.of(LawRegion.GDPR, "de").digest == seen
        assert after.of(LawRegion.GDPR, "de").paragraphs[0] == "Hello from Acme"
        # The others stay as they were, and those who read them need not read again.
        assert set(before.accepts) - set(after.accepts) == {before.of(LawRegion.GDPR, "de").digest}
        assert not NoticeDraft.objects.exists()
        entry = AuditEntry.objects.get(event="notice.published")
        assert entry.facts == {"region": "gdpr", "language": "de", "number": 1}


@pytest.mark.django_db
def test_what_is_published_is_what_was_looked_at(acme, olive, now):
    with tenant_scope(acme):
        save_draft(law=LawRegion.US, language="en", body=OWN, actor=olive, now=now)
        seen = notices_of(acme).preview(LawRegion.US, "en", OWN).digest
        save_draft(law=LawRegion.US, language="en", body=f"{OWN} And more.", actor=olive, now=now)

        with pytest.raises(DraftChangedError):
            publish_notice(law=LawRegion.US, language="en", text_hash=seen, actor=olive, now=now)

        drop_draft(law=LawRegion.US, language="en", actor=olive)
        with pytest.raises(NoSuchNoticeError):
            publish_notice(law=LawRegion.US, language="en", text_hash=seen, actor=olive, now=now)
        assert not NoticeVersion.objects.exists()


@pytest.mark.django_db
def test_a_version_never_changes(acme, olive, now):
    with tenant_scope(acme):
        version = version_of(notices_of(acme).of(LawRegion.US, "en"), notices_of(acme), now=now)
        for statement in ("UPDATE compliance_noticeversion SET text = 'x'", "DELETE FROM compliance_noticeversion"):
            with pytest.raises(ProgrammingError), transaction.atomic(), connection.cursor() as cursor:
                cursor.execute(statement)
        assert NoticeVersion.objects.get().text == version.text


@pytest.mark.django_db
def test_our_own_text_is_kept_as_a_version_once_somebody_reads_it(acme, now):
    with tenant_scope(acme):
        notices = notices_of(acme)
        first, again = (version_of(notices.of(LawRegion.CANADA, "fr"), notices, now=now) for _ in range(2))

        assert first.id == again.id
        assert (first.number, first.origin, first.is_published) == (1, "shipped", False)
        assert hashlib.sha256(first.text.encode()).digest() == bytes(first.text_hash)
        # It is no publication: what we ship later is what visitors see then.
        assert notices_of(acme).bodies == {}


@pytest.mark.django_db
def test_a_mode_adds_its_line_and_asks_everyone(acme, oscar, now):
    with tenant_scope(acme):
        before = notices_of(acme)
    switch_mode(
        tenant=acme, mode="hipaa", on=True, reason="Patients write to them", actor=Actor.operator(oscar), now=now
    )
    with tenant_scope(acme):
        after = notices_of(Tenant.objects.get(id=acme.id))

    assert before.accepts is None
    assert after.accepts is not None
    us = after.of(LawRegion.US, "en")
    assert us.asks
    assert "emergency" in us.text
    assert before.of(LawRegion.US, "en").asks is False


@pytest.mark.django_db
def test_the_text_says_how_long_chats_are_really_kept(acme, olive, now):
    with tenant_scope(acme):
        assert "until Acme erases them" in notices_of(acme).of(LawRegion.US, "en").text
    retention.set_policy(
        tenant=acme, record_class=RecordClass.CONVERSATION, keep_days=45, actor=Actor.member(olive), now=now
    )
    with tenant_scope(acme):
        assert "45 days" in notices_of(acme).of(LawRegion.US, "en").text


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("consent", "asked"),
    [
        ("told", set()),
        ("law", {LawRegion.GDPR, LawRegion.CANADA, LawRegion.DEFAULT}),
        ("everyone", set(LawRegion)),
    ],
)
def test_who_is_asked_is_the_organisation_s_choice(acme, olive, now, consent, asked):
    with tenant_scope(acme):
        choose_notice_setting(law=None, other_ways="", consent=consent, actor=olive, now=now)
        notices = notices_of(acme)

    assert {region for region in LawRegion if notices.of(region, "en").asks} == asked
    assert (notices.accepts is None) is (consent == "told")


@pytest.mark.django_db
def test_with_one_law_for_everyone_no_other_text_is_accepted(acme, olive, now):
    ask_visitors(acme)
    with tenant_scope(acme):
        mild = notices_of(acme).of(LawRegion.US, "en").digest
        choose_notice_setting(law=LawRegion.GDPR, other_ways="Call us", consent="law", actor=olive, now=now)
        notices = notices_of(acme)

    assert mild not in notices.accepts
    assert notices.for_browser("America/Chicago", ["en-US"]).region == LawRegion.GDPR
    assert notices.other_ways == "Call us"


@pytest.mark.django_db
def test_who_may_not_write_notices_changes_nothing(acme, ada, sam, mallory, now):
    for member in (ada, sam, mallory):
        with tenant_scope(acme):
            for attempt in (
                lambda who: save_draft(law=LawRegion.US, language="en", body=OWN, actor=who, now=now),
                lambda who: drop_draft(law=LawRegion.US, language="en", actor=who),
                lambda who: publish_notice(law=LawRegion.US, language="en", text_hash=b"", actor=who, now=now),
                lambda who: choose_notice_setting(law=None, other_ways="", consent="law", actor=who, now=now),
            ):
                with pytest.raises(NotPermittedError):
                    attempt(member)


@pytest.mark.django_db
def test_a_card_number_is_put_in_no_notice(acme, olive, now):
    with tenant_scope(acme):
        with pytest.raises(HoldsSensitiveDataError):
            save_draft(law=LawRegion.US, language="en", body="Title\n\n4111 1111\n\n1111 1111", actor=olive, now=now)
        with pytest.raises(HoldsSensitiveDataError):
            choose_notice_setting(law=None, other_ways="4111 1111 1111 1111", consent="law", actor=olive, now=now)
        with pytest.raises(NoSuchNoticeError):
            choose_notice_setting(law=None, other_ways="", consent="nobody", actor=olive, now=now)
        with pytest.raises(NoSuchNoticeError):
            save_draft(law=LawRegion.US, language="xx", body=OWN, actor=olive, now=now)


@pytest.mark.django_db(transaction=True)
def test_a_process_forgets_what_it_knew_when_a_text_is_published(acme, olive, now):
    ask_visitors(acme)
    known = notices_in(acme).of(LawRegion.US, "en").digest
    with tenant_scope(acme):
        save_draft(law=LawRegion.US, language="en", body=OWN, actor=olive, now=now)
        seen = notices_of(acme).preview(LawRegion.US, "en", OWN).digest
        publish_notice(law=LawRegion.US, language="en", text_hash=seen, actor=olive, now=now)

    accepts = rule_sets.current(acme.id).accepts
    assert seen in accepts
    assert known not in accepts

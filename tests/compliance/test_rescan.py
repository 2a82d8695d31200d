from datetime import timedelta

import pytest

from chat.actions import rewalking
from chat.models import Finding, Message
from compliance import audit_events, rescan, rule_sets
from compliance.masking import DetectorFailedError
from compliance.models import JobKind, JobRun, JobState
from tenants.keyring import ring
from tenants.models import ModeState, Tenant
from tenants.scoping import tenant_scope
from tests.factories.stored import store_conversation

pytestmark = pytest.mark.django_db
CARD = "4111 1111 1111 1111"


def run(tenant, **options):
    return rescan.rescan_outdated(tenant.id, pause=lambda _: None, **options)


def findings(tenant):
    with tenant_scope(tenant):
        rows = Finding.objects.order_by("message__sequence", "start")
        return list(rows.values_list("message__sequence", "entity", "start", "end"))


def outdated(tenant, number):
    with tenant_scope(tenant):
        return Message.objects.filter(masked_with__lt=number).count()


@pytest.fixture
def newer_rules(acme):
    """Acme's rules come into force; what is stored with number 0 was scanned before them."""
    return rule_sets.current(acme)


def test_a_card_that_older_rules_let_pass_is_masked_where_it_lies(acme, newer_rules, texts_of, trail, now):
    conversation = store_conversation(acme, ["Hello", f"it is {CARD} thanks"], at=now, masked_with=0)

    done = run(acme)

    assert texts_of(conversation) == ["Hello", "it is [card •••• 1111] thanks"]
    assert (done.looked_at, done.changed, done.counts) == (2, 1, {"CARD": 1})
    assert findings(acme) == [(2, "CARD", 6, 22)]
    (caught,) = trail(acme, audit_events.CARD_CAUGHT)
    assert caught.facts == {"entities": "CARD", "count": 1, "texts": 1, "rule_set": 1, "found_by": "rescan"}


def test_every_message_then_carries_the_number_of_the_new_rules(acme, newer_rules, now):
    store_conversation(acme, ["one", "two", "three"], at=now, masked_with=0)

    run(acme)

    assert outdated(acme, newer_rules.number) == 0


def test_with_nothing_outdated_no_run_is_noted(acme, newer_rules, now):
    store_conversation(acme, at=now, masked_with=newer_rules.number)

    assert run(acme) is None
    with tenant_scope(acme):
        assert not JobRun.objects.exists()


def test_the_run_ends_with_an_audit_entry_that_tells_counts_and_no_text(acme, newer_rules, trail, now):
    store_conversation(acme, [f"{CARD}, ssn 536-90-4399"], at=now, masked_with=0)

    run(acme)

    (entry,) = trail(acme, audit_events.MASKING_RESCANNED)
    assert entry.facts == {"rule_set": 1, "looked_at": 1, "changed": 1, "card": 1, "ssn": 1}


def test_an_earlier_finding_moves_with_the_text_before_it(acme, newer_rules, texts_of, now):
    conversation = store_conversation(acme, [f"ssn 536-90-4399 and {CARD}, [email] ok"], at=now, masked_with=0)
    with tenant_scope(acme):
        message = Message.objects.get()
        start = len(f"ssn 536-90-4399 and {CARD}, ")
        span = {"start": start, "end": start + len("[email]")}
        Finding.objects.create(
            tenant=acme, message=message, entity="EMAIL", detector="email", rule_set_number=0, **span
        )

    run(acme)

    (text,) = texts_of(conversation)
    assert [(entity, text[start:end]) for _, entity, start, end in findings(acme)] == [
        ("SSN", "[ssn]"), ("CARD", "[card •••• 1111]"), ("EMAIL", "[email]"),
    ]  # fmt: skip


def test_masking_again_changes_nothing_and_unmasks_nothing(acme, newer_rules, texts_of, now):
    conversation = store_conversation(acme, [CARD], at=now, masked_with=0)
    run(acme)
    before = texts_of(conversation), findings(acme)
    Tenant.objects.filter(id=acme.id).update(hipaa_state=ModeState.ON)
    rule_sets.forget()

    done = run(acme)

    assert (done.looked_at, done.changed) == (1, 0)
    assert (texts_of(conversation), findings(acme)) == before


def test_a_stricter_mode_masks_what_was_left_to_choice(acme, newer_rules, texts_of, now):
    conversation = store_conversation(acme, ["write to vera@example.com"], at=now, masked_with=newer_rules.number)
    Tenant.objects.filter(id=acme.id).update(hipaa_state=ModeState.ON)
    rule_sets.forget()

    run(acme)

    assert texts_of(conversation) == ["write to [email]"]


def test_a_number_split_over_messages_is_masked_in_each(acme, newer_rules, texts_of, now):
    conversation = store_conversation(acme, ["my card is 4111 1111", "1111 1111"], at=now, masked_with=0)

    done = run(acme)

    stored = texts_of(conversation)
    assert not any("1111 1111" in text for text in stored)
    assert done.changed == 2


def test_a_number_split_over_batches_is_masked_in_each(acme, newer_rules, texts_of, now):
    conversation = store_conversation(acme, ["my card is 4111 1111", "1111 1111"], at=now, masked_with=0)

    run(acme, batch_size=1)

    assert not any("1111 1111" in text for text in texts_of(conversation))


def test_an_agents_text_is_scanned_too(acme, newer_rules, texts_of, now):
    conversation = store_conversation(acme, [f"you wrote {CARD}"], at=now, masked_with=0, agents=[0])

    run(acme)

    assert texts_of(conversation) == ["you wrote [card •••• 1111]"]


def test_batches_go_through_everything_in_order(acme, newer_rules, texts_of, now):
    conversation = store_conversation(acme, [f"{n}: {CARD}" for n in range(7)], at=now, masked_with=0)

    done = run(acme, batch_size=3)

    assert texts_of(conversation) == [f"{n}: [card •••• 1111]" for n in range(7)]
    assert (done.looked_at, done.changed, done.counts) == (7, 7, {"CARD": 7})


def test_a_run_cut_short_goes_on_and_ends_the_same(acme, newer_rules, texts_of, now):
    conversation = store_conversation(acme, [f"{n}: {CARD}" for n in range(6)], at=now, masked_with=0)

    class KilledError(Exception):
        pass

    def killed(_):
        raise KilledError

    with pytest.raises(KilledError):
        rescan.rescan_outdated(acme.id, batch_size=2, pause=killed)
    assert run(acme) is None  # another worker still seems to be at it
    done = run(acme, now=lambda: now + timedelta(hours=1))

    assert texts_of(conversation) == [f"{n}: [card •••• 1111]" for n in range(6)]
    assert (done.looked_at, done.changed, done.counts, done.state) == (6, 6, {"CARD": 6}, JobState.DONE)
    with tenant_scope(acme):
        assert JobRun.objects.filter(kind=JobKind.RESCAN).count() == 1


def test_what_nobody_can_read_is_counted_and_passed(acme, newer_rules, texts_of, now):
    erased = store_conversation(acme, [CARD], at=now, masked_with=0)
    kept = store_conversation(acme, [CARD], at=now, masked_with=0)
    ring.destroy_contact_keys(acme.id, [erased.contact_id])

    done = run(acme)

    assert done.counts == {"CARD": 1, "UNREADABLE": 1}
    assert texts_of(kept) == ["[card •••• 1111]"]
    assert outdated(acme, newer_rules.number) == 0


@pytest.fixture
def failing_on(monkeypatch):
    """Let the detectors fail on one text, and count how often it was tried."""
    real, tried = rewalking.ingest_part, []

    def failing_on(bad):
        def failing(text, **given):
            if text == bad:
                tried.append(text)
                raise DetectorFailedError("card")
            return real(text, **given)

        monkeypatch.setattr(rewalking, "ingest_part", failing)
        return tried

    yield failing_on
    monkeypatch.undo()


def test_a_detector_that_fails_on_one_message_stops_nothing_and_is_tried_thrice(
    acme, newer_rules, texts_of, now, failing_on, trail
):
    tried = failing_on("bad")
    conversation = store_conversation(acme, ["fine", "bad", CARD], at=now, masked_with=0)

    done = run(acme, batch_size=1)

    assert texts_of(conversation) == ["fine", "bad", "[card •••• 1111]"]
    assert (done.state, done.looked_at, done.changed, done.failed, done.counts) == (
        JobState.DONE, 3, 1, 1, {"CARD": 1},
    )  # fmt: skip
    assert (len(tried), outdated(acme, newer_rules.number)) == (rescan.PASSES, 1)
    assert trail(acme, audit_events.MASKING_RESCANNED)[0].facts["failed"] == 1


def test_what_failed_is_left_for_a_day_and_then_tried_again(acme, newer_rules, now, failing_on):
    tried = failing_on("bad")
    store_conversation(acme, ["bad"], at=now, masked_with=0)
    run(acme)
    tried.clear()

    assert run(acme, now=lambda: now + timedelta(hours=1)) is None
    assert tried == []
    assert run(acme, now=lambda: now + timedelta(hours=25)).failed == 1


def test_what_failed_does_not_keep_newly_outdated_texts_waiting(acme, newer_rules, texts_of, now, failing_on):
    failing_on("bad")
    store_conversation(acme, ["bad"], at=now, masked_with=0)
    run(acme)
    late = store_conversation(acme, [CARD], at=now, masked_with=0)

    run(acme)

    assert texts_of(late) == ["[card •••• 1111]"]


def test_another_organisations_chats_are_left_alone(acme, globex, newer_rules, texts_of, now):
    rule_sets.current(globex)
    theirs = store_conversation(globex, [CARD], at=now, masked_with=0)
    store_conversation(acme, [CARD], at=now, masked_with=0)

    run(acme)

    assert texts_of(theirs) == [CARD]


@pytest.mark.django_db(transaction=True)
def test_open_screens_are_told_the_sealed_replacement_once_it_is_stored(acme, newer_rules, now, valkey):
    from chat import groups
    from chat.protocol import relay

    conversation = store_conversation(acme, ["Hello", f"it is {CARD}"], at=now, masked_with=0)
    with valkey.pubsub(ignore_subscribe_messages=True) as screen:
        screen.subscribe(groups.conversation(acme.id, conversation.id))
        screen.get_message(timeout=2)
        run(acme)
        heard = []
        while (told := screen.get_message(timeout=1)) is not None:
            heard.append(told["data"])

    (data,) = heard
    assert b"4111" not in data
    [entry] = relay.decode(data)
    assert (entry.sequence, entry.is_remasked, entry.findings) == (2, True, (("CARD", 6, 22),))

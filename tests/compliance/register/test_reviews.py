"""Reviews of access: when one is due, what is looked at, and when it may be signed."""

from datetime import timedelta

import pytest
from django.urls import reverse

from compliance import audit_events
from compliance.actions import reviews
from compliance.actions.reviews import NoReviewError, NotDoneYetError, NotReviewedError, UnknownLineError
from compliance.models import AccessReview, AccessReviewLine, LineDecision
from compliance.reviews import cycle
from tenants.models import Membership, PolicyChoice
from tenants.permissions import NotPermittedError
from tenants.policy_names import ACCESS_REVIEW
from tenants.roles import Role
from tenants.scoping import tenant_scope
from tests.factories.tenants import make_member

pytestmark = pytest.mark.django_db
HALF_A_YEAR = timedelta(days=180)


@pytest.fixture
def begun(acme, olive, ada, now):
    with tenant_scope(acme):
        return reviews.begin_review(actor=olive, now=now)


def decide_all(olive, now, decision=LineDecision.KEEP):
    for line in AccessReviewLine.objects.filter(decision="").order_by("id"):
        reviews.decide_line(review_line_id=line.id, decision=decision, actor=olive, now=now)


def line_of(member):
    return AccessReviewLine.objects.get(membership=member)


def test_a_new_organisation_has_half_a_year(acme):
    with tenant_scope(acme):
        found = cycle.facts(acme, now=acme.created_at + HALF_A_YEAR - timedelta(days=20))

    assert (found.due_at, found.is_due, found.is_overdue) == (acme.created_at + HALF_A_YEAR, False, False)
    assert (found.last_signed_at, found.every_days) == (None, 180)


def test_the_setting_says_how_often(acme, now):
    with tenant_scope(acme):
        PolicyChoice.objects.create(tenant=acme, key=ACCESS_REVIEW, value="90", changed_at=now)
        assert cycle.due_at(acme) == acme.created_at + timedelta(days=90)


def test_to_begin_what_is_begun_changes_nothing(acme, olive, begun, now, trail):
    with tenant_scope(acme):
        AccessReview.objects.update(due_at=now)
        before = AccessReview.objects.values().get()
        reviews.begin_review(actor=olive, now=now + timedelta(days=1))
        assert AccessReview.objects.values().get() == before
    assert len(trail(acme, audit_events.REVIEW_BEGUN)) == 1


def test_everybody_with_access_is_on_it_with_role_and_factor(acme, olive, ada, begun):
    with tenant_scope(acme):
        found = {line.membership_id: line for line in AccessReviewLine.objects.order_by("id")}

    assert found.keys() == {olive.id, ada.id}
    assert (found[ada.id].role, found[ada.id].used_at) == (Role.AGENT, ada.used_at)


def test_it_is_signed_when_everybody_was_looked_at(acme, olive, begun, now, trail):
    with tenant_scope(acme):
        with pytest.raises(NotReviewedError):
            reviews.sign_review(actor=olive, now=now)
        decide_all(olive, now)
        signed = reviews.sign_review(actor=olive, now=now)
        again = cycle.facts(acme, now=now)

    assert (signed.signed_by, signed.counts) == (olive.id, {"keep": 2, "grants": 0})
    assert again.due_at == now + HALF_A_YEAR
    (entry,) = trail(acme, audit_events.REVIEW_SIGNED)
    assert entry.facts == {"people": 2, "keep": 2, "grants": 0}


def test_whoever_came_since_has_to_be_looked_at_too(acme, olive, begun, now):
    with tenant_scope(acme):
        decide_all(olive, now)
    make_member(acme, "Nina", Role.AGENT, now=now)
    with tenant_scope(acme), pytest.raises(NotReviewedError):
        reviews.sign_review(actor=olive, now=now)


@pytest.mark.parametrize(("decision", "change"), [
    (LineDecision.REMOVE, {"is_active": False}), (LineDecision.CHANGE, {"role": Role.SUPERVISOR}),
    (LineDecision.CHANGE, {"is_active": False}),
])  # fmt: skip
def test_what_was_decided_has_to_be_done_before_it_is_signed(acme, olive, ada, begun, now, decision, change):
    with tenant_scope(acme):
        reviews.decide_line(review_line_id=line_of(ada).id, decision=decision, actor=olive, now=now)
        decide_all(olive, now)
        with pytest.raises(NotDoneYetError):
            reviews.sign_review(actor=olive, now=now)
        Membership.objects.filter(id=ada.id).update(**change)

        assert reviews.sign_review(actor=olive, now=now).counts[decision] == 1


def test_whoever_left_meanwhile_needs_no_word(acme, olive, ada, begun, now):
    with tenant_scope(acme):
        Membership.objects.filter(id=ada.id).update(is_active=False)
        reviews.decide_line(review_line_id=line_of(olive).id, decision=LineDecision.KEEP, actor=olive, now=now)

        assert reviews.sign_review(actor=olive, now=now).counts == {"keep": 1, "left": 1, "grants": 0}


def test_without_a_review_there_is_nothing_to_decide_or_sign(acme, olive, now):
    with tenant_scope(acme):
        for step in (reviews.sign_review, lambda **given: reviews.decide_line(
            review_line_id=acme.id, decision=LineDecision.KEEP, **given)):  # fmt: skip
            with pytest.raises(NoReviewError):
                step(actor=olive, now=now)


def test_neither_an_agent_nor_mallory_reviews(acme, ada, mallory, begun, now):
    with tenant_scope(acme):
        for member in (ada, mallory):
            for step in (reviews.begin_review, reviews.sign_review):
                with pytest.raises(NotPermittedError):
                    step(actor=member, now=now)


def test_a_line_that_is_not_there_is_unknown(acme, olive, begun, now):
    with tenant_scope(acme), pytest.raises(UnknownLineError):
        reviews.decide_line(review_line_id=acme.id, decision=LineDecision.KEEP, actor=olive, now=now)


def test_who_signs_is_mailed_when_it_is_due_soon_and_when_it_is_overdue_each_once(acme, olive, mailoutbox):
    due = acme.created_at + HALF_A_YEAR
    moments = [due + timedelta(days=days) for days in (-15, -14, -3, 1, 30)]

    assert [cycle.remind(acme, now=moment) for moment in moments] == [0, 1, 0, 1, 0]
    assert ["overdue" in letter.body for letter in mailoutbox] == [False, True]
    with tenant_scope(acme):
        assert AccessReview.objects.count() == 1


def test_a_review_goes_from_its_beginning_to_its_signature_on_the_page(acme, olive, ada, client, sign_in):
    def url(name, **arguments):
        return reverse(f"compliance:{name}", kwargs={"slug": "acme", **arguments})

    browser = sign_in(client, olive)
    assert "Begin a review" in browser.get(url("reviews")).text
    browser.post(url("review_begin"))
    with tenant_scope(acme):
        ids = list(AccessReviewLine.objects.order_by("id").values_list("id", flat=True))
    early = browser.post(url("review_sign"), follow=True).text
    assert "has not been looked at" in early
    for line_id in ids:
        browser.post(url("review_decide", review_line_id=line_id), {"decision": "keep"})
    assert "Signed before" in browser.post(url("review_sign"), follow=True).text


def test_to_sign_asks_for_a_factor_given_just_now(acme, olive, begun, client, sign_in, now):
    with tenant_scope(acme):
        decide_all(olive, now)
    sign_in(client, olive, fresh=False).post(reverse("compliance:review_sign", kwargs={"slug": "acme"}))
    with tenant_scope(acme):
        assert AccessReview.objects.get().signed_at is None


def test_the_page_is_for_those_who_sign(client, sign_in, ada, mallory):
    page = reverse("compliance:reviews", kwargs={"slug": "acme"})

    assert sign_in(client, ada).get(page).status_code == 403
    assert sign_in(client, mallory).get(page).status_code == 404

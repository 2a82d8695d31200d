from datetime import UTC, datetime, timedelta

import pytest

from compliance.models import LawRegion, RequestKind, RequestRegime
from compliance.subject_terms import REGIME_OF, TERMS, Span


def test_every_right_under_every_law_has_a_term_with_its_clause():
    assert set(TERMS) == {(regime, kind) for regime in RequestRegime for kind in RequestKind}
    assert all(term.within and term.clause for term in TERMS.values())
    assert set(REGIME_OF) == set(LawRegion)


@pytest.mark.parametrize(
    ("regime", "kind", "received", "due", "extended"),
    [
        ("gdpr", "access", "2026-01-31", "2026-02-28", "2026-04-30"),
        ("uk", "erasure", "2027-12-15", "2028-01-15", "2028-03-15"),
        ("quebec", "rectification", "2026-03-01", "2026-03-31", "2026-03-31"),
        ("pipeda", "access", "2026-03-01", "2026-03-31", "2026-04-30"),
        ("ccpa", "erasure", "2026-01-01", "2026-02-15", "2026-04-01"),
        ("ccpa", "objection", "2026-01-01", "2026-01-16", "2026-01-16"),
        ("us", "portability", "2026-01-01", "2026-02-15", "2026-04-01"),
        ("hipaa", "access", "2026-01-01", "2026-01-31", "2026-03-02"),
        ("hipaa", "rectification", "2026-01-01", "2026-03-02", "2026-04-01"),
    ],
)
def test_an_answer_is_due_when_the_law_says(regime, kind, received, due, extended):
    term = TERMS[RequestRegime(regime), RequestKind(kind)]
    at = datetime.fromisoformat(received).replace(hour=23, minute=30, tzinfo=UTC)

    assert term.due_at(at).date().isoformat() == due
    assert term.due_at(at, is_extended=True).date().isoformat() == extended
    assert term.due_at(at).time() == at.time()


def test_a_month_is_never_longer_than_the_months_are():
    at = datetime(2024, 1, 1, tzinfo=UTC)
    for day in range(800):
        begun = at + timedelta(days=day)
        assert timedelta(days=28) <= Span(months=1).after(begun) - begun <= timedelta(days=31)


def test_a_span_is_said_in_words():
    assert (str(Span(days=45)), str(Span(months=1))) == ("45 days", "1 month")

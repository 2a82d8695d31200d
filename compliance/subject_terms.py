"""By when a data subject request has to be answered: one table, law by law and right by right.

    TERMS[Regime.GDPR, RequestKind.ACCESS].due_at(received_at)

A term counts from the receipt of the request; none is stopped while somebody's identity is looked at, though some laws
allow it. Business days are taken for calendar days, so nothing is answered late.
"""

import calendar
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from compliance.models import LawRegion, RequestKind, RequestRegime, SubjectRequest


@dataclass(frozen=True, slots=True)
class Span:
    """Days, or calendar months: a month ends on the same day of the next, or on its last (Reg. 1182/71, art. 3)."""

    days: int = 0
    months: int = 0

    def __bool__(self) -> bool:
        return bool(self.days or self.months)

    def __str__(self) -> str:
        count, unit = (self.months, "month") if self.months else (self.days, "day")
        return f"{count} {unit}{'' if count == 1 else 's'}"

    def after(self, at: datetime) -> datetime:
        """Return the instant that is so much later."""
        place = at.month - 1 + self.months
        year, month = at.year + place // 12, place % 12 + 1
        day = min(at.day, calendar.monthrange(year, month)[1])
        return at.replace(year=year, month=month, day=day) + timedelta(days=self.days)


@dataclass(frozen=True, slots=True)
class Term:
    """How long there is, how much longer once, where it stands, and whether that law names it for this very right."""

    within: Span
    longer: Span
    clause: str
    is_named: bool = True

    def due_at(self, received_at: datetime, *, is_extended: bool = False) -> datetime:
        """Return the instant by which an answer is due."""
        if not is_extended:
            return self.within.after(received_at)
        whole = Span(self.within.days + self.longer.days, self.within.months + self.longer.months)
        return whole.after(received_at)


_NONE: Final = Span()
_MONTH: Final = Span(months=1), Span(months=2)
_THIRTY: Final = Span(days=30), Span(days=30)
_FORTY_FIVE: Final = Span(days=45), Span(days=45)
_FIFTEEN: Final = Span(days=15), _NONE

_Row = Mapping[RequestKind, Term]


def _row(spans: tuple[Span, Span], clause: str, named: Mapping[RequestKind, str]) -> dict[RequestKind, Term]:
    """One law in which all rights have one term; of a right that is not among `named` it names none."""
    return {
        kind: Term(*spans, f"{named[kind]}; {clause}" if kind in named else clause, is_named=kind in named)
        for kind in RequestKind
    }


_ACCESS, _PORTABILITY, _RECTIFICATION, _RESTRICTION, _OBJECTION, _ERASURE = RequestKind
_EUROPE: Final = {
    _ACCESS: "art. 15", _PORTABILITY: "art. 20", _RECTIFICATION: "art. 16", _RESTRICTION: "art. 18",
    _OBJECTION: "art. 21", _ERASURE: "art. 17",
}  # fmt: skip

_ROWS: Final[Mapping[RequestRegime, _Row]] = {
    RequestRegime.GDPR: _row(_MONTH, "GDPR art. 12(3)", _EUROPE),
    RequestRegime.UK: _row(_MONTH, "UK GDPR art. 12(3)", _EUROPE),
    # Silence after thirty days is a refusal there; only the Commission grants more time.
    RequestRegime.QUEBEC: _row(
        (Span(days=30), _NONE), "CQLR c. P-39.1, s. 32",
        {_ACCESS: "s. 27", _PORTABILITY: "s. 27", _RECTIFICATION: "s. 28", _ERASURE: "s. 28, 28.1"},
    ),
    RequestRegime.PIPEDA: _row(
        _THIRTY, "PIPEDA s. 8(3), (4)",
        {_ACCESS: "Sch. 1, 4.9", _RECTIFICATION: "Sch. 1, 4.9.5", _ERASURE: "Sch. 1, 4.9.5"},
    ),
    RequestRegime.CCPA: _row(
        _FORTY_FIVE, "Cal. Civ. Code 1798.130(a)(2)(A)",
        {_ACCESS: "1798.110", _PORTABILITY: "1798.130(a)(3)(B)(iii)", _RECTIFICATION: "1798.106", _ERASURE: "1798.105"},
    )
    | {
        _RESTRICTION: Term(*_FIFTEEN, "1798.121; 11 CCR 7027(g)"),
        _OBJECTION: Term(*_FIFTEEN, "1798.120; 11 CCR 7026(f)"),
    },
    RequestRegime.US_STATES: _row(
        _FORTY_FIVE, "as Va. Code 59.1-577(B)(1)",
        {kind: "as Va. Code 59.1-577(A)" for kind in RequestKind if kind != _RESTRICTION},
    ),
    RequestRegime.HIPAA: _row(_THIRTY, "45 CFR 164.524(b)(2)", {_ACCESS: "164.524(a)", _PORTABILITY: "164.524(c)(2)"})
    | {_RECTIFICATION: Term(Span(days=60), Span(days=30), "45 CFR 164.526(b)(2)")},
}  # fmt: skip
TERMS: Final[Mapping[tuple[RequestRegime, RequestKind], Term]] = {
    (regime, kind): term for regime, row in _ROWS.items() for kind, term in row.items()
}


def term_of(request: SubjectRequest) -> Term:
    """Return the term of a request."""
    return TERMS[RequestRegime(request.regime), RequestKind(request.kind)]


#: Under which law a visitor's request is registered, by the text they were shown; whoever handles it may see better.
REGIME_OF: Final[Mapping[str, RequestRegime]] = {
    LawRegion.US: RequestRegime.US_STATES,
    LawRegion.CALIFORNIA: RequestRegime.CCPA,
    LawRegion.CANADA: RequestRegime.PIPEDA,
    LawRegion.GDPR: RequestRegime.GDPR,
    LawRegion.DEFAULT: RequestRegime.GDPR,
}

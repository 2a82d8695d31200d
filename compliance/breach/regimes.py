"""The deadlines of breach notices, each with its clause: the one table that clocks are made from.

Where a rule names no number ("without undue delay"), the table sets an aim of its own and says so (`is_firm`). The
numbers are those of the texts named; whether a rule applies is the organisation's to decide, with counsel.
"""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

from django.db import models


class Risk(models.TextChoices):
    """How likely it is that people come to harm."""

    LOW = "low", "Unlikely to harm anybody"
    REAL = "real", "A real risk of harm"
    HIGH = "high", "A high risk of serious harm"


#: What an incident was decided on awaits; its own clock, set by the house.
DECIDE: Final = "decide"
#: So that of the shortest deadline, 72 hours, two days are left.
DECIDE_WITHIN: Final = timedelta(hours=24)
AT_ONCE: Final = timedelta(hours=24)
WITHOUT_DELAY: Final = timedelta(hours=72)
_HARMFUL: Final = frozenset({Risk.REAL, Risk.HIGH})
_ANY: Final = frozenset(Risk)


def _after(span: timedelta) -> Callable[[datetime], datetime]:
    return lambda aware_at: aware_at + span


def _of_the_year(aware_at: datetime) -> datetime:
    """Sixty days after the end of the calendar year in which it was discovered."""
    return datetime(aware_at.year + 1, 1, 1, tzinfo=UTC) + timedelta(days=60)


@dataclass(frozen=True, slots=True)
class Regime:
    """One deadline. `least`, `most`: of how many people, both included; `is_firm`: the rule itself names the span."""

    key: str
    law: str
    whom: str
    clause: str
    due: Callable[[datetime], datetime]
    is_firm: bool = True
    risks: frozenset[Risk] = _ANY
    least: int = 0
    most: int | None = None

    def applies(self, risk: Risk, people: int) -> bool:
        return risk in self.risks and people >= self.least and (self.most is None or people <= self.most)


#: State, days and statute: where residents have to be told within a number of days.
STATES: Final[Mapping[str, tuple[str, int, str]]] = {
    "ca": ("California", 30, "Cal. Civ. Code 1798.82"),
    "co": ("Colorado", 30, "C.R.S. 6-1-716(2)"),
    "fl": ("Florida", 30, "Fla. Stat. 501.171(4)"),
    "me": ("Maine", 30, "10 M.R.S. 1348"),
    "ny": ("New York", 30, "N.Y. Gen. Bus. Law 899-aa(2)"),
    "wa": ("Washington", 30, "RCW 19.255.010"),
    "oh": ("Ohio", 45, "Ohio Rev. Code 1349.19(B)"),
    "or": ("Oregon", 45, "ORS 646A.604"),
    "ct": ("Connecticut", 60, "Conn. Gen. Stat. 36a-701b"),
    "de": ("Delaware", 60, "6 Del. C. 12B-102"),
    "la": ("Louisiana", 60, "La. R.S. 51:3074"),
    "tx": ("Texas", 60, "Tex. Bus. & Com. Code 521.053"),
}
#: Of every other state: the shortest span that any of them names.
OTHER_STATE_DAYS: Final = 30

LAWS: Final[Mapping[str, str]] = {
    "gdpr": "People in the European Union (GDPR)",
    "uk": "People in the United Kingdom (UK GDPR)",
    "hipaa": "Unsecured health information, and you are the covered entity (HIPAA)",
    "hipaa_ba": "Unsecured health information, and you are a business associate (HIPAA)",
    "pipeda": "People in Canada (PIPEDA)",
    "quebec": "People in Quebec (Law 25)",
    "pci": "Payment cards (PCI DSS)",
    **{f"us_{code}": f"Residents of {name}" for code, (name, _, _) in STATES.items()},
    "us_other": "Residents of another state of the United States",
}


def _states() -> list[Regime]:
    rows = [
        Regime(f"us_{code}", f"us_{code}", f"The residents of {name}", clause, _after(timedelta(days=days)))
        for code, (name, days, clause) in STATES.items()
    ]
    other = _after(timedelta(days=OTHER_STATE_DAYS))
    return [*rows, Regime("us_other", "us_other", "The residents", "The state's own statute", other, is_firm=False)]


REGIMES: Final[Mapping[str, Regime]] = {
    one.key: one
    for one in (
        Regime(DECIDE, "", "Decide whether it is a breach", "GDPR 33(5); 45 CFR 164.402(2)", _after(DECIDE_WITHIN),
               is_firm=False),
        Regime("gdpr_authority", "gdpr", "The supervisory authority", "GDPR 33(1)", _after(timedelta(hours=72)),
               risks=_HARMFUL),
        Regime("gdpr_people", "gdpr", "The people concerned", "GDPR 34(1)", _after(WITHOUT_DELAY), is_firm=False,
               risks=frozenset({Risk.HIGH})),
        Regime("uk_authority", "uk", "The Information Commissioner", "UK GDPR 33(1)", _after(timedelta(hours=72)),
               risks=_HARMFUL),
        Regime("uk_people", "uk", "The people concerned", "UK GDPR 34(1)", _after(WITHOUT_DELAY), is_firm=False,
               risks=frozenset({Risk.HIGH})),
        Regime("hipaa_people", "hipaa", "The people concerned", "45 CFR 164.404(b)", _after(timedelta(days=60))),
        Regime("hipaa_media", "hipaa", "The media, of a state with more than 500 of them", "45 CFR 164.406(b)",
               _after(timedelta(days=60)), least=501),
        Regime("hipaa_hhs", "hipaa", "The Secretary of HHS, with the notice to people", "45 CFR 164.408(b)",
               _after(timedelta(days=60)), least=500),
        Regime("hipaa_hhs_year", "hipaa", "The Secretary of HHS, in the list of the year", "45 CFR 164.408(c)",
               _of_the_year, most=499),
        Regime("hipaa_entity", "hipaa_ba", "The covered entity", "45 CFR 164.410(b)", _after(timedelta(days=60))),
        Regime("pipeda_office", "pipeda", "The Privacy Commissioner of Canada", "PIPEDA 10.1(1), (2)",
               _after(WITHOUT_DELAY), is_firm=False, risks=_HARMFUL),
        Regime("pipeda_people", "pipeda", "The people concerned", "PIPEDA 10.1(3), (6)", _after(WITHOUT_DELAY),
               is_firm=False, risks=_HARMFUL),
        Regime("quebec_office", "quebec", "The Commission d'accès à l'information", "CQLR P-39.1, s. 3.5",
               _after(WITHOUT_DELAY), is_firm=False, risks=_HARMFUL),
        Regime("quebec_people", "quebec", "The people concerned", "CQLR P-39.1, s. 3.5", _after(WITHOUT_DELAY),
               is_firm=False, risks=_HARMFUL),
        Regime("pci_brands", "pci", "The acquirer and the payment brands", "PCI DSS 12.10.1", _after(AT_ONCE),
               is_firm=False),
        *_states(),
    )
}  # fmt: skip

#: How long the record of a breach is kept at least, by law; the register keeps it as long as the organisation is.
KEPT: Final[Mapping[str, str]] = {
    "hipaa": "six years (45 CFR 164.316(b)(2)(i), 164.414(b))",
    "hipaa_ba": "six years (45 CFR 164.316(b)(2)(i), 164.414(b))",
    "pipeda": "24 months from the day it was determined (SOR/2018-64, s. 6(1))",
    "quebec": "five years (CQLR A-2.1, r. 3.1, s. 8)",
    "gdpr": "as long as the authority may ask (GDPR 33(5))",
    "uk": "as long as the authority may ask (UK GDPR 33(5))",
}


def following(laws: Collection[str], risk: Risk, people: int) -> list[Regime]:
    """Return what a breach has to be told by, the order of the table."""
    return [one for one in REGIMES.values() if one.law and one.law in laws and one.applies(risk, people)]

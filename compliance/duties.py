"""Who does what: what the service does for an organisation, what the organisation has to do, and how each stands now.

PCI DSS 12.8.5, 12.9.2; 45 CFR 164.308(b). Call these inside the tenant's scope.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from compliance import mode_requirements, retention
from compliance.agreements import standing
from compliance.breach import selectors as breach
from compliance.controls.selectors import ControlState, of_organisation, of_service
from compliance.mode_requirements import Requirement
from compliance.models import AgreementKind, RecordClass
from compliance.reviews import cycle
from tenants.models import Tenant, TrainingDuty
from tenants.policies import modes_on
from tenants.roles import Capability


@dataclass(frozen=True, slots=True)
class Ours:
    """What the service does. `state`: works, amiss, or expected for what was not due yet."""

    title: str
    state: str
    says: str


@dataclass(frozen=True, slots=True)
class Yours:
    """What the organisation has to do, and where; `needs` to get there. `is_met`: None for what is never done with."""

    title: str
    is_met: bool | None
    says: str
    page: str
    fix: str
    needs: Capability


@dataclass(frozen=True, slots=True)
class Share:
    """One area, and what each side has of it."""

    area: str
    clauses: str
    ours: list[Ours]
    yours: list[Yours]


#: Which page of `mode_requirements` needs what.
_NEEDS: Final = {
    "organisation:people": Capability.INVITE_MEMBERS,
    "organisation:places": Capability.MANAGE_SIGN_IN,
    standing.PAGE: Capability.READ_AUDIT,
}


def shares(tenant: Tenant, *, now: datetime) -> list[Share]:
    """Return every area with how it stands at a moment."""
    run = {one.control.key: one for one in (*of_organisation(now=now), *of_service(now=now))}
    return [
        _people(tenant, run, now), _messages(run, now), _kept(run), _trail(run), _incidents(run, now),
        _papers(tenant, now),
    ]  # fmt: skip


def open_duties(tenant: Tenant, *, now: datetime) -> int:
    """Return how many things the organisation has yet to do."""
    return sum(one.is_met is False for share in shares(tenant, now=now) for one in share.yours)


def _people(tenant: Tenant, run: dict[str, ControlState], now: datetime) -> Share:
    facts = cycle.facts(tenant, now=now)
    overdue = TrainingDuty.objects.filter(is_assigned=True, due_at__lt=now, membership__is_active=True).count()
    says = f"Overdue since {facts.due_at:%-d %B %Y}." if facts.is_overdue else f"Due by {facts.due_at:%-d %B %Y}."
    yours = [
        *_asked(tenant, now),
        Yours("Review who has access, and sign for it", not facts.is_overdue, says, cycle.PAGE, "Review it",
              Capability.REVIEW_ACCESS),
        Yours("See that everybody takes their courses", not overdue,
              f"{overdue} overdue." if overdue else "Nobody is overdue.", "compliance:training_team", "See who",
              Capability.READ_TRAINING),
    ]  # fmt: skip
    ours = [
        Ours("Asks for second factors, locks screens and passwords as your settings and modes want it", "works",
             "On each request and each open socket."),
        _ours(run, "training", "Asks for courses, reminds of them, and closes the workspace where you want it closed"),
        _ours(run, "support", "Lets operators look in with your consent alone, and for an hour at most"),
    ]  # fmt: skip
    return Share("People and access", "PCI DSS 7, 8, 12.6; 45 CFR 164.308(a)(3)-(5), 164.312(a), (d)", ours, yours)


def _asked(tenant: Tenant, now: datetime) -> Iterator[Yours]:
    """What modes ask of people, of those that are on; second factors in any case."""
    asked: dict[str, Requirement] = {}
    for mode in modes_on(tenant):
        asked |= {one.key: one for one in mode_requirements.ahead(mode, now=now)}
    if "factors" not in asked:
        one = next(one for one in mode_requirements.ahead("hipaa", now=now) if one.key == "factors")
        asked = {one.key: one, **asked}
    for one in asked.values():
        if one.key != "agreement":
            yield Yours(one.title, one.is_met, one.says, one.page, one.fix, _NEEDS[one.page])


def _messages(run: dict[str, ControlState], now: datetime) -> Share:
    ours = [
        Ours("Masks card numbers, codes and identity numbers before anything is stored or shown", "works",
             "With every message; what cannot be checked is not stored."),
        _ours(run, "rescan", "Scans what is stored again when rules improve"),
        _ours(run, "keys", "Seals every chat under keys of your own, and turns them"),
        Ours("Keeps your rows apart from every other organisation's, in the database itself", "works",
             "By three fences, each proved by taking it away."),
    ]  # fmt: skip
    yours = [
        Yours("Ask for cards and health data by secure forms, never in the chat", None,
              "Yours to teach: a reply that asks for a card is held back, and says so.", "chat:forms", "Choose forms",
              Capability.MANAGE_FORMS),
        Yours("Choose what is masked besides", None, "As it comes, or as you have chosen.", "compliance:masking",
              "Look at it", Capability.MANAGE_MASKING),
    ]  # fmt: skip
    return Share("What visitors write", "PCI DSS 3; 45 CFR 164.312(a)(2)(iv), (c), (e); GDPR 25, 32", ours, yours)


def _kept(run: dict[str, ControlState]) -> Share:
    days = retention.chosen().get(RecordClass.CONVERSATION)
    says = f"{days} days." if days else "Not decided: chats stay until they are erased by hand."
    ours = [_ours(run, "purge", "Erases every night what is past its time, unless a legal hold keeps it")]
    yours = [
        Yours("Decide how long chats are kept", days is not None, says, "compliance:retention_page", "Decide it",
              Capability.MANAGE_RETENTION)
    ]  # fmt: skip
    return Share("How long it is kept", "PCI DSS 3.2.1; GDPR 5(1)(e); 45 CFR 164.310(d)(2)(i)", ours, yours)


def _trail(run: dict[str, ControlState]) -> Share:
    ours = [
        _ours(run, "seal", "Writes down who did and read what, and seals it within a second"),
        _ours(run, "anchor", "Anchors it outside the database every five minutes"),
        _ours(run, "trail", "Verifies it every night"),
        _ours(run, "drift", "Watches that nobody changes settings behind the application"),
    ]
    yours = [
        Yours("Look at it, and keep exports where your auditors find them", None, "Yours to do; it leaves an entry.",
              "compliance:trail", "Look at it", Capability.READ_AUDIT)
    ]  # fmt: skip
    return Share("The audit trail", "PCI DSS 10; 45 CFR 164.312(b), 164.308(a)(1)(ii)(D)", ours, yours)


def _incidents(run: dict[str, ControlState], now: datetime) -> Share:
    facts = breach.facts(now=now)
    page, needs = "compliance:incidents", Capability.MANAGE_INCIDENTS
    undecided = f"{facts.undecided} wait." if facts.undecided else "None waits."
    over = f"{facts.overdue} over." if facts.overdue else f"{facts.running} running, none over."
    ours = [
        Ours("Enters what its detectors find in your register", "works", "Card data, settings, the trail, strangers."),
        _ours(run, "reminders", "Reminds you of every deadline, once when it is near and once when it is over"),
        _ours(run, "watch", "Tells you and operators when a control was missed or fails"),
    ]
    yours = [
        Yours("Decide whether an incident is a breach", not facts.undecided, undecided, page, "Decide", needs),
        Yours("Tell whom the law names, in time", not facts.overdue, over, page, "See which", needs),
    ]
    return Share("Incidents", "PCI DSS 12.10; 45 CFR 164.400-414; GDPR 33, 34; PIPEDA 10.1-10.3", ours, yours)


def _papers(tenant: Tenant, now: datetime) -> Share:
    facts = standing.facts(now=now)
    wanted = [standing.OF_MODE[mode] for mode in modes_on(tenant)] or [AgreementKind.DPA]
    has_all = all(standing.in_force(kind, now=now) is not None for kind in wanted)
    expired = f"{facts.expired} expired." if facts.expired else f"{facts.in_force} in force, none expired."
    told = len(standing.subprocessors())
    ours = [Ours("Tells you who else handles data, before they do", "works", f"{told} on the list.")]
    yours = [
        Yours(f"Sign with us what you need: {' and '.join(kind.label for kind in wanted)}", has_all,
              "It is recorded." if has_all else "None is recorded that is in force.", standing.PAGE, "Record it",
              Capability.READ_AUDIT),
        Yours("Renew what expires", not facts.expired, expired, standing.PAGE, "See which", Capability.READ_AUDIT),
    ]  # fmt: skip
    return Share("Agreements", "45 CFR 164.308(b), 164.504(e); GDPR 28; PCI DSS 12.8, 12.9", ours, yours)


def _ours(run: dict[str, ControlState], key: str, title: str) -> Ours:
    one = run[key]
    if not one.works:
        return Ours(title, "amiss", "Missed." if one.is_missed else "It fails; operators know.")
    if one.last_ok_at is None:
        return Ours(title, "expected", "Not due yet.")
    return Ours(title, "works", f"Last {one.last_ok_at:%-d %B, %H:%M} UTC.")

"""Controls of who comes in: people, factors, places, operators of the service, training."""

from datetime import datetime, timedelta
from typing import Final

from compliance import audit_events as events
from compliance import mode_requirements
from compliance.evidence.controls.control import Control, Fix, Standing, State, entries_of, unanswered
from compliance.evidence.controls.counting import entries_since, plural
from compliance.mode_requirements import Requirement
from compliance.models import SupportGrant
from tenants.actions.break_glass import codes_left
from tenants.models import Membership, Tenant, TrainingDuty
from tenants.roles import Capability

LATELY: Final = timedelta(days=7)
UNUSED: Final = timedelta(days=90)


def _sign_in(_: Tenant, now: datetime) -> Standing:
    since = now - LATELY
    locked = entries_since(since, events.MEMBER_LOCKED)
    turned = entries_since(since, events.MEMBER_TURNED_AWAY)
    proof = f"In the last 7 days {plural(locked, 'account')} locked after failed sign-ins, {turned} turned away."
    return Standing(State.OK, proof, {"locked": locked, "turned_away": turned})


def _factors(_: Tenant, now: datetime) -> Standing:
    count = mode_requirements.without_factor()
    if not count:
        return Standing(State.OK, "Everyone has a second factor.", {"without": 0})
    return Standing(State.DUE, f"{plural(count, 'person', 'people')} without a second factor.", {"without": count})


def _people(_: Tenant, now: datetime) -> Standing:
    active = Membership.objects.filter(is_active=True, user__is_active=True)
    count, unused = active.count(), active.filter(used_at__lt=now - UNUSED).count()
    proof = f"{plural(count, 'active member')}, {unused} of them not here for 90 days."
    return Standing(State.DUE if unused else State.OK, proof, {"active": count, "unused": unused})


def _places(_: Tenant, now: datetime) -> Standing:
    asked: Requirement = next(one for one in mode_requirements.ahead("hipaa", now=now) if one.key == "places")
    if asked.is_met:
        return Standing(State.OK, "Networks or browsers are limited.")
    return Standing(State.DUE, "Neither networks nor browsers are limited.")


def _emergency(_: Tenant, now: datetime) -> Standing:
    left = codes_left()
    proof = f"{plural(left, 'break-glass code')} left." if left else "No break-glass code is left."
    return Standing(State.OK if left else State.DUE, proof, {"left": left})


def _support(_: Tenant, now: datetime) -> Standing:
    open_now = SupportGrant.objects.filter(approved_at__isnull=False, ended_at=None, until__gt=now).count()
    let_in = (
        f"{plural(open_now, 'operator')} let in now, for an hour at most." if open_now else "No operator is let in now."
    )
    return Standing(State.OK, let_in, {"open": open_now})


def _training(_: Tenant, now: datetime) -> Standing:
    duties = TrainingDuty.objects.filter(is_assigned=True, membership__is_active=True)
    count = duties.count()
    if not count:
        return Standing(State.NONE, "No course is asked of anybody.")
    overdue = duties.filter(due_at__lte=now).count()
    never = duties.filter(due_at__gt=now, completed_at=None).count()
    following = duties.filter(due_at__gt=now).order_by("due_at").values_list("due_at", flat=True).first()
    state = State.FAILING if overdue else State.DUE if never else State.OK
    proof = f"{plural(count, 'course')} asked of people, {overdue} overdue, {never} to be done for the first time."
    figures = {"asked": count, "overdue": overdue, "first_time": never}
    return Standing(state, proof, figures, following.date() if following else None)


CONTROLS: Final = (
    Control(
        key="sign_in",
        title="People sign in by themselves, and failed sign-ins are found",
        says="Every sign-in and sign-out, every account locked after failed sign-ins and let in again, and everyone "
        "whom the gate turned away",
        clauses={
            "soc2": ("CC6.1", "CC6.6", "CC7.2"),
            "pci": ("8.2.1", "8.2.8", "8.3.4", "10.2.1.4"),
            "hipaa": ("164.308(a)(5)(ii)(C)", "164.312(a)(2)(i)", "164.312(a)(2)(iii)"),
        },
        events=(
            events.MEMBER_SIGNED_IN,
            events.MEMBER_SIGNED_OUT,
            events.MEMBER_LOCKED,
            events.MEMBER_UNLOCKED,
            events.MEMBER_TURNED_AWAY,
        ),
        rules=(entries_of("locked after failed sign-ins", events.MEMBER_LOCKED),),
        look=_sign_in,
        fix=Fix("organisation:people", "See who", Capability.INVITE_MEMBERS),
    ),
    Control(
        key="second_factor",
        title="Everyone has a second factor",
        says="Every factor that was added, removed, replaced by a backup code or reset by somebody else, and every "
        "password that was changed",
        clauses={
            "soc2": ("CC6.1",),
            "pci": ("8.3.1", "8.3.11", "8.4.1", "8.4.2", "8.4.3"),
            "hipaa": ("164.308(a)(5)(ii)(D)", "164.312(d)"),
        },
        events=(
            events.MEMBER_FACTOR_ENROLLED,
            events.MEMBER_FACTOR_REVOKED,
            events.MEMBER_FACTORS_RESET,
            events.MEMBER_BACKUP_CODES_MADE,
            events.MEMBER_BACKUP_CODE_USED,
            events.MEMBER_PASSKEY_REFUSED,
            events.MEMBER_PASSWORD_RESET,
            events.MEMBER_PASSWORD_CHANGED,
        ),
        rules=(entries_of("taken away by somebody else", events.MEMBER_FACTORS_RESET),),
        look=_factors,
        fix=Fix("organisation:people", "See who", Capability.INVITE_MEMBERS),
    ),
    Control(
        key="people",
        title="Access is given, changed and taken away",
        says="Everyone who was invited, joined, got another role, was deactivated or let back in",
        clauses={
            "soc2": ("CC6.2", "CC6.3"),
            "pci": ("7.2.2", "8.2.4", "8.2.5", "8.2.6", "10.2.1.5"),
            "hipaa": ("164.308(a)(3)(ii)(A)", "164.308(a)(3)(ii)(C)", "164.308(a)(4)(ii)(C)"),
        },
        events=(
            events.MEMBER_INVITED,
            events.MEMBER_JOINED,
            events.MEMBER_CHANGED,
            events.INVITATION_WITHDRAWN,
            events.TEAM_MEMBER_CHANGED,
        ),
        look=_people,
        fix=Fix("organisation:people", "See who", Capability.INVITE_MEMBERS),
    ),
    Control(
        key="places",
        title="From where, and with which browser, people come is limited",
        says="Every change of the networks and browsers that are let in, and every browser approved or revoked",
        clauses={
            "soc2": ("CC6.6",),
            "pci": (),
            "hipaa": ("164.310(b)", "164.310(c)", "164.312(a)(1)"),
        },
        events=(
            events.ADDRESS_RULE_TRIED,
            events.ADDRESS_RULE_CONFIRMED,
            events.ADDRESS_RULE_REVERTED,
            events.ADDRESS_RULE_SWITCHED_OFF,
            events.DEVICE_ASKED,
            events.DEVICE_APPROVED,
            events.DEVICE_REVOKED,
            events.MEMBER_MOVED,
        ),
        rules=(entries_of("the limit of networks was switched off", events.ADDRESS_RULE_SWITCHED_OFF),),
        look=_places,
        fix=Fix("organisation:places", "Limit them", Capability.MANAGE_SIGN_IN),
    ),
    Control(
        key="emergency",
        title="There is a way in for emergencies, and its use is seen",
        says="Every set of break-glass codes that was made, and every use of one",
        clauses={"soc2": ("CC6.1",), "pci": (), "hipaa": ("164.312(a)(2)(ii)",)},
        events=(events.BREAK_GLASS_CODES_MADE, events.BREAK_GLASS_USED),
        rules=(entries_of("a break-glass code was used", events.BREAK_GLASS_USED),),
        look=_emergency,
        fix=Fix("organisation:places", "Make them", Capability.MANAGE_SIGN_IN),
    ),
    Control(
        key="support",
        title="Operators of the service look in only when they are let in",
        says="Every question of an operator to look in, every answer and end, and everything they read",
        clauses={
            "soc2": ("CC6.1", "CC6.3"),
            "pci": ("7.2.5", "8.2.7"),
            "hipaa": ("164.308(a)(4)(i)", "164.308(b)(1)"),
        },
        events=(
            events.SUPPORT_ASKED,
            events.SUPPORT_APPROVED,
            events.SUPPORT_ENDED,
            events.SUPPORT_READ,
            events.ADMIN_VIEWED,
        ),
        rules=(unanswered("not ended within a day", (events.SUPPORT_APPROVED,), (events.SUPPORT_ENDED,), days=1),),
        look=_support,
        fix=Fix("compliance:support", "See what they read", Capability.GRANT_SUPPORT),
    ),
    Control(
        key="training",
        title="People are trained before they see data, and again each year",
        says="Every course that was passed, failed or completed, and every lesson read after a mistake",
        clauses={
            "soc2": ("CC2.2",),
            "pci": ("12.6.1", "12.6.2", "12.6.3", "12.6.3.1"),
            "hipaa": ("164.308(a)(5)(i)", "164.308(a)(5)(ii)(A)"),
        },
        events=(
            events.TRAINING_PASSED,
            events.TRAINING_FAILED,
            events.TRAINING_COMPLETED,
            events.LESSON_READ,
            events.COURSE_PUBLISHED,
            events.COURSE_RETIRED,
        ),
        look=_training,
        fix=Fix("compliance:training_team", "See who", Capability.READ_TRAINING),
    ),
)

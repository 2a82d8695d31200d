"""Controls of what is kept: keys, masking, retention, disclosure, secure forms, files, what visitors decide."""

from datetime import datetime, timedelta
from typing import Final

from compliance import audit_events as events
from compliance.audit_events import REGISTER, EventClass
from compliance.evidence.controls.control import Control, Fix, Standing, State, entries_of, unanswered
from compliance.evidence.controls.counting import entries_since, plural
from compliance.key_inventory import keys_of
from compliance.key_rotation import CRYPTOPERIOD
from compliance.models import JobKind, JobRun, JobState, LegalHold, NoticeVersion
from compliance.models.legal_hold import IN_FORCE
from compliance.nightly import next_purge
from tenants.models import Tenant
from tenants.roles import Capability

LATELY: Final = timedelta(days=7)
#: A key is turned by itself on its day; a week later it should have been.
TURNED_BY: Final = CRYPTOPERIOD + timedelta(days=7)
#: A purge that has not been for so long was missed.
MISSED: Final = timedelta(hours=36)


def _keys(tenant: Tenant, now: datetime) -> Standing:
    ages = [line.created_at for line in keys_of(tenant.id, now=now) if line.is_active]
    if not ages:
        return Standing(State.NONE, "There is no key yet.")
    oldest = min(ages)
    days = (now - oldest) // timedelta(days=1)
    state = State.FAILING if now > oldest + TURNED_BY else State.DUE if now > oldest + CRYPTOPERIOD else State.OK
    proof = f"{plural(len(ages), 'key')} in use, the oldest made {plural(days, 'day')} ago."
    return Standing(state, proof, {"keys": len(ages), "oldest_days": days}, (oldest + CRYPTOPERIOD).date())


def _masking(_: Tenant, now: datetime) -> Standing:
    caught = entries_since(now - LATELY, events.CARD_CAUGHT)
    run: JobRun | None = JobRun.objects.filter(kind=JobKind.RESCAN).order_by("-started_at", "-id").first()
    if run is None:
        return Standing(State.OK, f"Everything is masked as it is written; cards caught in the last 7 days: {caught}.")
    figures = {"caught": caught, "looked_at": run.looked_at, "masked": run.changed, "failed": run.failed}
    told = f"The last re-scan looked at {plural(run.looked_at, 'text')} and masked {run.changed}"
    if run.is_under_way:
        return Standing(State.DUE, f"A re-scan of stored chats is under way: {run.percent} %.", figures)
    if run.failed or run.state == JobState.STOPPED:
        return Standing(State.FAILING, f"{told}; {plural(run.failed, 'text')} could not be finished.", figures)
    return Standing(State.OK, f"{told}. Cards caught in the last 7 days: {caught}.", figures)


def _retention(_: Tenant, now: datetime) -> Standing:
    run: JobRun | None = JobRun.objects.filter(kind=JobKind.PURGE).order_by("-started_at", "-id").first()
    holds = LegalHold.objects.filter(IN_FORCE).count()
    due = next_purge(now).date()
    if run is None:
        return Standing(State.NONE, "No purge has run yet.", {"holds": holds}, due)
    moved = run.finished_at or run.moved_at
    figures = {"erased": run.changed, "holds": holds}
    proof = f"The last purge erased {plural(run.changed, 'record')}, with {plural(holds, 'legal hold')} in force."
    if now - moved > MISSED:
        return Standing(State.FAILING, f"{proof} It was more than a night ago.", figures, due)
    return Standing(State.OK, proof, figures, due)


def _disclosures(_: Tenant, now: datetime) -> Standing:
    shown = entries_since(now - LATELY, events.CONVERSATION_DISCLOSED)
    handed = entries_since(now - LATELY, events.CONVERSATION_EXPORTED, events.FILE_HANDED_OVER)
    proof = (
        f"In the last 7 days conversations were shown {plural(shown, 'time')} and handed over {plural(handed, 'time')}."
    )
    return Standing(State.OK, proof, {"shown": shown, "exports": handed})


def _files(_: Tenant, now: datetime) -> Standing:
    refused = entries_since(now - LATELY, events.FILE_REFUSED)
    return Standing(State.OK, f"{plural(refused, 'file')} refused in the last 7 days.", {"refused": refused})


def _told(_: Tenant, now: datetime) -> Standing:
    told = NoticeVersion.objects.filter(is_published=True).count()
    if not told:
        return Standing(State.OK, "Visitors are told by the notice that comes with the product.", {"notices": 0})
    return Standing(State.OK, f"{plural(told, 'notice')} of your own published.", {"notices": told})


CONTROLS: Final = (
    Control(
        key="keys",
        title="Chats are sealed with keys of the organisation, and keys are turned",
        says="Every turn of a key, every key that was connected, revoked, restored or destroyed",
        clauses={
            "soc2": ("CC6.1", "C1.1"),
            "pci": ("3.5.1", "3.6.1", "3.7.4", "3.7.5"),
            "hipaa": ("164.312(a)(2)(iv)", "164.312(e)(2)(ii)"),
        },
        events=(
            events.KEY_ROTATION_BEGUN,
            events.KEY_ROTATED,
            events.KEYS_REWRAPPED,
            events.OWN_KEY_CONNECTED,
            events.OWN_KEY_REVOKED,
            events.OWN_KEY_RESTORED,
            events.OWN_KEY_DISCONNECTED,
            events.TENANT_KEYS_DESTROYED,
        ),
        rules=(
            unanswered(
                "begun and not done within a week", (events.KEY_ROTATION_BEGUN,), (events.KEY_ROTATED,), days=7, by="of"
            ),
        ),
        look=_keys,
        fix=Fix("compliance:keys", "Turn it", Capability.MANAGE_KEYS),
    ),
    Control(
        key="masking",
        title="Card numbers and identifiers are masked before they are stored, and what is stored is scanned again",
        says="Every card that was caught, every change of what is masked, every re-scan, every report of a mistake",
        clauses={
            "soc2": ("CC6.7", "C1.1", "P4.2"),
            "pci": ("3.2.1", "3.3.1", "3.4.1", "3.5.1", "4.2.2"),
            "hipaa": ("164.308(a)(1)(ii)(B)", "164.312(c)(1)"),
        },
        events=(
            events.CARD_CAUGHT,
            events.MESSAGE_MASKED,
            events.MASKING_CHANGED,
            events.MASKING_RESCANNED,
            events.RESCAN_PAUSED,
            events.RESCAN_RESUMED,
            events.MASKING_REPORTED,
            events.MASKING_REPORT_DECIDED,
            events.RULE_SET_ACTIVATED,
            events.RULE_SET_DROPPED,
        ),
        rules=(
            unanswered(
                "a report not decided within a week",
                (events.MASKING_REPORTED,),
                (events.MASKING_REPORT_DECIDED,),
                days=7,
            ),
        ),
        look=_masking,
        fix=Fix("compliance:stored", "See the re-scan", Capability.MANAGE_MASKING),
    ),
    Control(
        key="retention",
        title="Records go when their time is over, unless they are held",
        says="Every purge, every change of how long records are kept, every legal hold, every erasure of a visitor",
        clauses={
            "soc2": ("CC6.5", "C1.2", "P4.2", "P4.3"),
            "pci": ("3.2.1",),
            "hipaa": ("164.310(d)(2)(i)", "164.310(d)(2)(ii)"),
        },
        events=(
            events.RETENTION_CHANGED,
            events.RETENTION_PURGED,
            events.HOLD_PLACED,
            events.HOLD_RELEASE_ASKED,
            events.HOLD_RELEASE_DECLINED,
            events.HOLD_RELEASED,
            events.OWN_DATA_ERASED,
            events.TENANT_ROWS_PURGED,
        ),
        look=_retention,
        fix=Fix("compliance:retention_page", "Decide it", Capability.MANAGE_RETENTION),
    ),
    Control(
        key="disclosure",
        title="Everything that was read or handed over is known",
        says="Every time a conversation, form, file, contact, the trail or a page of operators was shown or exported",
        clauses={
            "soc2": ("CC6.7", "P6.1", "P6.2"),
            "pci": ("10.2.1.1", "10.2.1.2", "10.2.1.3", "10.2.2"),
            "hipaa": ("164.312(b)", "164.308(a)(1)(ii)(D)"),
        },
        events=tuple(sorted(name for name, kind in REGISTER.items() if kind == EventClass.DISCLOSURE)),
        rules=(entries_of("all conversations exported as readable text", events.CONVERSATION_EXPORTED),),
        look=_disclosures,
        fix=Fix("compliance:trail", "See who", Capability.READ_AUDIT),
    ),
    Control(
        key="forms",
        title="What is sensitive is sent by forms that are sealed for one reader and destroyed",
        says="Every secure form that was asked for, sent, read, passed on or over, and every proof of identity",
        clauses={
            "soc2": ("C1.1", "P3.1"),
            "pci": ("3.3.2", "4.2.1", "4.2.2"),
            "hipaa": ("164.312(d)", "164.312(e)(1)", "164.312(e)(2)(ii)"),
        },
        events=(
            events.FORM_REQUESTED,
            events.FORM_SUBMITTED,
            events.FORM_VIEWED,
            events.FORM_FORWARDED,
            events.FORM_ENDED,
            events.PROOF_ASKED,
            events.PROOF_GIVEN,
            events.PROOF_FAILED,
            events.PROOF_LOCKED,
            events.PROOF_ENDED,
        ),
        rules=(
            entries_of("locked after wrong codes", events.PROOF_LOCKED),
            unanswered("a form not over within a day", (events.FORM_REQUESTED,), (events.FORM_ENDED,), days=1),
        ),
    ),
    Control(
        key="files",
        title="Files are checked before anybody opens them",
        says="Every file that was refused, removed or handed over",
        clauses={"soc2": ("CC6.8",), "pci": ("5.2.1", "5.3.2"), "hipaa": ("164.308(a)(5)(ii)(B)",)},
        events=(events.FILE_REFUSED, events.FILE_REMOVED, events.FILE_HANDED_OVER),
        look=_files,
    ),
    Control(
        key="visitors",
        title="Visitors are told, agree, and have their own data shown, changed and erased",
        says="Every notice that was published, every consent withdrawn, every copy and erasure of a visitor, and "
        "every change of what is kept of them",
        clauses={"soc2": ("P1.1", "P2.1", "P4.3", "P5.1", "P5.2"), "pci": (), "hipaa": ()},
        events=(
            events.NOTICE_PUBLISHED,
            events.NOTICE_SETTING_CHANGED,
            events.CONSENT_WITHDRAWN,
            events.OWN_DATA_EXPORTED,
            events.OWN_DATA_ERASED,
            events.CONTACT_CHANGED,
        ),
        look=_told,
        fix=Fix("compliance:notices", "See what they are told", Capability.MANAGE_NOTICES),
    ),
)

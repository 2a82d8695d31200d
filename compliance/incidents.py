"""Card data found in stored texts: an incident per run or per report of a person, with what it was and where.

PCI DSS v4.0.1, 12.10.7.
"""

from collections import Counter
from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from compliance import audit, audit_events
from compliance.breach import clocks
from compliance.models import Incident, IncidentRecord, JobRun
from compliance.registry import Caught
from tenants.actors import Actor


def note_reported(
    tenant_id: UUID, report_id: UUID, caught: Caught, *, found_with: int, actor: Actor, now: datetime
) -> Incident:
    """Write down card data that a person saw in a stored text, and that was confirmed: one incident per report.

    Call it in the transaction that confirms it.
    """
    known: Incident | None = Incident.objects.filter(report_id=report_id).first()
    if known is not None:
        return known
    incident: Incident = Incident.objects.create(
        tenant_id=tenant_id,
        report_id=report_id,
        kinds=dict(sorted(caught.counts.items())),
        records=1,
        let_pass_from=caught.let_pass,
        let_pass_to=caught.let_pass,
        found_with=found_with,
        opened_at=now,
    )
    _list(incident, [caught])
    clocks.start_deciding(incident)
    audit.record(actor, audit_events.INCIDENT_OPENED, incident, at=now, rule_set=found_with, report=report_id)
    return incident


def _list(incident: Incident, caught: Sequence[Caught]) -> None:
    IncidentRecord.objects.bulk_create(
        [
            IncidentRecord(
                tenant_id=incident.tenant_id,
                incident=incident,
                record_kind=one.record_kind,
                record_id=one.record_id,
                conversation_id=one.conversation_id,
                entity=entity,
                count=count,
                let_pass=one.let_pass,
            )
            for one in caught
            for entity, count in one.counts.items()
        ],
        ignore_conflicts=True,
    )


def note(run: JobRun, caught: Sequence[Caught], *, now: datetime) -> Incident | None:
    """Write down what a batch of a re-scan has found. The first find of a run opens its incident; more are added.

    Call it in the batch's transaction: what is noted is masked, and what is masked is noted.
    """
    if not caught:
        return None
    incident: Incident | None = Incident.objects.select_for_update().filter(run=run).first()
    if incident is None:
        incident = _opened(run, caught, now)
    ids = {one.record_id for one in caught}
    known = IncidentRecord.objects.filter(incident=incident, record_id__in=ids).values_list("record_id", flat=True)
    incident.records += len(ids - set(known))
    _list(incident, caught)
    kinds: Counter[str] = Counter()
    for one in caught:
        kinds.update(one.counts)
    incident.kinds = dict(sorted((kinds + Counter(incident.kinds)).items()))
    # One entry for the batch: which texts, the incident's records tell.
    audit.record(
        Actor.system(),
        audit_events.CARD_CAUGHT,
        incident,
        at=now,
        entities=", ".join(sorted(kinds)),
        count=kinds.total(),
        texts=len(ids),
        rule_set=incident.found_with,
        found_by="rescan",
    )
    incident.let_pass_from = min(incident.let_pass_from, *(one.let_pass for one in caught))
    incident.let_pass_to = max(incident.let_pass_to, *(one.let_pass for one in caught))
    incident.save(update_fields=["kinds", "records", "let_pass_from", "let_pass_to"])
    return incident


def _opened(run: JobRun, caught: Sequence[Caught], now: datetime) -> Incident:
    incident: Incident = Incident.objects.create(
        tenant_id=run.tenant_id,
        run=run,
        let_pass_from=caught[0].let_pass,
        let_pass_to=caught[0].let_pass,
        found_with=run.rule_set_number or 0,
        opened_at=now,
    )
    clocks.start_deciding(incident)
    audit.record(Actor.system(), audit_events.INCIDENT_OPENED, incident, at=now, rule_set=incident.found_with)
    return incident

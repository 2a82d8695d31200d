"""Which agreements are in force, which expire, and the mails that say so. Inside the tenant's scope, but `remind`."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final
from uuid import UUID

from django.db.models import Q

from compliance import due_mail
from compliance.models import Agreement, AgreementKind, SubProcessor, SubProcessorNotice
from tenants.models import Tenant
from tenants.policy_rows.row import Mode
from tenants.scoping import tenant_scope

#: Before an agreement expires it is told of: time to sign another.
SOON: Final = timedelta(days=45)
#: What a mode stands on.
OF_MODE: Final[dict[Mode, AgreementKind]] = {"hipaa": AgreementKind.BAA, "pci": AgreementKind.PCI}
PAGE: Final = "compliance:agreements"
EXPIRES: Final = "An agreement of your organisation expires soon."
EXPIRED: Final = "An agreement of your organisation has expired."
ANNOUNCED: Final = "Another company will handle data for the service. Look who it is; object in time if you have to."


@dataclass(frozen=True, slots=True)
class AgreementFacts:
    """How agreements stand: those in force, those that expire within weeks, those that have expired and not ended."""

    in_force: int
    expiring: int
    expired: int
    next_expiry_on: date | None


def facts(*, now: datetime) -> AgreementFacts:
    """Return counts, for pages and for the evidence."""
    today = now.date()
    live = list(Agreement.objects.filter(ended_at=None))
    in_force = [one for one in live if one.is_in_force(today)]
    ends = sorted(one.expires_on for one in in_force if one.expires_on is not None)
    soon = [day for day in ends if day <= today + SOON]
    return AgreementFacts(len(in_force), len(soon), len(live) - len(in_force), ends[0] if ends else None)


def in_force(kind: AgreementKind, *, now: datetime) -> Agreement | None:
    """Return an agreement of a kind that is in force, the one that lasts longest."""
    live = Agreement.objects.filter(kind=kind, ended_at=None).filter(Q(expires_on=None) | Q(expires_on__gte=now.date()))
    found: Agreement | None = live.order_by("-expires_on", "-recorded_at").first()
    return found


def subprocessors() -> list[SubProcessor]:
    """Return those that are used or will be, in the order of their names."""
    return list(SubProcessor.objects.filter(ended_at=None).order_by("name", "id"))


def remind(tenant: Tenant, *, now: datetime) -> int:
    """Mail what expires, has expired, and which sub-processors are new; each once. Return how many things were told."""
    with tenant_scope(tenant):
        live = Agreement.objects.filter(ended_at=None, expired_told_at=None, expires_on__lte=now.date() + SOON)
        waiting = [one.id for one in live.order_by("expires_on", "id") if _calls(one, now.date())]
        told = SubProcessorNotice.objects.values("subprocessor_id")
        new = SubProcessor.objects.filter(ended_at=None, announced_at__gt=tenant.created_at).exclude(id__in=told)
        announced = list(new.order_by("announced_at", "id").values_list("id", flat=True))
    sent = [_of_agreement(tenant, each, now) for each in waiting]
    sent += [_of_subprocessor(tenant, each, now) for each in announced]
    return sum(sent)


def _calls(one: Agreement, today: date) -> bool:
    if one.expires_on is None:
        return False
    return one.expired_told_at is None if one.expires_on < today else one.warned_at is None


def _of_agreement(tenant: Tenant, agreement_id: UUID, now: datetime) -> bool:
    with tenant_scope(tenant):
        mine = Agreement.objects.select_for_update(skip_locked=True).filter(id=agreement_id, ended_at=None)
        one: Agreement | None = mine.first()
        if one is None or one.expires_on is None or not _calls(one, now.date()):
            return False
        is_over = one.expires_on < now.date()
        if not due_mail.tell_keepers(tenant, EXPIRED if is_over else EXPIRES, one.expires_on, page=PAGE):
            return False
        name = "expired_told_at" if is_over else "warned_at"
        setattr(one, name, now)
        one.save(update_fields=[name])
    return True


def _of_subprocessor(tenant: Tenant, subprocessor_id: UUID, now: datetime) -> bool:
    with tenant_scope(tenant):
        one = SubProcessor.objects.get(id=subprocessor_id)
        notice, is_new = SubProcessorNotice.objects.get_or_create(
            subprocessor=one, defaults={"tenant_id": tenant.id, "told_at": now}
        )
        if not is_new:
            return False
        if not due_mail.tell_keepers(tenant, ANNOUNCED, one.starts_on, page=PAGE):
            notice.delete()
            return False
    return True

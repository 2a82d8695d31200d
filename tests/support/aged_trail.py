"""A trail whose first entries were sealed long ago, and what becomes of it when their time is over."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final

import psycopg

from compliance import audit, audit_chain, audit_events, audit_watch, trail_expiry
from compliance.anchoring import anchor as anchoring
from compliance.anchoring.places import Folder
from compliance.models import AuditEntry
from compliance.verifier.entries import EPOCH, MICROSECOND, digest
from helpdesk.core import clock
from tenants.actors import Actor
from tenants.models import Tenant
from tenants.scoping import tenant_scope

#: More than the six years for which entries are kept where nobody has chosen.
LONG: Final = timedelta(days=2200)
#: More than a checkpoint has to stand.
STOOD: Final = timedelta(minutes=15)


@dataclass
class AgedTrail:
    """An organisation's trail, the files of its anchors, and the connection of who rules the database."""

    tenant: Tenant
    folder: Folder
    database: psycopg.Connection[Any]

    def grow(self, count: int, by: timedelta = timedelta()) -> int:
        """Add entries that were sealed so long ago, anchor them, and return the position of the last."""
        before = self.head()
        with tenant_scope(self.tenant):
            for number in range(count):
                audit.record(
                    Actor.system(), audit_events.RETENTION_PURGED, self.tenant, at=clock.now() - by, number=number
                )
        audit_chain.seal(self.tenant.id)
        self.age(by, first=before + 1)
        self.anchor(by)
        return self.head()

    def anchor(self, by: timedelta = timedelta()) -> None:
        """Anchor all chains as they are, so long ago."""
        anchoring.anchor(now=clock.now() - by, folder=self.folder)

    def verified(self, by: timedelta = timedelta()) -> None:
        """Do what is done each night, so long ago."""
        before = self.head()
        audit_watch.verify_tenant(self.tenant, now=clock.now() - by, folder=self.folder)
        audit_chain.seal(self.tenant.id)
        self.age(by, first=before + 1)

    def expire(self, ahead: timedelta = timedelta()) -> int:
        """Do what is done each hour; what it tells of has then stood for long enough, and is anchored."""
        before = self.head()
        now = clock.now() + ahead
        gone = trail_expiry.expire(self.tenant, now=now, folder=self.folder, pause=lambda _: None)
        audit_chain.seal(self.tenant.id)
        self.age(STOOD, first=before + 1)
        self.anchor()
        return gone

    def age(self, by: timedelta, *, first: int, through: int | None = None) -> None:
        """Write the chain anew, by who rules the database: as if some entries had been sealed so much earlier."""
        with self.database.transaction(), self.database.cursor() as cursor:
            cursor.execute("SET LOCAL session_replication_role = replica")
            rows, prior = [], audit_chain.begin_of(cursor, self.tenant.id)[1]
            for entry in audit_chain.entries(cursor, self.tenant.id):
                is_meant = first <= entry.position <= (through or entry.position)
                sealed_at = entry.sealed_at - by // MICROSECOND * is_meant
                prior = digest(entry._replace(sealed_at=sealed_at), prior)
                rows.append((EPOCH + sealed_at * MICROSECOND, prior.hex(), entry.position, self.tenant.id))
            change = "UPDATE compliance_auditentry SET sealed_at = %s, hash = %s WHERE position = %s AND tenant_id = %s"
            cursor.executemany(change, rows)

    def head(self) -> int:
        """Return the position of the newest sealed entry."""
        with tenant_scope(self.tenant):
            sealed = AuditEntry.objects.exclude(position=None).order_by("-position")
            return sealed.values_list("position", flat=True).first() or 0

    def positions(self) -> list[int]:
        """Return the places of the entries that are left."""
        with tenant_scope(self.tenant):
            sealed = AuditEntry.objects.exclude(position=None).order_by("position")
            return list(sealed.values_list("position", flat=True))

    def told(self, event: str) -> list[AuditEntry]:
        """Return the entries of an event, oldest first."""
        with tenant_scope(self.tenant):
            return list(AuditEntry.objects.filter(event=event).order_by("id"))

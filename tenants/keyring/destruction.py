"""Cryptographic erasure of an organisation (NIST SP 800-88): its keys go, and with them everything sealed."""

from datetime import datetime
from uuid import UUID

from tenants.keyring import ring
from tenants.keyring.models import ContactKey, Destruction, OwnKey, Rotation, TenantKey
from tenants.keyring.scope import keys_scope


def destroy_key_ring(tenant_id: UUID, *, now: datetime) -> Destruction:
    """Destroy every key of an organisation and note it, in one transaction; done again, it finds the note."""
    with keys_scope(tenant_id):
        done: Destruction | None = Destruction.objects.first()
        if done is None:
            fingerprints = sorted(TenantKey.objects.values_list("fingerprint", flat=True))
            contact_keys = ContactKey.objects.all().delete()[0]
            tenant_keys = TenantKey.objects.all().delete()[0]
            Rotation.objects.all().delete()
            OwnKey.objects.all().delete()
            done = Destruction.objects.create(
                tenant_id=tenant_id,
                tenant_keys=tenant_keys,
                contact_keys=contact_keys,
                fingerprints=fingerprints,
                destroyed_at=now,
            )
    ring.forget_everywhere(tenant_id)
    return done

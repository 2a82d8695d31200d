"""The certificate of a mode that is on: what was scanned and masked, what changed, until when backups hold more.

Counts and names of settings, never a value. Its hash stands in the audit trail, which is sealed and anchored, so a
certificate that somebody keeps can be told from one that was changed.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from django.conf import settings

from compliance import audit, audit_events, mode_requirements, rule_sets
from compliance.models import ModeCertificate, ModeSwitch, RuleSet
from tenants import policies
from tenants.actors import Actor
from tenants.models import Tenant
from tenants.policy_rows.row import MODES, Mode
from tenants.policy_table import POLICIES

FORM: Final = "hushdesk mode certificate 1"
BACKUPS: Final = (
    "Backups made before it was masked hold older text, sealed by keys of the organisation, until this day at the "
    "latest."
)


@dataclass(frozen=True, slots=True)
class Scanned:
    """Of all texts that were looked at: how many were changed, and how many finds there were by kind."""

    looked_at: int
    changed: int
    counts: Mapping[str, int]


def issue(tenant: Tenant, switch: ModeSwitch, *, scanned: Scanned, now: datetime) -> ModeCertificate:
    """Write it, with its entry. In the scope and the transaction in which the mode becomes on."""
    mode = mode_of(switch)
    facts = _facts(tenant, switch, scanned, now)
    number = ModeCertificate.objects.filter(mode=mode).count() + 1
    facts |= {"number": number}
    certificate: ModeCertificate = ModeCertificate.objects.create(
        tenant_id=tenant.id, switch=switch, mode=mode, number=number, facts=facts, sha256=digest(facts), at=now
    )
    audit.record(
        Actor.system(), audit_events.MODE_CERTIFIED, certificate, at=now, mode=mode, number=number,
        sha256=certificate.sha256, looked_at=scanned.looked_at, changed=scanned.changed,
    )  # fmt: skip
    return certificate


def digest(facts: Mapping[str, Any]) -> str:
    """Return SHA-256 of the facts as canonical JSON: keys sorted, no spaces, UTF-8."""
    return hashlib.sha256(
        json.dumps(facts, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()
    ).hexdigest()


def document(certificate: ModeCertificate) -> str:
    """Return what is downloaded: the facts and their hash."""
    whole = {"certificate": certificate.facts, "sha256": certificate.sha256}
    return json.dumps(whole, indent=1, sort_keys=True, ensure_ascii=False) + "\n"


def newest() -> dict[str, ModeCertificate]:
    """Return each mode's newest certificate. Inside the tenant's scope."""
    return {one.mode: one for one in ModeCertificate.objects.order_by("number")}


def _facts(tenant: Tenant, switch: ModeSwitch, scanned: Scanned, now: datetime) -> dict[str, Any]:
    mode = mode_of(switch)
    rule_set = RuleSet.objects.get(number=rule_sets.current(tenant).number)
    return {
        "form": FORM,
        "organisation": {"id": str(tenant.id), "name": tenant.name, "region": tenant.region},
        "mode": mode,
        "mode_name": MODES[mode],
        "begun": {"at": switch.asked_at.isoformat(), "by": {"kind": switch.asked_kind, "id": str(switch.asked_by)}},
        "reason": switch.reason,
        "agreement": {"lies": switch.agreement, "of": switch.agreed_on.isoformat() if switch.agreed_on else None},
        "on_since": now.isoformat(),
        "rule_set": {"number": rule_set.number, "fingerprint": rule_set.fingerprint},
        "scanned": {
            "texts": scanned.looked_at, "changed": scanned.changed, "found_by_kind": dict(scanned.counts),
            "unresolved": 0,
        },
        "settings": _settings(tenant, switch),
        "exceptions": _exceptions(mode, now),
        "backups": {"until": (now + timedelta(days=settings.BACKUP_KEEP_DAYS)).date().isoformat(), "says": BACKUPS},
    }  # fmt: skip


def mode_of(switch: ModeSwitch) -> Mode:
    """Return which mode a switch is of."""
    return "hipaa" if switch.mode == "hipaa" else "pci"


def _settings(tenant: Tenant, switch: ModeSwitch) -> list[dict[str, Any]]:
    """Every setting as it was before the switch and as it is now, with what holds it."""
    chosen = policies.choices()
    found = []
    for key, policy in POLICIES.items():
        now = policies.effective(tenant, key, chosen=chosen.get(key))
        before = str(switch.before.get(key, policy.default))
        found.append({
            "key": key, "setting": policy.explanation, "before": policy.values.get(before, before),
            "after": now.words, "clauses": list(now.clauses),
        })  # fmt: skip
    return found


def _exceptions(mode: Mode, now: datetime) -> list[dict[str, str]]:
    """What the mode asks of people that is not so yet; it holds them to it by itself."""
    ahead = mode_requirements.ahead(mode, now=now)
    return [{"asked": one.title, "stands": one.says} for one in ahead if not one.is_met]

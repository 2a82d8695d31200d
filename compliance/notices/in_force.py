"""The texts in force in an organisation, and of which of them a visitor must have a receipt to be heard.

Looked up together with the rule set, which every message needs (`compliance.rule_sets`), and as fresh as that.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from django.db import connection

from compliance.models import LawRegion
from compliance.notices.regions import TOLD_ENOUGH, region_of
from compliance.notices.wording import LANGUAGES, Facts, Wording, body_of, language_of, wording
from tenants import policies
from tenants.models import Tenant
from tenants.policy_names import BY_ALL, BY_LAW, CONSENT, IDENTITY, SIGNED_VISITOR, TOLD

Variant = tuple[LawRegion, str]

#: What is looked up, as columns of a statement: `compliance.rule_sets` has one that runs every few seconds in every
#: organisation that is chatting.
COLUMNS: Final = """
    (SELECT value FROM tenants_policychoice WHERE tenant_id = %(tenant)s AND key = %(consent)s),
    (SELECT value FROM tenants_policychoice WHERE tenant_id = %(tenant)s AND key = %(identity)s),
    (SELECT keep_days FROM compliance_retentionpolicy
        WHERE tenant_id = %(tenant)s AND record_class = 'conversation'),
    (SELECT json_build_array(region, other_ways) FROM compliance_noticesetting WHERE tenant_id = %(tenant)s),
    (SELECT json_agg(json_build_array(region, language, body)) FROM (
        SELECT DISTINCT ON (region, language) region, language, body FROM compliance_noticeversion
        WHERE tenant_id = %(tenant)s AND is_published ORDER BY region, language, number DESC
    ) AS published)
"""
GIVEN: Final = {"consent": CONSENT, "identity": IDENTITY}


@dataclass(frozen=True, slots=True)
class Notices:
    """What an organisation tells its visitors. `accepts`: hashes of the texts of which one must have been read or
    agreed to; None where a message needs no receipt. `signed_only`: whether its site must vouch for them as well."""

    facts: Facts
    modes: tuple[str, ...]
    consent: str
    region: LawRegion | None
    other_ways: str
    wordings: dict[Variant, Wording]
    bodies: dict[Variant, str]
    accepts: tuple[bytes, ...] | None
    signed_only: bool

    def of(self, region: LawRegion, language: str) -> Wording:
        """Return the text of one region and language."""
        return self.wordings[self.region or region, language]

    def for_browser(self, timezone: str, languages: Sequence[str]) -> Wording:
        """Return the text for a visitor, by what their browser says of itself."""
        return self.of(region_of(timezone, languages), language_of(languages))

    def with_hash(self, digest: bytes) -> Wording | None:
        """Return the text in force that has this hash; None if none has."""
        return next((one for one in self.wordings.values() if one.digest == digest), None)

    def body(self, region: LawRegion, language: str) -> str:
        """Return what stands in front of the lines of modes: the organisation's own text, or ours."""
        return self.bodies.get((region, language)) or body_of(region, language)

    def preview(self, region: LawRegion, language: str, body: str) -> Wording:
        """Return how another body would be shown."""
        return wording(region, language, body, self.facts, self.modes, asks=asks(self.consent, region))


def asks(consent: str, region: LawRegion) -> bool:
    """Whether visitors of a region are asked to agree, under a value of the policy."""
    return consent == BY_ALL or (consent == BY_LAW and region not in TOLD_ENOUGH)


def notices_of(tenant: Tenant) -> Notices:
    """Look up what is in force. Call it inside the tenant's scope."""
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {COLUMNS}", {"tenant": tenant.id, **GIVEN})
        return notices_from(tenant, cursor.fetchone())


def notices_from(tenant: Tenant, columns: Sequence[Any]) -> Notices:
    """Put together what was looked up by `COLUMNS`."""
    chosen, identity, keep_days, setting, published = (
        json.loads(one) if place > 2 and isinstance(one, str) else one for place, one in enumerate(columns)
    )
    consent = policies.effective(tenant, CONSENT, chosen=chosen).value
    fixed, other_ways = setting or ("", "")
    region = LawRegion(fixed) if fixed else None
    bodies = {(LawRegion(one), language): body for one, language, body in published or ()}
    facts, modes = Facts(tenant.name, tenant.region, keep_days), tuple(policies.modes_on(tenant))
    wordings = {
        (one, language): wording(
            one, language, bodies.get((one, language)) or body_of(one, language), facts, modes, asks=asks(consent, one)
        )
        for one in ((region,) if region else LawRegion)
        for language in LANGUAGES
    }
    accepts = None if consent == TOLD else tuple(sorted({one.digest for one in wordings.values()}))
    signed_only = policies.effective(tenant, IDENTITY, chosen=identity).value == SIGNED_VISITOR
    return Notices(facts, modes, consent, region, other_ways, wordings, bodies, accepts, signed_only)

"""Write, publish and choose what visitors are told before they write."""

import re
from datetime import datetime
from functools import partial
from typing import Final
from uuid import UUID

from django.db import IntegrityError, transaction

from compliance import rule_sets
from compliance.models import LawRegion, NoticeDraft, NoticeOrigin, NoticeSetting, NoticeVersion
from compliance.notices.in_force import Notices, notices_of
from compliance.notices.wording import LANGUAGES, Wording
from tenants.actions.policies import write_choice
from tenants.actors import Actor
from tenants.models import Membership, Tenant
from tenants.permissions import require
from tenants.policy_names import CONSENT
from tenants.policy_table import POLICIES
from tenants.roles import Capability
from tenants.scoping import current_tenant_id
from tenants.signals import announce
from tenants.text_checks import check_readable

ATTEMPTS: Final = 5
_GAPS: Final = re.compile(r"(?:\r?\n[^\S\n]*){2,}")


class NoSuchNoticeError(LookupError):
    """There is no such language, draft or value."""


class DraftChangedError(Exception):
    """The draft is another than the one that was looked at."""


@transaction.atomic
def save_draft(*, law: LawRegion, language: str, body: str, actor: Membership, now: datetime) -> NoticeDraft:
    """Keep what is being written; visitors go on seeing what is published.

    Raises:
        NotPermittedError: The member may not.
        NoSuchNoticeError: There are no texts in this language.
        HoldsSensitiveDataError, NotCheckedError: It must not be kept, or could not be looked at.
    """
    require(actor, Capability.MANAGE_NOTICES)
    if language not in LANGUAGES:
        raise NoSuchNoticeError
    cleaned = cleaned_body(body)
    _check(cleaned)
    draft: NoticeDraft
    draft, _ = NoticeDraft.objects.update_or_create(
        tenant_id=actor.tenant_id, region=law, language=language, defaults={"body": cleaned, "changed_at": now}
    )
    return draft


@transaction.atomic
def drop_draft(*, law: LawRegion, language: str, actor: Membership) -> None:
    """Throw a draft away.

    Raises:
        NotPermittedError: The member may not.
    """
    require(actor, Capability.MANAGE_NOTICES)
    NoticeDraft.objects.filter(region=law, language=language).delete()


@transaction.atomic
def publish_notice(
    *, law: LawRegion, language: str, text_hash: bytes, actor: Membership, now: datetime
) -> NoticeVersion:
    """Put a draft in force: from now on visitors see it, and those who saw another are asked again.

    Args:
        text_hash: Hash of the text as it was shown to whoever publishes it.

    Raises:
        NotPermittedError: The member may not.
        NoSuchNoticeError: There is no draft.
        DraftChangedError: It was changed since it was looked at.
    """
    require(actor, Capability.MANAGE_NOTICES)
    # The organisation's row serialises those who publish, and those who change what the text says of it.
    tenant = Tenant.objects.select_for_update().get(id=actor.tenant_id)
    draft = NoticeDraft.objects.select_for_update().filter(region=law, language=language).first()
    if draft is None:
        raise NoSuchNoticeError
    shown = notices_of(tenant).preview(law, language, draft.body)
    if shown.digest != text_hash:
        raise DraftChangedError
    version = _add(shown, draft.body, NoticeOrigin.OWN, now, published_by=actor.id)
    draft.delete()
    announce(
        "notice.published", actor=Actor.member(actor), subject=version, at=now,
        region=shown.region.value, language=language, number=version.number,
    )  # fmt: skip
    transaction.on_commit(partial(rule_sets.forget, tenant.id))
    return version


@transaction.atomic
def choose_notice_setting(
    *, law: LawRegion | None, other_ways: str, consent: str, actor: Membership, now: datetime
) -> NoticeSetting:
    """Choose whose law all visitors are told about, how else to reach the organisation, and who is asked to agree.

    Args:
        law: None: each visitor's own, by their browser.
        other_ways: Shown to who does not agree.
        consent: A value of the policy table. A mode's floor stands above it.

    Raises:
        NotPermittedError: The member may not.
        NoSuchNoticeError: The policy table has no such value.
        BelowFloorError: A mode holds it higher.
        HoldsSensitiveDataError, NotCheckedError: The text must not be kept, or could not be looked at.
    """
    require(actor, Capability.MANAGE_NOTICES)
    if consent not in POLICIES[CONSENT].values:
        raise NoSuchNoticeError
    _check(other_ways)
    write_choice(key=CONSENT, value=consent, actor=actor, now=now)
    setting: NoticeSetting
    setting, _ = NoticeSetting.objects.update_or_create(
        tenant_id=actor.tenant_id,
        defaults={"region": law or "", "other_ways": other_ways.strip(), "changed_at": now},
    )
    by = Actor.member(actor)
    announce("notice.setting_changed", actor=by, subject=setting, at=now, region=setting.region or "by browser")
    transaction.on_commit(partial(rule_sets.forget, actor.tenant_id))
    return setting


def version_of(shown: Wording, notices: Notices, *, now: datetime) -> NoticeVersion:
    """Return the version a visitor was shown, kept from now on if nobody has read it before.

    Call it inside the tenant's scope.
    """
    body = notices.body(shown.region, shown.language)
    is_own = (shown.region, shown.language) in notices.bodies
    for _ in range(ATTEMPTS):
        held = NoticeVersion.objects.filter(
            region=shown.region, language=shown.language, text_hash=shown.digest
        ).order_by("-number")
        version: NoticeVersion | None = held.first()
        if version is not None:
            return version
        try:
            with transaction.atomic():
                return _add(shown, body, NoticeOrigin.OWN if is_own else NoticeOrigin.SHIPPED, now)
        except IntegrityError:
            continue  # another visitor was a moment earlier: look again
    raise NoticeRaceError


class NoticeRaceError(Exception):
    """The number was taken by others, again and again; the caller may try once more."""


def cleaned_body(body: str) -> str:
    """Return a text as it is kept: paragraphs with one empty line between them, spaces as single ones."""
    return "\n\n".join(" ".join(one.split()) for one in _GAPS.split(body.replace("\x00", "").strip()) if one.strip())


def _check(text: str) -> None:
    """Refuse what may not be shown to everyone, also where it is split over paragraphs."""
    for said in (*text.splitlines(), " ".join(text.split())):
        if said.strip():
            check_readable(said)


def _add(
    shown: Wording, body: str, origin: NoticeOrigin, now: datetime, published_by: UUID | None = None
) -> NoticeVersion:
    of_kind = NoticeVersion.objects.filter(region=shown.region, language=shown.language)
    last = of_kind.order_by("-number").values_list("number", flat=True).first() or 0
    added: NoticeVersion = NoticeVersion.objects.create(
        tenant_id=current_tenant_id(),
        region=shown.region,
        language=shown.language,
        number=last + 1,
        origin=origin,
        is_published=published_by is not None,
        modes=shown.modes,
        body=body,
        text=shown.text,
        text_hash=shown.digest,
        published_by=published_by,
        published_at=now,
    )
    return added

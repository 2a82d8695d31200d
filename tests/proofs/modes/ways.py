"""Every way to write a setting. Each is called with a value that is too weak and does all it can; a refusal is fine."""

from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import Final

from django.db import IntegrityError, connection
from django.urls import reverse

from compliance.actions import masking, notices
from compliance.actions.masking import BelowFloorError as MaskingBelowFloorError
from compliance.actions.retention import ModeWantsSpanError, set_policy
from compliance.actions.trail_retention import keep_trail
from compliance.forms import TRAIL
from compliance.models import MaskingRevision, RecordClass, RetentionPolicy
from helpdesk.core import clock
from tenants.actions.policies import BelowFloorError, NoSuchChoiceError, choose
from tenants.actors import Actor
from tenants.forms.policies import PoliciesForm
from tenants.models import PolicyChoice, Tenant
from tenants.policies import choices
from tenants.policy_names import AUDIT_KEPT, CONSENT
from tenants.policy_table import POLICIES
from tenants.scoping import tenant_scope
from tests.proofs.modes.ground import MASKING, RETENTION, STATES, Ground, connection_of

REFUSALS: Final = (
    BelowFloorError, NoSuchChoiceError, MaskingBelowFloorError, ModeWantsSpanError, IntegrityError,
)  # fmt: skip
Way = Callable[[Ground, str, str], None]


def page(ground: Ground, key: str, value: str) -> None:
    """What an owner can post, to whichever page has the setting and with it as a field where none has."""
    slug = ground.tenant.slug
    if key in STATES:
        for step in ("agree", "off"):
            ground.page.post(
                reverse(f"compliance:mode_{step}", args=[slug, STATES[key]]),
                {f"{STATES[key]}-{step}-reason": "A proof"},
            )
    elif key == RETENTION:
        ground.page.post(reverse("compliance:retention", args=[slug]), {"conversation": value})
    elif is_level(key):
        ground.page.post(
            reverse("compliance:masking_levels", args=[slug]),
            {"based_on": "0", f"level-{key.removeprefix(MASKING)}": value},
        )
    elif key == CONSENT:
        ground.page.post(
            reverse("compliance:notice_setting", args=[slug]), {"consent": value, "region": "", "other_ways": ""}
        )
    elif key == AUDIT_KEPT:
        ground.page.post(reverse("compliance:retention", args=[slug]), {TRAIL: value})
    else:
        with tenant_scope(ground.tenant):
            form = PoliciesForm(ground.fresh(), choices())
        shown = {name: field.initial for name, field in form.fields.items()}
        ground.page.post(reverse("organisation:sign_in_policies", args=[slug]), {**shown, key: value})


def admin(ground: Ground, key: str, value: str) -> None:
    """What an operator can post: the organisation's own page with fields it has and has not, and a mode's steps."""
    change = reverse("admin:tenants_tenant_change", args=[ground.tenant.id])
    mode = STATES.get(key)
    posted = {"region": "eu", "status": "active", "keep_days": value if key == RETENTION else "90", key: value}
    posted |= {f"{mode}_state": "off"} if mode else {}
    ground.admin.post(change, posted)
    for step in ("off", "agree") if mode else ():
        ground.admin.post(
            reverse("admin:tenants_tenant_switch_mode", args=[ground.tenant.id, mode, step]), {"reason": "A proof"}
        )


def action(ground: Ground, key: str, value: str) -> None:
    """The actions themselves, as any interface calls them."""
    actor = Actor.member(ground.owner)
    if key == RETENTION:
        set_policy(
            tenant=ground.tenant, record_class=RecordClass.CONVERSATION, keep_days=int(value) if value else None,
            actor=actor, now=clock.now(),
        )  # fmt: skip
    elif is_level(key):
        levels = {key.removeprefix(MASKING): value}
        masking.set_levels(tenant=ground.tenant, levels=levels, based_on=0, actor=actor, now=clock.now())
    elif key == CONSENT:
        with tenant_scope(ground.tenant):
            notices.choose_notice_setting(law=None, other_ways="", consent=value, actor=ground.owner, now=clock.now())
    elif key == AUDIT_KEPT:
        with tenant_scope(ground.tenant):
            keep_trail(kept=value, actor=ground.owner, now=clock.now())
    elif key not in STATES:
        with tenant_scope(ground.tenant):
            choose(key=key, value=value, actor=ground.owner, now=clock.now())


def manager(ground: Ground, key: str, value: str) -> None:
    """The models' managers, as a shell has them."""
    now = clock.now()
    with tenant_scope(ground.tenant):
        if key in STATES:
            Tenant.objects.filter(id=ground.tenant.id).update(**{f"{STATES[key]}_state": value})
        elif key == RETENTION and not value:
            RetentionPolicy.objects.all().delete()
        elif key == RETENTION:
            RetentionPolicy.objects.update(keep_days=int(value))
        elif is_level(key):
            MaskingRevision.objects.create(
                tenant=ground.tenant, number=1, levels={key.removeprefix(MASKING): value}, actor_kind="member",
                actor_id=ground.owner.id, created_at=now,
            )  # fmt: skip
        else:
            PolicyChoice.objects.update_or_create(
                tenant_id=ground.tenant.id, key=key, defaults={"value": value, "changed_at": now}
            )


def instance(ground: Ground, key: str, value: str) -> None:
    """A row in hand, changed and saved; rows made in bulk."""
    with tenant_scope(ground.tenant):
        if key in STATES:
            held = ground.fresh()
            setattr(held, f"{STATES[key]}_state", value)
            held.save()
        elif key == RETENTION:
            kept = RetentionPolicy.objects.get()
            kept.keep_days = int(value or 36_500)
            kept.save()
        elif not is_level(key):
            row = PolicyChoice(tenant=ground.tenant, key=key, value=value, changed_at=clock.now())
            PolicyChoice.objects.bulk_create([row])


def sql(ground: Ground, key: str, value: str) -> None:
    """SQL as the application's role."""
    with tenant_scope(ground.tenant), connection.cursor() as cursor:
        _write(cursor.execute, ground, key, value)


def superuser(ground: Ground, key: str, value: str) -> None:
    """SQL by whoever owns the server, every trigger and constraint of the database passed by."""
    with connection_of(ground) as owner:
        _write(owner.execute, ground, key, value)


def before(ground: Ground, key: str, value: str) -> None:
    """What was stored before the mode was switched on: written as if it had been there, past every guard."""
    if key in POLICIES:
        superuser(ground, key, value)


def is_level(key: str) -> bool:
    """Whether a key is the level of an entity, and none of the policy table."""
    return key.startswith(MASKING) and key not in POLICIES


def _write(execute: Callable[..., object], ground: Ground, key: str, value: str) -> None:
    tenant = str(ground.tenant.id)
    if key in STATES:
        # The column is one of two names out of the code.
        execute(f"UPDATE tenants_tenant SET {STATES[key]}_state = %s WHERE id = %s", [value, tenant])
    elif key == RETENTION and not value:
        execute("DELETE FROM compliance_retentionpolicy WHERE tenant_id = %s", [tenant])
    elif key == RETENTION:
        execute("UPDATE compliance_retentionpolicy SET keep_days = %s WHERE tenant_id = %s", [int(value), tenant])
    elif not is_level(key):
        execute("DELETE FROM tenants_policychoice WHERE tenant_id = %s AND key = %s", [tenant, key])
        execute(
            "INSERT INTO tenants_policychoice (id, tenant_id, key, value, changed_at) "
            "VALUES (gen_random_uuid(), %s, %s, %s, now())",
            [tenant, key, value],
        )


#: By name. Of superusers' ways the state of a mode is none that readers can resist: the watch puts it right.
WAYS: Final[Mapping[str, Way]] = {
    "page": page, "admin": admin, "action": action, "manager": manager, "instance": instance, "sql": sql,
    "superuser": superuser, "before": before,
}  # fmt: skip
SUPERUSERS: Final = frozenset({"superuser", "before"})


def attempt(ground: Ground, way: str, key: str, value: str) -> None:
    """Do what a way can; being refused is one of its ends."""
    if WAYS[way] in {page, admin}:
        ground.give_factors()
    with suppress(*REFUSALS):
        WAYS[way](ground, key, value)

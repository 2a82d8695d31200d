"""Which controls run by the clock: by which task, within which time they have to have done their work, and why."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

#: In a row. Once is a database that restarts.
FAILED: Final = 2
#: An organisation hears of a control of the service when it has not worked for so long: what it can prove suffers.
TOLD_AFTER: Final = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Control:
    """One control. `task`: whose end says that it did its work; empty for one that says so itself.

    `limit`: by when after the last time it has to have worked again; None for one that only fails. `of_service`: it
    runs for all organisations at once. `told`: whether organisations hear of it. `failures`: how often in a row it has
    to fail before that is raised.
    """

    key: str
    title: str
    clause: str
    task: str = ""
    limit: timedelta | None = None
    of_service: bool = False
    told: bool = False
    failures: int = FAILED


def _minutes(number: int) -> timedelta:
    return timedelta(minutes=number)


#: Neither 45 CFR 164.308(a)(7)(ii)(D) ("periodic testing") nor SOC 2 A1.3 names a period; PCI DSS v4.0.1, 12.10.2, asks
#: for a test of the plan for incidents, recovery included, each year. Twice a year is our choice.
RESTORED_WITHIN: Final = timedelta(days=183)
#: Once a night, and two hours for the night's work itself.
_NIGHTLY: Final = timedelta(hours=26)

CONTROLS: Final[Mapping[str, Control]] = {
    one.key: one
    for one in (
        Control("purge", "Erasing what is past its retention", "PCI DSS 3.2.1; GDPR 5(1)(e)",
                "compliance.purge_tenant", _NIGHTLY),
        Control("rescan", "Scanning stored chats by the newest rules", "PCI DSS 3.3.1, 3.5.1",
                "compliance.rescan_tenant", _minutes(45)),
        Control("drift", "The watch over settings and modes", "PCI DSS 10.7.2; 45 CFR 164.308(a)(8)",
                "compliance.watch_settings", _minutes(20)),
        Control("trail", "Verifying the audit trail", "PCI DSS 10.3.4; 45 CFR 164.312(c)(2)",
                "compliance.verify_trail", _NIGHTLY),
        Control("expiry", "Letting audit entries go that are past their time", "GDPR 5(1)(e); PCI DSS 10.5.1",
                "compliance.expire_trail", timedelta(hours=3)),
        Control("keys", "Turning keys at the end of their period", "PCI DSS 3.7.4",
                "compliance.turn_tenant_keys", _minutes(45)),
        Control("training", "Asking for training and reminding of it", "PCI DSS 12.6.3; 45 CFR 164.308(a)(5)",
                "compliance.train_tenant", timedelta(hours=3)),
        Control("support", "Ending support access", "PCI DSS 8.2.7", "compliance.end_support", _minutes(60)),
        Control("unused", "Deactivating who has not been here for too long", "PCI DSS 8.2.6",
                "tenants.look_after_unused", _NIGHTLY),
        Control("evidence", "Writing down how every control stands", "PCI DSS 12.4.2; SOC 2 CC4.1",
                "compliance.observe_controls", _NIGHTLY),
        Control("reminders", "Reminding of deadlines, reviews and agreements", "45 CFR 164.308(a)(6)(ii)",
                "compliance.remind_tenant", timedelta(hours=3)),
        Control("seal", "Sealing audit entries", "PCI DSS 10.3.2, 10.7.2", limit=_minutes(20), of_service=True,
                told=True),
        Control("anchor", "Anchoring the audit trail outside the database", "PCI DSS 10.3.3, 10.7.2",
                limit=_minutes(20), of_service=True, told=True),
        Control("bucket", "Keeping anchors in the bucket", "PCI DSS 10.3.3", of_service=True),
        Control("heads", "No chain was written anew", "PCI DSS 10.3.4", of_service=True),
        Control("verify", "Verifying every audit trail", "PCI DSS 10.3.4", "compliance.verify_every_trail", _NIGHTLY,
                of_service=True),
        Control("probes", "Counting who asks for other organisations", "PCI DSS 10.4.1.1; 45 CFR 164.308(a)(1)(ii)(D)",
                "compliance.look_for_probes", _minutes(20), of_service=True),
        Control("forms", "Destroying what secure forms have brought", "PCI DSS 3.2.1",
                "chat.look_after_every_tenants_forms", _minutes(20), of_service=True),
        Control("requests", "Looking after data requests and their deadlines", "GDPR 12(3)",
                "chat.look_after_every_tenants_requests", _minutes(45), of_service=True),
        Control("rewrap", "Wrapping keys under the provider's newest", "PCI DSS 3.7.4",
                "compliance.rewrap_everything", _NIGHTLY, of_service=True),
        # Run by operators, `manage.py restore_drill`; one that did not hold is never a database that restarts.
        Control("restoring", "Restoring a backup on trial", "45 CFR 164.308(a)(7)(ii)(D); PCI DSS 12.10.2",
                limit=RESTORED_WITHIN, of_service=True, failures=1),
        Control("watch", "The watch over controls itself", "PCI DSS 10.7.2", "compliance.watch_every_tenants_controls",
                _minutes(30), of_service=True),
    )
}  # fmt: skip
BY_TASK: Final[Mapping[str, Control]] = {one.task: one for one in CONTROLS.values() if one.task}
OF_TENANTS: Final = tuple(one for one in CONTROLS.values() if not one.of_service)
OF_SERVICE: Final = tuple(one for one in CONTROLS.values() if one.of_service)
TOLD: Final = tuple(one for one in OF_SERVICE if one.told)

"""What the audit trail, notices, masking, training and holds hold of people, column by column."""

from typing import Final

from compliance.processing.terms import (
    CONTACT,
    CONTENT,
    DEED,
    FOUND,
    KNOWN_AS,
    MEMBERS,
    NOBODY,
    NONE,
    OPERATORS,
    VISITORS,
    Kept,
    Purpose,
    Rows,
)

OF_COMPLIANCE: Final = (
    Rows("compliance.AnchorKey", NOBODY, Purpose.PROVE, Kept.ORGANISATION, {
        "number made_at": NONE,
        "public": NONE("the public half of a key"),
        "wrapped": NONE("a key, wrapped"),
    }),
    Rows("compliance.AuditEntry", MEMBERS, Purpose.PROVE, Kept.ORGANISATION, {
        "actor_id object_id": KNOWN_AS,
        "actor_kind at": DEED,
        "event object_kind": DEED("a name out of the code"),
        "facts": DEED("ids, states and counts; an operator's reason, masked by every rule"),
        "position sealed_at": NONE,
        "hash": NONE("a hash"),
    }, also=(VISITORS, OPERATORS,)),
    Rows("compliance.Incident", MEMBERS, Purpose.PROTECT, Kept.ORGANISATION, {
        "acknowledged_by closed_by": KNOWN_AS,
        "note": CONTENT,
        "records": FOUND,
        "kinds": FOUND("counts by entity"),
        "acknowledged_at closed_at": DEED,
        "cause run report_id state let_pass_from let_pass_to found_with opened_at told_at masked_with": NONE,
    }),
    Rows("compliance.IncidentRecord", VISITORS, Purpose.PROTECT, Kept.ORGANISATION, {
        "record_id conversation_id": KNOWN_AS,
        "count let_pass": FOUND,
        "entity": FOUND("a name out of the code"),
        "incident": NONE,
        "record_kind": NONE("names of a table and a column"),
    }),
    Rows("compliance.JobRun", NOBODY, Purpose.KEEP, Kept.ORGANISATION, {
        "kind state note rule_set_number cursor cursor_number passes total looked_at changed failed "
        "worked_ms started_at moved_at finished_at": NONE,
        "cursor_store": NONE("a name out of the code"),
        "counts": NONE("counts by entity"),
    }),
    Rows("compliance.LegalHold", VISITORS, Purpose.KEEP, Kept.ORGANISATION, {
        "target_id placed_by release_asked_by released_by": KNOWN_AS,
        "query": KNOWN_AS("ids and days"),
        "reason": CONTENT,
        "placed_at release_asked_at released_at": DEED,
        "kind masked_with": NONE,
    }, also=(MEMBERS,)),
    Rows("compliance.MaskingRevision", MEMBERS, Purpose.PROTECT, Kept.ORGANISATION, {
        "actor_id": KNOWN_AS,
        "actor_kind created_at": DEED,
        "number restores": NONE,
        "levels": NONE("names and levels out of the code"),
        "regions_off": NONE("names out of the code"),
        "exempt": NONE("patterns of own ids; which ones may be so is held by the database"),
        "rules": NONE("patterns that the organisation writes to be run, not words"),
    }),
    Rows("compliance.ModeCertificate", MEMBERS, Purpose.PROVE, Kept.ORGANISATION, {
        "facts": DEED("counts, names out of the code, and texts that were masked by every rule"),
        "switch mode number at": NONE,
        "sha256": NONE("a hash"),
    }),
    Rows("compliance.ModeSwitch", MEMBERS, Purpose.KEEP, Kept.ORGANISATION, {
        "asked_by asked_person approved_by approved_person": KNOWN_AS,
        "reason": CONTENT("a reason, masked by every rule"),
        "agreement": CONTENT("where it lies, masked by every rule"),
        "agreed_on asked_kind asked_at approved_kind approved_at": DEED,
        "mode turns_on was due_at ended_at ended_as": NONE,
        "before": NONE("names out of the code"),
    }, also=(OPERATORS,)),
    Rows("compliance.NoticeDraft", NOBODY, Purpose.INFORM, Kept.ORGANISATION, {
        "region changed_at": NONE,
        "language": NONE("a name out of the code"),
        "body": NONE("written to be shown to everyone; one that holds a card number is refused"),
    }),
    Rows("compliance.NoticeSetting", NOBODY, Purpose.INFORM, Kept.ORGANISATION, {
        "region changed_at": NONE,
        "other_ways": NONE("shown to everyone; one that holds a card number is refused"),
    }),
    Rows("compliance.NoticeVersion", MEMBERS, Purpose.INFORM, Kept.ORGANISATION, {
        "published_by": KNOWN_AS,
        "published_at": DEED,
        "region number origin is_published": NONE,
        "language": NONE("a name out of the code"),
        "modes": NONE("names out of the code"),
        "body text": NONE("shown to everyone; one that holds a card number is refused"),
        "text_hash": NONE("a hash"),
    }),
    Rows("compliance.OperatorEntry", OPERATORS, Purpose.PROVE, Kept.ORGANISATION, {
        "operator_id object_id": KNOWN_AS,
        "at": DEED,
        "event object_kind": DEED("a name out of the code"),
        "facts": DEED("as of AuditEntry"),
        "position sealed_at organisation_id": NONE,
        "hash": NONE("a hash"),
    }),
    Rows("compliance.OperatorReset", OPERATORS, Purpose.ADMIT, Kept.ORGANISATION, {
        "user asked_by decided_by": KNOWN_AS,
        "reason": CONTENT("an operator's reason, masked by every rule"),
        "asked_at decided_at is_approved": DEED,
    }),
    Rows("compliance.OwnCourse", NOBODY, Purpose.TEACH, Kept.ORGANISATION, {
        "version least_version closes is_in_use changed_at": NONE,
        "roles": NONE("names out of the code"),
    }),
    Rows("compliance.OwnCourseVersion", MEMBERS, Purpose.TEACH, Kept.ORGANISATION, {
        "written_by": KNOWN_AS,
        "written_at": DEED,
        "course number": NONE,
        "content": NONE("written for everyone to read; one that holds a card number is refused"),
    }),
    Rows("compliance.PolicyStanding", NOBODY, Purpose.KEEP, Kept.ORGANISATION, {
        "changed_at": NONE,
        "choices modes": NONE("names out of the code"),
        "retention": NONE("names out of the code, and numbers of days"),
    }),
    Rows("compliance.RetentionPolicy", NOBODY, Purpose.KEEP, Kept.ORGANISATION, {
        "record_class keep_days changed_at": NONE,
    }),
    Rows("compliance.RuleSet", NOBODY, Purpose.PROTECT, Kept.ORGANISATION, {
        "number revision created_at": NONE,
        "fingerprint": NONE("a hash"),
        "rules": NONE("an id and a hash"),
        "profile": NONE("a name out of the code"),
    }),
    Rows("compliance.RuleSetProposal", MEMBERS, Purpose.PROTECT, Kept.ORGANISATION, {
        "by_id": KNOWN_AS,
        "by_kind proposed_at decided_at": DEED,
        "origin state revision number dry_run shadow_run": NONE,
        "fingerprint": NONE("a hash"),
        "rules": NONE("an id and a hash"),
        "decided": NONE("a revision to be: as the columns of MaskingRevision"),
    }),
    Rows("compliance.SupportGrant", OPERATORS, Purpose.SUPPORT, Kept.ORGANISATION, {
        "operator approved_by": KNOWN_AS,
        "reason": CONTENT("an operator's reason, masked by every rule"),
        "asked_at approved_at until is_break_glass ended_at ended_as": DEED,
    }, also=(MEMBERS,)),
    Rows("compliance.TrailView", MEMBERS, Purpose.PROVE, Kept.ORGANISATION, {
        "membership": KNOWN_AS,
        "query": KNOWN_AS("ids, days and names out of the code, as the form has checked them"),
        "saved_at": DEED,
    }),
    Rows("compliance.TrainingRecord", MEMBERS, Purpose.TEACH, Kept.ORGANISATION, {
        "signed_as": CONTACT("the account's name, which was checked as it was chosen"),
        "membership": KNOWN_AS,
        "version step right asked at": DEED,
        "course": DEED("a name out of the code, or an id"),
        "text_hash": NONE("a hash of a course"),
    }),
)  # fmt: skip

"""The register of audit events: a name that is not here cannot be recorded."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Final


class EventClass(StrEnum):
    """Why an entry exists."""

    ACCESS = "access"  # someone signed in, or could not
    CHANGE = "change"  # something is different now
    SECURITY = "security"  # something was caught or refused
    DISCLOSURE = "disclosure"  # someone read what visitors wrote


TENANT_OPENED: Final = "tenant.opened"
TENANT_STATE_CHANGED: Final = "tenant.state_changed"
TENANT_REGION_CHANGED: Final = "tenant.region_changed"
MODE_SWITCHED: Final = "tenant.mode_switched"
MODE_OFF_AGREED: Final = "tenant.mode_off_agreed"
MODE_CERTIFIED: Final = "tenant.mode_certified"
CERTIFICATE_READ: Final = "tenant.mode_certificate_read"
POLICY_DRIFTED: Final = "policy.drifted"
POLICY_BASELINE: Final = "policy.baseline_taken"
MEMBER_INVITED: Final = "member.invited"
MEMBER_JOINED: Final = "member.joined"
MEMBER_CHANGED: Final = "member.changed"
MEMBER_SIGNED_IN: Final = "member.signed_in"
MEMBER_SIGNED_OUT: Final = "member.signed_out"
POLICY_CHOSEN: Final = "policy.chosen"
ADDRESS_RULE_TRIED: Final = "address_rule.tried"
ADDRESS_RULE_CONFIRMED: Final = "address_rule.confirmed"
ADDRESS_RULE_REVERTED: Final = "address_rule.reverted"
ADDRESS_RULE_SWITCHED_OFF: Final = "address_rule.switched_off"
BREAK_GLASS_CODES_MADE: Final = "break_glass.codes_made"
BREAK_GLASS_USED: Final = "break_glass.used"
DEVICE_ASKED: Final = "device.asked"
DEVICE_APPROVED: Final = "device.approved"
DEVICE_REVOKED: Final = "device.revoked"
MEMBER_TURNED_AWAY: Final = "member.turned_away"
TRAINING_PASSED: Final = "training.passed"
TRAINING_FAILED: Final = "training.failed"
TRAINING_COMPLETED: Final = "training.completed"
TRAINING_EXPORTED: Final = "training.exported"
LESSON_READ: Final = "training.lesson_read"
REPLY_HELD_BACK: Final = "coaching.held_back"
REPLY_INSISTED_ON: Final = "coaching.insisted_on"
COURSE_PUBLISHED: Final = "course.published"
COURSE_RETIRED: Final = "course.retired"
MEMBER_FACTOR_ENROLLED: Final = "member.factor_enrolled"
MEMBER_FACTOR_RENAMED: Final = "member.factor_renamed"
MEMBER_FACTOR_REVOKED: Final = "member.factor_revoked"
MEMBER_FACTORS_RESET: Final = "member.factors_reset"
MEMBER_BACKUP_CODES_MADE: Final = "member.backup_codes_made"
MEMBER_BACKUP_CODE_USED: Final = "member.backup_code_used"
MEMBER_PASSKEY_REFUSED: Final = "member.passkey_refused"
MEMBER_PASSWORD_RESET: Final = "member.password_reset"  # noqa: S105 (a name, no password)
MEMBER_PASSWORD_CHANGED: Final = "member.password_changed"  # noqa: S105 (a name, no password)
MEMBER_EMAIL_CHANGE_ASKED: Final = "member.email_change_asked"
MEMBER_EMAIL_CHANGED: Final = "member.email_changed"
MEMBER_EMAIL_CHANGE_STOPPED: Final = "member.email_change_stopped"
MEMBER_EMAIL_CHANGE_UNDONE: Final = "member.email_change_undone"
MEMBER_LOCKED: Final = "member.locked"
MEMBER_UNLOCKED: Final = "member.unlocked"
INVITATION_WITHDRAWN: Final = "invitation.withdrawn"
ORIGIN_ADDED: Final = "origin.added"
ORIGIN_REMOVED: Final = "origin.removed"
RETENTION_CHANGED: Final = "retention.changed"
RETENTION_PURGED: Final = "retention.purged"
HOLD_PLACED: Final = "legal_hold.placed"
HOLD_RELEASE_ASKED: Final = "legal_hold.release_asked"
HOLD_RELEASE_DECLINED: Final = "legal_hold.release_declined"
HOLD_RELEASED: Final = "legal_hold.released"
MASKING_CHANGED: Final = "masking.changed"
MASKING_REPORTED: Final = "masking.reported"
MASKING_REPORT_DECIDED: Final = "masking.report_decided"
MESSAGE_MASKED: Final = "message.masked_by_hand"
MASKING_RESCANNED: Final = "masking.rescanned"
RESCAN_PAUSED: Final = "masking.rescan_paused"
RESCAN_RESUMED: Final = "masking.rescan_resumed"
RULE_SET_PROPOSED: Final = "rule_set.proposed"
RULE_SET_SHADOWED: Final = "rule_set.shadowed"
RULE_SET_ACTIVATED: Final = "rule_set.activated"
RULE_SET_DROPPED: Final = "rule_set.dropped"
INCIDENT_OPENED: Final = "incident.opened"
INCIDENT_ACKNOWLEDGED: Final = "incident.acknowledged"
INCIDENT_CLOSED: Final = "incident.closed"
INCIDENT_DECIDED: Final = "incident.decided"
INCIDENT_TOLD: Final = "incident.told"
INCIDENT_NOTED: Final = "incident.noted"
INCIDENT_TASK_GIVEN: Final = "incident.task_given"
INCIDENT_TASK_DONE: Final = "incident.task_done"
INCIDENT_PEOPLE_LISTED: Final = "incident.people_listed"
INCIDENT_REPORT_READ: Final = "incident.report_read"
AGREEMENT_RECORDED: Final = "agreement.recorded"
AGREEMENT_ENDED: Final = "agreement.ended"
SUBPROCESSOR_ADDED: Final = "subprocessor.added"
SUBPROCESSOR_ENDED: Final = "subprocessor.ended"
REVIEW_BEGUN: Final = "access_review.begun"
REVIEW_EXTENDED: Final = "access_review.extended"
REVIEW_DECIDED: Final = "access_review.decided"
REVIEW_SIGNED: Final = "access_review.signed"
CONTROL_ALARM: Final = "control.alarm"
CONTROL_OVER: Final = "control.works_again"
CARD_CAUGHT: Final = "masking.card_caught"
CONVERSATION_DISCLOSED: Final = "conversation.disclosed"
CONVERSATION_EXPORTED: Final = "conversation.exported"
CONVERSATION_ASSIGNED: Final = "conversation.assigned"
CONVERSATION_TRANSFERRED: Final = "conversation.transferred"
TEAM_CHANGED: Final = "team.changed"
TEAM_MEMBER_CHANGED: Final = "team.member_changed"
CONVERSATION_RESOLVED: Final = "conversation.resolved"
CONVERSATION_REOPENED: Final = "conversation.reopened"
SUBJECT_CHANGED: Final = "conversation.subject_changed"
CANNED_RESPONSE_CHANGED: Final = "canned_response.changed"
PRE_CHAT_CHANGED: Final = "inbox.pre_chat_changed"
HOURS_CHANGED: Final = "hours.changed"
CONTACT_CHANGED: Final = "contact.changed"
CONTACT_DISCLOSED: Final = "contact.disclosed"
CONTACTS_SEARCHED: Final = "contact.searched"
NOTICE_PUBLISHED: Final = "notice.published"
NOTICE_SETTING_CHANGED: Final = "notice.setting_changed"
CONSENT_WITHDRAWN: Final = "consent.withdrawn"
VISITOR_IDENTIFIED: Final = "visitor.identified"
VISITOR_SIGNED_OUT: Final = "visitor.signed_out"
IDENTITY_KEY_MADE: Final = "identity_key.made"
IDENTITY_KEY_RETIRED: Final = "identity_key.retired"
CONVERSATION_RATED: Final = "conversation.rated"
TRANSCRIPT_ASKED: Final = "transcript.asked"
LINK_MAILED: Final = "link.mailed"
LINK_OPENED: Final = "link.opened"
LINK_LOCKED: Final = "link.locked"
VISITOR_BLOCKED: Final = "visitor.blocked"
VISITOR_UNBLOCKED: Final = "visitor.unblocked"
SUPPORT_ASKED: Final = "support.asked"
SUPPORT_APPROVED: Final = "support.approved"
SUPPORT_ENDED: Final = "support.ended"
SUPPORT_READ: Final = "support.read"
OPERATOR_RESET_ASKED: Final = "operator.reset_asked"
OPERATOR_RESET_DECIDED: Final = "operator.reset_decided"
OPERATOR_RESET_BY_COMMAND: Final = "operator.reset_by_command"
FORM_REQUESTED: Final = "form.requested"
FORM_OPENED: Final = "form.opened"
FORM_SUBMITTED: Final = "form.submitted"
FORM_VIEWED: Final = "form.viewed"
FORM_FORWARDED: Final = "form.forwarded"
FORM_ENDED: Final = "form.ended"
FILE_REFUSED: Final = "file.refused"
FILE_REMOVED: Final = "file.removed"
FILE_HANDED_OVER: Final = "file.handed_over"
FORM_ENDPOINT_CHANGED: Final = "form_endpoint.changed"
PAYMENT_ACCOUNT_CHANGED: Final = "payment_account.changed"
PAYMENT_PAGE_MADE: Final = "payment_page.made"
ENDPOINT_KEY_ADDED: Final = "endpoint_key.added"
ENDPOINT_KEY_RETIRED: Final = "endpoint_key.retired"
FORM_KEY_ENROLLED: Final = "form_key.enrolled"
FORM_KEY_REVOKED: Final = "form_key.revoked"
FORM_TEMPLATE_CHANGED: Final = "form_template.changed"
PROOF_ASKED: Final = "proof.asked"
PROOF_CODE_SENT: Final = "proof.code_sent"
PROOF_GIVEN: Final = "proof.given"
PROOF_FAILED: Final = "proof.failed"
PROOF_LOCKED: Final = "proof.locked"
PROOF_ENDED: Final = "proof.ended"
CONTACT_ADDRESS_CHECKED: Final = "contact.address_checked"
OWN_DATA_EXPORTED: Final = "contact.own_data_exported"
OWN_DATA_ERASED: Final = "contact.own_data_erased"
REQUEST_OPENED: Final = "subject_request.opened"
REQUEST_READ: Final = "subject_request.read"
REQUEST_IDENTITY_ASKED: Final = "subject_request.identity_asked"
REQUEST_IDENTITY_KNOWN: Final = "subject_request.identity_known"
REQUEST_ASSIGNED: Final = "subject_request.assigned"
REQUEST_EXTENDED: Final = "subject_request.extended"
REQUEST_NOTED: Final = "subject_request.noted"
REQUEST_PROPOSED: Final = "subject_request.proposed"
REQUEST_SENT_BACK: Final = "subject_request.sent_back"
REQUEST_SENT_ON: Final = "subject_request.sent_on"
REQUEST_AGREED: Final = "subject_request.agreed"
REQUEST_RECTIFIED: Final = "subject_request.rectified"
REQUEST_OBJECTED: Final = "subject_request.objected"
REQUEST_RESTRICTED: Final = "subject_request.restricted"
REQUEST_LIFTED: Final = "subject_request.lifted"
REQUEST_ARCHIVED: Final = "subject_request.archived"
REQUEST_ARCHIVE_TAKEN: Final = "subject_request.archive_taken"
REQUEST_HELD: Final = "subject_request.held"
REQUEST_CLOSED: Final = "subject_request.closed"
REQUEST_ERASED: Final = "subject_request.erased"
CONTACTS_MERGED: Final = "contact.merged"
CONTACTS_PARTED: Final = "contact.parted"
PROOF_APP_ENROLLED: Final = "proof.app_enrolled"
PROOF_APP_REMOVED: Final = "proof.app_removed"
PROOF_PASSKEY_ENROLLED: Final = "proof.passkey_enrolled"
PROOF_PASSKEY_REMOVED: Final = "proof.passkey_removed"
PROOF_PASSKEY_REFUSED: Final = "proof.passkey_refused"
MEMBER_MOVED: Final = "member.moved"
KEY_ROTATION_BEGUN: Final = "key.rotation_begun"
KEY_ROTATED: Final = "key.rotated"
KEYS_REWRAPPED: Final = "key.rewrapped"
OWN_KEY_CONNECTED: Final = "own_key.connected"
OWN_KEY_REVOKED: Final = "own_key.revoked"
OWN_KEY_RESTORED: Final = "own_key.restored"
OWN_KEY_DISCONNECTED: Final = "own_key.disconnected"
TENANT_KEYS_DESTROYED: Final = "tenant.keys_destroyed"
TENANT_ROWS_PURGED: Final = "tenant.rows_purged"
AUDIT_CHAIN_ENDED: Final = "audit.chain_ended"
AUDIT_VERIFIED: Final = "audit.verified"
AUDIT_BROKEN: Final = "audit.broken"
RESTORE_DRILLED: Final = "backup.restored_on_trial"
AUDIT_ALARM: Final = "audit.alarm"
AUDIT_ALARM_OVER: Final = "audit.alarm_over"
AUDIT_KEY_ROTATED: Final = "audit.key_rotated"
ADMIN_VIEWED: Final = "admin.viewed"
AUDIT_READ: Final = "audit.read"
AUDIT_EXPORTED: Final = "audit.exported"
AUDIT_VIEW_CHANGED: Final = "audit.view_changed"
PROCESSING_EXPORTED: Final = "processing.exported"
CONTROLS_OBSERVED: Final = "controls.observed"
EVIDENCE_ASKED: Final = "evidence.asked"
EVIDENCE_BUILT: Final = "evidence.built"
EVIDENCE_DOWNLOADED: Final = "evidence.downloaded"

REGISTER: Final[Mapping[str, EventClass]] = {
    TENANT_OPENED: EventClass.CHANGE,
    TENANT_STATE_CHANGED: EventClass.CHANGE,
    TENANT_REGION_CHANGED: EventClass.CHANGE,
    MODE_SWITCHED: EventClass.CHANGE,
    MODE_OFF_AGREED: EventClass.CHANGE,
    MODE_CERTIFIED: EventClass.CHANGE,
    CERTIFICATE_READ: EventClass.DISCLOSURE,
    POLICY_DRIFTED: EventClass.SECURITY,
    POLICY_BASELINE: EventClass.SECURITY,
    MEMBER_INVITED: EventClass.CHANGE,
    MEMBER_JOINED: EventClass.CHANGE,
    MEMBER_CHANGED: EventClass.CHANGE,
    MEMBER_SIGNED_IN: EventClass.ACCESS,
    MEMBER_SIGNED_OUT: EventClass.ACCESS,
    POLICY_CHOSEN: EventClass.CHANGE,
    ADDRESS_RULE_TRIED: EventClass.CHANGE,
    ADDRESS_RULE_CONFIRMED: EventClass.CHANGE,
    ADDRESS_RULE_REVERTED: EventClass.CHANGE,
    ADDRESS_RULE_SWITCHED_OFF: EventClass.CHANGE,
    BREAK_GLASS_CODES_MADE: EventClass.SECURITY,
    BREAK_GLASS_USED: EventClass.SECURITY,
    DEVICE_ASKED: EventClass.ACCESS,
    DEVICE_APPROVED: EventClass.ACCESS,
    DEVICE_REVOKED: EventClass.ACCESS,
    MEMBER_TURNED_AWAY: EventClass.SECURITY,
    TRAINING_PASSED: EventClass.CHANGE,
    TRAINING_FAILED: EventClass.CHANGE,
    TRAINING_COMPLETED: EventClass.CHANGE,
    TRAINING_EXPORTED: EventClass.DISCLOSURE,
    LESSON_READ: EventClass.CHANGE,
    REPLY_HELD_BACK: EventClass.SECURITY,
    REPLY_INSISTED_ON: EventClass.SECURITY,
    COURSE_PUBLISHED: EventClass.CHANGE,
    COURSE_RETIRED: EventClass.CHANGE,
    MEMBER_FACTOR_ENROLLED: EventClass.ACCESS,
    MEMBER_FACTOR_RENAMED: EventClass.ACCESS,
    MEMBER_FACTOR_REVOKED: EventClass.ACCESS,
    MEMBER_FACTORS_RESET: EventClass.SECURITY,
    MEMBER_BACKUP_CODES_MADE: EventClass.ACCESS,
    MEMBER_BACKUP_CODE_USED: EventClass.SECURITY,
    MEMBER_PASSKEY_REFUSED: EventClass.SECURITY,
    MEMBER_PASSWORD_RESET: EventClass.ACCESS,
    MEMBER_PASSWORD_CHANGED: EventClass.ACCESS,
    MEMBER_EMAIL_CHANGE_ASKED: EventClass.ACCESS,
    MEMBER_EMAIL_CHANGED: EventClass.ACCESS,
    MEMBER_EMAIL_CHANGE_STOPPED: EventClass.SECURITY,
    MEMBER_EMAIL_CHANGE_UNDONE: EventClass.SECURITY,
    MEMBER_LOCKED: EventClass.SECURITY,
    MEMBER_UNLOCKED: EventClass.SECURITY,
    INVITATION_WITHDRAWN: EventClass.CHANGE,
    ORIGIN_ADDED: EventClass.CHANGE,
    ORIGIN_REMOVED: EventClass.CHANGE,
    RETENTION_CHANGED: EventClass.CHANGE,
    RETENTION_PURGED: EventClass.CHANGE,
    HOLD_PLACED: EventClass.SECURITY,
    HOLD_RELEASE_ASKED: EventClass.SECURITY,
    HOLD_RELEASE_DECLINED: EventClass.SECURITY,
    HOLD_RELEASED: EventClass.SECURITY,
    MASKING_CHANGED: EventClass.CHANGE,
    MASKING_REPORTED: EventClass.SECURITY,
    MASKING_REPORT_DECIDED: EventClass.CHANGE,
    MESSAGE_MASKED: EventClass.CHANGE,
    MASKING_RESCANNED: EventClass.CHANGE,
    RESCAN_PAUSED: EventClass.CHANGE,
    RESCAN_RESUMED: EventClass.CHANGE,
    RULE_SET_PROPOSED: EventClass.CHANGE,
    RULE_SET_SHADOWED: EventClass.CHANGE,
    RULE_SET_ACTIVATED: EventClass.CHANGE,
    RULE_SET_DROPPED: EventClass.CHANGE,
    INCIDENT_OPENED: EventClass.SECURITY,
    INCIDENT_ACKNOWLEDGED: EventClass.SECURITY,
    INCIDENT_CLOSED: EventClass.SECURITY,
    INCIDENT_DECIDED: EventClass.SECURITY,
    INCIDENT_TOLD: EventClass.SECURITY,
    INCIDENT_NOTED: EventClass.SECURITY,
    INCIDENT_TASK_GIVEN: EventClass.SECURITY,
    INCIDENT_TASK_DONE: EventClass.SECURITY,
    INCIDENT_PEOPLE_LISTED: EventClass.SECURITY,
    INCIDENT_REPORT_READ: EventClass.DISCLOSURE,
    AGREEMENT_RECORDED: EventClass.CHANGE,
    AGREEMENT_ENDED: EventClass.CHANGE,
    SUBPROCESSOR_ADDED: EventClass.CHANGE,
    SUBPROCESSOR_ENDED: EventClass.CHANGE,
    REVIEW_BEGUN: EventClass.SECURITY,
    REVIEW_EXTENDED: EventClass.SECURITY,
    REVIEW_DECIDED: EventClass.SECURITY,
    REVIEW_SIGNED: EventClass.SECURITY,
    CONTROL_ALARM: EventClass.SECURITY,
    CONTROL_OVER: EventClass.SECURITY,
    CARD_CAUGHT: EventClass.SECURITY,
    CONVERSATION_DISCLOSED: EventClass.DISCLOSURE,
    CONVERSATION_EXPORTED: EventClass.DISCLOSURE,
    CONVERSATION_ASSIGNED: EventClass.CHANGE,
    CONVERSATION_TRANSFERRED: EventClass.CHANGE,
    TEAM_CHANGED: EventClass.CHANGE,
    TEAM_MEMBER_CHANGED: EventClass.CHANGE,
    CONVERSATION_RESOLVED: EventClass.CHANGE,
    CONVERSATION_REOPENED: EventClass.CHANGE,
    SUBJECT_CHANGED: EventClass.CHANGE,
    CANNED_RESPONSE_CHANGED: EventClass.CHANGE,
    PRE_CHAT_CHANGED: EventClass.CHANGE,
    HOURS_CHANGED: EventClass.CHANGE,
    CONTACT_CHANGED: EventClass.CHANGE,
    CONTACT_DISCLOSED: EventClass.DISCLOSURE,
    CONTACTS_SEARCHED: EventClass.DISCLOSURE,
    NOTICE_PUBLISHED: EventClass.CHANGE,
    NOTICE_SETTING_CHANGED: EventClass.CHANGE,
    CONSENT_WITHDRAWN: EventClass.CHANGE,
    VISITOR_IDENTIFIED: EventClass.ACCESS,
    VISITOR_SIGNED_OUT: EventClass.ACCESS,
    IDENTITY_KEY_MADE: EventClass.SECURITY,
    IDENTITY_KEY_RETIRED: EventClass.SECURITY,
    CONVERSATION_RATED: EventClass.CHANGE,
    TRANSCRIPT_ASKED: EventClass.CHANGE,
    LINK_MAILED: EventClass.CHANGE,
    LINK_OPENED: EventClass.ACCESS,
    LINK_LOCKED: EventClass.SECURITY,
    VISITOR_BLOCKED: EventClass.CHANGE,
    VISITOR_UNBLOCKED: EventClass.CHANGE,
    SUPPORT_ASKED: EventClass.ACCESS,
    SUPPORT_APPROVED: EventClass.SECURITY,
    SUPPORT_ENDED: EventClass.ACCESS,
    SUPPORT_READ: EventClass.DISCLOSURE,
    OPERATOR_RESET_ASKED: EventClass.SECURITY,
    OPERATOR_RESET_DECIDED: EventClass.SECURITY,
    OPERATOR_RESET_BY_COMMAND: EventClass.SECURITY,
    FORM_REQUESTED: EventClass.CHANGE,
    FORM_OPENED: EventClass.CHANGE,
    FORM_SUBMITTED: EventClass.CHANGE,
    FORM_VIEWED: EventClass.DISCLOSURE,
    FORM_FORWARDED: EventClass.DISCLOSURE,
    FORM_ENDED: EventClass.CHANGE,
    FILE_REFUSED: EventClass.SECURITY,
    FILE_REMOVED: EventClass.CHANGE,
    FILE_HANDED_OVER: EventClass.DISCLOSURE,
    FORM_ENDPOINT_CHANGED: EventClass.SECURITY,
    PAYMENT_ACCOUNT_CHANGED: EventClass.SECURITY,
    PAYMENT_PAGE_MADE: EventClass.CHANGE,
    ENDPOINT_KEY_ADDED: EventClass.SECURITY,
    ENDPOINT_KEY_RETIRED: EventClass.SECURITY,
    FORM_KEY_ENROLLED: EventClass.SECURITY,
    FORM_KEY_REVOKED: EventClass.SECURITY,
    FORM_TEMPLATE_CHANGED: EventClass.CHANGE,
    PROOF_ASKED: EventClass.SECURITY,
    PROOF_CODE_SENT: EventClass.SECURITY,
    PROOF_GIVEN: EventClass.ACCESS,
    PROOF_FAILED: EventClass.SECURITY,
    PROOF_LOCKED: EventClass.SECURITY,
    PROOF_ENDED: EventClass.ACCESS,
    CONTACT_ADDRESS_CHECKED: EventClass.SECURITY,
    OWN_DATA_EXPORTED: EventClass.DISCLOSURE,
    OWN_DATA_ERASED: EventClass.CHANGE,
    REQUEST_OPENED: EventClass.CHANGE,
    REQUEST_READ: EventClass.DISCLOSURE,
    REQUEST_IDENTITY_ASKED: EventClass.CHANGE,
    REQUEST_IDENTITY_KNOWN: EventClass.SECURITY,
    REQUEST_ASSIGNED: EventClass.CHANGE,
    REQUEST_EXTENDED: EventClass.CHANGE,
    REQUEST_NOTED: EventClass.CHANGE,
    REQUEST_PROPOSED: EventClass.CHANGE,
    REQUEST_SENT_BACK: EventClass.CHANGE,
    REQUEST_SENT_ON: EventClass.CHANGE,
    REQUEST_AGREED: EventClass.SECURITY,
    REQUEST_RECTIFIED: EventClass.CHANGE,
    REQUEST_OBJECTED: EventClass.CHANGE,
    REQUEST_RESTRICTED: EventClass.CHANGE,
    REQUEST_LIFTED: EventClass.CHANGE,
    REQUEST_ARCHIVED: EventClass.DISCLOSURE,
    REQUEST_ARCHIVE_TAKEN: EventClass.DISCLOSURE,
    REQUEST_HELD: EventClass.SECURITY,
    REQUEST_CLOSED: EventClass.CHANGE,
    REQUEST_ERASED: EventClass.CHANGE,
    CONTACTS_MERGED: EventClass.SECURITY,
    CONTACTS_PARTED: EventClass.SECURITY,
    PROOF_APP_ENROLLED: EventClass.SECURITY,
    PROOF_APP_REMOVED: EventClass.SECURITY,
    PROOF_PASSKEY_ENROLLED: EventClass.SECURITY,
    PROOF_PASSKEY_REMOVED: EventClass.SECURITY,
    PROOF_PASSKEY_REFUSED: EventClass.SECURITY,
    MEMBER_MOVED: EventClass.ACCESS,
    KEY_ROTATION_BEGUN: EventClass.CHANGE,
    KEY_ROTATED: EventClass.CHANGE,
    KEYS_REWRAPPED: EventClass.CHANGE,
    OWN_KEY_CONNECTED: EventClass.SECURITY,
    OWN_KEY_REVOKED: EventClass.SECURITY,
    OWN_KEY_RESTORED: EventClass.SECURITY,
    OWN_KEY_DISCONNECTED: EventClass.SECURITY,
    TENANT_KEYS_DESTROYED: EventClass.CHANGE,
    TENANT_ROWS_PURGED: EventClass.CHANGE,
    AUDIT_CHAIN_ENDED: EventClass.CHANGE,
    AUDIT_VERIFIED: EventClass.SECURITY,
    AUDIT_BROKEN: EventClass.SECURITY,
    RESTORE_DRILLED: EventClass.SECURITY,
    AUDIT_ALARM: EventClass.SECURITY,
    AUDIT_ALARM_OVER: EventClass.SECURITY,
    AUDIT_KEY_ROTATED: EventClass.SECURITY,
    ADMIN_VIEWED: EventClass.DISCLOSURE,
    AUDIT_READ: EventClass.DISCLOSURE,
    AUDIT_EXPORTED: EventClass.DISCLOSURE,
    AUDIT_VIEW_CHANGED: EventClass.CHANGE,
    PROCESSING_EXPORTED: EventClass.DISCLOSURE,
    CONTROLS_OBSERVED: EventClass.SECURITY,
    EVIDENCE_ASKED: EventClass.CHANGE,
    EVIDENCE_BUILT: EventClass.CHANGE,
    EVIDENCE_DOWNLOADED: EventClass.DISCLOSURE,
}

"""The register of audit events: a name that is not here cannot be recorded."""

from collections.abc import Mapping
from enum import StrEnum
from functools import partial
from types import MappingProxyType
from typing import Final


class EventClass(StrEnum):
    """Why an entry exists."""

    ACCESS = "access"  # someone signed in, or could not
    CHANGE = "change"  # something is different now
    SECURITY = "security"  # something was caught or refused
    DISCLOSURE = "disclosure"  # someone read what visitors wrote


_register: dict[str, EventClass] = {}
REGISTER: Final[Mapping[str, EventClass]] = MappingProxyType(_register)


def _registered(why: EventClass, name: str) -> str:
    if name in _register:
        raise ValueError(f"{name} is registered already")
    _register[name] = why
    return name


_access = partial(_registered, EventClass.ACCESS)
_change = partial(_registered, EventClass.CHANGE)
_security = partial(_registered, EventClass.SECURITY)
_disclosure = partial(_registered, EventClass.DISCLOSURE)

# --- the organisation, its modes and policies ------------------------------------------------------------
TENANT_OPENED: Final = _change("tenant.opened")
TENANT_STATE_CHANGED: Final = _change("tenant.state_changed")
TENANT_REGION_CHANGED: Final = _change("tenant.region_changed")
MODE_SWITCHED: Final = _change("tenant.mode_switched")
MODE_OFF_AGREED: Final = _change("tenant.mode_off_agreed")
MODE_CERTIFIED: Final = _change("tenant.mode_certified")
CERTIFICATE_READ: Final = _disclosure("tenant.mode_certificate_read")
TENANT_ROWS_PURGED: Final = _change("tenant.rows_purged")
POLICY_DRIFTED: Final = _security("policy.drifted")
POLICY_BASELINE: Final = _security("policy.baseline_taken")
POLICY_CHOSEN: Final = _change("policy.chosen")
RETENTION_CHANGED: Final = _change("retention.changed")
RETENTION_PURGED: Final = _change("retention.purged")
ORIGIN_ADDED: Final = _change("origin.added")
ORIGIN_REMOVED: Final = _change("origin.removed")

# --- its people, and how they sign in --------------------------------------------------------------------
MEMBER_INVITED: Final = _change("member.invited")
MEMBER_JOINED: Final = _change("member.joined")
MEMBER_CHANGED: Final = _change("member.changed")
MEMBER_SIGNED_IN: Final = _access("member.signed_in")
MEMBER_SIGNED_OUT: Final = _access("member.signed_out")
MEMBER_TURNED_AWAY: Final = _security("member.turned_away")
MEMBER_FACTOR_ENROLLED: Final = _access("member.factor_enrolled")
MEMBER_FACTOR_RENAMED: Final = _access("member.factor_renamed")
MEMBER_FACTOR_REVOKED: Final = _access("member.factor_revoked")
MEMBER_FACTORS_RESET: Final = _security("member.factors_reset")
MEMBER_BACKUP_CODES_MADE: Final = _access("member.backup_codes_made")
MEMBER_BACKUP_CODE_USED: Final = _security("member.backup_code_used")
MEMBER_PASSKEY_REFUSED: Final = _security("member.passkey_refused")
MEMBER_PASSWORD_RESET: Final = _access("member.password_reset")
MEMBER_PASSWORD_CHANGED: Final = _access("member.password_changed")
MEMBER_EMAIL_CHANGE_ASKED: Final = _access("member.email_change_asked")
MEMBER_EMAIL_CHANGED: Final = _access("member.email_changed")
MEMBER_EMAIL_CHANGE_STOPPED: Final = _security("member.email_change_stopped")
MEMBER_EMAIL_CHANGE_UNDONE: Final = _security("member.email_change_undone")
MEMBER_LOCKED: Final = _security("member.locked")
MEMBER_UNLOCKED: Final = _security("member.unlocked")
MEMBER_MOVED: Final = _access("member.moved")
INVITATION_WITHDRAWN: Final = _change("invitation.withdrawn")
DEVICE_ASKED: Final = _access("device.asked")
DEVICE_APPROVED: Final = _access("device.approved")
DEVICE_REVOKED: Final = _access("device.revoked")
ADDRESS_RULE_TRIED: Final = _change("address_rule.tried")
ADDRESS_RULE_CONFIRMED: Final = _change("address_rule.confirmed")
ADDRESS_RULE_REVERTED: Final = _change("address_rule.reverted")
ADDRESS_RULE_SWITCHED_OFF: Final = _change("address_rule.switched_off")
BREAK_GLASS_CODES_MADE: Final = _security("break_glass.codes_made")
BREAK_GLASS_USED: Final = _security("break_glass.used")

# --- what people learn, and are reminded of --------------------------------------------------------------
TRAINING_PASSED: Final = _change("training.passed")
TRAINING_FAILED: Final = _change("training.failed")
TRAINING_COMPLETED: Final = _change("training.completed")
TRAINING_EXPORTED: Final = _disclosure("training.exported")
LESSON_READ: Final = _change("training.lesson_read")
REPLY_HELD_BACK: Final = _security("coaching.held_back")
REPLY_INSISTED_ON: Final = _security("coaching.insisted_on")
COURSE_PUBLISHED: Final = _change("course.published")
COURSE_RETIRED: Final = _change("course.retired")

# --- chats, and what agents do with them -----------------------------------------------------------------
CONVERSATION_DISCLOSED: Final = _disclosure("conversation.disclosed")
CONVERSATION_EXPORTED: Final = _disclosure("conversation.exported")
CONVERSATION_ASSIGNED: Final = _change("conversation.assigned")
CONVERSATION_TRANSFERRED: Final = _change("conversation.transferred")
CONVERSATION_RESOLVED: Final = _change("conversation.resolved")
CONVERSATION_REOPENED: Final = _change("conversation.reopened")
SUBJECT_CHANGED: Final = _change("conversation.subject_changed")
CONVERSATION_RATED: Final = _change("conversation.rated")
TEAM_CHANGED: Final = _change("team.changed")
TEAM_MEMBER_CHANGED: Final = _change("team.member_changed")
CANNED_RESPONSE_CHANGED: Final = _change("canned_response.changed")
HOURS_CHANGED: Final = _change("hours.changed")
PRE_CHAT_CHANGED: Final = _change("inbox.pre_chat_changed")
FILE_REFUSED: Final = _security("file.refused")
FILE_REMOVED: Final = _change("file.removed")
FILE_HANDED_OVER: Final = _disclosure("file.handed_over")
LINK_MAILED: Final = _change("link.mailed")
LINK_OPENED: Final = _access("link.opened")
LINK_LOCKED: Final = _security("link.locked")
TRANSCRIPT_ASKED: Final = _change("transcript.asked")

# --- visitors, who they are and what they agreed to ------------------------------------------------------
CONTACT_CHANGED: Final = _change("contact.changed")
CONTACT_DISCLOSED: Final = _disclosure("contact.disclosed")
CONTACTS_SEARCHED: Final = _disclosure("contact.searched")
CONTACT_ADDRESS_CHECKED: Final = _security("contact.address_checked")
OWN_DATA_EXPORTED: Final = _disclosure("contact.own_data_exported")
OWN_DATA_ERASED: Final = _change("contact.own_data_erased")
CONTACTS_MERGED: Final = _security("contact.merged")
CONTACTS_PARTED: Final = _security("contact.parted")
VISITOR_IDENTIFIED: Final = _access("visitor.identified")
VISITOR_SIGNED_OUT: Final = _access("visitor.signed_out")
VISITOR_BLOCKED: Final = _change("visitor.blocked")
VISITOR_UNBLOCKED: Final = _change("visitor.unblocked")
IDENTITY_KEY_MADE: Final = _security("identity_key.made")
IDENTITY_KEY_RETIRED: Final = _security("identity_key.retired")
PROOF_ASKED: Final = _security("proof.asked")
PROOF_CODE_SENT: Final = _security("proof.code_sent")
PROOF_GIVEN: Final = _access("proof.given")
PROOF_FAILED: Final = _security("proof.failed")
PROOF_LOCKED: Final = _security("proof.locked")
PROOF_ENDED: Final = _access("proof.ended")
PROOF_APP_ENROLLED: Final = _security("proof.app_enrolled")
PROOF_APP_REMOVED: Final = _security("proof.app_removed")
PROOF_PASSKEY_ENROLLED: Final = _security("proof.passkey_enrolled")
PROOF_PASSKEY_REMOVED: Final = _security("proof.passkey_removed")
PROOF_PASSKEY_REFUSED: Final = _security("proof.passkey_refused")
NOTICE_PUBLISHED: Final = _change("notice.published")
NOTICE_SETTING_CHANGED: Final = _change("notice.setting_changed")
CONSENT_WITHDRAWN: Final = _change("consent.withdrawn")

# --- secure forms ----------------------------------------------------------------------------------------
FORM_REQUESTED: Final = _change("form.requested")
FORM_OPENED: Final = _change("form.opened")
FORM_SUBMITTED: Final = _change("form.submitted")
FORM_VIEWED: Final = _disclosure("form.viewed")
FORM_FORWARDED: Final = _disclosure("form.forwarded")
FORM_ENDED: Final = _change("form.ended")
FORM_ENDPOINT_CHANGED: Final = _security("form_endpoint.changed")
ENDPOINT_KEY_ADDED: Final = _security("endpoint_key.added")
ENDPOINT_KEY_RETIRED: Final = _security("endpoint_key.retired")
FORM_KEY_ENROLLED: Final = _security("form_key.enrolled")
FORM_KEY_REVOKED: Final = _security("form_key.revoked")
FORM_TEMPLATE_CHANGED: Final = _change("form_template.changed")
PAYMENT_ACCOUNT_CHANGED: Final = _security("payment_account.changed")
PAYMENT_PAGE_MADE: Final = _change("payment_page.made")

# --- masking ---------------------------------------------------------------------------------------------
MASKING_CHANGED: Final = _change("masking.changed")
MASKING_REPORTED: Final = _security("masking.reported")
MASKING_REPORT_DECIDED: Final = _change("masking.report_decided")
MASKING_RESCANNED: Final = _change("masking.rescanned")
RESCAN_PAUSED: Final = _change("masking.rescan_paused")
RESCAN_RESUMED: Final = _change("masking.rescan_resumed")
CARD_CAUGHT: Final = _security("masking.card_caught")
RULE_SET_PROPOSED: Final = _change("rule_set.proposed")
RULE_SET_SHADOWED: Final = _change("rule_set.shadowed")
RULE_SET_ACTIVATED: Final = _change("rule_set.activated")
RULE_SET_DROPPED: Final = _change("rule_set.dropped")
MESSAGE_MASKED: Final = _change("message.masked_by_hand")

# --- what visitors ask about their data ------------------------------------------------------------------
REQUEST_OPENED: Final = _change("subject_request.opened")
REQUEST_READ: Final = _disclosure("subject_request.read")
REQUEST_IDENTITY_ASKED: Final = _change("subject_request.identity_asked")
REQUEST_IDENTITY_KNOWN: Final = _security("subject_request.identity_known")
REQUEST_ASSIGNED: Final = _change("subject_request.assigned")
REQUEST_EXTENDED: Final = _change("subject_request.extended")
REQUEST_NOTED: Final = _change("subject_request.noted")
REQUEST_PROPOSED: Final = _change("subject_request.proposed")
REQUEST_SENT_BACK: Final = _change("subject_request.sent_back")
REQUEST_SENT_ON: Final = _change("subject_request.sent_on")
REQUEST_AGREED: Final = _security("subject_request.agreed")
REQUEST_RECTIFIED: Final = _change("subject_request.rectified")
REQUEST_OBJECTED: Final = _change("subject_request.objected")
REQUEST_RESTRICTED: Final = _change("subject_request.restricted")
REQUEST_LIFTED: Final = _change("subject_request.lifted")
REQUEST_ARCHIVED: Final = _disclosure("subject_request.archived")
REQUEST_ARCHIVE_TAKEN: Final = _disclosure("subject_request.archive_taken")
REQUEST_HELD: Final = _security("subject_request.held")
REQUEST_CLOSED: Final = _change("subject_request.closed")
REQUEST_ERASED: Final = _change("subject_request.erased")

# --- duties: holds, incidents, agreements, reviews -------------------------------------------------------
HOLD_PLACED: Final = _security("legal_hold.placed")
HOLD_RELEASE_ASKED: Final = _security("legal_hold.release_asked")
HOLD_RELEASE_DECLINED: Final = _security("legal_hold.release_declined")
HOLD_RELEASED: Final = _security("legal_hold.released")
INCIDENT_OPENED: Final = _security("incident.opened")
INCIDENT_ACKNOWLEDGED: Final = _security("incident.acknowledged")
INCIDENT_CLOSED: Final = _security("incident.closed")
INCIDENT_DECIDED: Final = _security("incident.decided")
INCIDENT_TOLD: Final = _security("incident.told")
INCIDENT_NOTED: Final = _security("incident.noted")
INCIDENT_TASK_GIVEN: Final = _security("incident.task_given")
INCIDENT_TASK_DONE: Final = _security("incident.task_done")
INCIDENT_PEOPLE_LISTED: Final = _security("incident.people_listed")
INCIDENT_REPORT_READ: Final = _disclosure("incident.report_read")
AGREEMENT_RECORDED: Final = _change("agreement.recorded")
AGREEMENT_ENDED: Final = _change("agreement.ended")
SUBPROCESSOR_ADDED: Final = _change("subprocessor.added")
SUBPROCESSOR_ENDED: Final = _change("subprocessor.ended")
REVIEW_BEGUN: Final = _security("access_review.begun")
REVIEW_EXTENDED: Final = _security("access_review.extended")
REVIEW_DECIDED: Final = _security("access_review.decided")
REVIEW_SIGNED: Final = _security("access_review.signed")
PROCESSING_EXPORTED: Final = _disclosure("processing.exported")

# --- operators and their support -------------------------------------------------------------------------
SUPPORT_ASKED: Final = _access("support.asked")
SUPPORT_APPROVED: Final = _security("support.approved")
SUPPORT_ENDED: Final = _access("support.ended")
SUPPORT_READ: Final = _disclosure("support.read")
OPERATOR_RESET_ASKED: Final = _security("operator.reset_asked")
OPERATOR_RESET_DECIDED: Final = _security("operator.reset_decided")
OPERATOR_RESET_BY_COMMAND: Final = _security("operator.reset_by_command")
ADMIN_VIEWED: Final = _disclosure("admin.viewed")

# --- keys ------------------------------------------------------------------------------------------------
KEY_ROTATION_BEGUN: Final = _change("key.rotation_begun")
KEY_ROTATED: Final = _change("key.rotated")
KEYS_REWRAPPED: Final = _change("key.rewrapped")
OWN_KEY_CONNECTED: Final = _security("own_key.connected")
OWN_KEY_REVOKED: Final = _security("own_key.revoked")
OWN_KEY_RESTORED: Final = _security("own_key.restored")
OWN_KEY_DISCONNECTED: Final = _security("own_key.disconnected")
TENANT_KEYS_DESTROYED: Final = _change("tenant.keys_destroyed")

# --- the trail itself, controls and evidence -------------------------------------------------------------
AUDIT_CHAIN_ENDED: Final = _change("audit.chain_ended")
AUDIT_VERIFIED: Final = _security("audit.verified")
AUDIT_BROKEN: Final = _security("audit.broken")
# All up to a position is past its time and goes: what verifiers begin from. Then, that it went.
AUDIT_EXPIRED: Final = _security("audit.expired")
AUDIT_REMOVED: Final = _security("audit.removed")
AUDIT_ALARM: Final = _security("audit.alarm")
AUDIT_ALARM_OVER: Final = _security("audit.alarm_over")
AUDIT_KEY_ROTATED: Final = _security("audit.key_rotated")
AUDIT_READ: Final = _disclosure("audit.read")
AUDIT_EXPORTED: Final = _disclosure("audit.exported")
AUDIT_VIEW_CHANGED: Final = _change("audit.view_changed")
CONTROL_ALARM: Final = _security("control.alarm")
CONTROL_OVER: Final = _security("control.works_again")
CONTROLS_OBSERVED: Final = _security("controls.observed")
EVIDENCE_ASKED: Final = _change("evidence.asked")
EVIDENCE_BUILT: Final = _change("evidence.built")
EVIDENCE_DOWNLOADED: Final = _disclosure("evidence.downloaded")

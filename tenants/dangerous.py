"""What can't be taken back, or opens a door: each such act asks for a second factor given just now.

One table, asked by the doors themselves (`tenants.http`, `helpdesk.operators`) by the name of the route, so a row here
is all it takes. A test compares it with the routes: one by which an organisation, an account or the service is managed
stands either here or under `HARMLESS`, with its reason.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final


@dataclass(frozen=True, slots=True)
class Act:
    """One dangerous act: `says` completes "Confirm that it is you, to …".

    `own_form`: its page asks for the code beside what else it asks for, and the door leaves it alone. `spared`: values
    of the form by which it is only looked at.
    """

    says: str
    own_form: bool = False
    spared: Mapping[str, str] = field(default_factory=dict)

    def is_asked_for(self, posted: Mapping[str, str]) -> bool:
        """Whether the door has to see a factor before what was posted is done."""
        return not self.own_form and not any(posted.get(name) == value for name, value in self.spared.items())


def _own(says: str) -> Act:
    return Act(says, own_form=True)


DANGEROUS: Final[Mapping[str, Act]] = {
    # How people get in.
    "organisation:sign_in_policies": Act("change how colleagues sign in"),
    "organisation:places": Act("change from which networks colleagues may come", spared={"step": "look"}),
    "organisation:new_break_glass_codes": Act("make new break-glass codes"),
    "organisation:approve_device": Act("approve a browser"),
    "organisation:device_rule": Act("change which browsers may be used"),
    # Who is in, and as what.
    "organisation:invite": Act("invite a colleague"),
    "organisation:set_role": Act("give a colleague another role"),
    "organisation:ownership": _own("make a colleague an owner"),
    "chat:leave": Act("deactivate a colleague"),
    "organisation:activate": Act("let a colleague back in"),
    "compliance:reset_factors": _own("take a colleague's second factors away"),
    # One's own account.
    "accounts:backup_codes": _own("make new backup codes"),
    "accounts:add_app": _own("add an authenticator app"),
    "accounts:passkey_create_options": _own("add a passkey"),
    "accounts:passkey_create": _own("add a passkey"),
    "accounts:change_email": _own("change the address you sign in by"),
    "accounts:revoke_factor": _own("remove a second factor"),
    # What is kept, hidden and handed out.
    "compliance:retention": Act("change how long records are kept", spared={"step": "look"}),
    "chat:request_know": Act("say that whoever asks is the visitor"),
    "chat:request_answer": Act("answer what a visitor asks about their data"),
    "chat:request_archive": Act("take a copy of what is kept of a visitor"),
    "chat:request_agree": Act("agree to what was decided about a visitor's data"),
    "chat:hold_release": Act("let go of what a legal hold keeps"),
    "compliance:export": Act("export all conversations as readable text"),
    "compliance:evidence_download": Act("take evidence along"),
    "compliance:mode_on": Act("switch a mode on"),
    "compliance:mode_off": Act("ask that a mode be switched off"),
    "compliance:mode_agree": Act("agree that a mode be switched off"),
    "compliance:masking_levels": Act("change what is masked"),
    "compliance:masking_regions": Act("change what is masked"),
    "compliance:masking_exempt": Act("let a pattern pass unmasked"),
    "compliance:masking_switch_rule": Act("switch a masking rule"),
    "compliance:masking_back": Act("go back to earlier masking"),
    "compliance:stored_activate": Act("mask stored chats by other rules"),
    "compliance:review_sign": Act("sign for who has access"),
    "compliance:support_approve": Act("let an operator of the service look into conversations"),
    # Keys.
    "compliance:own_key": _own("connect a key of your own"),
    "compliance:revoke_key": _own("revoke your own key"),
    "compliance:restore_key": _own("use your own key again"),
    "compliance:disconnect_key": _own("disconnect your own key"),
    "compliance:close": _own("close the organisation"),
    "chat:read_form": _own("read what a visitor has sealed"),
    "chat:take_form": _own("read what a visitor has sealed"),
    "chat:form_keys": _own("let this browser open secure forms"),
    "chat:handle_form": Act("change who gets what visitors send by a secure form"),
    "chat:form_endpoint_address": Act("change where secure forms are brought"),
    "chat:connect_payments": Act("connect a payment provider"),
    "chat:add_endpoint_key": Act("let visitors seal for another key"),
    "chat:contact_key": _own("seal a visitor's chats under a new key"),
    "chat:make_identity_secret": Act("make a key that vouches for your visitors"),
    "chat:add_identity_key": Act("add a key that vouches for your visitors"),
    "chat:retire_identity_key": Act("retire a key that vouches for your visitors"),
    "chat:who_may_write": Act("change who may write in the chat"),
    # Operators.
    "admin:tenants_tenant_change": Act("change an organisation"),
    "admin:tenants_tenant_switch_mode": Act("switch a mode"),
    "admin:tenants_tenant_close": _own("close an organisation, or stop closing it"),
    "admin:tenants_user_changelist": Act("shut people out, or let them back in"),
    "admin:tenants_user_reset_factors": _own("take a person's second factors away"),
    "admin:compliance_operatorreset_decide": Act("agree to the reset of an operator's second factors, or decline"),
    "admin:compliance_rulesetproposal_changelist": Act("mask an organisation's stored chats by other rules"),
}

HARMLESS: Final[Mapping[str, str]] = {
    "compliance:processing_download": "says what is kept of whom in general, and leaves an entry",
    "compliance:evidence_build": "holds ids, states and counts, and leaves an entry; that it is taken along asks",
    "compliance:trail_keep": "keeps filters for oneself",
    "compliance:trail_drop": "keeps filters no longer",
    "compliance:trail_export": "holds ids, states and counts, for who may read them anyway, and leaves an entry",
    "organisation:confirm_address_rule": "a factor was given to try it, and it is confirmed from where it lets in",
    "organisation:take_back_address_rule": "puts back what stood a quarter of an hour ago",
    "organisation:use_break_glass": "takes a code from paper, used up by it, and every owner is told",
    "organisation:ask_for_device": "wants both factors within a quarter of an hour, and an owner decides",
    "organisation:give_up_device": "closes what is one's own",
    "organisation:revoke_device": "closes, and has to be quick",
    "organisation:invite_again": "goes to the address that a factor was given for",
    "organisation:withdraw": "closes",
    "organisation:unlock_member": "gives tries back; who tries needs both factors",
    "organisation:end_member_sessions": "closes, and has to be quick",
    "accounts:security_confirm": "is where a factor is given",
    "accounts:passkey_confirm_options": "is where a factor is given",
    "accounts:passkey_confirm": "is where a factor is given",
    "accounts:rename_factor": "nothing is opened by a name",
    "accounts:device_challenge": "gives a browser something to sign",
    "accounts:device_proof": "a proof opens nothing that an owner has not approved",
    "accounts:change_email_again": "goes to the address that a factor was given for",
    "accounts:keep_email": "keeps what is",
    "accounts:active": "notes that somebody is there",
    "accounts:end_other_sessions": "closes",
    "accounts:end_session": "closes",
    "accounts:change_password": "asks for the present password, which locks as signing in does",
    "compliance:mode_keep": "keeps what holds, and has to be quick",
    "compliance:masking_unexempt": "masks more",
    "compliance:masking_rule": "a rule of one's own adds to what is masked, and its history is kept",
    "compliance:masking_try": "changes nothing",
    "compliance:stored_propose": "counts, and masks nothing",
    "compliance:stored_pause": "can be undone",
    "compliance:stored_resume": "can be undone",
    "compliance:stored_shadow": "counts, and masks nothing",
    "compliance:stored_drop": "masks nothing, and can be proposed anew",
    "compliance:acknowledge_incident": "notes that it was seen",
    "compliance:close_incident": "asks for a note that is kept; the entries stay",
    "compliance:report_incident": "adds an entry that others look at",
    "compliance:decide_incident": "asks for a reason that is kept; can be decided anew",
    "compliance:incident_told": "notes what was done; opens nothing",
    "compliance:incident_remark": "adds a line",
    "compliance:incident_task": "adds a line",
    "compliance:incident_task_done": "notes what was done",
    "compliance:agreement_new": "notes what was signed elsewhere",
    "compliance:agreement_end": "notes what ended elsewhere",
    "admin:compliance_subprocessor_new": "adds to a list that organisations are told of",
    "admin:compliance_subprocessor_end": "notes what ended elsewhere",
    "compliance:review_begin": "makes a list of who has access",
    "compliance:review_decide": "notes what is to be done; it is done elsewhere",
    "chat:incident_people": "lists ids; to open what is behind one leaves an entry",
    "compliance:training_lesson": "one's own training",
    "compliance:training_quiz": "one's own training",
    "compliance:training_sign": "one's own training, signed by name",
    "compliance:training_minute": "one's own training",
    "compliance:course_new": "earlier versions of courses are kept",
    "compliance:course": "earlier versions of courses are kept",
    "compliance:course_use": "can be undone",
    "compliance:support_refuse": "closes, and has to be quick",
    "compliance:notice": "a draft, shown to nobody",
    "compliance:notice_drop": "a draft, shown to nobody",
    "compliance:notice_publish": "earlier versions of notices are kept",
    "compliance:notice_setting": "can be undone, and opens nothing",
    "compliance:rotate_key": "a new key seals what follows; nothing is destroyed before it is moved",
    "compliance:cancel_close": "keeps what would be destroyed",
    "chat:hold_new": "keeps what would go; two people release it",
    "chat:hold_ask": "a second person decides",
    "chat:hold_decline": "keeps what would go",
    "chat:request_new": "registers what somebody asks, and does nothing about it",
    "chat:request_ask": "asks a visitor, who decides",
    "chat:request_assign": "can be undone",
    "chat:request_rectify": "as an agent may in the conversation; what was before is not kept, and it is an entry",
    "chat:request_lift": "can be undone, and its reason is kept",
    "chat:request_extend": "keeps its reason and the day on which they were told",
    "chat:request_note": "adds words to a register",
    "chat:request_refuse": "hands nothing out and erases nothing, and its reason is kept",
    "chat:request_send_back": "nothing is done yet",
    "chat:ask_form": "asks a visitor, who decides",
    "chat:forms": "what was asked before stays as it was",
    "chat:hidden_form": "closes",
    "chat:checked_form": "notes one word about what a factor was given for",
    "chat:disconnect_payments": "closes, and has to be quick",
    "chat:remove_form_endpoint": "closes, and has to be quick",
    "chat:retire_endpoint_key": "closes, and has to be quick",
    "chat:test_payments": "asks a provider whether it takes a key for which a factor was given",
    "chat:test_form_endpoint": "sends a word of ours to where a factor was given for",
    "chat:cancel_form": "closes",
    "chat:revoke_form_key": "closes, and has to be quick",
    "chat:switch_form": "can be undone",
    "chat:remove_form": "what was asked with it stays as it was",
    "chat:try_identity_token": "looks at a token, and keeps nothing of it",
    "chat:team_new": "says who is meant, and opens nothing",
    "chat:team_name": "says who is meant, and opens nothing",
    "chat:team_delete": "can be undone for a day",
    "chat:team_restore": "says who is meant, and opens nothing",
    "chat:team_add": "says who is meant, and opens nothing",
    "chat:team_remove": "can be undone",
    "chat:report": "masks more, one message",
    "chat:decline_report": "changes nothing that is stored",
    "chat:setup_seen": "notes that it was seen",
    "chat:add_origin": "shows the widget on a site, and no chat of anybody else's",
    "chat:remove_origin": "can be undone",
    "chat:pre_chat_typed": "can be undone",
    "chat:pre_chat_add": "can be undone",
    "chat:pre_chat_remove": "what was answered is kept",
    "chat:hours": "can be undone, and opens nothing",
    "chat:hours_off": "can be undone, and opens nothing",
    "chat:closed_day_add": "can be undone, and opens nothing",
    "chat:closed_day_remove": "can be undone, and opens nothing",
    "admin:compliance_supportgrant_ask": "an owner decides",
    "chat:support_end": "closes, and has to be quick",
    "admin:tenants_tenant_rotate_key": "as an owner's",
    "admin:compliance_jobrun_changelist": "pauses and resumes a scan",
    "admin:logout": "closes",
    "admin:password_change": "leads to the page that asks for the present one",
    "admin:password_change_done": "says something",
    "admin:index": "shows something",
    "admin:login": "leads to signing in",
    "admin:app_list": "shows something",
    "admin:jsi18n": "words of the admin's scripts",
}

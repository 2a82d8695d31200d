"""Pages of accounts, outside any organisation (`accounts:`), and of an organisation's settings (`organisation:`)."""

from typing import Final

from django.urls import include, path

from tenants.roles import Capability
from tenants.tenancy import Kind, account, person, route
from tenants.tenancy import organisation as of_organisation
from tenants.views import (
    devices,
    email_change,
    factor,
    invitation,
    member_sessions,
    organisations,
    ownership,
    passkeys,
    passwords,
    people,
    places,
    policies,
    security,
    sessions,
    sign_in,
    sign_up,
    unlock,
)

PERSON: Final = person()
ACCOUNT: Final = account()
SIGN_IN: Final = of_organisation(Capability.MANAGE_SIGN_IN)
INVITER: Final = of_organisation(Capability.INVITE_MEMBERS)
OWNERSHIP: Final = of_organisation(Capability.INVITE_MEMBERS, body={"member": Kind.MEMBERSHIP})

accounts = [
    route("signup/", sign_up.sign_up, PERSON, name="sign_up"),
    route("signup/sent/", sign_up.sign_up_sent, PERSON, name="sign_up_sent"),
    route("signup/again/", sign_up.sign_up_again, PERSON, name="sign_up_again"),
    route("confirm/", sign_up.confirm, PERSON, name="confirm"),
    route("confirm/again/", sign_up.confirm_again, PERSON, name="confirm_again"),
    route("sign-in/", sign_in.sign_in, PERSON, name="sign_in"),
    route("sign-in/factor/", factor.factor, PERSON, name="factor"),
    route("sign-in/enrol/", factor.enrol, PERSON, name="enrol"),
    route("sign-in/enrol/later/", factor.enrol_later, PERSON, name="enrol_later"),
    route("sign-in/passkey/options/", passkeys.sign_in_options, PERSON, name="passkey_sign_in_options"),
    route("sign-in/passkey/", passkeys.sign_in, PERSON, name="passkey_sign_in"),
    route("account/security/", security.security, ACCOUNT, name="security"),
    route("account/security/confirm/", security.confirm, ACCOUNT, name="security_confirm"),
    route("account/security/backup-codes/", security.codes, ACCOUNT, name="backup_codes"),
    route("account/security/app/", security.add_app, ACCOUNT, name="add_app"),
    route("account/security/passkey/options/", passkeys.create_options, PERSON, name="passkey_create_options"),
    route("account/security/passkey/", passkeys.create, PERSON, name="passkey_create"),
    route(
        "account/security/passkey/confirm/options/", passkeys.confirm_options, ACCOUNT, name="passkey_confirm_options"
    ),
    route("account/security/passkey/confirm/", passkeys.confirm, ACCOUNT, name="passkey_confirm"),
    route("account/email/", email_change.change_email, ACCOUNT, name="change_email"),
    route("account/email/again/", email_change.change_email_again, ACCOUNT, name="change_email_again"),
    route("account/email/keep/", email_change.keep_email, ACCOUNT, name="keep_email"),
    route("account/email/confirm/", email_change.confirm_email_change, PERSON, name="confirm_email_change"),
    route("account/email/stop/", email_change.stop_email_change, PERSON, name="stop_email_change"),
    route("account/security/<uuid:factor_id>/name/", security.rename, ACCOUNT, name="rename_factor"),
    route("account/security/<uuid:factor_id>/remove/", security.revoke, ACCOUNT, name="revoke_factor"),
    route("sign-in/unlock/", unlock.unlock, PERSON, name="unlock"),
    route("sign-in/unlock/sent/", unlock.unlock_sent, PERSON, name="unlock_sent"),
    route("sign-in/unlock/link/", unlock.unlock_open, PERSON, name="unlock_open"),
    route("account/device/challenge/", devices.device_challenge, ACCOUNT, name="device_challenge"),
    route("account/device/proof/", devices.device_proof, ACCOUNT, name="device_proof"),
    route("sign-out/", sign_in.sign_out, PERSON, name="sign_out"),
    route("sign-in/locked/", sessions.locked, PERSON, name="locked"),
    route("account/active/", sessions.active, ACCOUNT, name="active"),
    route("account/sessions/", sessions.session_list, ACCOUNT, name="sessions"),
    route("account/sessions/end/", sessions.end_other_sessions, ACCOUNT, name="end_other_sessions"),
    route("account/sessions/<uuid:session_id>/end/", sessions.end_session, ACCOUNT, name="end_session"),
    route("password/forgot/", passwords.forgot_password, PERSON, name="forgot_password"),
    route("password/forgot/sent/", passwords.forgot_password_sent, PERSON, name="forgot_password_sent"),
    route("password/reset/", passwords.reset_password, PERSON, name="reset_password"),
    route("password/change/", passwords.change_password, ACCOUNT, name="change_password"),
    route("invitation/", invitation.invitation, PERSON, name="invitation"),
    route("invitation/join/", invitation.join, PERSON, name="join"),
    route("organisations/", organisations.organisations, PERSON, name="organisations"),
    route("organisations/new/", organisations.organisation_new, PERSON, name="organisation_new"),
]

organisation = [
    route("", people.settings_index, of_organisation(), name="settings"),
    route("sign-in/", policies.sign_in_policies, SIGN_IN, name="sign_in_policies"),
    route("addresses/", places.address_rule, SIGN_IN, name="places"),
    route("addresses/confirm/", places.confirm_address_rule, SIGN_IN, name="confirm_address_rule"),
    route("addresses/take-back/", places.take_back_address_rule, SIGN_IN, name="take_back_address_rule"),
    route("addresses/codes/", places.new_break_glass_codes, SIGN_IN, name="new_break_glass_codes"),
    route("addresses/break-glass/", places.use_break_glass, SIGN_IN, name="use_break_glass"),
    route("device/", devices.own_device, of_organisation(), name="own_device"),
    route("device/ask/", devices.ask_for_device, of_organisation(), name="ask_for_device"),
    route("device/<uuid:device_id>/give-up/", devices.give_up_device, of_organisation(), name="give_up_device"),
    route("devices/", devices.device_list, SIGN_IN, name="devices"),
    route("devices/rule/", devices.device_rule, SIGN_IN, name="device_rule"),
    route(
        "devices/<uuid:device_id>/approve/", devices.decide_device, SIGN_IN, {"approve": True}, name="approve_device"
    ),
    route("devices/<uuid:device_id>/revoke/", devices.decide_device, SIGN_IN, {"approve": False}, name="revoke_device"),
    route("people/", people.people, INVITER, name="people"),
    route("people/invite/", people.invite, INVITER, name="invite"),
    route("people/invitations/<uuid:invitation_id>/again/", people.invite_again, INVITER, name="invite_again"),
    route("people/invitations/<uuid:invitation_id>/withdraw/", people.withdraw, INVITER, name="withdraw"),
    route("people/<uuid:membership_id>/activate/", people.let_back_in, INVITER, name="activate"),
    route("people/ownership/", ownership.ownership, OWNERSHIP, name="ownership"),
    route("people/<uuid:membership_id>/unlock/", people.unlock, INVITER, name="unlock_member"),
    route("people/<uuid:membership_id>/sessions/", member_sessions.member_sessions, INVITER, name="member_sessions"),
    route(
        "people/<uuid:membership_id>/sessions/end/",
        member_sessions.end_member_sessions,
        INVITER,
        name="end_member_sessions",
    ),
    route("roles/", member_sessions.role_table, of_organisation(), name="roles"),
    route("people/<uuid:membership_id>/role/", people.set_role, INVITER, name="set_role"),
]

urlpatterns = [
    path("", include((accounts, "accounts"))),
    route("o/<slug:slug>/", organisations.front, of_organisation(), name="front"),
    path("o/<slug:slug>/settings/", include((organisation, "organisation"))),
]

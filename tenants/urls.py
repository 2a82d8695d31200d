"""Pages of accounts, outside any organisation (`accounts:`), and of an organisation's settings (`organisation:`)."""

from django.urls import include, path

from tenants.views import factor, invitation, organisations, passwords, people, sign_in, sign_up

accounts = [
    path("signup/", sign_up.sign_up, name="sign_up"),
    path("signup/sent/", sign_up.sign_up_sent, name="sign_up_sent"),
    path("signup/again/", sign_up.sign_up_again, name="sign_up_again"),
    path("confirm/", sign_up.confirm, name="confirm"),
    path("confirm/again/", sign_up.confirm_again, name="confirm_again"),
    path("sign-in/", sign_in.sign_in, name="sign_in"),
    path("sign-in/factor/", factor.factor, name="factor"),
    path("sign-in/enrol/", factor.enrol, name="enrol"),
    path("sign-out/", sign_in.sign_out, name="sign_out"),
    path("password/forgot/", passwords.forgot_password, name="forgot_password"),
    path("password/forgot/sent/", passwords.forgot_password_sent, name="forgot_password_sent"),
    path("password/reset/", passwords.reset_password, name="reset_password"),
    path("invitation/", invitation.invitation, name="invitation"),
    path("invitation/join/", invitation.join, name="join"),
    path("organisations/", organisations.organisations, name="organisations"),
    path("organisations/new/", organisations.organisation_new, name="organisation_new"),
]

organisation = [
    path("", people.settings_index, name="settings"),
    path("people/", people.people, name="people"),
    path("people/invite/", people.invite, name="invite"),
    path("people/invitations/<uuid:invitation_id>/again/", people.invite_again, name="invite_again"),
    path("people/invitations/<uuid:invitation_id>/withdraw/", people.withdraw, name="withdraw"),
    path("people/<uuid:membership_id>/deactivate/", people.set_active, {"is_active": False}, name="deactivate"),
    path("people/<uuid:membership_id>/activate/", people.set_active, {"is_active": True}, name="activate"),
    path("people/<uuid:membership_id>/role/", people.set_role, name="set_role"),
]

urlpatterns = [
    path("", include((accounts, "accounts"))),
    path("o/<slug:slug>/settings/", include((organisation, "organisation"))),
]

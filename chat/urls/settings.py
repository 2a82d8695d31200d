"""What is set up for the chat in an organisation: the widget, forms, who writes, hours, teams."""

from typing import Final

from django.urls import include, path

from chat.views import (
    form_endpoint,
    form_payments,
    form_settings,
    hours,
    identity_keys,
    leaving,
    pre_chat,
    ratings,
    report_queue,
    setup,
    teams,
)
from tenants.roles import Capability
from tenants.tenancy import Kind, organisation, route

TENDER: Final = organisation(Capability.ASSIGN_CONVERSATIONS)
ADDER: Final = organisation(Capability.ASSIGN_CONVERSATIONS, body={"membership": Kind.MEMBERSHIP})
TEAMS: Final = organisation(Capability.MANAGE_TEAMS)
LEAVER: Final = organisation(Capability.INVITE_MEMBERS, body={"successor": Kind.MEMBERSHIP})
KEYS: Final = organisation(Capability.MANAGE_KEYS)
MASKING: Final = organisation(Capability.MANAGE_MASKING)
KEEPER: Final = organisation(Capability.MANAGE_WIDGET)
FORMS_KEEPER: Final = organisation(Capability.MANAGE_FORMS)
FORMS_SWITCHER: Final = organisation(Capability.MANAGE_FORMS, body={"template": Kind.FORM_TEMPLATE})

setup_patterns = [
    route("", setup.start, KEEPER, name="setup"),
    route("seen/", setup.seen, KEEPER, name="setup_seen"),
    route("test-page/", setup.test_page, organisation(), name="test_page"),
    route("questions/", pre_chat.pre_chat_fields, KEEPER, name="pre_chat"),
    route("questions/typed/", pre_chat.pre_chat_typed, KEEPER, name="pre_chat_typed"),
    route("questions/add/", pre_chat.pre_chat_add, KEEPER, name="pre_chat_add"),
    route("questions/<uuid:pre_chat_field_id>/remove/", pre_chat.pre_chat_remove, KEEPER, name="pre_chat_remove"),
    route("sites/", setup.add_origin, KEEPER, name="add_origin"),
    route("sites/<uuid:origin_id>/remove/", setup.remove_origin, KEEPER, name="remove_origin"),
]

form_setting_patterns = [
    route("", form_settings.forms, FORMS_KEEPER, name="forms"),
    route("switch/", form_settings.switch, FORMS_SWITCHER, name="switch_form"),
    route("handling/", form_settings.handle, FORMS_SWITCHER, name="handle_form"),
    route("payments/", form_payments.page, FORMS_KEEPER, name="form_payments"),
    route("payments/connect/", form_payments.connect, FORMS_KEEPER, name="connect_payments"),
    route("payments/test/", form_payments.test, FORMS_KEEPER, name="test_payments"),
    route("payments/disconnect/", form_payments.disconnect, FORMS_KEEPER, name="disconnect_payments"),
    route("system/", form_endpoint.page, FORMS_KEEPER, name="form_endpoint"),
    route("system/address/", form_endpoint.address, FORMS_KEEPER, name="form_endpoint_address"),
    route("system/remove/", form_endpoint.remove, FORMS_KEEPER, name="remove_form_endpoint"),
    route("system/test/", form_endpoint.test, FORMS_KEEPER, name="test_form_endpoint"),
    route("system/keys/", form_endpoint.add_key, FORMS_KEEPER, name="add_endpoint_key"),
    route(
        "system/keys/<uuid:endpoint_key_id>/retire/",
        form_endpoint.retire_key,
        FORMS_KEEPER,
        name="retire_endpoint_key",
    ),
    route("<uuid:template_id>/remove/", form_settings.remove, FORMS_KEEPER, name="remove_form"),
]

identity_patterns = [
    route("", identity_keys.identity_keys, KEYS, name="identity_keys"),
    route("secret/", identity_keys.make_secret, KEYS, name="make_identity_secret"),
    route("public/", identity_keys.add_public, KEYS, name="add_identity_key"),
    route("<uuid:identity_key_id>/retire/", identity_keys.retire, KEYS, name="retire_identity_key"),
    route("writers/", identity_keys.writers, KEYS, name="who_may_write"),
    route("try/", identity_keys.try_token, KEYS, name="try_identity_token"),
]

hours_patterns = [
    route("", hours.hours, KEEPER, name="hours"),
    route("off/", hours.hours_off, KEEPER, name="hours_off"),
    route("days/", hours.closed_day_add, KEEPER, name="closed_day_add"),
    route("days/<uuid:closed_day_id>/remove/", hours.closed_day_remove, KEEPER, name="closed_day_remove"),
]

report_patterns = [
    route("", report_queue.queue, MASKING, name="reports"),
    route("<uuid:report_id>/", report_queue.decide, MASKING, name="report"),
    route("<uuid:report_id>/decline/", report_queue.decline, MASKING, name="decline_report"),
]

team_patterns = [
    route("", teams.team_list, TENDER, name="teams"),
    route("new/", teams.team_new, TEAMS, name="team_new"),
    route("<uuid:team_id>/name/", teams.team_name, TEAMS, name="team_name"),
    route("<uuid:team_id>/delete/", teams.team_delete, TEAMS, name="team_delete"),
    route("<uuid:team_id>/restore/", teams.team_restore, TEAMS, name="team_restore"),
    route("<uuid:team_id>/members/", teams.team_add, ADDER, name="team_add"),
    route("<uuid:team_id>/members/<uuid:membership_id>/remove/", teams.team_remove, TENDER, name="team_remove"),
]

urlpatterns = [
    path("settings/masking/reports/", include(report_patterns)),
    route("settings/people/<uuid:membership_id>/leave/", leaving.leave, LEAVER, name="leave"),
    path("settings/teams/", include(team_patterns)),
    path("start/", include(setup_patterns)),
    path("settings/forms/", include(form_setting_patterns)),
    path("settings/identity/", include(identity_patterns)),
    route("settings/ratings/", ratings.ratings, TENDER, name="ratings"),
    path("settings/hours/", include(hours_patterns)),
]

"""Addresses of the chat: the widget's, and the workspace's inside an organisation."""

from typing import Final

from django.contrib import admin
from django.urls import include, path

from chat.views import (
    agent,
    availability,
    canned,
    contact,
    contact_key,
    fallback,
    files,
    form_endpoint,
    form_keys,
    form_pages,
    form_payments,
    form_reading,
    form_requests,
    form_settings,
    holds,
    hours,
    identity,
    identity_keys,
    incident_people,
    leaving,
    links,
    member_frames,
    merging,
    messages,
    pre_chat,
    proof_owned,
    proof_pages,
    proof_passkeys,
    proof_requests,
    ratings,
    report_queue,
    reports,
    request_steps,
    setup,
    subject,
    subject_requests,
    support,
    teams,
    widget,
)
from chat.views.form_pages import PASS_HEADER
from chat.views.links import LINK_HEADER
from chat.views.proof_pages import PROOF_HEADER
from chat.views.widget import HEADER
from tenants.roles import Capability
from tenants.tenancy import Kind, operator, organisation, public, route, visitor

app_name = "chat"

ANSWERER: Final = organisation(Capability.ANSWER_CONVERSATIONS)
READER: Final = organisation(Capability.READ_CONVERSATIONS)
ASSIGNER: Final = organisation(Capability.ASSIGN_CONVERSATIONS, body={"assignee": Kind.MEMBERSHIP})
TRANSFERRER: Final = organisation(Capability.ANSWER_CONVERSATIONS, body={"team": Kind.TEAM})
TENDER: Final = organisation(Capability.ASSIGN_CONVERSATIONS)
ADDER: Final = organisation(Capability.ASSIGN_CONVERSATIONS, body={"membership": Kind.MEMBERSHIP})
TEAMS: Final = organisation(Capability.MANAGE_TEAMS)
LEAVER: Final = organisation(Capability.INVITE_MEMBERS, body={"successor": Kind.MEMBERSHIP})
# The ids in a frame are declared by its command.
FRAMES: Final = organisation(Capability.READ_CONVERSATIONS)
BLOCKER: Final = organisation(Capability.BLOCK_VISITORS)
KEYS: Final = organisation(Capability.MANAGE_KEYS)
MASKING: Final = organisation(Capability.MANAGE_MASKING)
KEEPER: Final = organisation(Capability.MANAGE_WIDGET)
OPERATOR: Final = operator()
REQUESTER: Final = organisation(Capability.REQUEST_FORMS)
FORMS_KEEPER: Final = organisation(Capability.MANAGE_FORMS)
FORMS_SWITCHER: Final = organisation(Capability.MANAGE_FORMS, body={"template": Kind.FORM_TEMPLATE})
FILLER: Final = visitor(headers={PASS_HEADER: Kind.FORM_PASS})
FILE_HOLDER: Final = visitor(body={"pass": Kind.FILE_PASS})
INCIDENTS: Final = organisation(Capability.MANAGE_INCIDENTS, body={"member": Kind.MEMBERSHIP})
HOLDER: Final = organisation(Capability.PLACE_HOLDS)
HOLD_PLACER: Final = organisation(Capability.PLACE_HOLDS, query={"conversation": Kind.CONVERSATION})
HANDLER: Final = organisation(Capability.HANDLE_REQUESTS)
REQUEST_OPENER: Final = organisation(Capability.HANDLE_REQUESTS, query={"conversation": Kind.CONVERSATION})
REQUEST_ASSIGNER: Final = organisation(Capability.HANDLE_REQUESTS, body={"assignee": Kind.MEMBERSHIP})
LINKED: Final = visitor(headers={LINK_HEADER: Kind.LINK_TOKEN})
PROVER: Final = visitor(headers={PROOF_HEADER: Kind.PROOF_PASS})
VISITOR: Final = visitor(headers={HEADER: Kind.VISITOR_TOKEN})

conversation_patterns = [
    route("", agent.conversation, READER, name="conversation"),
    route("subject/", subject.subject, ANSWERER, name="subject"),
    route("earlier/", agent.earlier, READER, name="earlier"),
    route("visitor/", contact.panel, READER, name="visitor"),
    route("visitor/key/", contact_key.contact_key, KEYS, name="contact_key"),
    route("visitor/same/", merging.same_person, HANDLER, name="merge_contacts"),
    route("visitor/same/part/", merging.part, HANDLER, name="part_contacts"),
    route("messages/", messages.post, ANSWERER, name="messages"),
    route("messages/<int:sequence>/report/", reports.report, ANSWERER, name="report_message"),
    route("take/", agent.take, ANSWERER, name="take"),
    route("assign/", agent.assign, ASSIGNER, name="assign"),
    route("transfer/", agent.transfer, TRANSFERRER, name="transfer"),
    route("release/", agent.release, ANSWERER, name="release"),
    route("resolve/", agent.resolve, ANSWERER, name="resolve"),
    route("reopen/", agent.reopen, ANSWERER, name="reopen"),
    route("block/", agent.block, BLOCKER, name="block"),
    route("unblock/", agent.unblock, BLOCKER, name="unblock"),
    route("files/", files.files, READER, name="files"),
    route("files/<uuid:attachment_id>/remove/", files.remove, ANSWERER, name="remove_file"),
    route("forms/", form_requests.ask, REQUESTER, name="ask_form"),
    route("forms/<uuid:form_id>/", form_reading.read, REQUESTER, name="read_form"),
    route("forms/<uuid:form_id>/take/", form_reading.take, REQUESTER, name="take_form"),
    route("forms/<uuid:form_id>/hidden/", form_reading.hidden, REQUESTER, name="hidden_form"),
    route("forms/<uuid:form_id>/checked/", form_reading.checked, REQUESTER, name="checked_form"),
    route("forms/<uuid:form_id>/cancel/", form_requests.cancel, REQUESTER, name="cancel_form"),
    route("verify/", proof_requests.ask, ANSWERER, name="ask_proof"),
    route("verify/<uuid:proof_id>/end/", proof_requests.end, ANSWERER, name="end_proof"),
]

form_patterns = [
    route("browser/", form_keys.browser, REQUESTER, name="form_keys"),
    route("browser/<uuid:key_id>/revoke/", form_keys.revoke, REQUESTER, name="revoke_form_key"),
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

canned_patterns = [
    route("", canned.canned, ANSWERER, name="canned"),
    route("picker/", canned.canned_picker, ANSWERER, name="canned_picker"),
    route("<uuid:canned_response_id>/", canned.canned_one, ANSWERER, name="canned_one"),
    route("<uuid:canned_response_id>/delete/", canned.canned_delete, ANSWERER, name="canned_delete"),
    route("<uuid:canned_response_id>/restore/", canned.canned_restore, ANSWERER, name="canned_restore"),
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

# On the operators' site: behind its door, and by its role of the database.
support_patterns = [
    route("", admin.site.admin_view(support.conversations), OPERATOR, name="support_conversations"),
    route(
        "conversations/<uuid:conversation_id>/",
        admin.site.admin_view(support.conversation),
        OPERATOR,
        name="support_conversation",
    ),
    route("settings/", admin.site.admin_view(support.settings_page), OPERATOR, name="support_settings"),
    route("still/", admin.site.admin_view(support.still), OPERATOR, name="support_still"),
    route("end/", admin.site.admin_view(support.end), OPERATOR, name="support_end"),
]

hold_patterns = [
    route("", holds.holds_page, HOLDER, name="holds"),
    route("new/", holds.new_hold, HOLD_PLACER, name="hold_new"),
    *(
        route(f"<uuid:hold_id>/{step}/", holds.decide, HOLDER, {"step": step}, name=f"hold_{step}")
        for step in holds.STEPS
    ),
]

passkey_patterns = [
    route("ask", proof_passkeys.ask, PROVER, name="proof_ask_passkey"),
    route("prove", proof_passkeys.prove, PROVER, name="proof_prove_by_passkey"),
    route("begin", proof_passkeys.begin, PROVER, name="proof_begin_passkey"),
    route("keep", proof_passkeys.keep, PROVER, name="proof_keep_passkey"),
    route("give-up", proof_passkeys.give_up, PROVER, name="proof_give_up_passkeys"),
]

request_patterns = [
    route("", subject_requests.queue, HANDLER, name="requests"),
    route("new/", subject_requests.new_request, REQUEST_OPENER, name="request_new"),
    route("<uuid:request_id>/", subject_requests.one_request, HANDLER, name="request"),
    route("<uuid:request_id>/certificate/", subject_requests.certificate, HANDLER, name="request_certificate"),
    route("<uuid:request_id>/archive/", subject_requests.archive, HANDLER, name="request_archive"),
    route("<uuid:request_id>/progress/", subject_requests.archive_progress, HANDLER, name="request_progress"),
    route("<uuid:request_id>/rectify/", request_steps.rectify, HANDLER, name="request_rectify"),
    *(
        route(
            f"<uuid:request_id>/{step}/",
            request_steps.take_step,
            REQUEST_ASSIGNER if step == "assign" else HANDLER,
            {"step": step},
            name=f"request_{step}",
        )
        for step in request_steps.STEPS
    ),
]

urlpatterns = [
    route("admin/support/", admin.site.admin_view(support.desk), OPERATOR, name="support_desk"),
    path("admin/support/<uuid:grant_id>/", include(support_patterns)),
    route("w.js", widget.loader, public(), name="loader"),
    route("w/<str:widget_key>/", widget.frame, visitor(), name="widget"),
    route("w/<str:widget_key>/session", widget.session, VISITOR, name="widget_session"),
    route("w/<str:widget_key>/frames", fallback.exchange, VISITOR, name="widget_frames"),
    route("w/<str:widget_key>/files", files.send, VISITOR, name="widget_files"),
    route("w/<str:widget_key>/form", widget.offer, VISITOR, name="widget_form"),
    route("w/<str:widget_key>/payments", form_payments.webhook, visitor(), name="payment_webhook"),
    route("w/<str:widget_key>/identify", identity.identify, VISITOR, name="widget_identify"),
    route("w/<str:widget_key>/forget", identity.forget, VISITOR, name="widget_forget"),
    route("w/<str:widget_key>/link", links.page, visitor(), name="link"),
    route("w/<str:widget_key>/link/code", links.code, LINKED, name="link_code"),
    route("w/<str:widget_key>/link/open", links.open_, LINKED, name="link_open"),
    route("w/<str:widget_key>/transcript/<uuid:conversation_id>/", links.transcript, VISITOR, name="transcript"),
    route("w/<str:widget_key>/own", widget.own, VISITOR, name="widget_own"),
    # Each under an origin of its own (helpdesk.core.origins).
    route("forms/<str:widget_key>/", form_pages.page, visitor(), name="form_page"),
    route("forms/<str:widget_key>/open", form_pages.open_, FILLER, name="form_open"),
    route("forms/<str:widget_key>/submit", form_pages.submit, FILLER, name="form_submit"),
    route("forms/<str:widget_key>/pay", form_pages.pay, FILLER, name="form_pay"),
    route("forms/<str:widget_key>/taken", form_pages.taken, visitor(), name="form_taken"),
    route("forms/<str:widget_key>/decline", form_pages.decline, FILLER, name="form_decline"),
    route("files/", files.hand_over, FILE_HOLDER, name="hand_over_file"),
    route("forms/<str:widget_key>/identity/", proof_pages.page, visitor(), name="proof_page"),
    route("forms/<str:widget_key>/identity/open", proof_pages.open_, PROVER, name="proof_open"),
    route("forms/<str:widget_key>/identity/send", proof_pages.send, PROVER, name="proof_send"),
    route("forms/<str:widget_key>/identity/prove", proof_pages.prove, PROVER, name="proof_prove"),
    route("forms/<str:widget_key>/identity/decline", proof_pages.decline, PROVER, name="proof_decline"),
    route("forms/<str:widget_key>/identity/end", proof_pages.end, PROVER, name="proof_end"),
    route("forms/<str:widget_key>/identity/close", proof_pages.close, PROVER, name="proof_close"),
    route("forms/<str:widget_key>/identity/export", proof_owned.export, PROVER, name="proof_export"),
    route("forms/<str:widget_key>/identity/erase", proof_owned.erase, PROVER, name="proof_erase"),
    route("forms/<str:widget_key>/identity/request", proof_owned.ask_right, PROVER, name="proof_ask_right"),
    route("forms/<str:widget_key>/identity/app/prove", proof_pages.prove_by_app, PROVER, name="proof_prove_by_app"),
    route("forms/<str:widget_key>/identity/app", proof_owned.app, PROVER, name="proof_app"),
    route("forms/<str:widget_key>/identity/app/confirm", proof_owned.confirm_app, PROVER, name="proof_confirm_app"),
    route("forms/<str:widget_key>/identity/app/give-up", proof_owned.give_up_app, PROVER, name="proof_give_up_app"),
    path("forms/<str:widget_key>/identity/passkey/", include(passkey_patterns)),
    route("vault/", form_pages.vault, public(), name="vault"),
    route("o/<slug:slug>/inbox/", agent.inbox, READER, name="inbox"),
    route("o/<slug:slug>/inbox/rows/", agent.rows, READER, name="rows"),
    route("o/<slug:slug>/inbox/rows/<uuid:conversation_id>/", agent.row, READER, name="row"),
    route("o/<slug:slug>/frames/", member_frames.exchange, FRAMES, name="member_frames"),
    route("o/<slug:slug>/availability/", availability.choose, ANSWERER, name="availability"),
    route("o/<slug:slug>/find/", contact.find, READER, name="find"),
    path("o/<slug:slug>/conversations/<uuid:conversation_id>/", include(conversation_patterns)),
    path("o/<slug:slug>/settings/masking/reports/", include(report_patterns)),
    route("o/<slug:slug>/settings/people/<uuid:membership_id>/leave/", leaving.leave, LEAVER, name="leave"),
    path("o/<slug:slug>/settings/holds/", include(hold_patterns)),
    route(
        "o/<slug:slug>/settings/incidents/<uuid:incident_id>/people/",
        incident_people.people,
        INCIDENTS,
        name="incident_people",
    ),
    path("o/<slug:slug>/requests/", include(request_patterns)),
    path("o/<slug:slug>/settings/teams/", include(team_patterns)),
    path("o/<slug:slug>/start/", include(setup_patterns)),
    path("o/<slug:slug>/canned/", include(canned_patterns)),
    path("o/<slug:slug>/forms/", include(form_patterns)),
    path("o/<slug:slug>/settings/forms/", include(form_setting_patterns)),
    path("o/<slug:slug>/settings/identity/", include(identity_patterns)),
    route("o/<slug:slug>/settings/ratings/", ratings.ratings, TENDER, name="ratings"),
    path("o/<slug:slug>/settings/hours/", include(hours_patterns)),
]

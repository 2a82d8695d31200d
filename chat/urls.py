"""Addresses of the chat: the widget's, and the workspace's inside an organisation."""

from typing import Final

from django.urls import include, path

from chat.views import (
    agent,
    availability,
    canned,
    contact,
    contact_key,
    fallback,
    leaving,
    member_frames,
    messages,
    pre_chat,
    report_queue,
    reports,
    setup,
    subject,
    teams,
    widget,
)
from chat.views.widget import HEADER
from tenants.roles import Capability
from tenants.tenancy import Kind, organisation, public, route, visitor

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
VISITOR: Final = visitor(headers={HEADER: Kind.VISITOR_TOKEN})

conversation_patterns = [
    route("", agent.conversation, READER, name="conversation"),
    route("subject/", subject.subject, ANSWERER, name="subject"),
    route("earlier/", agent.earlier, READER, name="earlier"),
    route("visitor/", contact.panel, READER, name="visitor"),
    route("visitor/key/", contact_key.contact_key, KEYS, name="contact_key"),
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

urlpatterns = [
    route("w.js", widget.loader, public(), name="loader"),
    route("w/<str:widget_key>/", widget.frame, visitor(), name="widget"),
    route("w/<str:widget_key>/session", widget.session, VISITOR, name="widget_session"),
    route("w/<str:widget_key>/frames", fallback.exchange, VISITOR, name="widget_frames"),
    route("o/<slug:slug>/inbox/", agent.inbox, READER, name="inbox"),
    route("o/<slug:slug>/inbox/rows/", agent.rows, READER, name="rows"),
    route("o/<slug:slug>/inbox/rows/<uuid:conversation_id>/", agent.row, READER, name="row"),
    route("o/<slug:slug>/frames/", member_frames.exchange, FRAMES, name="member_frames"),
    route("o/<slug:slug>/availability/", availability.choose, ANSWERER, name="availability"),
    route("o/<slug:slug>/find/", contact.find, READER, name="find"),
    path("o/<slug:slug>/conversations/<uuid:conversation_id>/", include(conversation_patterns)),
    path("o/<slug:slug>/settings/masking/reports/", include(report_patterns)),
    route("o/<slug:slug>/settings/people/<uuid:membership_id>/leave/", leaving.leave, LEAVER, name="leave"),
    path("o/<slug:slug>/settings/teams/", include(team_patterns)),
    path("o/<slug:slug>/start/", include(setup_patterns)),
    path("o/<slug:slug>/canned/", include(canned_patterns)),
]

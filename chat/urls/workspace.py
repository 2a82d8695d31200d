"""Where agents work in an organisation: the inbox, a conversation, canned responses, the keys of their browser."""

from typing import Final

from django.urls import include, path

from chat.views import (
    agent,
    availability,
    canned,
    contact,
    contact_key,
    files,
    form_keys,
    form_reading,
    form_requests,
    member_frames,
    merging,
    messages,
    proof_requests,
    reports,
    subject,
)
from tenants.roles import Capability
from tenants.tenancy import Kind, organisation, route

ANSWERER: Final = organisation(Capability.ANSWER_CONVERSATIONS)
READER: Final = organisation(Capability.READ_CONVERSATIONS)
ASSIGNER: Final = organisation(Capability.ASSIGN_CONVERSATIONS, body={"assignee": Kind.MEMBERSHIP})
TRANSFERRER: Final = organisation(Capability.ANSWER_CONVERSATIONS, body={"team": Kind.TEAM})
# The ids in a frame are declared by its command.
FRAMES: Final = organisation(Capability.READ_CONVERSATIONS)
BLOCKER: Final = organisation(Capability.BLOCK_VISITORS)
KEYS: Final = organisation(Capability.MANAGE_KEYS)
REQUESTER: Final = organisation(Capability.REQUEST_FORMS)
HANDLER: Final = organisation(Capability.HANDLE_REQUESTS)

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

canned_patterns = [
    route("", canned.canned, ANSWERER, name="canned"),
    route("picker/", canned.canned_picker, ANSWERER, name="canned_picker"),
    route("<uuid:canned_response_id>/", canned.canned_one, ANSWERER, name="canned_one"),
    route("<uuid:canned_response_id>/delete/", canned.canned_delete, ANSWERER, name="canned_delete"),
    route("<uuid:canned_response_id>/restore/", canned.canned_restore, ANSWERER, name="canned_restore"),
]

urlpatterns = [
    route("inbox/", agent.inbox, READER, name="inbox"),
    route("inbox/rows/", agent.rows, READER, name="rows"),
    route("inbox/rows/<uuid:conversation_id>/", agent.row, READER, name="row"),
    route("frames/", member_frames.exchange, FRAMES, name="member_frames"),
    route("availability/", availability.choose, ANSWERER, name="availability"),
    route("find/", contact.find, READER, name="find"),
    path("conversations/<uuid:conversation_id>/", include(conversation_patterns)),
    path("canned/", include(canned_patterns)),
    path("forms/", include(form_patterns)),
]

"""What an organisation owes: answers to what people ask about their data, legal holds, who an incident concerns."""

from typing import Final

from django.urls import include, path

from chat.views import holds, incident_people, request_steps, subject_requests
from tenants.roles import Capability
from tenants.tenancy import Kind, organisation, route

INCIDENTS: Final = organisation(Capability.MANAGE_INCIDENTS, body={"member": Kind.MEMBERSHIP})
HOLDER: Final = organisation(Capability.PLACE_HOLDS)
HOLD_PLACER: Final = organisation(Capability.PLACE_HOLDS, query={"conversation": Kind.CONVERSATION})
HANDLER: Final = organisation(Capability.HANDLE_REQUESTS)
REQUEST_OPENER: Final = organisation(Capability.HANDLE_REQUESTS, query={"conversation": Kind.CONVERSATION})
REQUEST_ASSIGNER: Final = organisation(Capability.HANDLE_REQUESTS, body={"assignee": Kind.MEMBERSHIP})

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

hold_patterns = [
    route("", holds.holds_page, HOLDER, name="holds"),
    route("new/", holds.new_hold, HOLD_PLACER, name="hold_new"),
    *(
        route(f"<uuid:hold_id>/{step}/", holds.decide, HOLDER, {"step": step}, name=f"hold_{step}")
        for step in holds.STEPS
    ),
]

urlpatterns = [
    path("settings/holds/", include(hold_patterns)),
    route(
        "settings/incidents/<uuid:incident_id>/people/",
        incident_people.people,
        INCIDENTS,
        name="incident_people",
    ),
    path("requests/", include(request_patterns)),
]

"""The pages of privacy, masking and keys of an organisation."""

from django.urls import include, path

from compliance import duty_views, key_views, recovery_views, stored_views, support_views, views
from compliance.agreement_pages import views as agreement_views
from compliance.evidence_pages import views as evidence_views
from compliance.incident_pages import views as incident_views
from compliance.masking_pages import try_views
from compliance.masking_pages import views as masking_views
from compliance.mode_pages import views as mode_views
from compliance.mode_pages.steps import STEPS
from compliance.notice_pages import views as notice_views
from compliance.processing_pages import views as processing_views
from compliance.retention_pages import views as retention_views
from compliance.review_pages import views as review_views
from compliance.trail_pages import views as trail_views
from compliance.training_pages import team_views
from compliance.training_pages import views as training_views
from tenants.roles import Capability
from tenants.tenancy import Kind, organisation, route

KEYS = organisation(Capability.MANAGE_KEYS)
MASKING = organisation(Capability.MANAGE_MASKING)
INCIDENTS = organisation(Capability.MANAGE_INCIDENTS)
INCIDENT_TASKS = organisation(Capability.MANAGE_INCIDENTS, body={"assignee": Kind.MEMBERSHIP})
AGREEMENTS = organisation(Capability.MANAGE_AGREEMENTS)
REVIEWS = organisation(Capability.REVIEW_ACCESS)
LEARNER = organisation()
MANAGER = organisation(Capability.READ_TRAINING)
WRITER = organisation(Capability.MANAGE_NOTICES)
AUTHOR = organisation(Capability.MANAGE_COURSES)
SWITCHER = organisation(Capability.SWITCH_MODES)
SUPPORT = organisation(Capability.GRANT_SUPPORT)
KEEPER = organisation(Capability.MANAGE_RETENTION)
READER = organisation(Capability.READ_AUDIT)

app_name = "compliance"
masking_patterns = [
    route("", masking_views.levels_page, MASKING, name="masking"),
    route("levels/", masking_views.set_levels, MASKING, name="masking_levels"),
    route("regions/", masking_views.set_regions, MASKING, name="masking_regions"),
    route("own/", masking_views.own_page, MASKING, name="masking_own"),
    route("own/ids/", masking_views.add_exempt, MASKING, name="masking_exempt"),
    route("own/ids/remove/", masking_views.remove_exempt, MASKING, name="masking_unexempt"),
    route("own/rule/", masking_views.rule_page, MASKING, name="masking_rule"),
    route("own/rule/switch/", masking_views.switch_rule, MASKING, name="masking_switch_rule"),
    route("try/", try_views.try_page, MASKING, name="masking_try"),
    route("stored/", stored_views.stored_page, MASKING, name="stored"),
    route("stored/progress/", stored_views.progress, MASKING, name="stored_progress"),
    route("stored/propose/", stored_views.propose, MASKING, name="stored_propose"),
    *(
        route(f"stored/{step}/", stored_views.take_step, MASKING, {"step": step}, name=f"stored_{step}")
        for step in stored_views.STEPS
    ),
    route("history/", masking_views.history_page, MASKING, name="masking_history"),
    route("history/back/", masking_views.go_back, MASKING, name="masking_back"),
]
incident_patterns = [
    route("", incident_views.incidents_page, INCIDENTS, name="incidents"),
    route("report/", incident_views.report_page, LEARNER, name="report_incident"),
    route("<uuid:incident_id>/", incident_views.incident_page, INCIDENTS, name="incident"),
    route("<uuid:incident_id>/acknowledge/", incident_views.acknowledge, INCIDENTS, name="acknowledge_incident"),
    route("<uuid:incident_id>/decide/", incident_views.decide, INCIDENTS, name="decide_incident"),
    route("<uuid:incident_id>/told/", incident_views.tell, INCIDENTS, name="incident_told"),
    route("<uuid:incident_id>/remarks/", incident_views.remark, INCIDENTS, name="incident_remark"),
    route("<uuid:incident_id>/tasks/", incident_views.give_task, INCIDENT_TASKS, name="incident_task"),
    route(
        "<uuid:incident_id>/tasks/<uuid:line_id>/done/", incident_views.finish_task, INCIDENTS,
        name="incident_task_done",
    ),
    route("<uuid:incident_id>/close/", incident_views.close, INCIDENTS, name="close_incident"),
    route("<uuid:incident_id>/report/", incident_views.download, INCIDENTS, name="incident_report"),
]  # fmt: skip
agreement_patterns = [
    route("", agreement_views.agreements_page, READER, name="agreements"),
    route("new/", agreement_views.record, AGREEMENTS, name="agreement_new"),
    route("<uuid:agreement_id>/end/", agreement_views.end, AGREEMENTS, name="agreement_end"),
]
review_patterns = [
    route("", review_views.reviews_page, REVIEWS, name="reviews"),
    route("begin/", review_views.begin, REVIEWS, name="review_begin"),
    route("people/<uuid:review_line_id>/", review_views.decide, REVIEWS, name="review_decide"),
    route("sign/", review_views.sign, REVIEWS, name="review_sign"),
]
training_patterns = [
    route("", training_views.my_training, LEARNER, name="training"),
    route("<uuid:duty_id>/lessons/<int:number>/", training_views.lesson, LEARNER, name="training_lesson"),
    route("<uuid:duty_id>/quiz/", training_views.quiz, LEARNER, name="training_quiz"),
    route("<uuid:duty_id>/sign/", training_views.sign, LEARNER, name="training_sign"),
    route("<uuid:duty_id>/certificate/", training_views.certificate, LEARNER, name="training_certificate"),
    route("minute/<str:kind>/", training_views.minute, LEARNER, name="training_minute"),
    route("team/", team_views.team, MANAGER, name="training_team"),
    route("team/export/", team_views.export, MANAGER, name="training_export"),
    route("courses/", team_views.courses, AUTHOR, name="courses"),
    route("courses/new/", team_views.course_new, AUTHOR, name="course_new"),
    route("courses/<uuid:course_id>/", team_views.course, AUTHOR, name="course"),
    route("courses/<uuid:course_id>/use/<str:state>/", team_views.course_use, AUTHOR, name="course_use"),
]
notice_patterns = [
    route("", notice_views.overview, WRITER, name="notices"),
    route("setting/", notice_views.choose, WRITER, name="notice_setting"),
    route("<str:region>/<str:language>/", notice_views.notice, WRITER, name="notice"),
    route("<str:region>/<str:language>/drop/", notice_views.drop, WRITER, name="notice_drop"),
    route("<str:region>/<str:language>/publish/", notice_views.publish, WRITER, name="notice_publish"),
]
mode_patterns = [
    route("", mode_views.modes_page, organisation(Capability.READ_AUDIT), name="modes"),
    route("<str:mode>/progress/", mode_views.progress, organisation(Capability.READ_AUDIT), name="mode_progress"),
    route(
        "<str:mode>/certificates/<int:number>/",
        mode_views.certificate,
        organisation(Capability.READ_AUDIT),
        name="mode_certificate",
    ),
    *(
        route(f"<str:mode>/{step}/", mode_views.take_step, SWITCHER, {"step": step}, name=f"mode_{step}")
        for step in STEPS
    ),
]
trail_patterns = [
    route("", trail_views.trail, READER, name="trail"),
    route("export/", trail_views.export, READER, name="trail_export"),
    route("views/", trail_views.keep, READER, name="trail_keep"),
    route("views/<uuid:view_id>/remove/", trail_views.drop, READER, name="trail_drop"),
    route("verifier/", trail_views.verifier, READER, name="trail_verifier"),
]
evidence_patterns = [
    route("", evidence_views.evidence, READER, name="evidence"),
    route("packs/", evidence_views.packs, READER, name="evidence_packs"),
    route("build/", evidence_views.build, READER, name="evidence_build"),
    route("packs/<uuid:pack_id>/", evidence_views.download, READER, name="evidence_download"),
]
urlpatterns = [
    path("o/<slug:slug>/settings/evidence/", include(evidence_patterns)),
    path("o/<slug:slug>/settings/modes/", include(mode_patterns)),
    route("o/<slug:slug>/settings/responsibilities/", duty_views.duties_page, READER, name="duties"),
    path("o/<slug:slug>/settings/agreements/", include(agreement_patterns)),
    path("o/<slug:slug>/settings/access/", include(review_patterns)),
    path("o/<slug:slug>/settings/incidents/", include(incident_patterns)),
    path("o/<slug:slug>/settings/audit/", include(trail_patterns)),
    path("o/<slug:slug>/settings/notices/", include(notice_patterns)),
    path("o/<slug:slug>/training/", include(training_patterns)),
    path("o/<slug:slug>/settings/masking/", include(masking_patterns)),
    route("o/<slug:slug>/settings/privacy/", views.privacy, organisation(), name="privacy"),
    route("o/<slug:slug>/settings/processing/", processing_views.page, READER, name="processing"),
    route("o/<slug:slug>/settings/processing/download/", processing_views.download, READER, name="processing_download"),
    route("o/<slug:slug>/settings/retention/", retention_views.retention_page, KEEPER, name="retention_page"),
    route("o/<slug:slug>/settings/retention/set/", retention_views.set_retention, KEEPER, name="retention"),
    route(
        "o/<slug:slug>/settings/privacy/export/",
        views.export,
        organisation(Capability.EXPORT_CONVERSATIONS),
        name="export",
    ),
    route(
        "o/<slug:slug>/settings/people/<uuid:membership_id>/factors/",
        recovery_views.reset_factors,
        organisation(Capability.INVITE_MEMBERS),
        name="reset_factors",
    ),
    route("o/<slug:slug>/settings/support/", support_views.support_page, SUPPORT, name="support"),
    route(
        "o/<slug:slug>/settings/support/<uuid:grant_id>/approve/",
        support_views.approve_support,
        SUPPORT,
        name="support_approve",
    ),
    route(
        "o/<slug:slug>/settings/support/<uuid:grant_id>/refuse/",
        support_views.refuse_support,
        SUPPORT,
        name="support_refuse",
    ),
    route("o/<slug:slug>/settings/keys/", key_views.key_page, KEYS, name="keys"),
    route("o/<slug:slug>/settings/keys/rotate/", key_views.rotate, KEYS, name="rotate_key"),
    route("o/<slug:slug>/settings/keys/own/", key_views.connect, KEYS, name="own_key"),
    *(
        route(
            f"o/<slug:slug>/settings/keys/own/{change}/",
            key_views.change_own_key,
            KEYS,
            {"change": change},
            name=f"{change}_key",
        )
        for change in ("revoke", "restore", "disconnect")
    ),
    route("o/<slug:slug>/settings/keys/close/", key_views.close, KEYS, name="close"),
    route("o/<slug:slug>/settings/keys/close/stop/", key_views.cancel_close, KEYS, name="cancel_close"),
]

"""What visitors are told: an overview, an editor with what the visitor sees beside it, and publishing in two steps."""

from typing import Any, Final

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from compliance.actions import notices as actions
from compliance.models import LawRegion, NoticeDraft, NoticeSetting, NoticeVersion
from compliance.notice_pages.forms import NoticeForm, NoticeSettingForm
from compliance.notices.in_force import Notices, asks, notices_of
from compliance.notices.wording import LANGUAGES, body_of, names, shipped
from helpdesk.core import clock
from tenants.actions.policies import BelowFloorError
from tenants.http import MemberRequest, member_required
from tenants.policies import choices
from tenants.policy_names import CONSENT
from tenants.roles import Capability
from tenants.text_checks import HoldsSensitiveDataError, NotCheckedError

writer_page: Final = member_required(Capability.MANAGE_NOTICES)
read_or_post: Final = require_http_methods(["GET", "HEAD", "POST"])
SENSITIVE: Final = "It looks like it holds a card number, an ID number or a password. Please leave that out."
UNCHECKED: Final = "We could not check the text just now. Please try again in a moment."
HISTORY: Final = 50


@require_safe
@writer_page
def overview(request: MemberRequest) -> HttpResponse:
    """Show which text is in force for whom, and how visitors are told."""
    return _overview(request, _setting_form(request))


@require_POST
@writer_page
def choose(request: MemberRequest) -> HttpResponse:
    """Choose who is asked to agree, whose law holds, and how else to reach the organisation."""
    form = _setting_form(request, request.POST)
    if form.is_valid():
        given = form.cleaned_data
        try:
            actions.choose_notice_setting(
                law=LawRegion(given["region"]) if given["region"] else None,
                other_ways=given["other_ways"],
                consent=given["consent"],
                actor=request.membership,
                now=clock.now(),
            )
        except BelowFloorError:
            form.add_error("consent", "A mode holds this higher.")
        except HoldsSensitiveDataError:
            form.add_error("other_ways", SENSITIVE)
        except NotCheckedError:
            form.add_error("other_ways", UNCHECKED)
        else:
            messages.success(request, "Saved. It holds from the next message on.")
            return redirect("compliance:notices", slug=request.tenant.slug)
    return _overview(request, form, status=422)


@read_or_post
@writer_page
def notice(request: MemberRequest, region: str, language: str) -> HttpResponse:
    """Write the next text of a region and language; what is published stays in force meanwhile."""
    law = _variant(region, language)
    in_force = notices_of(request.tenant)
    draft = NoticeDraft.objects.filter(region=law, language=language).first()
    written = draft.body if draft is not None else in_force.body(law, language)
    form = NoticeForm(request.POST if request.method == "POST" else None, initial={"body": written})
    if form.is_valid():
        try:
            actions.save_draft(
                law=law, language=language, body=form.cleaned_data["body"], actor=request.membership, now=clock.now()
            )
        except HoldsSensitiveDataError:
            form.add_error("body", SENSITIVE)
        except NotCheckedError:
            form.add_error("body", UNCHECKED)
        else:
            messages.success(request, "Draft saved. Visitors go on seeing the text in force until you publish it.")
            return _back(request, law, language)
    versions = NoticeVersion.objects.filter(region=law, language=language).order_by("-number")
    context = _page(request, in_force) | {
        "form": form,
        "law": law,
        "language": language,
        "language_name": shipped(language)["name"],
        "draft": draft,
        "ours": body_of(law, language),
        "is_own": (law, language) in in_force.bodies,
        "shown": _preview(in_force, law, language, written),
        "words": shipped(language),
        "versions": versions[:HISTORY],
    }
    return render(request, "compliance/notices/edit.html", context, status=422 if form.errors else 200)


@require_POST
@writer_page
def drop(request: MemberRequest, region: str, language: str) -> HttpResponse:
    """Throw the draft away."""
    law = _variant(region, language)
    actions.drop_draft(law=law, language=language, actor=request.membership)
    messages.success(request, "The draft is gone. The text in force stays.")
    return _back(request, law, language)


@read_or_post
@writer_page
def publish(request: MemberRequest, region: str, language: str) -> HttpResponse:
    """Show what will be seen, and put it in force once that is confirmed."""
    law = _variant(region, language)
    draft = NoticeDraft.objects.filter(region=law, language=language).first()
    if draft is None:
        messages.info(request, "There is no draft to publish.")
        return _back(request, law, language)
    in_force = notices_of(request.tenant)
    shown = _preview(in_force, law, language, draft.body)
    if request.method == "POST":
        try:
            version = actions.publish_notice(
                law=law, language=language, text_hash=_hash(request), actor=request.membership, now=clock.now()
            )
        except actions.NoSuchNoticeError:
            messages.info(request, "There is no draft to publish.")
            return _back(request, law, language)
        except actions.DraftChangedError:
            messages.warning(request, "It was changed meanwhile. Please read what would be published now.")
        else:
            messages.success(request, f"Version {version.number} is in force. Visitors see it with their next message.")
            return redirect("compliance:notices", slug=request.tenant.slug)
    context = _page(request, in_force) | {
        "law": law,
        "language": language,
        "language_name": shipped(language)["name"],
        "shown": shown,
        "words": shipped(language),
        "before": None if in_force.region not in {None, law} else in_force.of(law, language),
    }
    return render(request, "compliance/notices/publish.html", context)


def _overview(request: MemberRequest, form: NoticeSettingForm, *, status: int = 200) -> HttpResponse:
    in_force = notices_of(request.tenant)
    drafts = {(one.region, one.language) for one in NoticeDraft.objects.only("region", "language")}
    numbers = {
        (one.region, one.language): one.number
        for one in NoticeVersion.objects.filter(is_published=True)
        .only("region", "language", "number")
        .order_by("number")
    }
    rows = [
        {
            "law": law,
            "is_used": in_force.region in {None, law},
            "cells": [
                {
                    "language": language,
                    "name": name,
                    "number": numbers.get((law.value, language)),
                    "has_draft": (law.value, language) in drafts,
                    "asks": asks(in_force.consent, law),
                }
                for language, name in names()
            ],
        }
        for law in reversed(LawRegion)
    ]
    context = _page(request, in_force) | {"form": form, "rows": rows}
    return render(request, "compliance/notices/overview.html", context, status=status)


def _setting_form(request: MemberRequest, posted: Any = None) -> NoticeSettingForm:
    held = NoticeSetting.objects.first()
    initial = {"region": held.region, "other_ways": held.other_ways} if held is not None else {}
    return NoticeSettingForm(request.tenant, choices().get(CONSENT), posted, initial=initial)


def _page(request: MemberRequest, in_force: Notices) -> dict[str, Any]:
    return {
        "organisation": request.tenant,
        "membership": request.membership,
        "section": "settings",
        "notices": in_force,
    }


def _preview(in_force: Notices, law: LawRegion, language: str, body: str) -> Any:
    return in_force.preview(law, language, actions.cleaned_body(body))


def _hash(request: MemberRequest) -> bytes:
    try:
        return bytes.fromhex(request.POST.get("seen", ""))
    except ValueError:
        return b""


def _variant(region: str, language: str) -> LawRegion:
    if region not in LawRegion or language not in LANGUAGES:
        raise Http404
    return LawRegion(region)


def _back(request: MemberRequest, law: LawRegion, language: str) -> HttpResponse:
    return redirect("compliance:notice", slug=request.tenant.slug, region=law.value, language=language)

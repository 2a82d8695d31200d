"""The page that tells why a text is masked or not. The text comes by POST, is explained, and is gone."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters, sensitive_variables

from compliance import rule_sets
from compliance.masking import AGENT, OTHER, VISITOR, Context, MaskedText, MaskingError, Utterance
from compliance.masking.explain import Considered, Explanation, explain
from compliance.masking.policy import THRESHOLDS, Level
from compliance.masking_choice.words import FATE_WORDS, LEVEL_WORDS, VIEW_WORDS, entity_name
from compliance.masking_pages.forms import TryForm
from compliance.masking_pages.views import keeper_page, page_of
from tenants.http import MemberRequest

_LEVELS: Final = {threshold: LEVEL_WORDS[level.value] for level, threshold in THRESHOLDS.items()}
_OFF: Final = THRESHOLDS[Level.OFF]


@dataclass(frozen=True, slots=True)
class Line:
    """Something a detector or an own rule found, in words. `needed` is None when the entity is switched off."""

    told: Considered
    name: str
    fate: str
    tone: str
    needed: float | None
    level: str
    beaten_by: str
    is_own: bool


@sensitive_post_parameters()
@never_cache
@keeper_page
def try_page(request: MemberRequest) -> HttpResponse:
    """Ask for a text, and explain it."""
    if request.method != "POST":
        return _page(request, TryForm())
    form = TryForm(request.POST)
    if not form.is_valid():
        return _page(request, form, status=422)
    return _explained(request, form)


@sensitive_variables()
def _explained(request: MemberRequest, form: TryForm) -> HttpResponse:
    by = form.cleaned_data["by"] or VISITOR
    before = form.cleaned_data["before"]
    said = [Utterance(AGENT if by == VISITOR else VISITOR, before)] if before else []
    rule_set = rule_sets.current(request.tenant)
    try:
        explanation = explain(form.cleaned_data["text"], rule_set.policy, Context(by, said))
    except MaskingError as failed:
        form.add_error("text", f"This text would not be let through: {failed}")
        return _page(request, form, status=422)
    return _page(request, form, told=explanation, number=rule_set.number)


def _page(
    request: MemberRequest,
    form: TryForm,
    *,
    told: Explanation | None = None,
    number: int = 0,
    status: int = 200,
) -> HttpResponse:
    context: dict[str, Any] = page_of(request, "try") | {"form": form, "told": told, "rule_set": number}
    if told is not None:
        context |= {
            "steps": [[_line(each) for each in step.considered] for step in told.steps],
            "segments": list(_segments(told.masked)),
            "views": [VIEW_WORDS.get(view, view) for view in told.views],
        }
    part = "HX-Request" in request.headers
    template = "compliance/masking/_try.html" if part else "compliance/masking/try.html"
    return render(request, template, context, status=status)


def _segments(masked: MaskedText) -> Iterator[tuple[str, str]]:
    """The masked text in pieces, each with the name of what is hidden there, or none."""
    at = 0
    for finding in masked.findings:
        yield masked.text[at : finding.masked_start], ""
        yield masked.text[finding.masked_start : finding.masked_end].strip("[]"), entity_name(finding.entity)
        at = finding.masked_end
    yield masked.text[at:], ""


def _line(told: Considered) -> Line:
    fate, tone = FATE_WORDS[told.fate]
    is_off = told.threshold >= _OFF
    return Line(
        told=told,
        name=entity_name(told.entity),
        fate=fate,
        tone=tone,
        needed=None if is_off else told.threshold,
        level=_LEVELS.get(told.threshold, ""),
        beaten_by=entity_name(told.beaten_by) if told.beaten_by else "",
        is_own=told.entity == OTHER,
    )

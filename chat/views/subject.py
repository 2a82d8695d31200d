"""The subject of a conversation: typed above it, or on a page of its own where no script runs."""

from uuid import UUID

from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.debug import sensitive_post_parameters

from chat import selectors, small_texts
from chat.actions import subjects
from chat.delivery.committer import ConversationNotFoundError
from chat.forms import BEING_CHECKED, SubjectForm
from chat.views.pages import conversation_header
from compliance.masking import MaskingError
from helpdesk.core import clock
from tenants.http import MemberRequest, member_required
from tenants.roles import Capability
from tenants.views.pages import form_page, form_view, posted


@sensitive_post_parameters("subject")
@form_view
@member_required(Capability.ANSWER_CONVERSATIONS)
def subject(request: MemberRequest, conversation_id: UUID) -> HttpResponse:
    """Change it; answers with the conversation's header, or leads back to it."""
    conversation = selectors.conversation(conversation_id)
    if conversation is None:
        raise Http404
    url = selectors.conversation_url(request.tenant.slug, conversation_id)
    form = SubjectForm(posted(request))
    if not form.is_bound:
        form.initial["subject"] = small_texts.subject_of(conversation, request.membership)
    if form.is_valid():
        try:
            changed = subjects.change_subject(
                conversation_id=conversation_id, actor=request.membership, now=clock.now(), **form.cleaned_data
            )
        except ConversationNotFoundError:
            raise Http404 from None
        except MaskingError:
            form.add_error(None, BEING_CHECKED)
            return render(request, "chat/agent/subject.html", {"form": form, "url": url}, status=503)
        if "HX-Request" not in request.headers:
            return redirect(url)
        page = conversation_header(selectors.conversation(changed.id) or changed, request.membership)
        shown = {"conversation": page, "organisation": request.tenant, "queue": request.GET.get("queue", "open")}
        return render(request, "chat/agent/_conversation_header.html", shown)
    return form_page(request, "chat/agent/subject.html", form, url=url, section="inbox")

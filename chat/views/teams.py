"""Teams: the page of an organisation's settings on which they are made, named and filled."""

from typing import Final
from uuid import UUID

from django.contrib import messages as notices
from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from chat import teams as read
from chat.actions import teams
from chat.actions.teams import TeamNameTakenError, TooManyTeamsError, UnknownTeamError, UnknownTeamMemberError
from chat.forms import TeamForm
from helpdesk.core import clock
from tenants.http import MemberRequest, member_required
from tenants.permissions import NotPermittedError, may
from tenants.roles import Capability
from tenants.views.pages import form_page

TEMPLATE: Final = "chat/teams.html"
TAKEN: Final = "Another team has this name."
ENOUGH: Final = f"There are {teams.MOST} teams; delete one that is no longer needed first."

NOT_THEIRS: Final = "You look after other teams; an owner can change this one, and where supervisors belong."

tender_required = member_required(Capability.ASSIGN_CONVERSATIONS)
manager_required = member_required(Capability.MANAGE_TEAMS)


@require_safe
@tender_required
def team_list(request: MemberRequest) -> HttpResponse:
    """Every team, and who belongs to it."""
    return _page(request, TeamForm())


@require_POST
@manager_required
def team_new(request: MemberRequest) -> HttpResponse:
    """Make a team."""
    form = TeamForm(request.POST)
    if not form.is_valid():
        return _page(request, form)
    try:
        team = teams.create_team(name=form.cleaned_data["name"], actor=request.membership, now=clock.now())
    except (TeamNameTakenError, TooManyTeamsError) as why:
        form.add_error("name", TAKEN if isinstance(why, TeamNameTakenError) else ENOUGH)
        return _page(request, form)
    notices.success(request, f"{team.name} is made. Now choose who belongs to it.")
    return _back(request, team.id)


@require_POST
@manager_required
def team_name(request: MemberRequest, team_id: UUID) -> HttpResponse:
    """Call a team something else."""
    form = TeamForm(request.POST)
    if not form.is_valid():
        notices.error(request, str(form.errors["name"][0]))
        return _back(request, team_id)
    try:
        teams.rename_team(team_id=team_id, name=form.cleaned_data["name"], actor=request.membership, now=clock.now())
    except UnknownTeamError:
        raise Http404 from None
    except TeamNameTakenError:
        notices.error(request, TAKEN)
    return _back(request, team_id)


@require_POST
@manager_required
def team_delete(request: MemberRequest, team_id: UUID) -> HttpResponse:
    """Take a team away; the list offers it back for a day."""
    try:
        team = teams.delete_team(team_id=team_id, actor=request.membership, now=clock.now())
    except UnknownTeamError:
        raise Http404 from None
    notices.success(request, f"{team.name} was deleted. You can take that back below, for a day.")
    return redirect(reverse("chat:teams", kwargs={"slug": request.tenant.slug}) + "#deleted")


@require_POST
@manager_required
def team_restore(request: MemberRequest, team_id: UUID) -> HttpResponse:
    """Bring a team back."""
    try:
        team = teams.restore_team(team_id=team_id, actor=request.membership, now=clock.now())
    except UnknownTeamError:
        raise Http404 from None
    except TeamNameTakenError:
        notices.error(request, TAKEN)
        return _back(request)
    notices.success(request, f"{team.name} is back, with its members and its conversations.")
    return _back(request, team.id)


@require_POST
@tender_required
def team_add(request: MemberRequest, team_id: UUID) -> HttpResponse:
    """Let a colleague belong to a team."""
    try:
        membership_id = UUID(request.POST.get("membership", ""))
        teams.add_to_team(team_id=team_id, membership_id=membership_id, actor=request.membership, now=clock.now())
    except NotPermittedError:
        notices.error(request, NOT_THEIRS)
    except UnknownTeamError:
        raise Http404 from None
    except (UnknownTeamMemberError, ValueError):
        notices.error(request, "Choose a colleague who may answer.")
    return _back(request, team_id)


@require_POST
@tender_required
def team_remove(request: MemberRequest, team_id: UUID, membership_id: UUID) -> HttpResponse:
    """Let a colleague no longer belong to a team."""
    try:
        teams.remove_from_team(team_id=team_id, membership_id=membership_id, actor=request.membership, now=clock.now())
    except NotPermittedError:
        notices.error(request, NOT_THEIRS)
    except (UnknownTeamError, UnknownTeamMemberError):
        raise Http404 from None
    return _back(request, team_id)


def _page(request: MemberRequest, form: TeamForm) -> HttpResponse:
    manages = may(request.membership, Capability.MANAGE_TEAMS)
    colleagues = read.could_belong()
    listed = [
        (page, [one for one in colleagues if one.id not in {member.id for member in page.members}])
        for page in read.pages(request.membership)
    ]
    context = {"listed": listed, "manages": manages, "deleted": read.deleted() if manages else []}
    return form_page(request, TEMPLATE, form, section="settings", **context)


def _back(request: MemberRequest, team_id: UUID | None = None) -> HttpResponse:
    place = f"#team-{team_id}" if team_id is not None else ""
    return redirect(reverse("chat:teams", kwargs={"slug": request.tenant.slug}) + place)

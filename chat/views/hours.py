"""When the organisation is there, and what visitors are told outside of that."""

from collections.abc import Mapping
from datetime import date, datetime, time
from functools import cache
from typing import Any, Final
from uuid import UUID
from zoneinfo import available_timezones

from django import forms
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST

from chat import business_hours
from chat.actions import hours as act
from chat.actions.hours import BadClosedDayError, TooManyClosedDaysError, UnknownClosedDayError
from chat.forms import BEING_CHECKED
from chat.hours import DAY_MIN, MAX_CLOSED_DAYS, BadHoursError, Hours, said
from chat.models import BusinessHours, ClosedDay
from chat.models.hours import MAX_DAY_NAME
from compliance.masking import MaskingError
from helpdesk.core import clock
from tenants.forms.fields import NameField
from tenants.http import MemberRequest, member_required
from tenants.models import Region
from tenants.roles import Capability
from tenants.text_checks import HoldsSensitiveDataError
from tenants.views.pages import form_view

TEMPLATE: Final = "chat/setup/hours.html"
WEEKDAYS: Final = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
#: What is offered first to an organisation of a region.
USUAL: Final[Mapping[str, str]] = {
    Region.EU: "Europe/Berlin",
    Region.UK: "Europe/London",
    Region.US: "America/New_York",
    Region.CA: "America/Toronto",
}
#: Spans of a day that the page asks for.
PLACES: Final = 2
OFFERED: Final = (((540, 1020),),) * 5 + ((),) * 2
WRONG: Final = {
    "zone": "Choose a time zone of the list.",
    "shape": "Give at most two spans a day.",
    "span": "A span lasts from a minute to a day.",
    "overlap": "Two spans overlap. One that ends earlier than it begins reaches into the next day.",
}
BAD_DAY: Final = "Give the day a name, and choose one of today or the next three years."
TOO_MANY: Final = f"There can be {MAX_CLOSED_DAYS} closed days. Remove one first."
SENSITIVE: Final = "The name holds what looks like a number or a secret of somebody’s. Please leave it out."  # noqa: RUF001

keeper_required = member_required(Capability.MANAGE_WIDGET)


@cache
def _zones() -> list[tuple[str, str]]:
    return [(name, name.replace("_", " ")) for name in sorted(available_timezones()) if "/" in name or name == "UTC"]


def _clock_field(label: str) -> forms.TimeField:
    widget = forms.TimeInput({"type": "time"}, "%H:%M")
    return forms.TimeField(label=label, required=False, input_formats=["%H:%M", "%H:%M:%S"], widget=widget)


class HoursForm(forms.Form):
    """A week: on each day up to two spans. An end that is not after its beginning is on the next day."""

    zone = forms.ChoiceField(label="Time zone", choices=_zones)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for day, name in enumerate(WEEKDAYS):
            for place in range(PLACES):
                again = " again" if place else ""
                self.fields[f"from{day}_{place}"] = _clock_field(f"{name}, open{again} from")
                self.fields[f"until{day}_{place}"] = _clock_field(f"{name}, open{again} until")

    @classmethod
    def starting(cls, row: BusinessHours | None, zone: str) -> "HoursForm":
        week = row.week if row is not None else OFFERED
        initial: dict[str, Any] = {"zone": row.zone if row is not None else zone}
        for day, spans in enumerate(week):
            for place, (start, end) in enumerate(spans[:PLACES]):
                initial |= {f"from{day}_{place}": _time(start), f"until{day}_{place}": _time(end)}
        return cls(initial=initial)

    def rows(self) -> list[tuple[str, list[tuple[Any, Any]]]]:
        return [
            (name, [(self[f"from{day}_{place}"], self[f"until{day}_{place}"]) for place in range(PLACES)])
            for day, name in enumerate(WEEKDAYS)
        ]

    def clean(self) -> dict[str, Any]:
        given: dict[str, Any] = super().clean() or {}
        for day, name in enumerate(WEEKDAYS):
            for place in range(PLACES):
                ends = [given.get(f"{end}{day}_{place}") for end in ("from", "until")]
                if (ends[0] is None) != (ends[1] is None) and not self.errors:
                    raise forms.ValidationError(f"{name}: give both times of a span, or neither.")
        return given

    def week(self) -> list[list[list[int]]]:
        given = self.cleaned_data
        pairs = [
            [(given[f"from{day}_{place}"], given[f"until{day}_{place}"]) for place in range(PLACES)]
            for day in range(len(WEEKDAYS))
        ]
        return [[_span(start, end) for start, end in day if start is not None] for day in pairs]


class ClosedDayForm(forms.Form):
    """A day on which nobody is there."""

    day = forms.DateField(label="Day", widget=forms.DateInput({"type": "date"}, "%Y-%m-%d"))
    name = NameField(
        label="What it is called", max_length=MAX_DAY_NAME, widget=forms.TextInput({"autocomplete": "off"})
    )


@form_view
@keeper_required
def hours(request: MemberRequest) -> HttpResponse:
    """The week as it is; a changed one is looked at, or kept."""
    if request.method != "POST":
        return _page(request)
    form, now = HoursForm(request.POST), clock.now()
    if not form.is_valid():
        return _page(request, form=form, status=422)
    zone, week = form.cleaned_data["zone"], form.week()
    try:
        if request.POST.get("step") != "save":
            closed = ClosedDay.objects.values_list("day", flat=True)
            return _page(request, form=form, preview=said(Hours.of(zone, week, closed), now))
        act.set_hours(zone=zone, week=week, actor=request.membership, now=now)
    except BadHoursError as error:
        form.add_error(None, WRONG[error.reason])
        return _page(request, form=form, status=422)
    messages.success(request, "Saved. Visitors are told from now on.")
    return redirect("chat:hours", slug=request.tenant.slug)


@require_POST
@keeper_required
def hours_off(request: MemberRequest) -> HttpResponse:
    """Be there whenever somebody is."""
    act.drop_hours(actor=request.membership, now=clock.now())
    messages.success(request, "Off: you are there whenever somebody of your team is.")
    return redirect("chat:hours", slug=request.tenant.slug)


@require_POST
@keeper_required
def closed_day_add(request: MemberRequest) -> HttpResponse:
    """Be closed on a day."""
    form, status = ClosedDayForm(request.POST), 422
    if form.is_valid():
        try:
            row = act.add_closed_day(actor=request.membership, now=clock.now(), **form.cleaned_data)
        except BadClosedDayError:
            form.add_error(None, BAD_DAY)
        except TooManyClosedDaysError:
            form.add_error(None, TOO_MANY)
        except HoldsSensitiveDataError:
            form.add_error("name", SENSITIVE)
        except MaskingError:
            form.add_error(None, BEING_CHECKED)
            status = 503
        else:
            messages.success(request, f"Closed on {_day(row.day)}: {row.name}.")
            return redirect("chat:hours", slug=request.tenant.slug)
    return _page(request, day_form=form, status=status)


@require_POST
@keeper_required
def closed_day_remove(request: MemberRequest, closed_day_id: UUID) -> HttpResponse:
    """Be there on a day after all."""
    try:
        row = act.remove_closed_day(closed_day_id=closed_day_id, actor=request.membership, now=clock.now())
    except UnknownClosedDayError:
        raise Http404 from None
    messages.success(request, f"{_day(row.day)} is a day like any other again.")
    return redirect("chat:hours", slug=request.tenant.slug)


def _page(
    request: MemberRequest,
    *,
    form: HoursForm | None = None,
    day_form: ClosedDayForm | None = None,
    preview: str = "",
    status: int = 200,
) -> HttpResponse:
    now = clock.now()
    row, in_force = BusinessHours.objects.first(), business_hours.in_force(now=now)
    context: Mapping[str, Any] = {
        "form": form or HoursForm.starting(row, USUAL[request.tenant.region]),
        "day_form": day_form or ClosedDayForm(),
        "preview": preview,
        "is_on": in_force is not None,
        "standing": said(in_force, now) if in_force is not None else "",
        "local_now": _local(in_force, now),
        "closed_days": list(ClosedDay.objects.order_by("day")),
        "section": "settings",
    }
    return render(request, TEMPLATE, dict(context), status=status)


def _local(in_force: Hours | None, now: datetime) -> str:
    return "" if in_force is None else f"{now.astimezone(in_force.zone):%H:%M} in {in_force.zone.key}"


def _day(day: date) -> str:
    return f"{day:%A}, {day.day} {day:%B} {day.year}"


def _time(minute: int) -> time:
    return time(minute % DAY_MIN // 60, minute % 60)


def _span(start: time, end: time) -> list[int]:
    begins, ends = start.hour * 60 + start.minute, end.hour * 60 + end.minute
    return [begins, ends if ends > begins else ends + DAY_MIN]

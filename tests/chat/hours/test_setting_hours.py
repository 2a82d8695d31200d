"""Business hours are set, dropped and recorded by who may, and visitors are told of them."""

import asyncio
from datetime import datetime, timedelta
from uuid import uuid4

import pytest

from chat import business_hours, presence
from chat.actions import hours as act
from chat.actions.hours import AHEAD, BadClosedDayError, TooManyClosedDaysError, UnknownClosedDayError
from chat.hours import MAX_CLOSED_DAYS, BadHoursError, Hours
from chat.models import BusinessHours, ClosedDay
from chat.protocol.events import TeamChanged
from compliance.models import AuditEntry
from helpdesk.core import clock, valkey
from tenants.permissions import NotPermittedError
from tenants.scoping import tenant_scope
from tenants.text_checks import HoldsSensitiveDataError
from tests.chat.hours.conftest import ALWAYS, CLOSED, NINE_TO_FIVE


@pytest.mark.parametrize(
    ("zone", "week", "reason"),
    [
        ("Europe/Atlantis", NINE_TO_FIVE, "zone"), ("../../etc/passwd", NINE_TO_FIVE, "zone"),
        ("", NINE_TO_FIVE, "zone"), ("UTC", NINE_TO_FIVE[:6], "shape"), ("UTC", [[[0, 60]] * 4] + [[]] * 6, "shape"),
        ("UTC", [[[0]]] + [[]] * 6, "shape"), ("UTC", [[[60, 60]]] + [[]] * 6, "span"),
        ("UTC", [[[1440, 1500]]] + [[]] * 6, "span"), ("UTC", [[[0, 1441]]] + [[]] * 6, "span"),
        ("UTC", [[[540, 720], [700, 800]]] + [[]] * 6, "overlap"),
        ("UTC", [[[1320, 1560]], [[60, 120]]] + [[]] * 5, "overlap"),
        ("UTC", [[[60, 120]]] + [[]] * 5 + [[[1320, 1560]]], "overlap"),
    ],
)  # fmt: skip
def test_what_is_no_week_is_refused(zone, week, reason):
    with pytest.raises(BadHoursError) as refused:
        Hours.of(zone, week)

    assert refused.value.reason == reason


@pytest.mark.django_db
def test_without_hours_an_organisation_is_there_whenever_somebody_is(acme, now):
    with tenant_scope(acme):
        assert business_hours.in_force(now=now) is None


@pytest.mark.django_db
def test_hours_are_set_again_dropped_and_recorded(acme, olive, hours, now):
    with tenant_scope(acme):
        act.set_hours(zone="UTC", week=ALWAYS, actor=olive, now=now)
        assert business_hours.in_force(now=now).is_open(now)
        act.drop_hours(actor=olive, now=now)
        act.drop_hours(actor=olive, now=now)

        assert business_hours.in_force(now=now) is None
        assert BusinessHours.objects.get().week == ALWAYS
        recorded = AuditEntry.objects.filter(event="hours.changed").order_by("id")
        assert [entry.facts["act"] for entry in recorded] == ["set", "set", "dropped"]


@pytest.mark.django_db
def test_an_agent_sets_no_hours(acme, ada, now):
    with tenant_scope(acme):
        for attempt in (
            lambda: act.set_hours(zone="UTC", week=ALWAYS, actor=ada, now=now),
            lambda: act.drop_hours(actor=ada, now=now),
            lambda: act.add_closed_day(day=now.date(), name="Today", actor=ada, now=now),
            lambda: act.remove_closed_day(closed_day_id=uuid4(), actor=ada, now=now),
        ):
            with pytest.raises(NotPermittedError):
                attempt()


@pytest.mark.django_db
def test_a_closed_day_is_there_once_however_often_it_is_added(acme, olive, hours, now):
    with tenant_scope(acme):
        for name in ("Holiday", "New Year's Day"):
            act.add_closed_day(day=now.date(), name=name, actor=olive, now=now)

        day = ClosedDay.objects.get()
        assert day.name == "New Year's Day"
        assert now.date() in business_hours.in_force(now=now).closed
        act.remove_closed_day(closed_day_id=day.id, actor=olive, now=now)
        with pytest.raises(UnknownClosedDayError):
            act.remove_closed_day(closed_day_id=day.id, actor=olive, now=now)


@pytest.mark.django_db
def test_a_list_of_closed_days_ends_somewhere(acme, olive, now):
    with tenant_scope(acme):
        ClosedDay.objects.bulk_create(
            ClosedDay(tenant=acme, day=now.date() + timedelta(days=each), name="Closed")
            for each in range(MAX_CLOSED_DAYS)
        )
        with pytest.raises(TooManyClosedDaysError):
            act.add_closed_day(day=now.date() + timedelta(days=MAX_CLOSED_DAYS), name="One more", actor=olive, now=now)
        # One that is there is still called anew, and one that is long over makes room.
        act.add_closed_day(day=now.date(), name="Another name", actor=olive, now=now)
        ClosedDay.objects.filter(day=now.date()).update(day=now.date() - timedelta(days=40))
        act.add_closed_day(day=now.date() + timedelta(days=MAX_CLOSED_DAYS), name="One more", actor=olive, now=now)


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("ahead", "name", "error"),
    [
        (timedelta(0), " ", BadClosedDayError), (timedelta(0), "x" * 61, BadClosedDayError),
        (timedelta(days=-9), "Over", BadClosedDayError), (AHEAD + timedelta(days=1), "Far", BadClosedDayError),
        (timedelta(0), "4111 1111 1111 1111", HoldsSensitiveDataError),
    ],
)  # fmt: skip
def test_what_is_no_closed_day_is_refused(acme, olive, now, ahead, name, error):
    with tenant_scope(acme), pytest.raises(error):
        act.add_closed_day(day=now.date() + ahead, name=name, actor=olive, now=now)


@pytest.mark.django_db
def test_hours_in_a_zone_that_is_gone_count_as_none(acme, hours, now):
    with tenant_scope(acme):
        BusinessHours.objects.update(zone="Europe/Atlantis")

        assert business_hours.in_force(now=now) is None


@pytest.fixture
def _ada_is_online(acme, ada, now):
    presence.forget()
    presence.give_sign_now(acme.id, ada.id, now=clock.now())
    yield
    valkey.client().delete(presence._key(acme.id), presence._there_key(acme.id))
    presence.forget()


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("_ada_is_online")
def test_outside_the_hours_a_visitor_is_told_when_somebody_is_there_next(acme, olive, now):
    def told():
        presence.forget()
        return asyncio.run(presence.team_now(acme.id))

    assert told().status == "online"
    with tenant_scope(acme):
        act.set_hours(zone="UTC", week=ALWAYS, actor=olive, now=now)
        act.add_closed_day(day=clock.now().date(), name="Today", actor=olive, now=now)
        act.add_closed_day(day=clock.now().date() + timedelta(days=1), name="And tomorrow", actor=olive, now=now)
    closed = told()
    with tenant_scope(acme):
        act.set_hours(zone="UTC", week=CLOSED, actor=olive, now=now)
    never = told()

    # A window that Ada left open promises nothing.
    assert (closed.status, never.status, never.opens_at) == ("offline", "offline", None)
    assert closed.opens_at.time() == datetime.min.time()
    assert closed.opens_at > clock.now()
    assert TeamChanged(**presence.as_told(closed)).opens_at == closed.opens_at

"""Business hours: what is open when, across changes of the clocks; who sets them; and what visitors are told."""

import asyncio
from datetime import UTC, date, datetime, timedelta
from uuid import uuid4

import pytest
from django.test import Client
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from chat import business_hours, presence
from chat.actions import hours as act
from chat.actions.hours import AHEAD, BadClosedDayError, TooManyClosedDaysError, UnknownClosedDayError
from chat.hours import DAY_MIN, MAX_CLOSED_DAYS, BadHoursError, Hours, said
from chat.models import BusinessHours, ClosedDay
from chat.protocol.events import TeamChanged
from chat.views.hours import WEEKDAYS
from compliance.models import AuditEntry
from helpdesk.core import clock, valkey
from tenants.permissions import NotPermittedError
from tenants.scoping import tenant_scope
from tenants.text_checks import HoldsSensitiveDataError

PAGE = "/o/acme/settings/hours/"
NINE_TO_FIVE = [[[540, 1020]]] * 5 + [[], []]
CLOSED = [[]] * 7
ALWAYS = [[[0, DAY_MIN]]] * 7
QUARTER = timedelta(minutes=15)
# Mondays: of an ordinary week, and of those in which Berlin's clocks go forward and back.
MONDAY, SPRING, AUTUMN = date(2026, 11, 30), date(2026, 3, 23), date(2026, 10, 19)


def berlin(week, closed=()):
    return Hours.of("Europe/Berlin", week, closed)


def at(day, hour, minute=0, hours=None):
    """A moment of Berlin's clocks."""
    return datetime(day.year, day.month, day.day, hour, minute, tzinfo=(hours or berlin(CLOSED)).zone)


# What is open when ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("day", "hour", "minute", "is_open"),
    [(0, 9, 0, True), (0, 8, 59, False), (0, 16, 59, True), (0, 17, 0, False), (5, 12, 0, False)],
)
def test_it_is_open_from_the_first_minute_of_a_span_until_its_last(day, hour, minute, is_open):
    assert berlin(NINE_TO_FIVE).is_open(at(MONDAY + timedelta(days=day), hour, minute)) is is_open


def test_a_week_without_hours_is_never_open():
    hours = berlin(CLOSED)

    assert (hours.is_open(at(MONDAY, 9)), hours.opens_at(at(MONDAY, 9)), hours.closes_at(at(MONDAY, 9))) == (
        False, None, None,
    )  # fmt: skip


def test_a_week_of_whole_days_never_closes():
    hours = berlin(ALWAYS)

    assert hours.is_open(at(MONDAY, 0))
    assert hours.closes_at(at(MONDAY, 0)) is None
    assert said(hours, at(MONDAY, 0)) == "Open now, around the clock."


def test_a_span_over_midnight_belongs_to_the_day_on_which_it_begins():
    hours = berlin([[[1320, 1560]]] + [[]] * 6)
    tuesday = MONDAY + timedelta(days=1)

    assert hours.is_open(at(MONDAY, 23))
    assert hours.is_open(at(tuesday, 1, 59))
    assert not hours.is_open(at(tuesday, 2))
    assert not hours.is_open(at(MONDAY, 1))


def test_on_a_closed_day_nobody_is_there_not_even_of_the_night_before():
    hours = berlin([[[1320, 1560]], [[540, 1020]]] + [[]] * 5, [MONDAY + timedelta(days=1)])

    assert hours.closes_at(at(MONDAY, 23)) == at(MONDAY + timedelta(days=1), 0)
    assert not hours.is_open(at(MONDAY + timedelta(days=1), 1))
    assert hours.opens_at(at(MONDAY + timedelta(days=1), 9)) == at(MONDAY + timedelta(days=7), 22)


def test_as_many_closed_days_as_there_may_be_are_passed_over():
    hours = berlin(NINE_TO_FIVE, [MONDAY + timedelta(days=each) for each in range(MAX_CLOSED_DAYS)])

    opens = hours.opens_at(at(MONDAY, 9))

    assert opens is not None
    assert opens.astimezone(hours.zone).date() >= MONDAY + timedelta(days=MAX_CLOSED_DAYS)


def test_a_night_in_which_the_clocks_change_is_an_hour_longer_or_shorter():
    night = berlin([[]] * 5 + [[[1320, 1800]]] + [[]])
    lengths = []
    for monday in (MONDAY, SPRING, AUTUMN):
        saturday = at(monday + timedelta(days=5), 22)
        lengths.append((night.closes_at(saturday) - saturday.astimezone(UTC)).total_seconds() / 3600)

    assert lengths == [8, 7, 9]


def test_an_opening_that_the_clocks_skip_is_an_hour_later():
    hours = berlin([[]] * 6 + [[[150, 600]]])
    sunday = SPRING + timedelta(days=6)

    opens = hours.opens_at(at(sunday, 0))

    assert opens.astimezone(hours.zone).strftime("%H:%M") == "03:30"


@pytest.mark.parametrize(
    ("hours", "moment", "words"),
    [
        (berlin(NINE_TO_FIVE), at(MONDAY, 10), "Open now, closes today at 17:00. Opens again tomorrow at 09:00."),
        (berlin(NINE_TO_FIVE), at(MONDAY, 8), "Closed now. Opens today at 09:00."),
        (berlin(NINE_TO_FIVE), at(MONDAY + timedelta(days=4), 18), "Closed now. Opens Monday at 09:00."),
        (
            berlin(NINE_TO_FIVE, [MONDAY + timedelta(days=each) for each in range(8)]), at(MONDAY, 9),
            "Closed now. Opens on Tuesday, 8 December, at 09:00.",
        ),
        (berlin(CLOSED), at(MONDAY, 9), "Closed: there is no day on which you open."),
    ],
)  # fmt: skip
def test_what_is_so_is_said_in_the_organisation_s_own_time(hours, moment, words):
    assert said(hours, moment.astimezone(UTC)) == words


quarters = st.integers(0, DAY_MIN // 15 - 1).map(lambda quarter: quarter * 15)
zones = st.sampled_from(["Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Asia/Kathmandu", "UTC"])
# From a week before each change of clocks until a week after, in the north and the south.
moments = st.sampled_from([datetime(2026, month, 22, tzinfo=UTC) for month in (3, 4, 10, 11)]).flatmap(
    lambda first: st.integers(0, 14 * 96).map(lambda quarter: first + quarter * QUARTER)
)


@st.composite
def weeks(draw):
    """One span a day at most, over midnight now and then; what would overlap is left out."""
    week, last = [], 0
    for day in range(7):
        start, length = draw(quarters), 15 * draw(st.integers(1, 64))
        fits = draw(st.booleans()) and day * DAY_MIN + start >= last and day * DAY_MIN + start + length <= 7 * DAY_MIN
        week.append([[start, start + length]] if fits else [])
        last = day * DAY_MIN + start + length if fits else last
    return week


@given(zone=zones, week=weeks(), moment=moments, closed=st.sets(st.integers(-2, 9), max_size=4))
@hypothesis_settings(max_examples=60)
def test_the_next_opening_is_the_first_moment_at_which_it_is_open(zone, week, moment, closed):
    """Against a clock that is turned by hand: a quarter of an hour at a time, each local day by itself."""
    local = Hours.of(zone, week).zone
    days = frozenset(moment.astimezone(local).date() + timedelta(days=each) for each in closed)
    hours = Hours.of(zone, week, days)

    def begun(day, minute):
        then = datetime(day.year, day.month, day.day, tzinfo=local) + timedelta(minutes=minute)
        return then.astimezone(UTC)

    around = [moment.astimezone(local).date() + timedelta(days=each) for each in range(-3, 22)]
    spans = [
        (begun(day, start), begun(day, end)) for day in around if day not in days for start, end in week[day.weekday()]
    ]

    def is_open(then):
        return then.astimezone(local).date() not in days and any(start <= then < end for start, end in spans)

    assert hours.is_open(moment) == is_open(moment)
    opens = next((then for each in range(18 * 96) if is_open(then := moment + each * QUARTER)), None)
    assert hours.opens_at(moment) == opens
    if opens is not None and (closes := hours.closes_at(opens)) is not None:
        assert is_open(closes - QUARTER)
        assert not is_open(closes)


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


# Who sets them ----------------------------------------------------------------------------------------------------


@pytest.fixture
def hours(acme, olive, now):
    with tenant_scope(acme):
        return act.set_hours(zone="Europe/Berlin", week=NINE_TO_FIVE, actor=olive, now=now)


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


# What visitors are told -------------------------------------------------------------------------------------------


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


# The page ---------------------------------------------------------------------------------------------------------


def filled(**changed):
    """The form as a browser sends it."""
    spans = {f"{end}{day}_{place}": "" for day in range(len(WEEKDAYS)) for place in (0, 1) for end in ("from", "until")}
    return spans | {"zone": "Europe/Berlin", "step": "save"} | changed


@pytest.fixture
def owner(olive, sign_in):
    return sign_in(Client(), olive)


@pytest.mark.django_db
def test_an_owner_looks_at_a_week_before_keeping_it(acme, owner):
    week = {"from0_0": "22:00", "until0_0": "02:00", "from1_0": "09:00", "until1_0": "00:00"}

    looked = owner.post(PAGE, filled(**week, step="look"))
    with tenant_scope(acme):
        assert not BusinessHours.objects.exists()
    kept = owner.post(PAGE, filled(**week), follow=True)

    assert "Preview, not saved yet" in looked.text
    assert "Saved." in kept.text
    assert 'value="22:00"' in kept.text
    with tenant_scope(acme):
        assert BusinessHours.objects.get().week == [[[1320, 1560]], [[540, 1440]], [], [], [], [], []]


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"zone": "Europe/Atlantis"}, "Select a valid choice"),
        ({"from0_0": "25:00", "until0_0": "9:00"}, "valid time"),
        ({"from0_0": "09:00"}, "Monday: give both times"),
        ({"from0_0": "09:00", "until0_0": "12:00", "from0_1": "11:00", "until0_1": "13:00"}, "Two spans overlap"),
    ],
)  # fmt: skip
def test_a_week_that_is_none_is_shown_again_with_what_is_wrong(acme, owner, changed, said):
    response = owner.post(PAGE, filled(**changed))

    assert response.status_code == 422
    assert said in response.text
    with tenant_scope(acme):
        assert not BusinessHours.objects.exists()


@pytest.mark.django_db
def test_closed_days_are_added_and_removed_on_the_page(acme, owner, now):
    coming = (now + timedelta(days=30)).date()
    owner.post(f"{PAGE}days/", {"day": coming.isoformat(), "name": "Holiday"})
    with tenant_scope(acme):
        day = ClosedDay.objects.get()

    shown = owner.get(PAGE)
    refused = [
        owner.post(f"{PAGE}days/", {"day": given, "name": name}).status_code
        for given, name in (("", "Holiday"), ("soon", "Holiday"), ("1999-01-01", "Over"), (coming.isoformat(), ""))
    ]
    owner.post(f"{PAGE}days/{day.id}/remove/")
    gone = owner.post(f"{PAGE}days/{day.id}/remove/")

    assert "Holiday" in shown.text
    assert refused == [422] * 4
    assert gone.status_code == 404
    with tenant_scope(acme):
        assert not ClosedDay.objects.exists()


@pytest.mark.django_db
def test_hours_are_switched_off_on_the_page_and_offered_again_as_they_were(owner, hours):
    assert "Use no hours" in owner.get(PAGE).text

    page = owner.post(f"{PAGE}off/", follow=True)

    assert "No hours are set" in page.text
    assert 'value="09:00"' in page.text


@pytest.mark.django_db
def test_mallory_sees_no_hours_of_acme_s(mallory, sign_in, hours):
    assert sign_in(Client(), mallory).get(PAGE).status_code == 404
